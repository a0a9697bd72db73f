// Apollo Client without React: node apollo.js [URL]. In an app, `useQuery` takes the same document and client.

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

const uri = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';

const client = new ApolloClient({
  link: new HttpLink({ uri }),
  cache: new InMemoryCache({
    // Pages of one list become one list; another filter or order is another list.
    typePolicies: { Query: { fields: { events: relayStylePagination(['filter', 'orderBy']) } } },
  }),
});

const query = gql`
  query Events($first: Int!) {
    events(first: $first) {
      edges {
        cursor
        node {
          id
          name
          startsOn
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const { data } = await client.query({ query, variables: { first: 3 } });
for (const { node } of data.events.edges) console.log(node.startsOn ?? 'undated', node.name);
