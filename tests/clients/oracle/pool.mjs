// Ids and slugs of the server's data, so that requests find something.

const LISTS = {
  Group: 'groups',
  Event: 'events',
  Talk: 'talks',
  Person: 'people',
  Organization: 'organizations',
  Venue: 'venues',
  Topic: 'topics',
};

/** Whether a text is the placeholder of an id. */
export const isPlaceholder = (text) => /^IdOf[A-Z][a-z]+\d+$/.test(text);

/**
 * Slugs and ids by type. The server makes new ids for each run, so documents are made with placeholders: they are the
 * same in each run, and `withIds` puts in the ids at the end.
 */
export async function poolOf(server) {
  const lists = Object.entries(LISTS).map(([type, list]) => `${type}: ${list}(first: 20) { nodes { id slug } }`);
  const data = await server.query(`{ ${lists.join(' ')} }`);
  const pool = {};
  for (const type of Object.keys(LISTS)) {
    const nodes = data[type].nodes.sort((one, other) => (one.slug < other.slug ? -1 : 1));
    if (nodes.length === 0) throw new Error(`The server holds nothing of the type ${type}.`);
    pool[type] = nodes.map(({ id, slug }, index) => ({ id: `IdOf${type}${index}`, slug, real: id }));
  }
  return pool;
}

/** The request with ids in the place of their placeholders. */
export function withIds(request, pool) {
  const real = (text) => text.replace(/IdOf([A-Z][a-z]+)(\d+)/g, (_, type, index) => pool[type][index].real);
  const { query, variables } = request;
  return { ...request, query: real(query), variables: variables && JSON.parse(real(JSON.stringify(variables))) };
}
