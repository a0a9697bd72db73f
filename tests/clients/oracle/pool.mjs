// What the server holds, for requests that find something.

import { schema } from './schema.mjs';

const LISTS = {
  Group: 'groups',
  Event: 'events',
  Talk: 'talks',
  Person: 'people',
  Organization: 'organizations',
  Venue: 'venues',
  Topic: 'topics',
};

/** Ids and slugs by type, in the order of their slugs: ids differ from run to run, what is chosen does not. */
export async function poolOf(server) {
  const lists = Object.entries(LISTS).map(([type, list]) => `${type}: ${list}(first: 20) { nodes { id slug } }`);
  const data = await server.query(`{ ${lists.join(' ')} }`);
  const bySlug = (one, other) => (one.slug < other.slug ? -1 : 1);
  const pool = Object.fromEntries(Object.keys(LISTS).map((type) => [type, data[type].nodes.sort(bySlug)]));
  for (const [type, found] of Object.entries(pool)) {
    if (found.length === 0 || !schema.getType(type)) throw new Error(`The server holds nothing of the type ${type}.`);
  }
  return pool;
}
