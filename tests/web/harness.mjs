// What the browser tests share: a mock server, a browser, a signed-in page that lets no error of the page pass.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ADMIN, mockServer } from '../../web/mock/server.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

export { ADMIN };
export const root = fileURLToPath(new URL('../../', import.meta.url));
export const requireWeb = require;

const PATIENCE = 30_000; // ms; a loaded machine is slow

let shared = null;

export async function browser() {
  shared ??= await chromium.launch({ executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return shared;
}

const open = [];
after(async () => {
  await shared?.close();
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
});

/** A mock server of its own, with its state at `mock`. */
export async function serve(options = {}) {
  const server = mockServer(options);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return { base: `http://127.0.0.1:${server.address().port}`, mock: server.mock };
}

// What is blocked inside the editor is the browser's own: overwriting bold text it tries to keep the style, and the editor wants none of it.
function tellBreaches() {
  document.addEventListener('securitypolicyviolation', (event) => {
    if (!event.target.matches?.('.editor') || event.violatedDirective !== 'style-src-attr') console.error(`breach of ${event.violatedDirective}: ${event.target.outerHTML ?? event.blockedURI}`);
  });
}

/** A page whose errors fail the test: exceptions, breaches of the content security policy, and what the console calls an error. */
export async function newPage(t, { theme = 'light', width = 1280, height = 800, allow = [] } = {}) {
  const context = await (await browser()).newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', acceptDownloads: true });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(tellBreaches);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    const expected = [/Failed to load resource/, /violates the following Content Security Policy/, ...allow].some((pattern) => pattern.test(message.text()));
    if (message.type() === 'error' && !expected) faults.push(`console: ${message.text()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  return page;
}

export async function signIn(page, base, { email, password } = ADMIN) {
  await page.goto(base);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').or(page.getByRole('button', { name: 'Menu' })).first().waitFor();
}

/** A page that is signed in on a mock server. */
export async function started(t, { server = {}, ...options } = {}) {
  const { base, mock } = await serve(server);
  const page = await newPage(t, options);
  await signIn(page, base);
  return { page, base, mock };
}

/** Puts the text into the editor in place of what is there. */
export async function write(page, sql) {
  const editor = page.locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(sql);
}

export async function run(page, sql, { all = true } = {}) {
  await write(page, sql);
  await page.keyboard.press(all ? 'Control+Shift+Enter' : 'Control+Enter');
}

export const cell = (page, row, column) => page.locator(`[role=gridcell][data-row="${row}"][data-column="${column}"]`);
export const textOf = async (locator) => (await locator.textContent()).trim();

/** Fails where axe finds a violation. */
export async function accessible(page, what) {
  assert.deepEqual(await barriers(page), [], what);
}

/** The violations that axe finds: WCAG 2.2 A and AA, and its best practices. */
export async function barriers(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} – ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`).join('; ')}`);
}

/** With TIDEMARK_SHOTS=folder, a picture to look at. */
export async function picture(page, name) {
  const folder = process.env.TIDEMARK_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
