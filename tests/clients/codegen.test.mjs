// graphql-codegen: an app with types of our schema, strictly checked, and a server that answers its documents and no
// others.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { here, startServer } from './server.mjs';

/** Builds the app; returns the directory. */
async function build() {
  const app = await mkdtemp(join(tmpdir(), 'folkmoot-codegen-'));
  after(() => rm(app, { recursive: true }));
  await cp(here('codegen'), app, { recursive: true });
  await cp(here('../../schema.graphql'), join(app, 'schema.graphql'));
  await symlink(here('node_modules'), join(app, 'node_modules'));
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
  const run = (program, ...options) => promisify(execFile)(here(`node_modules/.bin/${program}`), options, { cwd: app });
  await run('graphql-codegen', '--config', 'codegen.json');
  await run('tsc').catch(({ stdout }) => assert.fail(stdout));
  return app;
}

const app = await build();
const manifest = join(app, 'graphql', 'persisted-documents.json');
const server = await startServer({ FOLKMOOT_TRUSTED_DOCUMENTS: manifest, FOLKMOOT_ONLY_TRUSTED_DOCUMENTS: 'true' });
const history = (await import(join(app, 'out', 'history.js'))).open(server.url);

test('the app gets typed answers to documents that it never sends', async () => {
  const evenings = await history.evenings('dunmere-rb');
  assert.deepEqual(evenings.map(({ past, day }) => [past, day]), [['PAST', '2018-03-13'], ['PAST', '2018-04-10']]);
  const [march] = evenings;
  assert.equal(march.name, 'Dunmere.rb March 2018');
  assert.deepEqual(march.talks, ['Parsing by candlelight', 'untitled']);
  assert.ok((await history.found('candlelight')).includes('Parsing by candlelight'));
});

test('every document of the manifest has an id that the server knows', async () => {
  const documents = JSON.parse(await readFile(manifest, 'utf8'));
  assert.equal(Object.keys(documents).length, 2);
  for (const documentId of Object.keys(documents)) {
    const answer = await server.post({ documentId, variables: { first: 1, words: 'dough' } });
    const { data, errors } = await answer.json();
    assert.ok(data && !errors, JSON.stringify(errors));
  }
});

test('other documents are not answered', async () => {
  const { errors } = await (await server.post({ query: '{ events { totalCount } }' })).json();
  assert.equal(errors[0].extensions.code, 'DOCUMENT_NOT_TRUSTED');
});
