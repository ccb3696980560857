// Makes docs/workbench.png from a running server:  node tools/picture.mjs http://127.0.0.1:3000 EMAIL PASSWORD OUTPUT.png
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, email, password, output] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-picture-'));
const browser = await chromium.launch({ executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

async function shot(name, theme, act) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 700 }, colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(base);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await act(page);
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
  return `data:image/png;base64,${readFileSync(join(folder, `${name}.png`)).toString('base64')}`;
}

const SQL = "select trip_date, daily_revenue, daily_trips\nfrom agg_daily_revenue_v4\nwhere trip_date >= date '2024-01-01'\norder by trip_date";
const query = await shot('query', 'dark', async (page) => {
  await page.evaluate(() => localStorage.setItem('tidemark.size.editor', '104'));
  await page.reload();
  await page.locator('.cm-content').click();
  await page.keyboard.insertText(SQL);
  await page.keyboard.press('Control+Enter');
  await page.locator('[role=gridcell]').first().waitFor();
  await page.getByText('Chart', { exact: true }).click();
  await page.locator('[role=img] canvas').waitFor();
});
const calendar = await shot('calendar', 'light', async (page) => {
  await page.goto(`${base}/partitions/model.nyc_taxi.agg_daily_revenue_v3`);
  await page.locator('.day.changed').nth(11).hover();
});

const page = await browser.newPage({ viewport: { width: 1500, height: 1040 } });
const at = (left, top) => `position:absolute;left:${left}px;top:${top}px;width:1010px;border-radius:10px;box-shadow:0 10px 40px rgb(10 30 40 / 35%)`;
await page.setContent(`<body style="margin:0;background:#dfe9eb"><img src="${query}" style="${at(40, 40)}"><img src="${calendar}" style="${at(450, 400)}"></body>`);
await page.screenshot({ path: output });
await browser.close();
rmSync(folder, { recursive: true });
