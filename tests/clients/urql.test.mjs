// urql with its normalised cache, which knows the schema: pages, cached answers, live nodes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery } from 'graphql';

import { RETITLED, TALK, startServer } from './server.mjs';

const server = await startServer();
const schema = await server.query(getIntrospectionQuery());

/** Types without an id are part of the object that holds them. The cache must be told which these are. */
const keys = Object.fromEntries(
  schema.__schema.types
    .filter(({ kind, fields }) => kind === 'OBJECT' && !fields.some(({ name }) => name === 'id'))
    .map(({ name }) => [name, () => null]),
);

/** A client, and how the server answered it. */
function open(t, options = { preferGetMethod: false }) {
  const webSocket = server.connect(t);
  const app = { answers: [] };
  // The cache warns of what it cannot keep: of an object without a key, of a field that the schema does not have.
  const warned = t.mock.method(console, 'warn', () => {});
  t.after(() => assert.deepEqual(warned.mock.calls.flatMap((call) => call.arguments), []));
  app.client = new Client({
    url: server.url,
    ...options,
    fetch: async (...request) => {
      const answer = await fetch(...request);
      app.answers.push(answer.headers);
      return answer;
    },
    exchanges: [
      cacheExchange({ schema, keys, resolvers: { Query: { talks: relayPagination() } } }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({ unsubscribe: webSocket.subscribe(operation, sink) }),
        }),
      }),
    ],
  });
  app.query = async (query, variables = {}) => {
    const { data, error } = await app.client.query(query, variables).toPromise();
    assert.ifError(error);
    return data;
  };
  return app;
}

const LIST = gql`
  query ($first: Int!, $after: String) {
    talks(first: $first, after: $after, orderBy: { field: TITLE }) {
      edges {
        node {
          id
          slug
          title
          speakers {
            role
            person {
              id
              name
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

test('three pages become one list', async (t) => {
  const app = open(t);
  const lengths = [];
  let talks;
  do {
    ({ talks } = await app.query(LIST, { first: 2, after: talks?.pageInfo.endCursor }));
    lengths.push(talks.edges.length);
  } while (talks.pageInfo.hasNextPage);
  assert.deepEqual(lengths, [2, 4, 5]);
  const whole = await server.query('{ talks(orderBy: { field: TITLE }) { nodes { slug } } }');
  assert.deepEqual(talks.edges.map(({ node }) => node.slug), whole.talks.nodes.map(({ slug }) => slug));
});

test('what the cache has is not asked for again, also by another way', async (t) => {
  const app = open(t);
  const list = await app.query(LIST, { first: 5 });
  const { node } = list.talks.edges.find((edge) => edge.node.slug === TALK);
  assert.deepEqual(await app.query(LIST, { first: 5 }), list);
  assert.equal(app.answers.length, 1);
  const one = await app.query(gql`query ($id: ID!) { node(id: $id) { ... on Talk { id title } } }`, { id: node.id });
  assert.equal(one.node.title, node.title);
});

test('a subscription renews the node wherever it is', async (t) => {
  const app = open(t);
  const titles = [];
  const shown = new Promise((resolve) => {
    const { unsubscribe } = app.client.query(LIST, { first: 5 }).subscribe(({ data }) => {
      titles.push(data.talks.edges.find(({ node }) => node.slug === TALK).node.title);
      resolve();
    });
    t.after(unsubscribe);
  });
  await shown;
  const after = await server.cursor();
  const heard = new Promise((resolve) => {
    const { unsubscribe } = app.client.subscription(RETITLED.replace('slug', 'id slug'), { after }).subscribe(resolve);
    t.after(unsubscribe);
  });
  const renewed = await server.retitle();
  const { error } = await heard;
  assert.ifError(error);
  assert.equal(titles.at(-1), renewed);
  assert.equal(app.answers.length, 1);
});

test('an answer is JSON that caches on the way can keep, though urql could read a stream', async (t) => {
  const app = open(t, { preferGetMethod: 'force' });
  await app.query(LIST, { first: 1 });
  const [answer] = app.answers;
  assert.match(answer.get('content-type'), /^application\/graphql-response\+json\b/);
  assert.ok(answer.get('etag'));
});
