// Sums of numbers that may come as text (int64, decimals), without losing a digit.

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

export type Sum = { count: number; numbers: number; sum: string | null; average: string | null };

/** Adds up what is a number among the values; sums of doubles are doubles, all others exact. */
export function summed(values: Iterable<string | number | boolean | null>): Sum {
  let count = 0;
  let numbers = 0;
  let inexact = false;
  let double = 0;
  let digits = 0n;
  let scale = 0;
  for (const value of values) {
    if (value === null) continue;
    count++;
    const match = typeof value === 'boolean' ? null : DECIMAL.exec(typeof value === 'number' ? plain(value) : value);
    if (!match) continue;
    numbers++;
    const [, sign, integer, fraction = ''] = match;
    if (typeof value === 'number' && !Number.isInteger(value)) inexact = true;
    double += Number(value);
    if (fraction.length > scale) {
      digits *= 10n ** BigInt(fraction.length - scale);
      scale = fraction.length;
    }
    const part = BigInt(integer + fraction.padEnd(scale, '0'));
    digits += sign === '-' ? -part : part;
  }
  if (numbers === 0) return { count, numbers, sum: null, average: null };
  return { count, numbers, sum: inexact ? trimmed(double) : written(digits, scale), average: trimmed(double / numbers) };
}

const plain = (value: number): string => (Number.isFinite(value) ? value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 }) : '');
const trimmed = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(12))) : '–');

function written(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const integer = scale ? text.slice(0, -scale) : text;
  return (digits < 0n ? '-' : '') + integer + (scale ? `.${text.slice(-scale)}` : '');
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|INT\d*|FLOAT\d*|REAL|DOUBLE|DECIMAL|NUMERIC|LONG|SHORT|BYTE)\b/i;
export const isNumeric = (type: string): boolean => NUMERIC.test(type) && !type.endsWith(']');
export const isTemporal = (type: string): boolean => /^(DATE|TIME|TIMESTAMP)/i.test(type);
