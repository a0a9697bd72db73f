// Relay: its compiler on the documents of an app, its runtime against a server. What React's hooks do with the two is
// done here by hand, out of the same parts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import relay from 'relay-runtime';

import { TALK, here, startServer } from './server.mjs';

/** Compiles the documents, and returns a function from an artifact's name to the artifact. */
async function compile() {
  const app = await mkdtemp(join(tmpdir(), 'folkmoot-relay-'));
  after(() => rm(app, { recursive: true }));
  await cp(here('relay'), join(app, 'src'), { recursive: true });
  await cp(here('../../schema.graphql'), join(app, 'schema.graphql'));
  await mkdir(join(app, 'artifacts'));
  const config = {
    src: 'src',
    schema: 'schema.graphql',
    artifactDirectory: 'artifacts',
    language: 'javascript',
    eagerEsModules: false,
  };
  await writeFile(join(app, 'relay.config.json'), JSON.stringify(config));
  await promisify(execFile)(here('node_modules/.bin/relay-compiler'), ['relay.config.json'], { cwd: app });
  const require = createRequire(join(app, 'artifacts', 'here'));
  return (name) => require(`./${name}.graphql.js`);
}

const artifact = await compile();
const server = await startServer();
/** How many talks there are. */
const TALKS = 5;

/** An app that has run its first query. */
class App {
  static async open(t, variables) {
    const app = new App(server.connect(t));
    // In what Relay only warns of, it has found two objects with one id, or a field that no answer had.
    const warned = ['warn', 'error'].map((level) => t.mock.method(console, level, () => {}));
    t.after(() => assert.deepEqual(warned.flatMap(({ mock }) => mock.calls.flatMap((call) => call.arguments)), []));
    await app.start(variables);
    return app;
  }

  requests = 0;

  constructor(webSocket) {
    const network = relay.Network.create(
      async ({ text }, variables) => {
        this.requests += 1;
        return (await server.post({ query: text, variables })).json();
      },
      ({ text }, variables) => relay.Observable.create((sink) => webSocket.subscribe({ query: text, variables }, sink)),
    );
    // The id of a change is that of the node that changed: it must not be taken for the change's own.
    const getDataID = ({ id }, typename) => (typename === 'Change' ? undefined : id);
    this.environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()), getDataID });
  }

  async start({ count = TALKS, words = 'dunmere' } = {}) {
    const operation = relay.createOperationDescriptor(artifact('HistoryQuery'), { count, words });
    this.environment.retain(operation);
    await this.fetch(artifact('HistoryQuery'), { count, words });
    this.root = this.environment.lookup(operation.fragment).data;
  }

  fetch(query, variables) {
    return relay.fetchQuery(this.environment, query, variables, { fetchPolicy: 'network-only' }).toPromise();
  }

  /** What is in the store for a fragment; nothing may be missing. */
  read(fragment, parent = this.root) {
    const { data, isMissingData } = this.environment.lookup(relay.getSelector(artifact(fragment), parent));
    assert.equal(isMissingData, false);
    return data;
  }

  /** What `usePaginationFragment` does for `loadNext(count)`. */
  loadNext(fragment, count) {
    const metadata = relay.getPaginationMetadata(artifact(fragment), 'loadNext');
    const { paginationRequest, paginationMetadata, connectionPathInFragmentData } = metadata;
    const { pageInfo } = relay.getValueAtPath(this.read(fragment), connectionPathInFragmentData);
    const { owner, variables } = relay.getSelector(artifact(fragment), this.root);
    const base = { ...owner.variables, ...variables };
    const page = relay.getPaginationVariables('forward', count, pageInfo.endCursor, base, {}, paginationMetadata);
    return this.fetch(paginationRequest, page);
  }

  /** What `useRefetchableFragment` does for `refetch({})`. */
  refetch(fragment, parent) {
    const { refetchableRequest, identifierInfo } = relay.getRefetchMetadata(artifact(fragment), 'refetch');
    const id = relay.getValueAtPath(this.read(fragment, parent), [identifierInfo.identifierField]);
    return this.fetch(refetchableRequest, { [identifierInfo.identifierQueryVariableName]: id });
  }

  get talks() {
    return this.read('History_talks').talks;
  }

  /** The talk that tests retitle, as the list has it. */
  get talk() {
    return this.talks.edges.find(({ node }) => node.slug === TALK).node;
  }

  get title() {
    return this.read('History_talk', this.talk).title;
  }
}

test('three pages become one list', async (t) => {
  const app = await App.open(t, { count: 2 });
  const lengths = [app.talks.edges.length];
  while (app.talks.pageInfo.hasNextPage) {
    await app.loadNext('History_talks', 2);
    lengths.push(app.talks.edges.length);
  }
  assert.deepEqual(lengths, [2, 4, 5]);
  assert.equal(app.talks.totalCount, TALKS);
  const { talks } = await server.query('{ talks(orderBy: { field: TITLE }) { nodes { slug } } }');
  assert.deepEqual(app.talks.edges.map(({ node }) => node.slug), talks.nodes.map(({ slug }) => slug));
});

test('a search is a list of several types', async (t) => {
  const app = await App.open(t);
  const found = () => app.read('History_search').search.edges.map(({ node }) => node.__typename);
  assert.equal(found().length, 1);
  await app.loadNext('History_search', 100);
  assert.ok(new Set(found()).size > 1, `only ${found()}`);
});

test('a fragment is fetched again by the id of its node', async (t) => {
  const app = await App.open(t);
  const title = await server.retitle();
  assert.notEqual(app.title, title);
  const { requests } = app;
  await app.refetch('History_talk', app.talk);
  assert.deepEqual([app.title, app.requests], [title, requests + 1]);
});

test('a subscription renews the node wherever it is', async (t) => {
  const app = await App.open(t);
  const shown = new Promise((resolve) => {
    const snapshot = app.environment.lookup(relay.getSelector(artifact('History_talk'), app.talk));
    const watching = app.environment.subscribe(snapshot, ({ data: { title } }) => resolve(title));
    t.after(() => watching.dispose());
  });
  const variables = { after: await server.cursor() };
  const heard = new Promise((onNext, onError) => {
    const subscription = artifact('HistoryChangesSubscription');
    const listening = relay.requestSubscription(app.environment, { subscription, variables, onNext, onError });
    t.after(() => listening.dispose());
  });
  const title = await server.retitle();
  assert.equal(await shown, title);
  const { changes } = await heard;
  assert.deepEqual([changes.operation, changes.id], ['UPSERT', app.talk.__id]);
  assert.equal(app.read('History_talk', changes.node.talk).title, title);
});
