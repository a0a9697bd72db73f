// GraphQL over server-sent events, distinct connections: the reference client, and a GET as a browser's EventSource sends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient } from 'graphql-sse';

import { RETITLED, TALK, collect, startServer } from './server.mjs';

const server = await startServer();

function connect(t, url) {
  const client = createClient({ url, retryAttempts: 0 });
  t.after(() => client.dispose());
  return client;
}

/** The events of a stream, as EventSource would tell them. */
async function* events(response) {
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1];
      // A comment keeps the connection alive and is no event.
      if (field('event')) yield { event: field('event'), data: field('data') ? JSON.parse(field('data')) : null };
    }
  }
}

function listen(url, query, variables = {}) {
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  return fetch(`${url}?${parameters}`, { headers: { accept: 'text/event-stream' } });
}

// /graphql itself streams to clients that accept only a stream.
for (const url of [server.streamUrl, server.url]) {
  const path = new URL(url).pathname;

  test(`${path}: a query has one answer`, async (t) => {
    const query = '{ events { totalCount nodes { id name } } }';
    const answers = await collect(connect(t, url).iterate({ query }));
    assert.deepEqual(answers, [{ data: await server.query(query) }]);
  });

  test(`${path}: a subscription hears of a change`, async (t) => {
    const changes = connect(t, url).iterate({ query: RETITLED, variables: { after: await server.cursor() } });
    const title = await server.retitle();
    const { value } = await changes.next();
    assert.deepEqual(value.data.changes.node, { slug: TALK, title });
  });

  test(`${path}: what does not validate is an event, for EventSource shows no other answer`, async (t) => {
    const { value } = await connect(t, url).iterate({ query: '{ nobody }' }).next();
    assert.equal(value.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  });

  test(`${path}: GET, a query is next, then complete`, async () => {
    const response = await listen(url, '{ __typename }');
    assert.match(response.headers.get('content-type'), /^text\/event-stream\b/);
    assert.match(response.headers.get('cache-control'), /no-(store|cache)/);
    const [next, complete, ...more] = await collect(events(response));
    assert.deepEqual(next, { event: 'next', data: { data: { __typename: 'Query' } } });
    assert.equal(complete.event, 'complete');
    assert.deepEqual(more, []);
  });

  test(`${path}: GET, a subscription hears of a change`, async () => {
    const stream = events(await listen(url, RETITLED, { after: await server.cursor() }));
    const title = await server.retitle();
    const { value } = await stream.next();
    assert.equal(value.event, 'next');
    assert.deepEqual(value.data.data.changes.node, { slug: TALK, title });
    await stream.return();
  });
}

test('a subscription that wants no stream is told where to find one', async () => {
  const response = await server.post({ query: RETITLED });
  const { errors } = await response.json();
  assert.equal(errors[0].extensions.code, 'STREAM_REQUIRED');
});
