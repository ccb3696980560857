// Every page in both themes and three widths: no violation of WCAG 2.2 AA, nothing to scroll sideways but what is meant to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barriers, cell, picture, run, started } from './harness.mjs';

const MODEL = 'model.nyc_taxi.agg_daily_revenue_v4';
const PAGES = [
  ['queries', '/queries', (page) => page.getByRole('link', { name: 'Daily revenue' }).waitFor()],
  ['query-chart', '/query-chart/q1?p.from_date=2024-01-01', (page) => page.locator('[role=img] canvas').waitFor()],
  ['runs', '/runs', (page) => page.getByRole('row', { name: /^stg_trips_v2/ }).waitFor()],
  ['run', '/runs/r10', (page) => page.getByText('TM3110').waitFor()],
  ['partitions', '/partitions', (page) => page.locator('[data-day="2024-03-12"]').click()],
  ['partitions-by-file', '/partitions/model.nyc_taxi.stg_trips_v2', (page) => page.getByText('7 partitions').waitFor()],
  ['files', '/files', (page) => page.getByText('3 files are').waitFor()],
  ['verify', '/verify', (page) => page.getByRole('button', { name: 'Verify', exact: true }).click().then(() => page.getByText('needs a look').waitFor())],
  ['models', '/models', (page) => page.getByRole('link', { name: 'stg_trips', exact: true }).waitFor()],
  ['model', `/models/${MODEL}`, (page) => page.getByText('kept equal to it').waitFor()],
  ['model-lineage', `/models/${MODEL}?tab=lineage`, (page) => page.getByText('3 nodes').waitFor()],
  ['model-code', `/models/${MODEL}?tab=code`, (page) => page.locator('pre[aria-label=Code]').waitFor()],
  ['model-plan', `/models/${MODEL}?tab=plan`, (page) => page.getByText('merge').first().waitFor()],
  ['model-versions', `/models/${MODEL}?tab=versions`, (page) => page.getByRole('button', { name: 'Look at it' }).first().click()],
  ['admin', '/admin', (page) => page.getByText('analyst@example.com').waitFor()],
];

/** Gathers what is wrong with all pages, to say it at once. */
function judge(page) {
  const faults = [];
  return {
    faults,
    accessible: async (what) => faults.push(...(await barriers(page)).map((fault) => `${what}: ${fault}`)),
    fits: async (what) => {
      const [wide, there] = await page.evaluate(() => [Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth), innerWidth]);
      if (wide > there) faults.push(`${what}: ${wide} px wide in ${there}`);
    },
  };
}

async function query(page, base) {
  await page.goto(`${base}/query`);
  await run(page, 'select trip_date, daily_revenue, daily_trips from agg_daily_revenue_v4 where trip_date >= {{from_date}}; select nothing from agg_daily_revenue_v1');
  await page.getByLabel('from_date', { exact: true }).fill('2024-01-01');
  await page.getByRole('button', { name: 'Run all' }).click();
  await cell(page, 2, 1).click();
}

for (const theme of ['light', 'dark']) {
  test(`pages at 1280 in the ${theme} theme`, async (t) => {
    const { page, base } = await started(t, { theme });
    const { faults, accessible, fits } = judge(page);
    for (const [name, path, ready] of PAGES) {
      await page.goto(base + path);
      await ready(page);
      await fits(name);
      await accessible(`${name}, ${theme}`);
      await picture(page, `${name}-${theme}`);
    }
    await query(page, base);
    await fits('query');
    await accessible(`query, ${theme}`);
    await picture(page, `query-${theme}`);
    await page.getByRole('tablist', { name: 'Statements' }).getByRole('tab').nth(1).click();
    await page.getByRole('alert').waitFor();
    await accessible(`a query that failed, ${theme}`);
    for (const [open, shut] of [['Save', 'Cancel'], ['History', 'Close']]) {
      await page.getByRole('button', { name: open, exact: true }).click();
      await page.locator('dialog').waitFor();
      await accessible(`${open}, ${theme}`);
      await page.locator('dialog').getByRole('button', { name: shut, exact: true }).click();
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to a page' }).fill('rev');
    await accessible(`go to, ${theme}`);
    await picture(page, `palette-${theme}`);
    assert.deepEqual(faults, []);
  });
}

for (const width of [320, 1920]) {
  test(`pages at ${width} reflow`, async (t) => {
    const { page, base } = await started(t, { width, height: width === 320 ? 640 : 1080, theme: width === 320 ? 'dark' : 'light' });
    const { faults, accessible, fits } = judge(page);
    for (const [name, path, ready] of PAGES) {
      await page.goto(base + path);
      await ready(page);
      await fits(`${name} at ${width}`);
      if (width === 320) await accessible(`${name} at ${width}`);
      await picture(page, `${name}-${width}`);
    }
    await query(page, base);
    await fits(`query at ${width}`);
    await picture(page, `query-${width}`);
    if (width === 320) {
      await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('link', { name: 'Files' }).waitFor();
      await accessible('the menu at 320');
      await page.getByRole('link', { name: 'Files' }).click();
      await page.getByRole('heading', { name: 'Files' }).waitFor();
    }
    assert.deepEqual(faults, []);
  });
}

test('the theme is chosen, kept, and follows the system until then', async (t) => {
  const { page } = await started(t, { theme: 'dark' });
  const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await shown(), 'dark');
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  assert.equal(await shown(), 'light');
  await page.reload();
  await page.getByRole('button', { name: 'Theme: light' }).waitFor();
  assert.equal(await shown(), 'light');
});
