// The first page, as visitors see it: one screen, no script needed, snippets that run as pasted.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import ts from 'typescript';

import { DESKTOP, Demo, PHONE, barriers, look, openBrowser, openPage, overflows } from './support.mjs';

const run = promisify(execFile);
const QUERY = '{ events(first: 3) { nodes { name startsOn } } }';

const demo = await Demo.start();
const browser = await openBrowser();

async function home(t, viewport, options) {
  const page = await openPage(t, browser, viewport, options);
  await page.goto(demo.origin);
  return page;
}

const snippet = (page, language) => page.locator(`.snippet.${language} code`).textContent();
const lines = ({ nodes }) => nodes.map(({ name, startsOn }) => `${startsOn ?? 'undated'} ${name}`).join('\n');

for (const colorScheme of ['light', 'dark']) {
  test(`one screen on a desktop, ${colorScheme}`, async (t) => {
    const page = await home(t, DESKTOP, { colorScheme });
    assert.match(await page.locator('main').innerText(), /Kubernetes London, Docker London, Lanternport Systems and one more group, since 2015\./);
    for (const language of ['TypeScript', 'Swift', 'Kotlin', 'curl']) {
      await page.getByText(language, { exact: true }).click();
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height <= DESKTOP.height, `${language}: ${height}`);
      assert.equal(await overflows(page), false);
      assert.deepEqual(await barriers(page), []);
      await look(page, `home-desktop-${colorScheme}-${language}`);
    }
    assert.deepEqual(page.problems, []);
  });

  test(`readable on a phone, ${colorScheme}`, async (t) => {
    const page = await home(t, PHONE, { colorScheme });
    const spilled = await page.locator('dt, dd').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).length);
    assert.equal(spilled, 0, 'numbers and their names stay in their boxes');
    const playground = await page.getByRole('link', { name: 'Open the playground' }).boundingBox();
    assert.ok(playground.y + playground.height < PHONE.height, 'the way in is on the first screen');
    assert.ok(playground.height >= 40, 'and large enough for a thumb');
    for (const language of ['TypeScript', 'Swift', 'Kotlin', 'curl']) {
      await page.getByText(language, { exact: true }).tap();
      assert.equal(await overflows(page), false, language);
      assert.deepEqual(await barriers(page), []);
      await look(page, `home-phone-${colorScheme}-${language}`, { fullPage: true });
    }
    assert.deepEqual(page.problems, []);
  });
}

test('without JavaScript it holds the same', async (t) => {
  const page = await home(t, DESKTOP, { javaScriptEnabled: false });
  assert.equal(await page.locator('dl div').count(), 6);
  assert.match(await page.locator('dl').innerText(), /Talks\s+116/);
  assert.equal(await page.locator('.snippet.curl').isVisible(), true);
  await page.getByText('Kotlin', { exact: true }).click();
  assert.equal(await page.locator('.snippet.curl').isVisible(), false);
  assert.equal(await page.locator('.snippet.kotlin').isVisible(), true);
  assert.equal(await page.locator('button').count(), 0, 'nothing that would do nothing');
});

test('curl runs as pasted', async (t) => {
  const text = await snippet(await home(t), 'curl');
  const { stdout } = await run('bash', ['-c', text]);
  const { data } = JSON.parse(stdout);
  assert.deepEqual(data, await demo.query(QUERY));
  assert.equal(data.events.nodes.length, 3);
});

test('TypeScript compiles strictly, and runs', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'folkmoot-snippet-'));
  t.after(() => rm(directory, { recursive: true }));
  const [source, compiled] = [join(directory, 'events.mts'), join(directory, 'events.mjs')];
  await writeFile(source, await snippet(await home(t), 'typescript'));
  const program = ts.createProgram([source], {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  });
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  assert.deepEqual(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), []);
  const { stdout } = await run(process.execPath, [compiled]);
  assert.equal(stdout.trim(), lines((await demo.query(QUERY)).events));
});

test('Swift and Kotlin ask the same at the same address', async (t) => {
  const page = await home(t);
  for (const language of ['swift', 'kotlin']) {
    const text = await snippet(page, language);
    assert.ok(text.includes(QUERY) && text.includes(`"${demo.origin}/graphql"`), text);
  }
});

test('a button copies the snippet that is shown', async (t) => {
  const page = await home(t, DESKTOP, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByText('Swift', { exact: true }).click();
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await snippet(page, 'swift'));
  await page.getByRole('button', { name: 'Copy', exact: true }).waitFor();
});

test('the keyboard reaches everything in the order of the page', async (t) => {
  const page = await home(t, DESKTOP, { permissions: ['clipboard-read', 'clipboard-write'] });
  const focused = () =>
    page.evaluate(() => {
      const { href, id, ariaLabel, textContent } = document.activeElement;
      return href ?? (id || ariaLabel || textContent);
    });
  const tab = async () => {
    await page.keyboard.press('Tab');
    return focused();
  };
  assert.equal(await tab(), `${demo.origin}/playground`);
  assert.equal(await tab(), `${demo.origin}/schema.graphql`);
  assert.equal(await tab(), 'Commands that run an example');
  assert.equal(await tab(), 'curl');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'typescript');
  assert.equal(await page.locator('.snippet.typescript').isVisible(), true);
  await look(page, 'home-keyboard');
  assert.equal(await tab(), 'The query in TypeScript');
  assert.equal(await tab(), 'Copy');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await snippet(page, 'typescript'));
});

test('its links lead on, and the playground leads back', async (t) => {
  const page = await home(t);
  await page.getByRole('link', { name: 'Open the playground' }).click();
  await page.waitForURL('**/playground');
  const schema = await fetch(`${demo.origin}/schema.graphql`);
  assert.match(await schema.text(), /^type Query /m);
  await page.goto(`${demo.origin}/playground/fallback.html`);
  await page.getByRole('link', { name: 'Folkmoot', exact: true }).click();
  await page.getByRole('heading', { name: 'What is here' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
});
