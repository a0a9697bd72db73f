// Broken requests: a valid one in which one thing is changed. A few stay valid, which the verdicts must agree on as well.

import { print } from 'graphql';

import { directives, operations, streams } from './break-operations.mjs';
import { conflicts, fields, fragments } from './break-selections.mjs';
import { json, values, variables } from './break-values.mjs';
import { generate } from './documents.mjs';
import { sitesOf } from './sites.mjs';
import { respell, tokens, tokensOf } from './text.mjs';

const TREE = { ...fields, ...conflicts, ...fragments, ...values, ...variables, ...json, ...operations, ...directives };
const ATTEMPTS = 60;

/** A copy that shares nothing, as changes in place need. Variables that are not sent stay out. */
const copy = ({ ast, ...request }) => ({ ...structuredClone(request), ast: structuredClone(ast) });

function change(random, pool, kind, mutate) {
  for (let i = 0; i < ATTEMPTS; i += 1) {
    const request = copy(generate(random, pool, kind));
    if (mutate(sitesOf(request.ast), random, request.ast, request)) return { ...request, query: print(request.ast) };
  }
  throw new Error('No document has a place for this.');
}

function changeText(random, pool, mutate) {
  const request = generate(random, pool);
  const all = tokensOf(request.query).map(({ text }) => text);
  mutate(random, all);
  return { ...request, query: all.join(random.chance(0.5) ? ' ' : '\n') };
}

/** Requests with one thing changed: `{ origin, kind, query, … }`, so many of each way. */
export function mutations(random, pool, { each, eachText, eachStream }) {
  const times = (count, make) => Array.from({ length: count }, make);
  const of = (group, ways, make, count) =>
    Object.entries(ways).flatMap(([way, mutate]) =>
      times(count, () => ({ origin: `${group}: ${way}`, ...make(mutate) })),
    );
  return [
    ...of('mutated', TREE, (mutate) => change(random, pool, 'query', mutate), each),
    ...of('mutated subscription', streams, (mutate) => change(random, pool, 'subscription', mutate), eachStream),
    ...of('mutated text', tokens, (mutate) => changeText(random, pool, mutate), eachText),
  ];
}

/** Valid requests: `{ origin, kind, query, … }`. Half of the queries are spelled in another way than a printer's. */
export function valid(random, pool, { queries, subscriptions }) {
  const times = (count, make) => Array.from({ length: count }, make);
  return [
    ...times(queries, (_, index) => {
      const request = generate(random, pool);
      const isPlain = index % 2 === 0;
      return {
        origin: isPlain ? 'valid' : 'valid, respelled',
        ...request,
        query: isPlain ? request.query : respell(random, request.query),
      };
    }),
    ...times(subscriptions, () => ({ origin: 'valid subscription', ...generate(random, pool, 'subscription') })),
  ];
}
