// Text from data, users and files is only ever text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cell, run, started, write } from './harness.mjs';

const PAYLOADS = ['<img src=x onerror="globalThis.broken=1">', '"><svg onload=globalThis.broken=1>', "javascript:globalThis.broken=1//'\"", '{{constructor.constructor("globalThis.broken=1")()}}', '</script><script>globalThis.broken=1</script>'];

async function inert(page, what) {
  assert.equal(await page.evaluate(() => globalThis.broken), undefined, what);
  assert.equal(await page.locator('img[src="x"], main script, a[href^="javascript:"]').count(), 0, what);
}

for (const payload of PAYLOADS) {
  test(`inert: ${payload.slice(0, 24)}`, async (t) => {
    const { page, base } = await started(t, { server: { hostile: payload } });
    for (const path of ['/query', '/queries', '/models', '/models/model.nyc_taxi.agg_daily_revenue_v1', '/models/model.nyc_taxi.agg_daily_revenue_v1?tab=lineage', '/runs', '/runs/r14', '/queries/q1', '/query-table/q1', '/partitions/model.nyc_taxi.agg_daily_revenue_v1', `/partitions/${encodeURIComponent(payload)}`, `/models/${encodeURIComponent(payload)}`, `/verify?select=${encodeURIComponent(payload)}`]) {
      await page.goto(base + path);
      await page.locator('main').getByText(/./).first().waitFor();
      await page.waitForLoadState('networkidle');
      await inert(page, path);
    }
    await page.goto(`${base}/query`);
    await page.getByRole('button', { name: 'New query' }).click();
    const text = payload.replaceAll("'", "''").replaceAll(/[{}]/g, '');
    await run(page, `select '${text}' as "${text.replaceAll('"', '""')}", 3 as n`);
    await cell(page, 0, 1).waitFor();
    await cell(page, 0, 0).hover();
    await cell(page, 0, 0).dblclick();
    await page.locator('dialog pre').waitFor();
    await inert(page, 'cell');
    await page.keyboard.press('Escape');
    await page.getByText('Chart', { exact: true }).click();
    const canvas = page.locator('[role=img] canvas');
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    for (const share of [0.3, 0.5, 0.7]) await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await inert(page, 'chart and its tooltip');
    await write(page, text);
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('alert').first().waitFor();
    await inert(page, 'error');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').nth(8).waitFor();
    await inert(page, 'palette');
  });
}

test('a saved query whose name is a payload is saved and shown as text', async (t) => {
  const { page, mock } = await started(t);
  await write(page, 'select 1');
  await page.keyboard.press('Control+s');
  await page.getByLabel('Name').fill(PAYLOADS[0]);
  await page.getByLabel('Tags').fill(PAYLOADS[1]);
  await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('tab', { name: PAYLOADS[0] }).waitFor();
  assert.equal(mock.queries[0].name, PAYLOADS[0]);
  await inert(page, 'tab');
});
