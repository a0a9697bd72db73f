// The documents and the reference, as readers see them: on a desktop and on a phone, in both colours, without scripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DESKTOP, Demo, PHONE, barriers, look, openBrowser, openPage, overflows } from './support.mjs';

const demo = await Demo.start();
const browser = await openBrowser();

const PAGES = ['/docs', '/docs/quick-start', '/docs/queries', '/docs/errors', '/docs/settings', '/docs/schema', '/docs?q=cursor'];

async function open(t, path, viewport, options) {
  const page = await openPage(t, browser, viewport, options);
  await page.goto(demo.origin + path);
  return page;
}

for (const [size, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`readable on a ${size}, ${colorScheme}`, async (t) => {
      const page = await openPage(t, browser, viewport, { colorScheme });
      for (const path of PAGES) {
        await page.goto(demo.origin + path);
        assert.equal(await page.locator('h1').count(), 1, path);
        assert.equal(await overflows(page), false, path);
        assert.deepEqual(await barriers(page), [], path);
        await look(page, `docs-${size}-${colorScheme}${path.replaceAll(/\W/g, '-')}`);
      }
      assert.deepEqual(page.problems, []);
    });
  }
}

test('tables scroll in themselves on a phone', async (t) => {
  const page = await open(t, '/docs/settings', PHONE);
  const table = page.locator('.table').nth(1);
  assert.ok(await table.evaluate((element) => element.scrollWidth > element.clientWidth));
  await table.focus();
  assert.equal(await table.evaluate((element) => document.activeElement === element), true, 'for the keyboard, too');
});

test('the search works without scripts', async (t) => {
  const page = await open(t, '/docs/errors', PHONE, { javaScriptEnabled: false });
  await page.getByRole('searchbox', { name: 'Search the documents' }).fill('restore a backup');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/docs?q=restore+a+backup');
  assert.equal(await page.getByRole('searchbox').inputValue(), 'restore a backup');
  await page.locator('.results a').first().click();
  await page.waitForURL('**/docs/operation#restore');
  assert.match(await page.locator('#restore').innerText(), /Restore/);
});

test('the lists open on a phone, and are open on a desktop', async (t) => {
  const phone = await open(t, '/docs/errors', PHONE, { javaScriptEnabled: false });
  const link = phone.getByRole('navigation', { name: 'Documents' }).getByRole('link', { name: 'Operation' });
  assert.equal(await link.isVisible(), false);
  await phone.getByText('All documents').click();
  await link.click();
  await phone.waitForURL('**/docs/operation');
  const desktop = await open(t, '/docs/operation', DESKTOP);
  const documents = desktop.getByRole('navigation', { name: 'Documents' });
  assert.equal(await documents.getByRole('link', { name: 'Quick start' }).isVisible(), true);
  assert.equal(await documents.locator('[aria-current]').innerText(), 'Operation');
  await desktop.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'Backup' }).click();
  await desktop.waitForURL('**/docs/operation#backup');
});

test('a query opens in the playground', async (t) => {
  const page = await open(t, '/docs/queries', DESKTOP);
  const block = page.locator('.code').first();
  const query = (await block.locator('code').textContent()).trim();
  await block.getByRole('link', { name: 'Open in the playground' }).click();
  await page.waitForURL('**/playground?query=*');
  assert.equal(new URL(page.url()).searchParams.get('query'), query);
  await page.goBack();
  await page.getByText('The answer on the demo data').first().click();
  assert.match(await page.locator('details[open] code').first().textContent(), /"name": "Kubernetes London"/);
});

test('the reference leads from a field to its type', async (t) => {
  const page = await open(t, '/docs/schema#Event.startsOn', DESKTOP);
  const field = page.locator('[id="Event.startsOn"]');
  assert.equal(await field.isVisible(), true);
  await field.getByRole('link', { name: 'PartialDate' }).first().click();
  await page.waitForURL('**/docs/schema#PartialDate');
  await page.getByRole('link', { name: '2. An event page' }).first().click();
  await page.waitForURL('**/docs/queries#2-an-event-page');
});

test('the schema is shown as text', async (t) => {
  const page = await open(t, '/schema.graphql', DESKTOP);
  assert.match(await page.locator('pre').innerText(), /^type Event implements Node/m);
});
