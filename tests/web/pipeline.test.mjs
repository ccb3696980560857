// Runs, partitions, files, proofs, models.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture, started, textOf } from './harness.mjs';

test('the grid of runs and models says how each came out, and leads to the run', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/runs`);
  const row = page.getByRole('row', { name: /^agg_daily_revenue_v3/ });
  await row.waitFor();
  assert.equal(await row.getByText('error,').count(), 1);
  assert.equal(await row.getByText('success,').count(), 13);
  await page.getByRole('link', { name: /: error/ }).click();
  await page.waitForURL('**/runs/r10');
  await page.getByText('TM3110').waitFor();
  await page.getByRole('button', { name: 'agg_daily_revenue_v4' }).click();
  assert.match(await page.locator('dialog pre').textContent(), /sum\(total_amount\) as daily_revenue/);
});

test('a run is planned, started, watched live and finished', async (t) => {
  const { page, base, mock } = await started(t);
  await page.goto(`${base}/runs`);
  await page.getByRole('button', { name: 'Plan a run' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByText('7 steps').waitFor();
  await dialog.getByLabel('Select').fill('agg_daily_revenue_v4');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByText('1 step').waitFor();
  await dialog.getByText('yellow_tripdata_2021-01.parquet').first().waitFor();
  await picture(page, 'plan');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await page.waitForURL('**/runs/r15');
  await page.getByRole('button', { name: 'Run again' }).waitFor(); // the stream said that it is done
  await page.getByText('1 of 1 OK agg_daily_revenue_v4').waitFor();
  assert.equal(mock.runs[0].state, 'success');
});

test('a run is cancelled, and what failed is run again', async (t) => {
  const { page, base, mock } = await started(t);
  await page.goto(`${base}/runs`);
  await page.getByRole('button', { name: 'Plan a run' }).click();
  await page.locator('dialog').getByText('7 steps').waitFor();
  await page.locator('dialog').getByRole('button', { name: 'Start' }).click();
  await page.getByRole('progressbar').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Run what failed again' }).waitFor();
  assert.equal(mock.runs[0].state, 'cancelled');
  await page.getByRole('button', { name: 'Run what failed again' }).click();
  await page.waitForURL('**/runs/r16');
});

test('the calendar tells fresh, changed and missing days apart, by keyboard as well', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/partitions`);
  await page.getByText('216 partitions').waitFor();
  const last = page.locator('[data-day="2024-06-30"]');
  await last.focus();
  const detail = page.getByRole('complementary', { name: 'Partition' });
  await detail.getByText('2024-06-30').waitFor();
  await page.keyboard.press('ArrowUp');
  await detail.getByText('2024-06-23').waitFor();
  await page.keyboard.press('Home');
  await detail.getByText('2008-12-31').waitFor();
  await page.keyboard.press('ArrowRight');
  await detail.getByText('2009-01-01').waitFor();
  await page.keyboard.press('ArrowRight'); // over twelve years without any
  await detail.getByText('2021-01-01').waitFor();
  await detail.getByText('missing', { exact: true }).waitFor();
  await detail.getByText('yellow_tripdata_2021-01.parquet came after the last run').waitFor();
  await page.locator('[data-day="2024-03-12"]').click();
  await detail.getByText('changed upstream').waitFor();
  await detail.getByText('was replaced').waitFor();
  const looks = await page.evaluate(() => ['2024-03-12', '2021-01-05', '2024-05-01'].map((day) => {
    const style = getComputedStyle(document.querySelector(`[data-day="${day}"]`));
    return [style.backgroundImage.includes('gradient'), style.borderTopStyle];
  })); // prettier-ignore
  assert.deepEqual(looks, [[true, 'none'], [false, 'dashed'], [false, 'none']], 'patterns, not only colours');
  await page.getByLabel('Model').selectOption({ label: 'stg_trips_v2' });
  await page.getByRole('cell', { name: 'data/raw/yellow_tripdata_2024-03.parquet' }).waitFor();
  await page.getByText('7 partitions').waitFor();
});

test('a day that arrives while the calendar is open appears in it', async (t) => {
  const { page, base, mock } = await started(t);
  const answer = await mock.call('GET', new URL('/api/partitions/model.nyc_taxi.agg_daily_revenue_v4', base), {}, { headers: { cookie: `tidemark_session=${[...mock.sessions.keys()][0]}` } }, {});
  await page.goto(`${base}/partitions`);
  await page.getByText('216 partitions').waitFor();
  const call = mock.call.bind(mock);
  const late = { value: '2024-07-01', state: 'missing', rows: null, version: null, at: null, files: ['late.parquet'], reason: 'late.parquet came after the last run' };
  mock.call = async (method, url, ...rest) => (url.pathname.startsWith('/api/partitions/') ? { ...answer, partitions: [...answer.partitions, late] } : call(method, url, ...rest));
  await page.locator('[data-day="2024-07-01"]').waitFor();
  await page.getByText('217 partitions').waitFor();
});

