// graphql-inspector: the server has the schema that we publish, and our own documents are valid in it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { diff, validate } from '@graphql-inspector/core';
import { Source, buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql';

import { here, startServer } from './server.mjs';

const server = await startServer();
const published = buildSchema(await readFile(here('../../schema.graphql'), 'utf8'));

test('a running server has the schema that is published', async () => {
  const query = getIntrospectionQuery({
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
  });
  const running = buildClientSchema(await server.query(query));
  // The rules compare what is written; what was introspected is written nowhere yet.
  const changes = await diff(published, buildSchema(printSchema(running)));
  assert.deepEqual(changes.map(({ message }) => message), []);
});

test('our queries and examples are valid, and use nothing deprecated', async () => {
  const queries = (await readdir(here('../../docs/queries'))).filter((name) => name.endsWith('.graphql'));
  const files = [...queries.map((name) => `../../docs/queries/${name}`), '../../playground/examples.graphql'];
  const sources = await Promise.all(files.map(async (file) => new Source(await readFile(here(file), 'utf8'), file)));
  assert.deepEqual(validate(published, sources), []);
});
