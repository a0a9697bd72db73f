// The server's verdict on a document is the one of graphql-js 16. The documents are generated over the schema, valid
// and with one change each, and the examples of the specification's validation chapter. The data of a valid query equal
// those of an execution that asks for each leaf alone.
//
// The seed is fixed, so each run has the same documents. FOLKMOOT_ORACLE_SEED=… generates others.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Alone } from './oracle/alone.mjs';
import { answersOf } from './oracle/ask.mjs';
import { examples } from './oracle/examples.mjs';
import { describe, failsWithoutReason, isOfLimit, judge, table } from './oracle/judge.mjs';
import { KNOWN_DIFFERENCES } from './oracle/known-differences.mjs';
import { mutations, valid } from './oracle/mutations.mjs';
import { poolOf } from './oracle/pool.mjs';
import { scalarsOfInputs } from './oracle/schema.mjs';
import { startServer } from './server.mjs';

const server = await startServer();
const pool = await poolOf(server);
const seed = Number(process.env.FOLKMOOT_ORACLE_SEED ?? 2026);
const requests = [
  ...examples,
  ...valid(seed, pool, { queries: 1000, subscriptions: 40 }),
  ...mutations(seed + 1, pool, { each: 32, eachText: 80, eachStream: 8 }),
];
const judged = await judge(server.url, requests);

/** How many documents may exceed a limit of the server, which it checks before it validates. */
const FEW = 5;

/** The texts of the first three. */
const shown = (some) => some.slice(0, 3).map(describe).join('\n\n');

test('there are at least 3,000 documents', () => {
  const texts = requests.map(({ query, variables, operationName }) =>
    JSON.stringify([query, variables, operationName]),
  );
  assert.ok(new Set(texts).size >= 3000, `${new Set(texts).size} differ from one another.`);
});

test('each scalar that arguments take has its rules here', () => {
  assert.deepEqual(scalarsOfInputs(), ['Boolean', 'Date', 'DateTime', 'ID', 'Int', 'String']);
});

test('generated documents are valid', () => {
  const broken = judged.find(({ request, js }) => request.origin.startsWith('valid') && !js.accepted);
  assert.equal(broken, undefined, broken && describe(broken));
});

test('graphql-js judges the examples as the specification does, except for the known differences', () => {
  for (const one of judged.filter(({ request }) => request.isValid !== undefined)) {
    assert.equal(one.expected, one.request.isValid, describe(one));
  }
});

for (const origin of new Set(requests.map((request) => request.origin))) {
  test(`${origin}: the server judges as graphql-js does`, () => {
    const differences = judged.filter((one) => one.differs && one.request.origin === origin);
    assert.equal(differences.length, 0, `${differences.length} differences, for instance:\n\n${shown(differences)}`);
  });
}

test('almost no document exceeds a limit of the server', () => {
  const limited = judged.filter(isOfLimit);
  assert.ok(limited.length <= FEW, `${limited.length} do, for instance:\n\n${shown(limited)}`);
});

test('an accepted document has no error of execution, except for the rules of this API', () => {
  const failing = judged.filter(
    (one) => one.expected === true && !isOfLimit(one) && failsWithoutReason(one),
  );
  assert.equal(failing.length, 0, `${failing.length} fail, for instance:\n\n${shown(failing)}`);
});

test('every refusal is told in our own words', () => {
  const foreign =
    /does not fit the schema:|Selection Set|StringValue|OperationDef|_(PAREN|CURLY|BRACK)|EOF|Const|Condition|suffix/;
  const messages = judged.flatMap(({ server: { answer } }) => answer?.errors ?? []).map(({ message }) => message);
  assert.deepEqual(messages.filter((message) => foreign.test(message)).slice(0, 5), []);
});

for (const { name, reason } of KNOWN_DIFFERENCES) {
  test(`known difference: ${name}. ${reason}`, () => {
    assert.ok(
      judged.some((one) => one.known?.name === name),
      'No document meets it. Take it out.',
    );
  });
}

test('the data of a query equal those of its leaves, each asked for alone', async (t) => {
  // A variable may be null where a literal may not, if it has a default.
  const hasNull = ({ variables }) => Object.values(variables ?? {}).includes(null);
  const isWhole = ({ request, js, server: { accepted, answer } }) =>
    request.kind === 'query' && js.accepted && accepted && !answer.errors && !hasNull(request);
  const executed = judged
    .filter(isWhole)
    .map((one) => ({ ...one, alone: new Alone(one.js, one.request.variables ?? {}) }));
  assert.ok(executed.length >= 600, `${executed.length} are executed without an error.`);
  const queries = executed.flatMap(({ alone }) => alone.queries);
  const answers = (await answersOf(server.url, queries)).values();
  const differences = [];
  for (const {
    request,
    server: { answer },
    alone,
  } of executed) {
    const leaves = alone.queries.map(() => answers.next().value);
    const wrong = leaves.findIndex(({ errors }) => errors);
    const data = wrong < 0 ? alone.assemble(leaves.map((leaf) => leaf.data)) : leaves[wrong];
    // As texts: the order of the keys belongs to an answer.
    const texts = [JSON.stringify(request), JSON.stringify(answer.data), JSON.stringify(data)];
    if (texts[1] !== texts[2]) differences.push(texts.join('\n'));
  }
  t.diagnostic(`${executed.length} queries were executed, with ${queries.length} leaves and probes.`);
  const some = differences.slice(0, 3).join('\n\n');
  assert.equal(
    differences.length,
    0,
    `${differences.length} differ (request, answer, leaves), for instance:\n\n${some}`,
  );
});

test('summary', (t) => {
  const group = ({ request }) => request.origin.replace(/^specification: (\d+).*/, 'specification, chapter $1');
  const lines = [
    ...table(judged, 'origin', group),
    '',
    ...table(judged, 'rule of graphql-js', ({ js }) => js.rule),
    '',
    ...table(judged, 'all', () => ''),
  ];
  lines.forEach((line) => t.diagnostic(line));
});
