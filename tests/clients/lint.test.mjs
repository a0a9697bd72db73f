// The schema passes public linters: graphql-eslint's rules for schemas and for Relay, and graphql-schema-linter.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';

import { here } from './server.mjs';

const schema = here('../../schema.graphql');

/** Types without an id: parts of the object that holds them, which are never queried alone. */
const VALUES = [
  'Affiliation',
  'AgendaItem',
  'AttendanceSummary',
  'ChangePage',
  'EventCapacity',
  'EventHost',
  'ExternalRef',
  'GroupYear',
  'Image',
  'Money',
  'PageInfo',
  'PersonLink',
  'Provenance',
  'RateLimit',
  'Room',
  'SearchHighlight',
  'TalkSpeaker',
  'TextFragment',
];

const rules = {
  ...graphql.configs['flat/schema-recommended'].rules,
  ...graphql.configs['flat/schema-relay'].rules,
  '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { types: VALUES, suffixes: ['Connection', 'Edge'] } }],
  // Small lists are plain lists (docs/decisions/0007-small-lists-are-plain.md).
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
};

test('graphql-eslint: schema-recommended and schema-relay', async () => {
  const eslint = new ESLint({
    cwd: here('../..'),
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': graphql },
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
      rules,
    },
  });
  const [{ messages }] = await eslint.lintFiles(schema);
  const found = messages.map(({ ruleId, message, line }) => `line ${line}: ${ruleId}: ${message}`);
  assert.deepEqual(found, []);
});

test('graphql-schema-linter: every rule but those of alphabetical order, as ours says something', async () => {
  const all = await readdir(here('node_modules/graphql-schema-linter/lib/rules'));
  const wanted = all.filter((file) => !file.includes('sorted'));
  const names = wanted.map((file) => file.replace('.js', '').replaceAll('_', '-'));
  const options = ['--format', 'compact', '--rules', names.join()];
  const run = promisify(execFile)(here('node_modules/.bin/graphql-schema-linter'), [...options, schema]);
  await run.catch(({ stdout, stderr }) => assert.fail(stdout || stderr));
});
