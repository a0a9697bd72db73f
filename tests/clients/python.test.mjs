// Python: a typed client by ariadne-codegen, gql's command line, and parsers of other languages.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { here, newTitle, startServer } from './server.mjs';

const run = promisify(execFile);

/** The programs of the packages in requirements.txt: an environment of their own, made anew when the list changes. */
async function programs() {
  const environment = resolve(here('../..'), process.env.CARGO_TARGET_DIR ?? 'target', 'clients-python');
  const [wanted, made] = [here('python/requirements.txt'), join(environment, 'requirements.txt')];
  const read = (file) => readFile(file, 'utf8').catch(() => null);
  if ((await read(wanted)) !== (await read(made))) {
    await run('python3', ['-m', 'venv', '--clear', environment]);
    await run(join(environment, 'bin/pip'), ['install', '--quiet', '--no-cache-dir', '--requirement', wanted]);
    await cp(wanted, made);
  }
  return (name) => join(environment, 'bin', name);
}

const program = await programs();
const server = await startServer();

const directory = await mkdtemp(join(tmpdir(), 'folkmoot-python-'));
after(() => rm(directory, { recursive: true }));
await cp(here('python'), directory, { recursive: true });
await cp(here('../../schema.graphql'), join(directory, 'schema.graphql'));
await run(program('ariadne-codegen'), [], { cwd: directory });

/** Runs one of the tests in Python. */
async function passes(name, environment = {}) {
  const env = {
    ...process.env,
    FOLKMOOT_URL: server.url,
    FOLKMOOT_WEB_SOCKET_URL: server.webSocketUrl,
    ...environment,
  };
  const options = { cwd: directory, env };
  const test = run(program('python'), ['test_client.py', `ClientTest.${name}`], options);
  await test.catch(({ stderr }) => assert.fail(stderr));
}

test('ariadne-codegen: pages', () => passes('test_pages'));
test('ariadne-codegen: instants, enums and filters have types', () => passes('test_types'));
test('ariadne-codegen: what is found has its own type', () => passes('test_union'));
test('ariadne-codegen: an error has a code', () => passes('test_error'));

test('ariadne-codegen: a subscription hears of a change', async () => {
  const title = newTitle();
  const heard = passes('test_subscription', { FOLKMOOT_AFTER: await server.cursor(), FOLKMOOT_TITLE: title });
  await Promise.all([heard, server.retitle(title)]);
});

test('the programs and the snippets in Swift and Kotlin can be parsed', async () => {
  const document = await readFile(here('../../docs/clients.md'), 'utf8');
  const snippets = [...document.matchAll(/^```(swift|kotlin)\n([^]*?)^```$/gm)].map(([, language, text]) => [
    language,
    text,
  ]);
  assert.equal(snippets.length, 3);
  for (const [language, file] of [
    ['swift', 'events.swift'],
    ['kotlin', 'events.kt'],
  ]) {
    snippets.push([language, await readFile(here(`../../src/http/home/${file}`), 'utf8')]);
  }
  // A parser that takes everything would prove nothing.
  await assert.rejects(parse('swift', 'let = {'));
  for (const [language, text] of snippets) await parse(language, text);
});

/** Fails where tree-sitter finds an error in the text. */
async function parse(language, text) {
  const file = join(directory, `snippet.${language}`);
  await writeFile(file, text);
  await run(program('python'), ['parse.py', language, file], { cwd: directory });
}

test('gql-cli prints the schema that is published', async () => {
  const { stdout } = await run(program('gql-cli'), [server.url, '--print-schema']);
  const types = (text) => text.match(/^(type|interface|union|enum|input|scalar) \w+/gm).sort();
  assert.deepEqual(types(stdout), types(await readFile(here('../../schema.graphql'), 'utf8')));
});
