// GraphQL over HTTP: the audits of the specification's authors. Each one that is recommended or allowed is met, too.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { serverAudits } from 'graphql-http';

import { startServer } from './server.mjs';

const server = await startServer();

for (const { id, name, fn } of serverAudits({ url: server.url })) {
  test(`${id}: ${name}`, async () => {
    const { status, reason } = await fn();
    assert.equal(status, 'ok', reason);
  });
}

test('there are as many audits as we know', () => {
  assert.equal(serverAudits({ url: server.url }).length, 61);
});
