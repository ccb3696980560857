// As much SQL as the front end's own tests and a look around need. Nothing here computes; it only answers in the right shape.
import { tables } from './data.mjs';

const fault = (code, message, hint, spans = []) => ({ code, message, hint, spans });

function spanOf(sql, word) {
  const at = sql.indexOf(word);
  const before = sql.slice(0, at).split('\n');
  return { line: before.length, column: before[before.length - 1].length + 1, excerpt: sql.split('\n')[before.length - 1] };
}

function literal(text) {
  const value = text.trim();
  if (/^null$/i.test(value)) return { value: null, type: 'INTEGER' };
  if (/^(true|false)$/i.test(value)) return { value: /^true$/i.test(value), type: 'BOOLEAN' };
  if (/^-?\d+$/.test(value)) return value.length > 9 ? { value, type: 'BIGINT' } : { value: Number(value), type: 'INTEGER' };
  if (/^-?\d+\.\d+$/.test(value)) return { value, type: `DECIMAL(${value.replace(/\D/g, '').length},${value.split('.')[1].length})` };
  const quoted = /^'((?:[^']|'')*)'$/.exec(value);
  if (quoted) return { value: quoted[1].replaceAll("''", "'"), type: 'VARCHAR' };
  return null;
}

function parts(list) {
  const found = [];
  let from = 0;
  let depth = 0;
  let quote = '';
  for (let i = 0; i <= list.length; i++) {
    const c = list[i];
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === undefined || (c === ',' && depth === 0)) {
      found.push(list.slice(from, i).trim());
      from = i + 1;
    }
  }
  return found;
}

function literals(list) {
  const cells = parts(list).map((part, i) => {
    const match = /^([\s\S]*?)(?:\s+as\s+(?:"((?:[^"]|"")*)"|(\w+)))?$/i.exec(part);
    const found = literal(match[1]);
    return found && { ...found, name: match[2]?.replaceAll('""', '"') ?? match[3] ?? `column${i}` };
  });
  if (cells.some((cell) => !cell)) return null;
  return { columns: cells.map(({ name, type }) => ({ name, type })), count: 1, row: () => cells.map((cell) => cell.value) };
}

function fromRange(n) {
  return {
    columns: [{ name: 'range', type: 'BIGINT' }, { name: 'half', type: 'DOUBLE' }, { name: 'label', type: 'VARCHAR' }],
    count: n,
    row: (i) => [String(i), i / 2, `row ${i}`],
  }; // prettier-ignore
}

function fromTable(sql, parameters) {
  const name = /\bfrom\s+(?:"?\w+"?\.)*"?(\w+)"?/i.exec(sql)[1];
  const table = tables.find((t) => t.name === name);
  if (!table) return { error: fault('TM7301', `there is no table named ${name}`, `did you mean ${tables[0].name}?`, [spanOf(sql, name)]) };
  const list = /select\s+([\s\S]*?)\s+from\b/i.exec(sql)[1].trim();
  if (/^count\(\*\)/i.test(list)) return { columns: [{ name: 'count_star()', type: 'BIGINT' }], count: 1, row: () => [String(table.count)] };
  const wanted = list === '*' ? table.columns.map((c) => c[0]) : parts(list).map((part) => part.split(/\s+/)[0]);
  const unknown = wanted.find((w) => !table.columns.some((c) => c[0] === w));
  if (unknown) return { error: fault('TM7302', `${name} has no column ${unknown}`, `its columns are ${table.columns.map((c) => c[0]).join(', ')}`, [spanOf(sql, unknown)]) };
  const at = wanted.map((w) => table.columns.findIndex((c) => c[0] === w));
  let order = null;
  const where = /\bwhere\s+(\w+)\s*(>=|<=|=)\s*(?:\{\{\s*(\w+)\s*\}\}|(?:date\s*)?'([^']*)')/i.exec(sql);
  if (where && table.count < 10_000) {
    const column = table.columns.findIndex((c) => c[0] === where[1]);
    const value = String(where[3] ? (parameters[where[3]] ?? '') : where[4]);
    const holds = { '>=': (a) => a >= value, '<=': (a) => a <= value, '=': (a) => a === value }[where[2]];
    order = Array.from({ length: table.count }, (_, i) => i).filter((i) => holds(String(table.row(i)[column])));
  }
  const limit = Number(/\blimit\s+(\d+)/i.exec(sql)?.[1] ?? Infinity);
  const count = Math.min(order ? order.length : table.count, limit);
  return { columns: at.map((c) => ({ name: table.columns[c][0], type: table.columns[c][1] })), count, row: (i) => {
    const row = table.row(order ? order[i] : i);
    return at.map((c) => row[c]);
  } }; // prettier-ignore
}

/** What a statement gives: {columns, count, row(i)}, {error}, or {slow: true} for one that runs until it is cancelled. */
export function answer(sql, parameters = {}) {
  const text = sql.replace(/--.*$/gm, '').trim();
  if (/\bslow\(\)/i.test(text)) return { slow: true };
  const unset = [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].find((m) => !(m[1] in parameters));
  if (unset) return { error: fault('TM7310', `the parameter ${unset[1]} has no value`, 'give it one above the result') };
  if (!/^(select|with|from|values|describe|summarize|show)\b/i.test(text)) {
    const word = text.split(/\s/)[0];
    return { error: fault('TM7300', `syntax error at or near "${word}"`, 'only statements that read are run here', [spanOf(sql, word)]) };
  }
  const range = /\bfrom\s+range\((\d+)\)/i.exec(text);
  if (range) return fromRange(Number(range[1]));
  if (/\bfrom\b/i.test(text.replace(/'(?:[^']|'')*'/g, ''))) return fromTable(text, parameters);
  return literals(text.replace(/^select\s+/i, '')) ?? { error: fault('TM7303', 'the mock server cannot compute this', 'tidemark serve can') };
}
