import { api, ApiError, path } from '../lib/api';
import type { Cell, Execution, Rows } from '../lib/types';

export type Profile = { rows: number; known: number; different: number; least: string | null; greatest: string | null; common: { value: string | null; count: number }[] };

const MOST = 15; // of the most common values

const name = (column: string): string => `"${column.replaceAll('"', '""')}"`;

/** The rows of a query, kept only where the column has the value. */
export function only(sql: string, column: string, value: string | null): string {
  return `select * from (\n${sql}\n) where ${name(column)}${value === null ? ' is null' : `::varchar = '${value.replaceAll("'", "''")}'`}`;
}

/** What a column of a query's result holds, computed by the server over all of its rows. */
export async function profiled(sql: string, column: string, parameters: Record<string, unknown>, signal: AbortSignal): Promise<Profile> {
  const c = name(column);
  const text =
    `select count(*), count(${c}), count(distinct ${c}), min(${c})::varchar, max(${c})::varchar from (\n${sql}\n);\n` +
    `select ${c}::varchar, count(*) from (\n${sql}\n) group by 1 order by 2 desc, 1 limit ${MOST}`;
  const { id } = await api<{ id: string }>('/api/executions', { method: 'POST', body: { sql: text, parameters }, signal });
  const at = path`/api/executions/${id}`;
  let execution: Execution;
  do {
    execution = await api<Execution>(`${at}?wait=5000`, { signal });
  } while (execution.state === 'queued' || execution.state === 'running');
  const wrong = execution.statements.find((statement) => statement.error)?.error;
  if (wrong) throw new ApiError(422, wrong.code, wrong.message, wrong.hint ?? null);
  const rows = async (n: number): Promise<Cell[][]> => (await api<Rows>(`${at}/statements/${n}/rows?offset=0&limit=${MOST}`, { signal })).rows;
  const [[sums], common] = [await rows(0), await rows(1)];
  const textOf = (cell: Cell | undefined): string | null => (cell === null || cell === undefined ? null : String(cell));
  return {
    rows: Number(sums?.[0]),
    known: Number(sums?.[1]),
    different: Number(sums?.[2]),
    least: textOf(sums?.[3]),
    greatest: textOf(sums?.[4]),
    common: common.map((row) => ({ value: textOf(row[0]), count: Number(row[1]) })),
  };
}
