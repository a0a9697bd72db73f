// The first page, as visitors see it: what is on and a query beside its answer on the first screen, no script needed,
// snippets that run as pasted.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import ts from 'typescript';

import { Demo, PHONE, Server, barriers, look, openBrowser, openPage, overflows } from './support.mjs';

const run = promisify(execFile);
const QUERY = '{ events(first: 3) { nodes { name startsOn } } }';
const DESKTOP = { width: 1366, height: 900 };

const demo = await Demo.start();
const browser = await openBrowser();

async function home(t, viewport = DESKTOP, options) {
  const page = await openPage(t, browser, viewport, options);
  await page.goto(demo.origin);
  return page;
}

const snippet = (page, language) => page.locator(`.snippet.${language} code`).textContent();
const lines = ({ nodes }) => nodes.map(({ name, startsOn }) => `${startsOn ?? 'undated'} ${name}`).join('\n');
const bottom = async (locator) => {
  const { y, height } = await locator.boundingBox();
  return y + height;
};
const answer = async (page) => JSON.parse(await page.locator('#answer').textContent());

for (const colorScheme of ['light', 'dark']) {
  test(`the first screen of a desktop, ${colorScheme}`, async (t) => {
    const page = await home(t, DESKTOP, { colorScheme });
    for (const part of ['h1', '.cards', '.panes']) {
      assert.ok((await bottom(page.locator(part))) <= DESKTOP.height, part);
    }
    assert.ok((await page.locator('.card').count()) === 3);
    assert.equal(await overflows(page), false);
    assert.deepEqual(await barriers(page), []);
    await look(page, `home-desktop-${colorScheme}`);
    assert.match(await page.locator('main').innerText(), /Kubernetes London, Docker London, Lanternport Systems and one more group, since 2015\./);
    for (const language of ['TypeScript', 'Swift', 'Kotlin', 'curl']) {
      await page.getByText(language, { exact: true }).click();
      assert.equal(await overflows(page), false);
      const [button, line] = await Promise.all(
        ['button', 'code'].map((part) => page.locator(`.snippet.${language.toLowerCase()} ${part}`).boundingBox()),
      );
      assert.ok(button.x >= line.x + line.width, `the button of ${language} covers no line`);
    }
    await look(page, `home-desktop-${colorScheme}-whole`, { fullPage: true });
    assert.deepEqual(page.problems, []);
  });

  test(`the first screen of a phone, ${colorScheme}`, async (t) => {
    const page = await home(t, PHONE, { colorScheme });
    assert.ok((await bottom(page.locator('.card').first())) < PHONE.height * 0.6, 'an event');
    assert.ok((await bottom(page.locator('.pane').first())) < PHONE.height, 'the query');
    assert.ok((await page.locator('#answer').boundingBox()).y < PHONE.height - 60, 'the beginning of its answer');
    const spilled = await page.locator('dt, dd').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).length);
    assert.equal(spilled, 0, 'numbers and their names stay in their boxes');
    await look(page, `home-phone-${colorScheme}`);
    for (const language of ['TypeScript', 'Swift', 'Kotlin', 'curl']) {
      await page.getByText(language, { exact: true }).tap();
      assert.equal(await overflows(page), false, language);
    }
    assert.deepEqual(await barriers(page), []);
    await look(page, `home-phone-${colorScheme}-whole`, { fullPage: true });
    assert.deepEqual(page.problems, []);
  });

  test(`an unknown address, ${colorScheme}`, async (t) => {
    for (const [name, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
      const page = await openPage(t, browser, viewport, { colorScheme });
      const response = await page.goto(`${demo.origin}/playground/nothing`);
      assert.equal(response.status(), 404);
      assert.equal(await overflows(page), false);
      assert.deepEqual(await barriers(page), []);
      await look(page, `not-found-${name}-${colorScheme}`);
      await page.getByRole('main').getByRole('link', { name: 'First page' }).click();
      await page.getByRole('heading', { name: 'What is here' }).waitFor();
    }
  });
}

test('without JavaScript it holds the same', async (t) => {
  const page = await home(t, DESKTOP, { javaScriptEnabled: false });
  assert.equal(await page.locator('dl div').count(), 6);
  const { data } = await answer(page);
  assert.deepEqual(data, await demo.query(await page.locator('#query').textContent()));
  assert.match(await page.locator('dl').innerText(), /Talks\s+116/);
  assert.equal(await page.locator('.snippet.curl').isVisible(), true);
  await page.getByText('Kotlin', { exact: true }).click();
  assert.equal(await page.locator('.snippet.curl').isVisible(), false);
  assert.equal(await page.locator('.snippet.kotlin').isVisible(), true);
  assert.equal(await page.locator('button').count(), 0, 'nothing that would do nothing');
});

