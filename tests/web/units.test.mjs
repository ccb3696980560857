// The parts that need no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireWeb, root } from './harness.mjs';

const esbuild = requireWeb('esbuild');

async function load(name) {
  const { outputFiles } = await esbuild.build({ entryPoints: [`${root}web/src/${name}`], bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

test('statements end at semicolons that are no part of a text, name or comment', async () => {
  const { statements, statementAt } = await load('lib/sql.ts');
  const texts = (sql) => statements(sql).map((piece) => piece.text);
  assert.deepEqual(texts("select ';' ; select \";\" ;\n-- a ; b\nselect 1 /* ; */"), ["select ';'", 'select ";"', '-- a ; b\nselect 1 /* ; */']);
  assert.deepEqual(texts("select 'it''s; so'; select $$a;b$$; select $t$;$t$"), ["select 'it''s; so'", 'select $$a;b$$', 'select $t$;$t$']);
  assert.deepEqual(texts(' ; ;; -- nothing\n'), []);
  assert.deepEqual(texts("select 'open"), ["select 'open"]);
  const sql = 'select 1;\n\nselect 2;\nselect 3';
  assert.equal(statementAt(sql, 3).text, 'select 1');
  assert.equal(statementAt(sql, 11).text, 'select 2');
  assert.equal(statementAt(sql, sql.length).text, 'select 3');
  assert.equal(statementAt('', 0), null);
});

test('parameters are named once, in order, and not in comments or texts', async () => {
  const { parameterNames } = await load('lib/sql.ts');
  assert.deepEqual(parameterNames("select {{b}}, {{ a }}, {{b}} -- {{c}}\n, '{{d}}', {{1x}}, {{e f}}"), ['b', 'a']);
});

test('sums lose no digit', async () => {
  const { summed } = await load('lib/exact.ts');
  assert.deepEqual(summed(['9223372036854775807', '1', null, 'x']), { count: 3, numbers: 2, sum: '9223372036854775808', average: '4611686018430000000' });
  assert.equal(summed(['0.10', '0.2', '-0.30']).sum, '0.00');
  assert.equal(summed(['-0.05', '0.01']).sum, '-0.04');
  assert.equal(summed(['12345678901234567890.12', 1]).sum, '12345678901234567891.12');
  assert.equal(summed([0.1, 0.2]).sum, '0.3');
  assert.equal(summed(['a', true]).sum, null);
  assert.deepEqual(summed([]), { count: 0, numbers: 0, sum: null, average: null });
});

test('types that are numbers, and those that only look like it', async () => {
  const { isNumeric } = await load('lib/exact.ts');
  for (const type of ['INTEGER', 'BIGINT', 'UTINYINT', 'HUGEINT', 'DECIMAL(38,2)', 'DOUBLE', 'FLOAT']) assert.ok(isNumeric(type), type);
  for (const type of ['VARCHAR', 'DATE', 'INTEGER[]', 'INTERVAL', 'BOOLEAN', 'STRUCT(a INTEGER)']) assert.ok(!isNumeric(type), type);
});

test('one click draws time as a line, names as bars and numbers as points', async () => {
  const { suggested, fitting } = await load('query/suggest.ts');
  const column = (name, type) => ({ name, type });
  assert.deepEqual(suggested([column('n', 'BIGINT'), column('day', 'DATE'), column('sum', 'DOUBLE')], 10), { kind: 'line', x: 'day', y: ['n'] });
  assert.deepEqual(suggested([column('name', 'VARCHAR'), column('n', 'BIGINT')], 5), { kind: 'horizontal', x: 'name', y: ['n'] });
  assert.deepEqual(suggested([column('a', 'DOUBLE'), column('b', 'DOUBLE')], 5), { kind: 'scatter', x: 'a', y: ['b'] });
  assert.equal(suggested([column('name', 'VARCHAR')], 5), null);
  assert.deepEqual(fitting({ kind: 'bar', x: 'day', y: ['gone', 'n'] }, [column('day', 'DATE'), column('n', 'BIGINT')], 3), { kind: 'bar', x: 'day', y: ['n'] });
});

test('the calendar has whole months from Monday, and says what it leaves out', async () => {
  const { calendarOf, areDays, shader } = await load('pipeline/calendar.ts');
  const of = (value, rows = 1) => ({ value, state: 'fresh', rows, version: 1, at: null, files: [], reason: null });
  const stretches = calendarOf([of('2024-02-29'), of('2024-03-01'), of('2008-12-31')]);
  assert.deepEqual(stretches.map((one) => [one.gap, one.months.map((month) => month.label)]), [[null, ['March 2024', 'February 2024']], ['15 years without partitions', ['December 2008']]]);
  const february = stretches[0].months[1];
  assert.equal(february.weeks.length, 5);
  assert.deepEqual(february.weeks[0].slice(0, 4), [null, null, null, 1], 'the 1st was a Thursday');
  assert.equal(february.weeks[4][3].date, '2024-02-29');
  assert.ok(areDays([of('2024-01-01')]) && areDays([of('2024-01-01 00:00:00')]) && !areDays([of('data/a.parquet')]) && !areDays([]));
  const many = Array.from({ length: 100 }, (_, i) => of(`d${i}`, i + 1));
  const shade = shader(many);
  assert.deepEqual([shade(null), shade(0), shade(1), shade(50), shade(1_000_000)], [0, 0, 0, 2, 4]);
});

test('the lineage puts every node right of its parents, whatever the order, and survives a cycle', async () => {
  const { drawn, around } = await load('models/layout.ts');
  const edges = [['a', 'b'], ['b', 'd'], ['a', 'd'], ['c', 'd']].map(([from, to]) => ({ from, to })); // prettier-ignore
  const { boxes } = drawn(['d', 'c', 'b', 'a'], edges);
  for (const { from, to } of edges) assert.ok(boxes.get(from).x < boxes.get(to).x, `${from} before ${to}`);
  assert.equal(new Set([...boxes.values()].map((box) => `${box.x} ${box.y}`)).size, 4);
  assert.deepEqual([...around('b', edges, 1)].sort(), ['a', 'b', 'd']);
  assert.equal(drawn(['x', 'y'], [{ from: 'x', to: 'y' }, { from: 'y', to: 'x' }]).boxes.size, 2); // prettier-ignore
  const layers = Array.from({ length: 1000 }, (_, i) => `n${i}`);
  const chain = layers.slice(50).map((to, i) => ({ from: layers[i], to }));
  assert.equal(drawn(layers, chain).boxes.size, 1000);
});

test('highlighting changes no character', async () => {
  const { tokens } = await load('lib/highlight.ts');
  const sql = "select 'a -- b', \"c\" /* d */ -- e\nfrom {{ ref('x') }} where n > 1.5 {# f #} {% if g %}<script>{% endif %}";
  assert.equal(tokens(sql).map((token) => token.text).join(''), sql); // prettier-ignore
  assert.deepEqual(tokens("select 'a' from b").map((token) => token.kind), ['keyword', null, 'string', null, 'keyword', null]);
});
