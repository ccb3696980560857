// The query page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cell, picture, run, started, textOf, write } from './harness.mjs';

const AGGREGATE = 'select trip_date, daily_revenue, daily_trips from agg_daily_revenue_v4 order by trip_date';

test('runs the statement at the cursor, the selection, or all; each has a state', async (t) => {
  const { page } = await started(t);
  await run(page, `select 1 as a;\nselect 2 as b;\nselect nothing from agg_daily_revenue_v1;\nselect 4 as d`);
  const tabs = page.getByRole('tablist', { name: 'Statements' }).getByRole('tab');
  await tabs.nth(3).waitFor();
  assert.deepEqual(await tabs.allTextContents().then((all) => all.map((text) => text.trim().replace(/\s+/g, ' '))), ['done1', 'done2', 'failed3', 'cancelled4']);
  await tabs.nth(2).click();
  const alert = page.getByRole('alert');
  await alert.getByText('has no column nothing').waitFor();
  assert.match(await alert.locator('pre').textContent(), /select nothing from[\s\S]*\n {2}│ {8}\^/);

  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('columnheader', { name: /^b/ }).waitFor();
  assert.equal(await textOf(cell(page, 0, 0)), '2');

  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Shift+End'); // "select 1 as a;"
  await page.keyboard.press('Control+Enter');
  await page.getByRole('columnheader', { name: /^a/ }).waitFor();
});

test('ten million rows from first to last; what is drawn stays small', async (t) => {
  const { page } = await started(t);
  await run(page, 'select * from range(10000000)');
  await cell(page, 0, 0).waitFor();
  await cell(page, 3, 2).click();
  await page.keyboard.press('Control+End');
  await cell(page, 9_999_999, 2).waitFor();
  await page.waitForFunction(() => document.querySelector('[data-row="9999999"][data-column="2"]')?.textContent.trim() === 'row 9999999');
  assert.ok((await page.locator('[role=gridcell]').count()) < 400);
  await page.keyboard.press('PageUp');
  await page.keyboard.press('ArrowUp');
  await page.mouse.wheel(0, -26 * 1000);
  await page.keyboard.press('Control+Home');
  await page.waitForFunction(() => document.querySelector('[data-row="0"][data-column="0"]')?.textContent.trim() === '0');
});

test('sums of the selected cells are exact; cells are copied and shown whole', async (t) => {
  const { page } = await started(t);
  await run(page, `${AGGREGATE};`);
  await cell(page, 0, 1).click();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('sum 160.37').waitFor();
  await page.getByText('count 3').waitFor();
  await page.keyboard.press('Control+c');
  await page.getByText('Copied 3 cells').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '28.33\n27.71\n104.33');
  await page.keyboard.press('Control+Shift+c');
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('daily_revenue\n'));

  await run(page, `select '{"a": [1, 2], "b": null}' as document, 9223372036854775807 as big, null as nothing`);
  await cell(page, 0, 1).getByText('9223372036854775807').waitFor();
  await cell(page, 0, 0).dblclick();
  assert.match(await page.locator('dialog pre').textContent(), /"a": \[\n/);
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await cell(page, 0, 2).click();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('dialog pre').textContent(), 'NULL');
});

