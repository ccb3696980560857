// Before one is signed in: set-up, sign-in, invite, reset.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, ADMIN, newPage, picture, run, serve, signIn, started } from './harness.mjs';

test('the set-up link makes the first account, once', async (t) => {
  const { base } = await serve({ setup: true });
  const page = await newPage(t);
  await page.goto(base);
  await page.getByText('shows a set-up link').waitFor();
  await accessible(page, 'nobody yet');
  await page.goto(`${base}/setup#SETUP`);
  await page.getByLabel('E-mail').fill('first@example.com');
  await page.getByLabel('Password').fill('four quite plain words');
  await picture(page, 'setup');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('navigation').waitFor();
  assert.equal(new URL(page.url()).pathname, '/query');

  const other = await newPage(t);
  await other.goto(`${base}/setup#SETUP`);
  await other.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('a wrong password is said, a right one lets in, signing out ends it', async (t) => {
  const { base } = await serve();
  const page = await newPage(t);
  await page.goto(`${base}/runs`);
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('do not go together').waitFor();
  await accessible(page, 'sign-in with an error');
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('a session that ended elsewhere leads back to the sign-in', async (t) => {
  const { page, mock } = await started(t);
  await page.goto(new URL('/files', page.url()).href);
  await page.getByRole('heading', { name: 'Files' }).waitFor();
  mock.sessions.clear();
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('the next user of a browser sees nothing of the one before', async (t) => {
  const { page, base } = await started(t);
  await run(page, "select 'a secret of mine'");
  await page.getByRole('gridcell').getByText('a secret of mine').waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').fill('analyst@example.com');
  await page.getByLabel('Password').fill('tidemark-demo-2');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Account analyst@example.com' }).waitFor();
  await page.locator('.cm-content').waitFor();
  assert.equal(await page.getByText('a secret of mine').count(), 0);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await signIn(page, base);
  await page.locator('.cm-line').getByText('a secret of mine').waitFor();
});

test('an invited user joins with a role, and sees no more than that', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/admin`);
  await page.getByLabel('E-mail of the new user').fill('new@example.com');
  await page.getByLabel('Role of the new user').selectOption('viewer');
  await page.getByRole('button', { name: 'Invite' }).click();
  const link = await page.locator('dialog code').textContent();
  assert.match(link, /\/invite#/);
  await page.getByRole('button', { name: 'Done' }).click();

  const guest = await newPage(t);
  await guest.goto(link);
  await guest.getByLabel('New password').fill('short');
  await guest.getByRole('button', { name: 'Join' }).click(); // the browser itself refuses
  await guest.getByLabel('New password').fill('long enough to do');
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByRole('navigation').waitFor();
  assert.equal(await guest.getByRole('link', { name: 'Admin' }).count(), 0);
  await guest.goto(`${base}/runs`);
  await guest.getByRole('heading', { name: 'Runs' }).waitFor();
  assert.equal(await guest.getByRole('button', { name: 'Plan a run' }).count(), 0);

  await guest.goto(link);
  await guest.getByLabel('New password').fill('another long one');
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByText('was used already').waitFor();
});

test('a disabled user is out, a reset link sets a new password', async (t) => {
  const { page, base } = await started(t);
  const guest = await newPage(t);
  await signIn(guest, base, { email: 'analyst@example.com', password: 'tidemark-demo-2' });
  await page.goto(`${base}/admin`);
  await page.getByRole('button', { name: 'More for analyst@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  await guest.goto(`${base}/files`);
  await guest.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('button', { name: 'More for analyst@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Enable' }).click();
  await page.getByRole('button', { name: 'More for analyst@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Link for a new password' }).click();
  await guest.goto(await page.locator('dialog code').textContent());
  await guest.getByLabel('New password').fill('a brand new one');
  await guest.getByRole('button', { name: 'Set the password' }).click();
  await guest.getByRole('navigation').waitFor();
});

test('a token is shown once', async (t) => {
  const { page, base } = await started(t);
  await page.goto(`${base}/admin`);
  await page.getByLabel('What the new token is for').fill('nightly');
  await page.getByRole('button', { name: 'Make one' }).click();
  const token = await page.locator('dialog code').textContent();
  assert.match(token, /^tm_/);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'nightly', exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(token));
});
