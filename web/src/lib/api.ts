import type { Problem, Span } from './types';

/** What the server answered with a status of 400 and above, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly spans: Span[] = [],
  ) {
    super(message);
  }
}

type Options = { method?: string; body?: unknown; signal?: AbortSignal };

let signedOut: () => void = () => {};

/** Called whenever the server says that there is no session (any more). */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

async function problemOf(response: Response): Promise<ApiError> {
  let problem: Problem | null = null;
  try {
    problem = ((await response.json()) as { error?: Problem }).error ?? null;
  } catch {
    // Not JSON: something between us and the server answered.
  }
  const wait = response.headers.get('Retry-After');
  const hint = problem?.hint ?? (wait ? `Try again in ${wait} s.` : null);
  return new ApiError(response.status, problem?.code ?? `HTTP ${response.status}`, problem?.message ?? `the server answered ${response.status}`, hint, problem?.spans ?? []);
}

/** A call of the JSON API. Throws ApiError; an abort is thrown as the browser's AbortError. */
export async function api<T>(path: string, { method = 'GET', body, signal }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { 'X-Tidemark': '1', Accept: 'application/json' };
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    const init: RequestInit = { method, headers, credentials: 'same-origin' };
    if (method === 'POST' || method === 'PUT') init.body = JSON.stringify(body ?? {});
    if (signal) init.signal = signal;
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'the server cannot be reached', 'Is tidemark serve still running? Its terminal says why it stopped.');
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && path !== '/api/session') signedOut();
    throw problem;
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'unexpected', error instanceof Error ? error.message : String(error));
}

/** For addresses made of parts that may hold anything: path`/api/models/${id}`. */
export function path(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return strings.reduce((text, part, i) => text + part + (i < values.length ? encodeURIComponent(values[i] as string) : ''), '');
}
