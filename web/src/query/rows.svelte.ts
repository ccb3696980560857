import { api, asApiError, path, type ApiError } from '../lib/api';
import type { Cell, Rows } from '../lib/types';

const PAGE = 500; // rows fetched at once
const KEPT = 60; // pages held at most

/** The rows of one result, fetched by the page as they are looked at. */
export class RowPages {
  error = $state.raw<ApiError | null>(null);
  /** Counts up whenever rows have come. */
  version = $state(0);
  readonly #pages = new Map<number, Cell[][]>();
  readonly #coming = new Map<number, Promise<void>>();

  constructor(
    readonly execution: string,
    readonly statement: number,
    readonly count: number,
  ) {}

  get base(): string {
    return path`/api/executions/${this.execution}/statements/${this.statement}`;
  }

  row(i: number): Cell[] | undefined {
    const page = Math.floor(i / PAGE);
    const rows = this.#pages.get(page);
    if (rows) {
      this.#pages.delete(page);
      this.#pages.set(page, rows); // the newest used is last
    }
    return rows?.[i % PAGE];
  }

  /** Fetches what is missing of the rows from (included) to (excluded). */
  async need(from: number, to: number): Promise<void> {
    const calls: Promise<void>[] = [];
    for (let page = Math.floor(from / PAGE); page * PAGE < Math.min(to, this.count); page++) {
      if (!this.#pages.has(page)) calls.push(this.#fetch(page));
    }
    await Promise.all(calls);
  }

  #fetch(page: number): Promise<void> {
    const coming = this.#coming.get(page);
    if (coming) return coming;
    const call = api<Rows>(`${this.base}/rows?offset=${page * PAGE}&limit=${PAGE}`)
      .then(({ rows }) => {
        this.#pages.set(page, rows);
        for (const old of [...this.#pages.keys()].slice(0, -KEPT)) this.#pages.delete(old);
        this.error = null;
        this.version++;
      })
      .catch((error: unknown) => {
        this.error = asApiError(error);
      })
      .finally(() => this.#coming.delete(page));
    this.#coming.set(page, call);
    return call;
  }

  /** Rows as a list, straight from the server where they are not held; at most 10,000 a call. */
  async all(from: number, to: number): Promise<Cell[][]> {
    const rows: Cell[][] = [];
    for (let offset = from; offset < to; ) {
      const { rows: next } = await api<Rows>(`${this.base}/rows?offset=${offset}&limit=${Math.min(10_000, to - offset)}`);
      if (next.length === 0) break;
      for (const row of next) rows.push(row);
      offset += next.length;
    }
    return rows;
  }
}