test('a chart at a click, of every kind, saved as a picture and a drawing', async (t) => {
  const { page } = await started(t);
  await run(page, AGGREGATE);
  await page.getByRole('radio', { name: 'Chart' }).check({ force: true });
  const canvas = page.locator('[role=img] canvas');
  const drawn = () => canvas.evaluate((element) => element.toDataURL());
  await canvas.waitFor();
  await page.getByRole('img', { name: 'Line chart of daily_revenue by trip_date' }).waitFor();
  const seen = new Set();
  for (const kind of ['Line', 'Area', 'Bars', 'Stacked', 'Horizontal', 'Scatter']) {
    await page.getByRole('radio', { name: kind, exact: true }).check({ force: true });
    await page.getByRole('img', { name: `${kind} chart of daily_revenue by trip_date` }).waitFor();
    seen.add(await drawn());
  }
  assert.equal(seen.size, 5, 'stacked and plain bars of one column look the same, all others differ');
  await page.getByRole('checkbox', { name: 'daily_trips' }).check();
  await page.getByRole('img', { name: 'Scatter chart of daily_revenue, daily_trips by trip_date' }).waitFor();
  await picture(page, 'chart');

  for (const [name, kind, magic] of [['PNG picture', 'png', /^.PNG/], ['SVG drawing', 'svg', /^<svg /]]) {
    await page.getByRole('button', { name: 'Save the chart' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
    assert.equal(file.suggestedFilename(), `Query 1.${kind}`);
    assert.match(readFileSync(await file.path(), 'latin1').slice(0, 20), magic);
  }
});

test('a query is saved, found by its tag, and opened by its link with values for its parameters', async (t) => {
  const { page, base, mock } = await started(t);
  await write(page, 'select trip_date, daily_trips from agg_daily_revenue_v3 where trip_date >= {{from_date}} order by trip_date');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Give from_date a value first').waitFor();
  await page.getByLabel('from_date', { exact: true }).fill('2024-06-29');
  await page.getByLabel('from_date', { exact: true }).press('Enter');
  await page.getByText('2 rows, 2 columns').waitFor();
  assert.deepEqual(mock.executions.values().next().value.parameters, { from_date: '2024-06-29' }, 'bound beside the text, not put into it');

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByLabel('Name').fill('Last days');
  await page.getByLabel('Tags').fill('daily, mine , daily');
  await page.getByText('All may read').click();
  await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.waitForURL(/\/queries\/\w+\?p\.from_date=2024-06-29$/);
  await page.getByRole('button', { name: 'Link' }).click();
  await page.getByText('Copied the link').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.deepEqual(mock.queries[0].tags, ['daily', 'mine']);
  assert.equal(mock.queries[0].shared, 'read');

  await page.goto(`${base}/queries`);
  await page.getByRole('button', { name: 'mine' }).click();
  assert.equal(await page.locator('main li').count(), 1);

  await page.evaluate(() => localStorage.clear());
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('tab', { name: 'Last days' }).waitFor();
  assert.equal(await page.getByLabel('from_date', { exact: true }).inputValue(), '2024-06-29');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('2 rows, 2 columns').waitFor();

  await page.goto(link.replace('/queries/', '/query-table/'));
  await page.getByText('2 rows, 2 columns').waitFor();
  await page.goto(link.replace('/queries/', '/query-chart/'));
  await page.locator('[role=img] canvas').waitFor();
});

test('cancel stops a running statement, and the next one runs', async (t) => {
  const { page } = await started(t);
  await run(page, 'select 1; select slow(); select 3');
  const tabs = page.getByRole('tablist', { name: 'Statements' }).getByRole('tab');
  await tabs.nth(2).waitFor();
  assert.match(await textOf(tabs.nth(1)), /running/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  assert.match(await textOf(tabs.nth(1)), /cancelled/);
  await run(page, 'select 5 as five');
  await page.getByRole('columnheader', { name: /^five/ }).waitFor();
});

test('tabs keep their text, results and what can be undone', async (t) => {
  const { page } = await started(t);
  await run(page, 'select 1 as one');
  await cell(page, 0, 0).waitFor();
  await page.locator('.cm-content').click();
  await page.keyboard.press('End');
  await page.keyboard.type(' -- more');
  await page.getByRole('button', { name: 'New query' }).click();
  await run(page, 'select 2 as two');
  await page.getByRole('columnheader', { name: /^two/ }).waitFor();
  await page.getByRole('tab', { name: 'Query 1' }).click();
  await page.getByRole('columnheader', { name: /^one/ }).waitFor();
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+z');
  await page.locator('.cm-line').getByText('more').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+y');
  await page.locator('.cm-line').getByText('select 1 as one -- more').waitFor();

  await page.reload();
  await page.getByRole('tab', { name: 'Query 2' }).waitFor();
  assert.equal(await page.getByRole('tab', { name: 'Query 1' }).getAttribute('aria-selected'), 'true');
  await page.getByRole('columnheader', { name: /^one/ }).waitFor();
});

test('the history brings back what was run', async (t) => {
  const { page } = await started(t);
  await run(page, 'select 42 as answer');
  await cell(page, 0, 0).waitFor();
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByLabel('Search what you ran').fill('answer');
  await page.locator('dialog li button').first().click();
  await page.getByRole('tab', { name: 'Query 2' }).waitFor();
  await page.getByRole('columnheader', { name: /^answer/ }).waitFor();
});

test('the schema is searched, looked into, and completed from; 5,000 tables are no burden', async (t) => {
  const { page } = await started(t, { server: { large: true } });
  const tree = page.getByRole('tree', { name: 'Tables' });
  await tree.getByText('5007 tables').or(tree.getByText('5,007 tables')).waitFor();
  assert.ok((await tree.getByRole('treeitem').count()) < 80, 'only what is seen is drawn');
  await page.getByLabel('Search tables and columns').fill('table_4321');
  await tree.getByRole('treeitem', { name: /table_4321/ }).click();
  await tree.getByRole('treeitem', { name: /^value/ }).waitFor();
  await page.getByLabel('Search tables and columns').fill('agg v4');
  await tree.getByRole('treeitem', { name: /agg_daily_revenue_v4/ }).click();
  await page.getByRole('button', { name: 'Look inside' }).click();
  await page.getByText('185 rows, 5 columns').waitFor();

  await write(page, 'select  from agg_daily_revenue_v4');
  await page.keyboard.press('Home');
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.type('running_r');
  await page.locator('.cm-tooltip-autocomplete').getByText('running_revenue').first().waitFor();
});

test('export asks the server for all rows; the text is formatted; a column is sorted', async (t) => {
  const { page } = await started(t);
  await run(page, 'SELECT trip_date,daily_trips FROM agg_daily_revenue_v2');
  await cell(page, 0, 0).waitFor();
  await page.getByRole('button', { name: 'Export all rows' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()]);
  assert.equal(readFileSync(await file.path(), 'utf8').split('\n').length, 187);
  await page.locator('.cm-content').click();
  await page.keyboard.press('Shift+Alt+f');
  await page.locator('.cm-line').nth(4).waitFor();
  await page.getByRole('columnheader', { name: /daily_trips/ }).hover();
  await page.getByRole('button', { name: 'Column daily_trips' }).click();
  await page.getByRole('menuitem', { name: 'Sort descending' }).click();
  await page.getByRole('columnheader', { name: /daily_trips/ }).waitFor();
});
