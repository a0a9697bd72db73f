// What a change of the schema may do: add, and take away what was deprecated. And with which revision script/breaking
// compares.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { breaking } from './breaking.mjs';
import { here } from './server.mjs';

const SCHEMA = `
  type Query {
    talk(id: ID, number: Int @deprecated): Talk
    speaker: Speaker @deprecated
  }
  type Talk { title: String kind: Kind held(in: Place): Int }
  type Speaker { name: String! }
  enum Kind { LONG SHORT OLD @deprecated }
  input Place { city: String country: String @deprecated }
`;

const cases = [
  ['nothing', '', '', []],
  ['a field more', 'title: String', 'title: String subtitle: String', []],
  ['an argument more', 'in: Place', 'in: Place at: Int', []],
  ['an argument more that must be given', 'in: Place', 'in: Place at: Int!', [/^Talk\.held\.at: /]],
  ['a value more', 'LONG', 'LONG LONGER', []],
  ['a field that is no longer deprecated', 'Speaker @deprecated', 'Speaker', []],
  ['a field less', 'title: String', '', [/^Talk\.title: /]],
  ['a field less that was deprecated, with its type', /speaker: .*|type Speaker .*/g, '', []],
  ['a type changed to which only a deprecated field leads', 'name: String!', 'name: Int', []],
  ['a field of another type', 'title: String', 'title: Int', [/^Talk\.title: /]],
  ['a field that may be null now', 'kind: Kind', 'kind: Kind!', []],
  ['an argument less', 'id: ID, ', '', [/^Query\.talk\.id: /]],
  ['an argument less that was deprecated', 'number: Int @deprecated', '', []],
  ['a value less', 'SHORT', '', [/^Kind\.SHORT: /]],
  ['a value less that was deprecated', 'OLD @deprecated', '', []],
  ['a field of an input less', 'city: String', '', [/^Place\.city: /]],
  ['a field of an input less that was deprecated', 'country: String @deprecated', '', []],
  ['a field of an input more that must be given', 'city: String', 'city: String street: String!', [/^Place\.street: /]],
  ['a type less', /(kind: Kind)|enum Kind .*/g, '', [/^Kind: /, /^Talk\.kind: /]],
];

for (const [name, old, replacement, expected] of cases) {
  test(`${name} ${expected.length === 0 ? 'breaks nobody' : 'breaks clients'}`, async () => {
    const found = (await breaking(SCHEMA, SCHEMA.replace(old, replacement))).sort();
    assert.equal(found.length, expected.length, found.join('\n'));
    expected.forEach((place, index) => assert.match(found[index], place));
  });
}

/** A repository of its own with the script in it. */
async function repository(t) {
  const directory = await mkdtemp(join(tmpdir(), 'folkmoot-breaking-'));
  t.after(() => rm(directory, { recursive: true }));
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
  const run = (program, ...options) => promisify(execFile)(program, options, { cwd: directory, env });
  const git = (...options) => run('git', '-c', 'user.name=T', '-c', 'user.email=t@example', ...options);
  await cp(here('../../script/breaking'), join(directory, 'script/breaking'));
  await mkdir(join(directory, 'tests/clients'), { recursive: true });
  await cp(here('breaking.mjs'), join(directory, 'tests/clients/breaking.mjs'));
  await symlink(here('node_modules'), join(directory, 'tests/clients/node_modules'));
  await git('init', '--quiet');
  const write = (schema) => writeFile(join(directory, 'schema.graphql'), schema);
  const commit = async (schema) => {
    await write(schema);
    await git('add', 'schema.graphql');
    await git('commit', '--quiet', '--allow-empty', '--message', 'A commit');
  };
  /** What the script says, and whether it passes. */
  const check = async (...options) => {
    const said = ({ code = 0, stdout, stderr }) => ({ code, text: stdout + stderr });
    return said(await run('script/breaking', ...options).catch((error) => error));
  };
  return { git, write, commit, check };
}

const WITHOUT = SCHEMA.replace('title: String', '');
const DEPRECATED = SCHEMA.replace('title: String', 'title: String @deprecated');

test('the script compares with the commit before, and names the place', async (t) => {
  const { commit, check, write } = await repository(t);
  await commit(SCHEMA);
  assert.match((await check()).text, /WAS NOT COMPARED/);
  await commit(WITHOUT);
  const { code, text } = await check();
  assert.equal(code, 1);
  assert.match(text, /Talk\.title: .*removed/);
  await commit(WITHOUT);
  assert.equal((await check()).code, 0);
  assert.equal((await check('HEAD~2')).code, 1);
  assert.match((await check('nothing')).text, /no schema\.graphql in nothing/);
  await write(WITHOUT.replace('kind: Kind', ''));
  assert.match((await check()).text, /Talk\.kind: /, 'what is not committed counts');
});

test('the script lets go what was deprecated, and what is new come', async (t) => {
  const { commit, check } = await repository(t);
  await commit(DEPRECATED);
  await commit(WITHOUT.replace('kind: Kind', 'kind: Kind length: Int'));
  assert.equal((await check()).code, 0);
});

test('the script compares a branch with where it left main', async (t) => {
  const { git, commit, check } = await repository(t);
  await commit(SCHEMA);
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  await commit(DEPRECATED);
  assert.equal((await check()).code, 0);
  await commit(WITHOUT);
  assert.equal((await check()).code, 1, 'nobody on main was warned');
});

test('after a release, a deprecation counts once it is released', async (t) => {
  const { git, commit, check } = await repository(t);
  await commit(SCHEMA);
  await git('tag', 'v0.1.0');
  await commit(DEPRECATED);
  await commit(WITHOUT);
  const { code, text } = await check();
  assert.equal(code, 1);
  assert.match(text, /since v0\.1\.0/);
  await commit(DEPRECATED);
  await git('tag', 'v0.2.0');
  await commit(WITHOUT);
  assert.equal((await check()).code, 0);
});
