// The programs of examples/clients, each as it is there, against a server: they all say the same.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { here, startServer } from './server.mjs';

const server = await startServer();
const directory = await mkdtemp(join(tmpdir(), 'folkmoot-examples-'));
after(() => rm(directory, { recursive: true }));
await cp(here('../../examples/clients'), directory, { recursive: true });
await cp(here('../../schema.graphql'), join(directory, 'schema.graphql'));
await rm(join(directory, 'node_modules'), { recursive: true, force: true });
await symlink(here('node_modules'), join(directory, 'node_modules'));

/** What a program prints. */
async function output(program, ...options) {
  const running = promisify(execFile)(program, options, { cwd: directory });
  return (await running.catch(({ stdout, stderr }) => assert.fail(stdout + stderr))).stdout;
}

const { events } = await server.query('{ events(first: 3) { nodes { name startsOn } } }');
const expected = events.nodes.map(({ name, startsOn }) => `${startsOn ?? 'undated'} ${name}\n`).join('');

test('there is something to say', () => assert.equal(events.nodes.length, 3));

for (const file of ['fetch.js', 'apollo.js', 'urql.js']) {
  test(`${file} prints the events`, async () => {
    assert.equal(await output(process.execPath, file, server.url), expected);
  });
}

test('relay.js prints the events', async () => {
  await output(here('node_modules/.bin/relay-compiler'));
  assert.equal(await output(process.execPath, 'relay.js', server.url), expected);
});

test('events.py prints the events', async () => {
  assert.equal(await output('python3', 'events.py', server.url), expected);
});

test('an error is told with its code', async (t) => {
  const answer = { errors: [{ message: 'Ask less.', extensions: { code: 'RATE_LIMITED' } }] };
  const refusing = createServer((_, response) => response.writeHead(429).end(JSON.stringify(answer))).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => refusing.close());
  await once(refusing, 'listening');
  const url = `http://127.0.0.1:${refusing.address().port}/graphql`;
  for (const [program, file] of [
    [process.execPath, 'fetch.js'],
    ['python3', 'events.py'],
  ]) {
    await assert.rejects(
      promisify(execFile)(program, [file, url], { cwd: directory }),
      /RATE_LIMITED: Ask less\./,
      file,
    );
  }
});

test('they use the packages that are tested here', async () => {
  const read = async (path) => JSON.parse(await readFile(here(path), 'utf8'));
  const { dependencies, devDependencies } = await read('../../examples/clients/package.json');
  const tested = (await read('package.json')).devDependencies;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.equal(version, tested[name], name);
  }
});
