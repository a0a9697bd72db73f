// A demo server, and a browser that looks at it. Every host but loopback is unresolvable for the browser, so what a page
// fetches from elsewhere fails here.
//
// FOLKMOOT_BIN is the program to test, CHROMIUM the browser. With SCREENSHOTS=directory each `look` leaves a picture.

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.FOLKMOOT_BIN ?? here('../../target/debug/folkmoot');
const axe = await readFile(here('node_modules/axe-core/axe.min.js'), 'utf8');

/** The sizes that people have. */
export const DESKTOP = { width: 1366, height: 768 };
export const PHONE = { width: 390, height: 844 };

// When a run is stopped, its servers are stopped, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** `folkmoot serve --demo` on a free port; it stops when the file's tests have run. */
export class Demo {
  arguments = ['serve', '--demo'];

  static async start(environment = {}) {
    const demo = new this(await mkdtemp(join(tmpdir(), 'folkmoot-browser-')), await freePort(), environment);
    after(() => demo.remove());
    await demo.start();
    return demo;
  }

  constructor(directory, port, environment) {
    this.directory = directory;
    this.origin = `http://127.0.0.1:${port}`;
    this.environment = {
      ...process.env,
      TMPDIR: directory,
      FOLKMOOT_LISTEN: `127.0.0.1:${port}`,
      FOLKMOOT_RATE_LIMIT: '0',
      // What happens by itself in a demo would come between what a test does and what it sees.
      FOLKMOOT_DEMO_INTERVAL: '0',
      ...environment,
    };
  }

  /** Starts it, also again: on the same port, with the demo's data as it was in the beginning. */
  async start() {
    this.process = spawn(program, this.arguments, { env: this.environment, stdio: ['ignore', 'ignore', 'pipe'] });
    const child = this.process;
    process.on('exit', () => child.kill());
    const log = [];
    await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`The server ended before it was ready:\n${log.join('\n')}`)));
      createInterface(child.stderr).on('line', (line) => (line.includes('ready: ') ? resolve() : log.push(line)));
    });
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }

  async remove() {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** The data that answers a query. */
  async query(query, variables) {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /**
   * Brings files, `{ path: text }`, into the demo's database, as an operator would while the server runs. They are of the
   * format of `tests/fixtures/rubyevents`; a path that was written before is written anew.
   */
  async import(files) {
    const data = join(this.directory, 'import');
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(data, path)), { recursive: true });
      await writeFile(join(data, path), text);
    }
    const DATABASE_URL = `sqlite:${await this.database()}`;
    await promisify(execFile)(program, ['import', 'rubyevents', data], { env: { ...this.environment, DATABASE_URL } });
  }

  async database() {
    const copy = (await readdir(this.directory)).find((name) => name.startsWith('folkmoot-demo-'));
    return join(this.directory, copy, 'demo.db');
  }
}

/** The same with a database that outlives a stop and is empty at first. An import may run while it is stopped. */
export class Server extends Demo {
  arguments = ['serve'];

  constructor(directory, port, environment) {
    const file = join(directory, 'folkmoot.db');
    super(directory, port, { DATABASE_URL: `sqlite:${file}`, ...environment });
    this.file = file;
  }

  async database() {
    return this.file;
  }
}

/** A browser for the tests of a file. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  after(() => browser.close());
  return browser;
}

/** A page with its own storage, closed at the end of its test. `page.problems` is what went wrong on it. */
export async function openPage(t, browser, viewport = DESKTOP, options = {}) {
  const context = await browser.newContext({ viewport, hasTouch: viewport === PHONE, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  page.on('requestfailed', (request) => {
    // A request that the page itself cancels is no problem.
    if (request.failure().errorText !== 'net::ERR_ABORTED') page.problems.push(`${request.url()} failed`);
  });
  return page;
}

/** What axe finds on the page that is serious or critical: `rule: the places`. */
export async function barriers(page) {
  // Bypasses the page's Content-Security-Policy, which allows no script from outside.
  const { violations } = await page.evaluate(`${axe}; axe.run()`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Whether the page is wider than its window. */
export function overflows(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Leaves a picture of the page in the directory SCREENSHOTS, if there is one. */
export async function look(page, name, options = {}) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), ...options });
}
