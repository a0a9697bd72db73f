// The bench: its queries are valid in the current schema, and the tests of its harness pass.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { buildSchema, parse, validate } from 'graphql';

import { here } from './server.mjs';

test('the schema knows what the bench asks', async () => {
  const schema = buildSchema(await readFile(here('../../schema.graphql'), 'utf8'));
  const folder = here('../../bench/queries/folkmoot');
  const files = await readdir(folder);
  assert.equal(files.length, 8);
  for (const file of files) {
    const document = parse(await readFile(`${folder}/${file}`, 'utf8'));
    assert.deepEqual(validate(schema, document).map(String), [], file);
  }
});

test('the bench judges by what was measured', async () => {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  await promisify(execFile)('python3', ['-m', 'unittest', 'harness.test_harness'], { cwd: here('../../bench'), env });
});
