import { isNumeric, isTemporal } from '../lib/exact';
import type { ChartKind, ChartSpec, Column } from '../lib/types';

export const KINDS: { value: ChartKind; label: string }[] = [
  { value: 'line', label: 'Line' },
  { value: 'area', label: 'Area' },
  { value: 'bar', label: 'Bars' },
  { value: 'stacked', label: 'Stacked' },
  { value: 'horizontal', label: 'Horizontal' },
  { value: 'scatter', label: 'Scatter' },
];

/** The chart that one click gives: the first time or name along x, the first number up y. Null where no column is a number. */
export function suggested(columns: Column[], rows: number): ChartSpec | null {
  const numbers = columns.filter((column) => isNumeric(column.type));
  const time = columns.find((column) => isTemporal(column.type));
  const name = columns.find((column) => !isNumeric(column.type));
  const x = time ?? name ?? numbers[0];
  const y = numbers.find((column) => column !== x) ?? numbers[0];
  if (!x || !y) return null;
  const kind: ChartKind = time ? 'line' : !name ? 'scatter' : rows > 12 ? 'bar' : 'horizontal';
  return { kind, x: x.name, y: [y.name] };
}

/** The chart as far as the columns still allow it. */
export function fitting(spec: ChartSpec | null, columns: Column[], rows: number): ChartSpec | null {
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const y = spec?.y.filter(has) ?? [];
  return spec && has(spec.x) && y.length ? { ...spec, y } : suggested(columns, rows);
}
