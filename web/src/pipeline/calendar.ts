import type { Partition } from '../lib/types';

export type Day = { date: string; day: number; name: string; partition: Partition };
/** A month with its days in weeks from Monday; holes are days without a partition. */
export type Month = { key: string; label: string; weeks: (Day | number | null)[][]; count: number };
export type Stretch = { months: Month[]; gap: string | null };

const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:$|[ T])/;
const NAMES = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

export const areDays = (partitions: Partition[]): boolean => partitions.length > 0 && partitions.every((partition) => DAY.test(partition.value));

function monthOf(key: string, days: Map<number, Day>): Month {
  const [year, month] = key.split('-').map(Number) as [number, number];
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  const cells: (Day | number | null)[] = [...Array<null>(lead).fill(null), ...Array.from({ length }, (_, i) => days.get(i + 1) ?? i + 1)];
  while (cells.length % 7) cells.push(null);
  const weeks = Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
  return { key, label: `${NAMES[month - 1]} ${year}`, weeks, count: days.size };
}

const index = (key: string): number => Number(key.slice(0, 4)) * 12 + Number(key.slice(5, 7));

/** The months that have partitions, newest first; between two that do not follow each other it is said what lies there. */
export function calendarOf(partitions: Partition[]): Stretch[] {
  const byMonth = new Map<string, Map<number, Day>>();
  for (const partition of partitions) {
    const match = DAY.exec(partition.value);
    if (!match) continue;
    const key = `${match[1]}-${match[2]}`;
    const days = byMonth.get(key) ?? new Map<number, Day>();
    days.set(Number(match[3]), { date: `${key}-${match[3]}`, day: Number(match[3]), name: `${Number(match[3])} ${NAMES[Number(match[2]) - 1]} ${match[1]}`, partition });
    byMonth.set(key, days);
  }
  const stretches: Stretch[] = [];
  let before: string | null = null;
  for (const key of [...byMonth.keys()].sort().reverse()) {
    const gap: number = before === null ? 0 : index(before) - index(key) - 1;
    if (before === null || gap > 0) stretches.push({ months: [], gap: gap > 0 ? `${gap === 1 ? 'a month' : gap < 24 ? `${gap} months` : `${Math.round(gap / 12)} years`} without partitions` : null });
    stretches[stretches.length - 1]?.months.push(monthOf(key, byMonth.get(key) as Map<number, Day>));
    before = key;
  }
  return stretches;
}

/** How dark a partition is, 0 to 4: its place among all by rows, so that one huge day does not make all others pale. */
export function shader(partitions: Partition[]): (rows: number | null) => number {
  const sorted = partitions.map((partition) => partition.rows ?? 0).filter((rows) => rows > 0).sort((a, b) => a - b); // prettier-ignore
  const cuts = [0.05, 0.3, 0.6, 0.85].map((share) => sorted[Math.floor(share * sorted.length)] ?? Infinity);
  return (rows) => (rows ? cuts.filter((cut) => rows > cut).length : 0);
}
