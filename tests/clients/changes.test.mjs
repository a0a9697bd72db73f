// A client that keeps a copy of everything, in a few lines: read the change log to its end, then listen behind
// it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TALKS, newTitle, startServer } from './server.mjs';

const server = await startServer();

const CHANGE = `fragment Change on Change {
  cursor
  operation
  id
  node { __typename id ... on Talk { slug title } ... on Event { slug name } }
}`;

class Copy {
  nodes = new Map();
  cursor = null;

  /** Applies a change of a node. Applying it twice does no harm. */
  apply({ cursor, operation, id, node }) {
    if (operation !== 'UPSERT') this.nodes.delete(id);
    // After a merge it is the other node. It is null if the node is gone since; its deletion follows.
    if (node) this.nodes.set(node.id, node);
    this.cursor = cursor;
  }

  /** Reads on from where it stopped, page by page, until there is no more. */
  async catchUp() {
    const query = `query ($after: String) {
      changes(after: $after, first: 10) { nodes { ...Change } pageInfo { hasNextPage endCursor } }
    } ${CHANGE}`;
    let more = true;
    while (more) {
      const { changes } = await server.query(query, { after: this.cursor });
      changes.nodes.forEach((change) => this.apply(change));
      this.cursor = changes.pageInfo.endCursor;
      more = changes.pageInfo.hasNextPage;
    }
  }

  /** Listens from where it stopped, so that nothing is lost between reading and listening. */
  async follow(client, until) {
    const query = `subscription ($after: String) { changes(after: $after) { ...Change } } ${CHANGE}`;
    for await (const { data, errors } of client.iterate({ query, variables: { after: this.cursor } })) {
      assert.equal(errors, undefined);
      this.apply(data.changes);
      if (until()) return;
    }
  }

  all(typename) {
    return [...this.nodes.values()].filter((node) => node.__typename === typename).sort(byId);
  }
}

const byId = (one, other) => one.id.localeCompare(other.id);

async function publicTalks() {
  const { talks } = await server.query('{ talks(first: 100) { nodes { __typename id slug title } } }');
  return talks.nodes.sort(byId);
}

const current = async () => {
  const copy = new Copy();
  await copy.catchUp();
  return copy;
};

test('from nothing to everything', async () => {
  const copy = await current();
  assert.deepEqual(copy.all('Talk'), await publicTalks());
  const before = copy.cursor;
  await copy.catchUp();
  assert.equal(copy.cursor, before, 'nothing happened, so there is nothing to read');
});

test('an import that changes nothing is no change', async () => {
  const copy = await current();
  await server.import();
  const { changes } = await server.query('query ($after: String) { changes(after: $after) { nodes { id } } }', {
    after: copy.cursor,
  });
  assert.deepEqual(changes.nodes, []);
});

test('what changes arrives', async (t) => {
  const [copy, title] = [await current(), newTitle()];
  const following = copy.follow(server.connect(t), () => copy.all('Talk').some((talk) => talk.title === title));
  await server.retitle(title);
  await following;
  assert.deepEqual(copy.all('Talk'), await publicTalks());
});

test('what changed while nobody listened arrives, too', async (t) => {
  const [copy, title] = [await current(), newTitle()];
  await server.retitle(title);
  await copy.follow(server.connect(t), () => copy.all('Talk').some((talk) => talk.title === title));
  assert.deepEqual(copy.all('Talk'), await publicTalks());
});

test('what is removed goes, and comes back', async (t) => {
  const copy = await current();
  const { length } = copy.all('Resource');
  const client = server.connect(t);
  await server.edit(TALKS, (text) => text.replace('slides_url:', '# slides_url:'));
  await copy.follow(client, () => copy.all('Resource').length === length - 1);
  await server.edit(TALKS, (text) => text.replace('# slides_url:', 'slides_url:'));
  await copy.follow(client, () => copy.all('Resource').length === length);
});

test('one may ask for some types, and for one group', async () => {
  const { group } = await server.query('{ group(slug: "dunmere-rb") { id talks { totalCount } } }');
  const query = `query ($groupId: ID) {
    changes(types: [TALK], groupId: $groupId, first: 100) { nodes { typename operation } }
  }`;
  const { changes } = await server.query(query, { groupId: group.id });
  const talks = changes.nodes.filter(({ operation }) => operation === 'UPSERT');
  assert.deepEqual(new Set(talks.map(({ typename }) => typename)), new Set(['Talk']));
  assert.equal(talks.length, group.talks.totalCount);
});
