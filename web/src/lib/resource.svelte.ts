import { asApiError, type ApiError } from './api';

/** Something fetched: what there is of it, whether more is on its way, and what went wrong. Old data stay while new ones come. */
export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  loading = $state(false);
  #call: AbortController | null = null;
  readonly #fetch: (signal: AbortSignal) => Promise<T>;

  constructor(fetch: (signal: AbortSignal) => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Fetches (again); an earlier call that is still under way is given up. */
  load = async (): Promise<void> => {
    this.#call?.abort();
    const call = new AbortController();
    this.#call = call;
    this.loading = true;
    try {
      const data = await this.#fetch(call.signal);
      if (call.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (call.signal.aborted) return;
      this.error = asApiError(error);
    }
    this.loading = false;
  };

  /** Forgets what there is, so that the next load shows its skeleton. */
  reset(): void {
    this.#call?.abort();
    this.data = null;
    this.error = null;
    this.loading = false;
  }
}