test('the query can be changed and run, by keyboard and by button', async (t) => {
  const page = await home(t);
  const editor = page.getByRole('textbox', { name: 'The query' });
  await editor.fill('{\n  groups(first: 1) { nodes { name } }\n}');
  await editor.press('Control+Enter');
  await page.getByRole('status').filter({ hasText: /Answered in \d+ ms/ }).waitFor();
  assert.deepEqual((await answer(page)).data, await demo.query('{ groups(first: 1) { nodes { name } } }'));

  await editor.fill('{ talks { totalCount } }');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('#answer').filter({ hasText: 'totalCount' }).waitFor();
  assert.deepEqual((await answer(page)).data, await demo.query('{ talks { totalCount } }'));

  await editor.fill('{ groups { nam } }');
  await editor.press('Control+Enter');
  await page.getByRole('status').filter({ hasText: 'The query has an error.' }).waitFor();
  assert.match((await answer(page)).errors[0].message, /nam/);
  assert.deepEqual(await barriers(page), []);
  assert.deepEqual(page.problems, []);
});

test('lines are typed and pasted as they are', async (t) => {
  const page = await home(t, DESKTOP, { permissions: ['clipboard-read', 'clipboard-write'] });
  const editor = page.getByRole('textbox', { name: 'The query' });
  await page.evaluate(() => navigator.clipboard.writeText('events {\n  # <b>all</b>\n  totalCount }'));
  await editor.fill('');
  await editor.pressSequentially('{');
  await editor.press('Enter');
  await editor.press('Control+V');
  await editor.press('Enter');
  await editor.pressSequentially('}');
  await editor.press('Control+Enter');
  await page.getByRole('status').filter({ hasText: 'Answered' }).waitFor();
  assert.deepEqual((await answer(page)).data, await demo.query('{ events { totalCount } }'));
});

test('a server that went away is told', async (t) => {
  const page = await home(t);
  await page.route('**/graphql', (route) => route.abort());
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('#answer').filter({ hasText: 'The server does not answer.' }).waitFor();
});

test('the playground takes the query as it is now', async (t) => {
  const page = await home(t);
  const linked = async () => new URL(await page.getByRole('link', { name: 'Open in the playground' }).evaluate((a) => a.href));
  assert.equal((await linked()).searchParams.get('query'), await page.locator('#query').textContent());
  await page.getByRole('textbox', { name: 'The query' }).fill('{ groups { totalCount } }');
  assert.equal((await linked()).pathname, '/playground');
  assert.equal((await linked()).searchParams.get('query'), '{ groups { totalCount } }');
});

test('an empty server says how to fill it', async (t) => {
  const server = await Server.start();
  for (const [name, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
    const page = await openPage(t, browser, viewport);
    await page.goto(server.origin);
    await page.getByRole('heading', { name: 'Bring your history in' }).waitFor();
    assert.equal(await overflows(page), false);
    assert.deepEqual(await barriers(page), []);
    await look(page, `home-empty-${name}`);
  }
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
  assert.equal(await tab(), `${demo.origin}/#main`);
  await page.keyboard.press('Enter');
  const seen = [];
  while (seen.at(-1) !== 'curl' && seen.length < 50) seen.push(await tab());
  const order = ['Run', 'query', 'answer', `${demo.origin}/schema.graphql`, 'curl'];
  assert.deepEqual(seen.filter((name) => order.includes(name)), order);
  assert.equal(seen.filter((name) => name.startsWith(`${demo.origin}/playground?query=`)).length, 3 + 1 + 6, 'events, query, numbers');
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
  await page.getByRole('main').getByRole('link', { name: 'Playground', exact: true }).click();
  await page.waitForURL('**/playground');
  const schema = await fetch(`${demo.origin}/schema.graphql`);
  assert.match(await schema.text(), /^type Query /m);
  await page.goto(`${demo.origin}/playground/fallback.html`);
  await page.getByRole('link', { name: 'Folkmoot', exact: true }).click();
  await page.getByRole('heading', { name: 'What is here' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
});
