// The demo's steps against the real server, over the example project with generated files.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ADMIN, barriers, cell, newPage, picture, root, run, signIn, write } from './harness.mjs';

const PROGRAM = process.env.TIDEMARK_BIN ?? `${root}build/release/bin/tidemark`;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-web-'));
const project = join(folder, 'nyc_taxi');
const rows = Number(process.env.TIDEMARK_WEB_ROWS ?? 2000);
let server = null;
let base = '';

const tidemark = (...args) => execFileSync(PROGRAM, [...args, '--target', 'sample'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
const generate = (start, end) => tidemark('run-operation', 'generate_sample', '--args', `{start: ${start}, end: ${end}, rows: ${rows}}`);

before(async () => {
  cpSync(`${root}examples/nyc_taxi`, project, { recursive: true, filter: (path) => !/nyc_taxi\/(data|target|logs|\.tidemark)(\/|$)/.test(path) });
  mkdirSync(join(project, 'data/sample'), { recursive: true });
  generate('2024-01', '2024-03');
  tidemark('run');
  writeFileSync(join(folder, 'password'), `${ADMIN.password}\n`, { mode: 0o600 });
  server = spawn(PROGRAM, ['serve', '--target', 'sample', '--port', '0', '--admin-email', ADMIN.email, '--admin-password-file', join(folder, 'password'), '--web-dir', `${root}web/dist`], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) {
    base = /http:\/\/[\d.]+:\d+/.exec(line)?.[0] ?? '';
    if (base) break;
  }
  server.stdout.resume();
});

after(async () => {
  if (server) {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function admin(t, options) {
  const page = await newPage(t, options);
  await signIn(page, base);
  return page;
}

test('versions 3 and 4 are queried, charted, saved, shared and opened by another user', async (t) => {
  const page = await admin(t);
  await run(page, 'select trip_date, daily_revenue, daily_trips from agg_daily_revenue_v3 order by trip_date;\nselect trip_date, daily_revenue, daily_trips from agg_daily_revenue_v4 where trip_date >= {{from_date}}::date order by trip_date');
  await page.getByLabel('from_date', { exact: true }).fill('2024-02-01');
  await page.getByRole('button', { name: 'Run all' }).click();
  const tabs = page.getByRole('tablist', { name: 'Statements' }).getByRole('tab');
  await tabs.nth(1).click();
  await page.getByText(/^\d+ rows, 3 columns$/).waitFor();
  await cell(page, 0, 0).getByText('2024-02-01').waitFor();
  await cell(page, 0, 2).click();
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText(/^sum \d+$/).waitFor();
  await page.getByText('Chart', { exact: true }).click();
  await page.getByRole('img', { name: 'Line chart of daily_revenue by trip_date' }).locator('canvas').waitFor();
  await picture(page, 'server-query');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByLabel('Name').fill('Daily revenue');
  await page.getByLabel('Tags').fill('revenue');
  await page.getByText('All may read').click();
  await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('tab', { name: 'Daily revenue' }).waitFor();
  await page.waitForURL(/\/queries\/\w+\?p\.from_date=2024-02-01$/);
  const link = page.url();

  await page.goto(`${base}/admin`);
  await page.getByLabel('E-mail of the new user').fill('guest@example.com');
  await page.getByLabel('Role of the new user').selectOption('viewer');
  await page.getByRole('button', { name: 'Invite' }).click();
  const invite = await page.locator('dialog code').textContent();
  const guest = await newPage(t);
  await guest.goto(invite);
  await guest.getByLabel('New password').fill('a guest of the house');
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByRole('navigation').waitFor();
  await guest.goto(link);
  await guest.getByRole('tab', { name: 'Daily revenue' }).waitFor();
  await guest.getByRole('button', { name: 'Run', exact: true }).click();
  await guest.getByRole('tab', { name: 'Daily revenue' }).waitFor();
  await guest.locator('[role=img] canvas').or(guest.getByText(/^\d+ rows/)).first().waitFor();
  await guest.goto(`${base}/queries`);
  await guest.getByRole('link', { name: 'Daily revenue' }).waitFor();
  await guest.getByRole('button', { name: 'More for Daily revenue' }).click();
  assert.equal(await guest.getByRole('menuitem', { name: 'Delete' }).count(), 0, 'read, not write');
});

test('a long query is cancelled, a wrong one says where, an export is read back', async (t) => {
  const page = await admin(t);
  await run(page, 'select count(*) from range(100000000) a, range(100000000) b where a.range + b.range = -1');
  await page.locator('.status').getByText('running').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
  await run(page, 'select nothing from agg_daily_revenue_v1');
  await page.getByRole('alert').getByText(/"nothing" not found/).waitFor();
  await run(page, "select 9223372036854775807 as big, 0.1::decimal(38, 10) as exact, '=1+1' as formula, '<img src=x onerror=globalThis.broken=1>' as text");
  await cell(page, 0, 0).getByText('9223372036854775807').waitFor();
  await cell(page, 0, 1).getByText('0.1000000000').waitFor();
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
  await page.getByRole('button', { name: 'Export all rows' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()]);
  const text = readFileSync(await file.path(), 'utf8');
  assert.match(text, /^big,exact,formula,text\r?\n9223372036854775807,0\.1000000000,'=1\+1,/);
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByLabel('Search what you ran').fill('formula');
  await page.locator('dialog li').nth(0).waitFor();
});

test('a column says what it holds, and a value of it filters', async (t) => {
  const page = await admin(t);
  await run(page, "select case when range % 4 = 0 then null else 'it''s ' || range % 4 end as kind, range as n from range(1000) where range >= {{least}}");
  await page.getByLabel('least', { exact: true }).fill('0');
  await page.getByLabel('Type of least').selectOption('number');
  await page.getByLabel('least', { exact: true }).fill('0');
  await page.getByRole('button', { name: 'Run all' }).click();
  await cell(page, 0, 0).click();
  await page.keyboard.press('Alt+Enter');
  const dialog = page.locator('dialog');
  await dialog.getByText('250 (25.0 %)').first().waitFor();
  await dialog.getByText("it's 3").first().waitFor();
  assert.deepEqual(await barriers(page), []);
  await dialog.getByRole('button', { name: "it's 2" }).click();
  await page.getByText('250 rows, 2 columns').waitFor();
  await cell(page, 0, 1).getByText('2', { exact: true }).waitFor();
});

test('a large result is paged from first to last', async (t) => {
  const page = await admin(t);
  await run(page, 'select range as n, range / 2 as half from range(1000000)');
  await cell(page, 0, 0).click();
  await page.keyboard.press('Control+End');
  await cell(page, 999_999, 0).getByText('999999').waitFor();
});

test('late files show in the open calendar; a run from the page makes it fresh; the proof says so', async (t) => {
  const page = await admin(t);
  await page.goto(`${base}/partitions/model.nyc_taxi.agg_daily_revenue_v3`);
  await page.getByText('0 missing').waitFor();
  generate('2021-01', '2021-01');
  await page.locator('[data-day="2021-01-15"].missing').waitFor();
  await picture(page, 'server-partitions');
  await page.goto(`${base}/files`);
  await page.getByRole('row', { name: /^new data\/sample\/yellow_tripdata_2021-01/ }).waitFor();
  await page.goto(`${base}/runs`);
  await page.getByRole('row', { name: /^agg_daily_revenue_v4/ }).waitFor();
  await page.getByRole('button', { name: 'Plan a run' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByLabel('Select').fill('stg_trips agg_daily_revenue_v3 agg_daily_revenue_v4');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByText('3 steps').waitFor();
  await dialog.getByText('yellow_tripdata_2021-01.parquet').first().waitFor();
  await dialog.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('button', { name: 'Run again' }).waitFor();
  await page.getByRole('button', { name: 'agg_daily_revenue_v4' }).click();
  await dialog.getByText('merge').waitFor();
  await page.keyboard.press('Escape');
  await picture(page, 'server-run');
  await page.goto(`${base}/partitions/model.nyc_taxi.agg_daily_revenue_v3`);
  await page.locator('[data-day="2021-01-15"].fresh').waitFor();
  await page.goto(`${base}/verify?select=${encodeURIComponent('agg_daily_revenue_v4 agg_daily_revenue_v1')}`);
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.getByText('1 table of 2 needs a look').waitFor();
  await page.getByText('equal to the truth, bit for bit').waitFor();
});

test('pages with real contents have no violation, in both themes', async (t) => {
  for (const theme of ['light', 'dark']) {
    const page = await admin(t, { theme });
    await write(page, 'select 1');
    const faults = [];
    for (const [path, text] of [['/runs', 'agg_daily_revenue_v4'], ['/files', 'yellow_tripdata_2024-01'], ['/partitions/model.nyc_taxi.agg_daily_revenue_v3', 'partitions'], ['/models/model.nyc_taxi.agg_daily_revenue_v4', 'running_revenue'], ['/models/model.nyc_taxi.agg_daily_revenue_v4?tab=versions', 'nothing was built before'], ['/models/model.nyc_taxi.agg_daily_revenue_v4?tab=plan', 'step']]) {
      await page.goto(base + path);
      await page.locator('main').getByText(text).first().waitFor();
      faults.push(...(await barriers(page)).map((fault) => `${path}, ${theme}: ${fault}`));
      await picture(page, `server${path.replaceAll(/\W+/g, '-')}-${theme}`);
    }
    assert.deepEqual(faults, []);
  }
});
