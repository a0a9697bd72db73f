// The protocol graphql-transport-ws: its reference client, and what that client never does, on raw sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import WebSocket from 'ws';

import { RETITLED, TALK, collect, startServer } from './server.mjs';

const server = await startServer();

test('a query has one answer, the same as over HTTP', async (t) => {
  const query = '{ events { totalCount nodes { id name } } }';
  const answers = await collect(server.connect(t).iterate({ query }));
  assert.deepEqual(answers, [{ data: await server.query(query) }]);
});

test('variables and the name of the operation are heeded', async (t) => {
  const query = 'query Wrong { nobody: __typename } query Right($slug: String!) { talk(slug: $slug) { slug } }';
  const request = { query, operationName: 'Right', variables: { slug: TALK } };
  const { value } = await server.connect(t).iterate(request).next();
  assert.deepEqual(value.data, { talk: { slug: TALK } });
});

test('a subscription hears of a change', async (t) => {
  const changes = server.connect(t).iterate({ query: RETITLED, variables: { after: await server.cursor() } });
  const title = await server.retitle();
  const { value } = await changes.next();
  assert.deepEqual(value.data.changes.node, { slug: TALK, title });
});

test('an event can be watched', async (t) => {
  const { event } = await server.query('{ event(slug: "dunmere-rb-april-2018") { id } }');
  const query = 'subscription ($id: ID!) { eventChanged(id: $id) { typename node { ... on Event { name } } } }';
  const changed = server.connect(t).iterate({ query, variables: { id: event.id } }).next();
  // It hears from now on. Nothing says when it has begun to listen, so the name changes until it is heard.
  let heard = false;
  changed.finally(() => (heard = true));
  for (let attempt = 1; !heard && attempt <= 20; attempt += 1) {
    await server.rename(`Dunmere.rb, attempt ${attempt}`);
    await Promise.race([changed, sleep(250)]);
  }
  assert.ok(heard, 'the subscription heard nothing');
  const { value } = await changed;
  assert.equal(value.data.eventChanged.typename, 'Event');
  assert.match(value.data.eventChanged.node.name, /^Dunmere.rb, attempt/);
});

test('many subscriptions of one socket all hear of a change', async (t) => {
  const client = server.connect(t);
  const variables = { after: await server.cursor() };
  const all = Array.from({ length: 50 }, () => client.iterate({ query: RETITLED, variables }).next());
  const title = await server.retitle();
  for (const { value } of await Promise.all(all)) assert.equal(value.data.changes.node.title, title);
});

test('what does not validate is an error with a code', async (t) => {
  const client = server.connect(t);
  for (const query of ['{ nobody }', '{', 'subscription { __typename changes { id } }']) {
    const [error] = await client.iterate({ query }).next().then(assert.fail, (errors) => errors);
    assert.match(error.extensions.code, /^GRAPHQL_(PARSE|VALIDATION)_FAILED$/);
  }
});

test('a client keeps its socket alive', async (t) => {
  await new Promise((resolve) => {
    server.connect(t, { lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve() } });
  });
});

// Below the client: one socket, one message after the other.

const INIT = { type: 'connection_init' };
const subscribe = (id, query) => ({ type: 'subscribe', id, payload: { query } });
const LISTEN = subscribe('same', 'subscription { changes { id } }');

class Peer {
  static async open(t, protocol = 'graphql-transport-ws') {
    const peer = new Peer(new WebSocket(server.webSocketUrl, protocol));
    t.after(() => peer.socket.terminate());
    await once(peer.socket, 'open');
    return peer;
  }

  constructor(socket) {
    this.socket = socket;
    this.inbox = [];
    socket.on('message', (text) => {
      this.inbox.push(JSON.parse(text));
      socket.emit('inbox');
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  send(...messages) {
    for (const message of messages) {
      this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    }
  }

  async receive() {
    while (this.inbox.length === 0) await once(this.socket, 'inbox');
    return this.inbox.shift();
  }
}

test('the newer protocol is chosen', async (t) => {
  const peer = await Peer.open(t, ['graphql-ws', 'graphql-transport-ws']);
  assert.equal(peer.socket.protocol, 'graphql-transport-ws');
});

test('another protocol is refused', async (t) => {
  const refused = Peer.open(t, 'chat').then((peer) => peer.closed);
  await refused.then(({ code }) => assert.equal(code, 4406), (error) => assert.match(error.message, /400|subprotocol/i));
});

test('pings are answered, with their payload, at any time', async (t) => {
  const peer = await Peer.open(t);
  peer.send({ type: 'ping' });
  assert.deepEqual(await peer.receive(), { type: 'pong' });
  peer.send(INIT, { type: 'pong' }, { type: 'ping', payload: { a: 1 } });
  assert.deepEqual(await peer.receive(), { type: 'connection_ack' });
  assert.equal((await peer.receive()).type, 'pong');
});

test('an answer is next, then complete; an error ends its operation and not the socket', async (t) => {
  const peer = await Peer.open(t);
  peer.send(INIT, subscribe('bad', '{ nobody }'));
  assert.equal((await peer.receive()).type, 'connection_ack');
  const { type, id, payload } = await peer.receive();
  assert.deepEqual([type, id, payload.length], ['error', 'bad', 1]);
  peer.send(subscribe('bad', '{ __typename }'));
  assert.deepEqual(await peer.receive(), { type: 'next', id: 'bad', payload: { data: { __typename: 'Query' } } });
  assert.deepEqual(await peer.receive(), { type: 'complete', id: 'bad' });
});

test('a completed subscription is silent, and its id is free', async (t) => {
  const peer = await Peer.open(t);
  peer.send(INIT, LISTEN, { type: 'complete', id: 'same' }, { type: 'complete', id: 'unknown' });
  assert.equal((await peer.receive()).type, 'connection_ack');
  await server.retitle();
  peer.send(subscribe('same', '{ __typename }'));
  assert.deepEqual([await peer.receive(), await peer.receive()].map(({ type }) => type), ['next', 'complete']);
});

test('a client that says goodbye is answered', async (t) => {
  const peer = await Peer.open(t);
  peer.socket.close(1000, 'That is all');
  assert.equal((await peer.closed).code, 1000);
});

for (const [what, code, messages] of [
  ['what is not JSON', 4400, [INIT, 'hello']],
  ['a message of an unknown type', 4400, [INIT, { type: 'hello' }]],
  ['a subscribe without an id', 4400, [INIT, { ...LISTEN, id: undefined }]],
  ['a subscribe without a document', 4400, [INIT, { ...LISTEN, payload: {} }]],
  ['a subscribe before connection_init', 4401, [LISTEN]],
  ['silence instead of connection_init', 4408, []],
  ['an id that is in use', 4409, [INIT, LISTEN, LISTEN]],
  ['a second connection_init', 4429, [INIT, INIT]],
]) {
  test(`${what} closes the socket with ${code}`, async (t) => {
    const peer = await Peer.open(t);
    peer.send(...messages);
    const closed = await peer.closed;
    assert.equal(closed.code, code, closed.reason);
    assert.notEqual(closed.reason, '', 'the reason says what was wrong');
  });
}
