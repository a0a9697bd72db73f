// Relay without React: relay-compiler && node relay.js [URL]. The compiler wants the server's /schema.graphql here.

import relay from 'relay-runtime';

import RelayEventsQuery from './__generated__/relayEventsQuery.graphql.js';

const { Environment, Network, RecordSource, Store, fetchQuery, graphql } = relay;
const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';

/** relay-compiler reads the document here. In an app, Relay's plugin for Babel or SWC replaces it by the import above. */
export const query = () => graphql`
  query relayEventsQuery($first: Int!) {
    events(first: $first) {
      edges {
        node {
          name
          startsOn
        }
      }
    }
  }
`;

const network = Network.create(async ({ text }, variables) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  return response.json();
});

const environment = new Environment({
  network,
  store: new Store(new RecordSource()),
  // The id of a change is that of the node that changed: it is not the change's own.
  getDataID: ({ id }, typename) => (typename === 'Change' ? undefined : id),
});

const { events } = await fetchQuery(environment, RelayEventsQuery, { first: 3 }).toPromise();
for (const { node } of events.edges) console.log(node.startsOn ?? 'undated', node.name);
