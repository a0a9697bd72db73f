// An example as users run it: built, and served by `vite preview` in front of a Folkmoot server.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePort } from './support.mjs';

const builds = new Map();

/** Builds once for all tests of a file and one environment; returns the directory of the build within the example's. */
function build(directory, environment) {
  if (!existsSync(`${directory}/node_modules`))
    throw new Error(`The example lacks its packages: npm ci --prefix ${directory}`);
  const outDir = ['dist', ...Object.values(environment)].join('-');
  const key = `${directory}/${outDir}`;
  const options = { cwd: directory, env: { ...process.env, ...environment } };
  const building =
    builds.get(key) ?? promisify(execFile)('npm', ['run', 'build', '--', '--outDir', outDir, '--emptyOutDir'], options);
  builds.set(key, building);
  return building.then(
    () => outDir,
    ({ stdout, stderr }) => {
      throw new Error(`The example does not build:\n${stdout}${stderr}`);
    },
  );
}

/**
 * Serves the example `name`, whose `/graphql` is that of the server at `folkmoot`, until the file's tests have run. The
 * environment is that of the build, for instance `VITE_GROUP`.
 */
export async function startExample(name, folkmoot, environment = {}) {
  const directory = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const outDir = await build(directory, environment);
  const example = new Example(directory, outDir, folkmoot, await freePort());
  after(() => example.stop());
  await example.start();
  return example;
}

class Example {
  constructor(directory, outDir, folkmoot, port) {
    this.directory = directory;
    this.outDir = outDir;
    this.environment = { ...process.env, FOLKMOOT_URL: folkmoot };
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** Starts it, also again, on the same port. */
  async start() {
    const flags = [
      'preview',
      '--host',
      '127.0.0.1',
      '--port',
      String(this.port),
      '--strictPort',
      '--outDir',
      this.outDir,
    ];
    this.process = spawn(process.execPath, ['node_modules/vite/bin/vite.js', ...flags], {
      cwd: this.directory,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const child = this.process;
    process.on('exit', () => child.kill());
    await new Promise((resolve, reject) => {
      child.on('exit', () => reject(new Error('vite preview ended before it was ready.')));
      createInterface(child.stdout).on('line', (line) => line.includes('Local') && resolve());
    });
  }

  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}