test('files that are gone, replaced or new come first', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/files`);
  await page.getByText('3 files are not what the tables hold').waitFor();
  const states = await page.locator('tbody tr td:first-child').allTextContents();
  assert.deepEqual(states.map((text) => text.trim()), ['gone', 'changed', 'new', 'held', 'held', 'held', 'held', 'held']);
  await page.getByRole('button', { name: /^gone/ }).click();
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.getByRole('button', { name: /^gone/ }).click();
  await page.getByLabel('Search files').fill('2021-01');
  await page.getByText('no table yet').waitFor();
});

test('a proof at a click, with its certificate', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/partitions`);
  await page.getByRole('link', { name: 'Verify…' }).click();
  await page.getByLabel('Select').fill('agg_daily_revenue_v4 agg_daily_revenue_window');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.getByText('1 table of 2 needs a look').waitFor();
  await page.getByText('31 rows missing, 2 rows with other numbers').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Certificate' }).click()]);
  assert.equal(file.suggestedFilename(), 'certificate.json');
});

test('a model: what it is, its code, its next run, its versions, where it comes from', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/models`);
  await page.getByLabel('Search models').fill('tag:revenue v4');
  await page.getByRole('link', { name: 'agg_daily_revenue_v4' }).click();
  await page.getByText('kept equal to it for the cost').waitFor();
  for (const [tab, text] of [['Code', /ref\('stg_trips'\)/], ['Compiled', /"analytics"\."stg_trips"/], ['Next run', /merge/], ['Versions', /nothing was built before/]]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel').getByText(text).first().waitFor();
  }
  await page.getByRole('button', { name: 'Look at it' }).nth(2).click();
  await page.getByRole('heading', { name: /^Version 5/ }).waitFor();
  await page.getByRole('tab', { name: 'Lineage' }).click();
  const graph = page.getByRole('group', { name: 'Lineage' });
  await graph.getByRole('link', { name: 'agg_daily_revenue_v4' }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-id') === 'model.nyc_taxi.stg_trips');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/models/model.nyc_taxi.stg_trips?tab=lineage');
  await page.getByText('6 nodes').waitFor();
});

test('a lineage of 1,000 nodes opens on the neighbourhood and shows all of it when asked', async (t) => {
  const { page, base } = await started(t, { server: { large: true } });
  await page.goto(`${base}/models/model.large.m_500?tab=lineage`);
  const nodes = page.getByRole('group', { name: 'Lineage' }).getByRole('link');
  await nodes.first().waitFor();
  assert.ok((await nodes.count()) < 100);
  await page.getByText('Everything').click();
  await page.getByText('1,000 nodes').waitFor();
  await page.locator('[data-id="model.large.m_500"]').waitFor();
});

test('views of an empty project name the next step', async (t) => {
  const { page, base } = await started(t, { server: { empty: true } });
  for (const [path, text] of [
    ['/runs', 'Nothing has run yet'],
    ['/partitions', 'There are no tables yet'],
    ['/files', 'No source has a file'],
    ['/models', 'The project has no models'],
    ['/queries', 'No query is saved yet'],
    ['/verify', 'Is what is published true?'],
    ['/query', 'Nothing was run here yet'],
  ]) {
    await page.goto(base + path);
    await page.getByRole('heading', { name: text }).waitFor();
  }
  await page.getByText('There are no tables yet. A run makes them').waitFor();
});

test('an error says its cause and offers to try again', async (t) => {
  const { page, base, mock } = await started(t);
  const call = mock.call.bind(mock);
  mock.call = async (method, url, ...rest) => {
    if (url.pathname === '/api/files') throw Object.assign(new Error('the ledger is locked'), { status: 503, code: 'TM7100', hint: 'a run is under way' });
    return call(method, url, ...rest);
  };
  t.mock.method(console, 'error', () => {}); // the mock server tells of it
  await page.goto(`${base}/files`);
  const alert = page.getByRole('alert');
  assert.match(await textOf(alert), /the ledger is locked\s*TM7100\s*a run is under way/);
  mock.call = call;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('8 files').waitFor();
  await page.goto(`${base}/nowhere`);
  await page.getByText('there is no page /nowhere').waitFor();
});
