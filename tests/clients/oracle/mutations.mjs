// Requests with one change, by fixed seeds. Most are invalid; on those that stay valid both sides must agree as well.

import { print } from 'graphql';

import { directives, operations, streams } from './break-operations.mjs';
import { conflicts, fields, fragments } from './break-selections.mjs';
import { json, values, variables } from './break-values.mjs';
import { generate } from './documents.mjs';
import { withIds } from './pool.mjs';
import { Random } from './random.mjs';
import { sitesOf } from './sites.mjs';
import { respell, tokens, tokensOf } from './text.mjs';

const TREE = { ...fields, ...conflicts, ...fragments, ...values, ...variables, ...json, ...operations, ...directives };
const ATTEMPTS = 60;

function change(random, pool, kind, mutate) {
  for (let i = 0; i < ATTEMPTS; i += 1) {
    const request = generate(random, pool, kind);
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

/** A pseudo-random generator for each request, so that a change of one request leaves the others as they are. */
const seeds = (seed) => {
  let next = seed * 100_000;
  return () => new Random((next += 1));
};

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Requests with one thing changed: `{ origin, kind, query, … }`, so many of each way. */
export function mutations(seed, pool, { each, eachText, eachStream }) {
  const random = seeds(seed);
  const of = (group, ways, make, count) =>
    Object.entries(ways).flatMap(([way, mutate]) =>
      times(count, () => ({ origin: `${group}: ${way}`, ...withIds(make(mutate), pool) })),
    );
  return [
    ...of('mutated', TREE, (mutate) => change(random(), pool, 'query', mutate), each),
    ...of('mutated subscription', streams, (mutate) => change(random(), pool, 'subscription', mutate), eachStream),
    ...of('mutated text', tokens, (mutate) => changeText(random(), pool, mutate), eachText),
  ];
}

/** Valid requests: `{ origin, kind, query, … }`. Half of the queries are written as no printer writes them. */
export function valid(seed, pool, { queries, subscriptions }) {
  const random = seeds(seed);
  const of = (origin, kind, spell = (_, query) => query) => {
    const one = random();
    const request = generate(one, pool, kind);
    return { origin, ...withIds({ ...request, query: spell(one, request.query) }, pool) };
  };
  return [
    ...times(queries / 2, () => of('valid', 'query')),
    ...times(queries / 2, () => of('valid, respelled', 'query', respell)),
    ...times(subscriptions, () => of('valid subscription', 'subscription')),
  ];
}
