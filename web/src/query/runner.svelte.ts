import { api, asApiError, path, type ApiError } from '../lib/api';
import type { Execution } from '../lib/types';

const HELD = 8000; // ms that the server may hold an answer until something changes

/** One batch of statements on the server: started, watched, cancelled. */
export class Runner {
  execution = $state.raw<Execution | null>(null);
  error = $state.raw<ApiError | null>(null);
  starting = $state(false);
  cancelling = $state(false);
  #turn = 0;

  get busy(): boolean {
    return this.starting || this.execution?.state === 'queued' || this.execution?.state === 'running';
  }

  async start(sql: string, parameters: Record<string, unknown>, asOf: string): Promise<void> {
    const turn = ++this.#turn;
    this.starting = true;
    this.cancelling = false;
    this.error = null;
    try {
      const { id } = await api<{ id: string }>('/api/executions', { method: 'POST', body: { sql, parameters, as_of: asOf } });
      await this.#watch(id, turn);
    } catch (error) {
      if (turn === this.#turn) this.error = asApiError(error);
    }
    if (turn === this.#turn) this.starting = false;
  }

  /** Takes up a batch that was started before, where the server still has it. */
  async resume(id: string): Promise<void> {
    const turn = ++this.#turn;
    try {
      await this.#watch(id, turn);
    } catch {
      // Its results are gone; running it again makes new ones.
    }
  }

  async #watch(id: string, turn: number): Promise<void> {
    let wait = 0;
    for (;;) {
      const execution = await api<Execution>(`${path`/api/executions/${id}`}?wait=${wait}`);
      if (turn !== this.#turn) return;
      this.execution = execution;
      this.starting = false;
      if (execution.state !== 'queued' && execution.state !== 'running') return;
      wait = HELD;
    }
  }

  async cancel(): Promise<void> {
    if (!this.execution) return;
    this.cancelling = true;
    const id = this.execution.id;
    try {
      await api(path`/api/executions/${id}`, { method: 'DELETE' });
      const execution = await api<Execution>(path`/api/executions/${id}`);
      if (this.execution?.id === id) this.execution = execution;
    } catch (error) {
      this.error = asApiError(error);
    }
    this.cancelling = false;
  }
}
