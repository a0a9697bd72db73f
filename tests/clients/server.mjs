// A server for one test file: a process with a database of its own, and the import that changes the data.
//
// FOLKMOOT_BIN is the program to test. With FOLKMOOT_TEST_DATABASE_URL all files use that one database, so they must run
// one after the other: npm test -- --test-concurrency=1

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** Where a path of this directory is. */
export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.FOLKMOOT_BIN ?? here('../../target/debug/folkmoot');

/**
 * Starts a server that holds the data of `tests/fixtures/rubyevents`, and stops it when the file's tests have run. What
 * else is set is in `environment`.
 */
export async function startServer(environment = {}) {
  const server = new Server(await mkdtemp(join(tmpdir(), 'folkmoot-clients-')), environment);
  after(() => server.stop());
  await cp(here('../fixtures/rubyevents'), server.data, { recursive: true });
  await server.import();
  await server.start();
  return server;
}

// When a run is stopped, its server is stopped, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

class Server {
  constructor(directory, environment) {
    this.directory = directory;
    this.data = join(directory, 'rubyevents');
    this.environment = {
      ...process.env,
      DATABASE_URL: process.env.FOLKMOOT_TEST_DATABASE_URL ?? `sqlite:${join(directory, 'folkmoot.db')}`,
      FOLKMOOT_LISTEN: '127.0.0.1:0',
      FOLKMOOT_LOG_FORMAT: 'json',
      FOLKMOOT_RATE_LIMIT: '0',
      ...environment,
    };
  }

  async start() {
    this.process = spawn(program, ['serve'], { env: this.environment, stdio: ['ignore', 'ignore', 'pipe'] });
    process.on('exit', () => this.process.kill());
    const address = await this.#address();
    this.url = `http://${address}/graphql`;
    this.webSocketUrl = `ws://${address}/graphql/ws`;
    this.streamUrl = `http://${address}/graphql/stream`;
    const ready = await fetch(`http://${address}/readyz`);
    if (!ready.ok) throw new Error(`The server listens, but /readyz answers ${ready.status}.`);
  }

  /** Where it listens: the log says which port the system chose. */
  #address() {
    const log = [];
    return new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('exit', () => reject(new Error(`The server ended before it was ready:\n${log.join('\n')}`)));
      createInterface(this.process.stderr).on('line', (line) => {
        const address = line.match(/"address":"([^"]+)"/);
        if (address) resolve(address[1]);
        else log.push(line);
      });
    });
  }

  async stop() {
    if (this.process?.exitCode === null) {
      this.process.kill('SIGTERM');
      await new Promise((resolve) => this.process.on('exit', resolve));
    }
    await rm(this.directory, { recursive: true });
  }

  /** Sends a request as JSON; returns the response of `fetch`. */
  post(request, headers = {}) {
    return fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(request),
    });
  }

  /** The data that answers a query. */
  async query(query, variables) {
    const { data, errors } = await (await this.post({ query, variables })).json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** The reference client for WebSockets. It fails at once instead of retrying, and is closed at the end of its test. */
  connect(t, options = {}) {
    const client = createClient({ url: this.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
    t.after(() => client.dispose());
    return client;
  }

  /** Where the change log stands: a subscription behind this cursor hears everything from now on, however late it is. */
  async cursor() {
    const { changes } = await this.query('{ changes(first: 100) { pageInfo { hasNextPage endCursor } } }');
    if (changes.pageInfo.hasNextPage) throw new Error('The data of the tests has outgrown one page.');
    return changes.pageInfo.endCursor;
  }

  /** Brings the files into the database, as an operator would while the server runs. */
  async import() {
    await promisify(execFile)(program, ['import', 'rubyevents', this.data], { env: this.environment });
  }

  /** Rewrites a file of the data, and imports it. */
  async edit(path, rewrite) {
    const file = join(this.data, path);
    await writeFile(file, rewrite(await readFile(file, 'utf8')));
    await this.import();
  }

  /** Gives the talk of this slug a new title, and returns that. */
  async retitle(title = newTitle()) {
    await this.edit(TALKS, (text) => text.replace(/title: "Dough as a service.*"/, `title: "${title}"`));
    return title;
  }

  /** Gives the event of that talk this name. */
  async rename(name) {
    const event = /(# An evening that is its one talk[^]*?event_name): ".*"/;
    await this.edit(TALKS, (text) => text.replace(event, `$1: "${name}"`));
  }
}

/** A title that the talk never had. */
export const newTitle = () => `Dough as a service, ${randomUUID()}`;

/** All items of an asynchronous iterable. */
export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** A subscription to the titles of talks, from a cursor on. */
export const RETITLED = `subscription ($after: String) {
  changes(after: $after, types: [TALK]) { node { ... on Talk { slug title } } }
}`;

/** The file of the talks that `edit` may rewrite. */
export const TALKS = 'dunmere-rb/dunmere-rb-meetup/videos.yml';
/** The slug of the talk that `retitle` changes. */
export const TALK = 'dough-as-a-service';
