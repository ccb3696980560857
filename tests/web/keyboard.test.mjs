// From the sign-in to a chart without a pointer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, newPage, serve } from './harness.mjs';

/** Presses Tab until what has the focus is called so; fails after many. */
async function tabTo(page, name, key = 'Tab') {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const inner = element?.shadowRoot?.activeElement ?? element;
      return inner?.getAttribute('aria-label') ?? inner?.closest('label')?.textContent ?? inner?.textContent ?? '';
    });
    if (name.test(focused.trim())) return;
  }
  assert.fail(`nothing called ${name} takes the focus`);
}

test('sign in, query, look at cells, chart, save and go on by keyboard alone', async (t) => {
  const { base, mock } = await serve();
  const page = await newPage(t);
  await page.goto(base);
  await tabTo(page, /^E-mail/);
  await page.keyboard.type(ADMIN.email);
  await tabTo(page, /^Password/);
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
  await page.locator('.cm-content').waitFor();
  await tabTo(page, /^Skip to the content/);
  await page.keyboard.press('Enter');
  await tabTo(page, /^Tables$/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('treeitem', { name: /daily_revenue decimal/ }).waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('185 rows, 5 columns').waitFor();
  await tabTo(page, /^SQL$/);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' ');
  // The second result takes the first one's place, and its selection with it.
  const again = page.waitForResponse((response) => /\/rows\?/.test(response.url()));
  await page.keyboard.press('Control+Enter');
  await again;
  await page.getByText('185 rows, 5 columns').waitFor();
  await tabTo(page, /^Result$/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('sum 56.04').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await tabTo(page, /^Table$/, 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await page.locator('[role=img] canvas').waitFor();
  await tabTo(page, /^SQL$/, 'Shift+Tab');
  await page.keyboard.press('Control+s');
  await page.getByLabel('Name').waitFor();
  await tabTo(page, /^Name/);
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'By keyboard' }).waitFor();
  assert.equal(mock.queries[0].name, 'By keyboard');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('partit');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Partitions' }).waitFor();
  await tabTo(page, /^30 June 2024: fresh/);
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('complementary', { name: 'Partition' }).getByText('2024-06-29').waitFor();
});
