// Holds the built files against their budget, in KB of gzip: what a first visit loads, and what is loaded when it is wanted.
//   node tools/budget.mjs [FOLDER]       (default: dist)
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url));
const assets = join(dist, 'assets');
const size = (text) => gzipSync(text, { level: 9 }).length / 1000;

const texts = new Map(readdirSync(assets).filter((name) => /\.(js|css)$/.test(name)).map((name) => [name, readFileSync(join(assets, name), 'utf8')])); // prettier-ignore
const sizes = new Map([...texts].map(([name, text]) => [name, size(text)]));

/** What a script loads at once: its static imports, and theirs. */
function closure(names) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !texts.has(name)) return;
    found.add(name);
    if (!name.endsWith('.js')) return;
    for (const match of texts.get(name).matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) visit(match[1]);
  };
  names.forEach(visit);
  return found;
}

const like = (pattern) => [...texts.keys()].filter((name) => pattern.test(name));
const index = readFileSync(join(dist, 'index.html'), 'utf8');
const shell = closure([...index.matchAll(/\/assets\/([^"]+)/g)].map((match) => match[1]));
const beyond = (names, ...without) => [...closure(names)].filter((name) => !without.some((set) => set.has(name)));
const query = new Set(beyond(like(/^(Query|tabs)[.-]/), shell));
const charts = new Set(beyond(like(/^(chart|echarts)-/), shell, query));
const lineage = new Set(beyond(like(/^(Lineage|Models)-/), shell));

const sum = (names) => [...names].reduce((total, name) => total + sizes.get(name), 0);
const rows = [
  ['shell', sum(shell) + size(index), 120],
  ['query page', sum(query), 190],
  ['charts', sum(charts), 235],
  ['models and lineage', sum(lineage), 90],
  ['everything', sum(sizes.keys()) + size(index), 700],
];

let over = 0;
for (const [name, kb, most] of rows) {
  if (kb > most) over++;
  console.log(`${name.padEnd(20)} ${kb.toFixed(1).padStart(7)} KB of ${most}${kb > most ? '   TOO MUCH' : ''}`);
}
for (const [name, set] of [['query page', query], ['charts', charts], ['models and lineage', lineage]]) {
  if (set.size === 0) {
    over++;
    console.log(`${name}: no file found; its name in this script is out of date`);
  }
}
process.exit(over ? 1 : 0);
