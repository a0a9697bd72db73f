// Apollo Client, as apps are built with it: persisted queries by GET, batches, and a cache that knows nodes by their ids.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import * as apollo3 from 'apollo-client-3/core/index.js';
import { createPersistedQueryLink } from 'apollo-client-3/link/persisted-queries/index.js';
import { RETITLED, TALK, startServer } from './server.mjs';

const server = await startServer();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A query that no server has seen before. */
const fresh = () => `query Q${randomUUID().replaceAll('-', '')} { events { totalCount } }`;

/** A `fetch` that notes what it was asked for. */
function spy() {
  const requests = [];
  const fetching = async (url, options) => {
    const response = await fetch(url, options);
    requests.push({ method: options.method, query: new URL(url).searchParams.get('query'), response });
    return response;
  };
  return { requests, fetch: fetching };
}

const persisted4 = (fetch) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
      new HttpLink({ uri: server.url, fetch }),
    ]),
  });

const persisted3 = (fetch) =>
  new apollo3.ApolloClient({
    cache: new apollo3.InMemoryCache(),
    link: apollo3.from([
      createPersistedQueryLink({ sha256, useGETForHashedQueries: true }),
      new apollo3.HttpLink({ uri: server.url, fetch }),
    ]),
  });

for (const [version, client] of [
  ['Apollo Client 4', persisted4],
  ['Apollo Client 3', persisted3],
]) {
  test(`${version}: a query is registered once, then asked for by its hash`, async () => {
    const query = gql(fresh());
    const first = spy();
    const { data } = await client(first.fetch).query({ query });
    assert.deepEqual(first.requests.map(({ method }) => method), ['GET', 'POST']);
    const second = spy();
    assert.deepEqual((await client(second.fetch).query({ query })).data, data);
    const [{ method, query: text, response }, ...more] = second.requests;
    assert.deepEqual([method, text, more], ['GET', null, []]);
    assert.match(response.headers.get('etag'), /^(W\/)?"/, 'caches on the way can keep it');
  });
}

test('a batch is one request, and each answer goes where it belongs', async () => {
  const { fetch, requests } = spy();
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new BatchHttpLink({ uri: server.url, fetch, batchInterval: 20 }),
  });
  const ask = (query) => client.query({ query: gql(query), errorPolicy: 'all', fetchPolicy: 'no-cache' });
  const [talk, nobody, events] = await Promise.all([
    ask(`{ talk(slug: "${TALK}") { slug } }`),
    ask('{ nobody }'),
    ask('{ events { totalCount } }'),
  ]);
  assert.equal(requests.length, 1);
  assert.equal(talk.data.talk.slug, TALK);
  assert.equal(nobody.error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  assert.equal(typeof events.data.events.totalCount, 'number');
});

/** Nodes come by many ways; the cache keeps each once, by `__typename` and `id`. */
const cached = (link) => {
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const list = gql('{ talks { nodes { id slug title } } }');
  return {
    client,
    load: () => client.query({ query: list }),
    title: () => client.readQuery({ query: list }).talks.nodes.find(({ slug }) => slug === TALK).title,
  };
};

test('what is read again by another way is new everywhere', async () => {
  const { client, load, title } = cached(new HttpLink({ uri: server.url }));
  await load();
  const renewed = await server.retitle();
  assert.notEqual(title(), renewed);
  await client.query({ query: gql(`{ talk(slug: "${TALK}") { id title } }`), fetchPolicy: 'network-only' });
  assert.equal(title(), renewed);
});

test('a subscription keeps the cache current', async (t) => {
  const { client, load, title } = cached(new GraphQLWsLink(server.connect(t)));
  await load();
  const variables = { after: await server.cursor() };
  const query = gql(RETITLED.replace('slug', 'id slug'));
  const heard = new Promise((next, error) => client.subscribe({ query, variables }).subscribe({ next, error }));
  const renewed = await server.retitle();
  await heard;
  assert.equal(title(), renewed);
});

/** A client whose cache knows how lists grow and which types a `Node` or a `SearchResult` may have. */
async function informed() {
  const { __schema } = await server.query('{ __schema { types { name possibleTypes { name } } } }');
  const abstract = __schema.types.filter((type) => type.possibleTypes);
  const possibleTypes = Object.fromEntries(
    abstract.map(({ name, possibleTypes }) => [name, possibleTypes.map((type) => type.name)]),
  );
  const typePolicies = {
    Query: {
      fields: {
        talks: relayStylePagination(['filter', 'orderBy']),
        node: { read: (known, { args, toReference }) => known ?? toReference(args.id) },
      },
    },
  };
  const { fetch, requests } = spy();
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  return { client: new ApolloClient({ cache, link: new HttpLink({ uri: server.url, fetch }) }), requests };
}

test('three pages become one list', async (t) => {
  const { client } = await informed();
  const query = gql(`query ($after: String) {
    talks(first: 2, after: $after, orderBy: { field: TITLE }) {
      edges { node { id slug } }
      pageInfo { hasNextPage endCursor }
    }
  }`);
  const list = client.watchQuery({ query });
  const watching = list.subscribe(() => {});
  t.after(() => watching.unsubscribe());
  let { pageInfo } = (await client.query({ query })).data.talks;
  const all = () => client.readQuery({ query }).talks.edges.map(({ node }) => node.slug);
  const lengths = [all().length];
  while (pageInfo.hasNextPage && lengths.length < 5) {
    ({ pageInfo } = (await list.fetchMore({ variables: { after: pageInfo.endCursor } })).data.talks);
    lengths.push(all().length);
  }
  assert.deepEqual(lengths, [2, 4, 5]);
  const whole = await server.query('{ talks(orderBy: { field: TITLE }) { nodes { slug } } }');
  assert.deepEqual(all(), whole.talks.nodes.map(({ slug }) => slug));
});

test('what the cache has is not asked for again', async () => {
  const { client, requests } = await informed();
  const query = gql(`{ talk(slug: "${TALK}") { id title } }`);
  const first = await client.query({ query });
  assert.deepEqual(await client.query({ query }), first);
  assert.equal(requests.length, 1);
});

test('fragments on an interface and on a union find their types', async () => {
  const { client } = await informed();
  const search = gql(`{
    search(query: "dunmere") { nodes { __typename ... on Node { id version } ... on Event { startsOn } } }
  }`);
  const { nodes } = (await client.query({ query: search })).data.search;
  assert.ok(new Set(nodes.map(({ __typename }) => __typename)).size > 1);
  assert.ok(nodes.every(({ version }) => version >= 1));
  const event = nodes.find(({ __typename }) => __typename === 'Event');
  const again = gql('query ($id: ID!) { node(id: $id) { id ... on Event { name startsOn } } }');
  const { node } = (await client.query({ query: again, variables: { id: event.id } })).data;
  assert.equal(node.startsOn, event.startsOn);
});

test('errors arrive as such, with their codes', async () => {
  const { client } = await informed();
  for (const [query, code] of [
    ['{ nobody }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ talks(first: 0) { totalCount } }', 'BAD_PAGE'],
  ]) {
    await assert.rejects(client.query({ query: gql(query) }), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), String(error));
      assert.equal(error.errors[0].extensions.code, code);
      return true;
    });
  }
});
