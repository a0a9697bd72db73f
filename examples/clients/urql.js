// urql without React: node urql.js [URL]. In an app, `useQuery` takes the same document.

import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';

const client = new Client({
  url: process.argv[2] ?? 'http://127.0.0.1:8000/graphql',
  // Queries by GET, so that the browser and a CDN can keep the answers.
  preferGetMethod: 'within-url-limit',
  exchanges: [cacheExchange, fetchExchange],
});

const query = gql`
  query Events($first: Int!) {
    events(first: $first) {
      nodes {
        id
        name
        startsOn
      }
    }
  }
`;

const { data, error } = await client.query(query, { first: 3 });
if (error) throw error;
for (const { name, startsOn } of data.events.nodes) console.log(startsOn ?? 'undated', name);
