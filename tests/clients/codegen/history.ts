// An app in TypeScript. It knows the texts of its documents only while it is built; the server has them in its manifest.

import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

import { graphql, useFragment } from './graphql/index.js';

const Card = graphql(`
  fragment Card on Event {
    id
    name
    startsOn
    phase
  }
`);

const Evenings = graphql(`
  query Evenings($first: Int!, $filter: EventFilter) {
    events(first: $first, filter: $filter, orderBy: { field: STARTS_AT }) {
      totalCount
      nodes {
        ...Card
        talks(first: 3) {
          nodes {
            title
          }
        }
      }
    }
  }
`);

const Found = graphql(`
  query Found($words: String!) {
    search(query: $words) {
      nodes {
        __typename
        ... on Talk {
          title
        }
        ... on Person {
          name
        }
      }
    }
  }
`);

/** What the preset adds to a document. */
type Persisted = { __meta__: { hash: string } };

export function open(url: string) {
  const client = new Client({
    url,
    preferGetMethod: 'force',
    exchanges: [
      persistedExchange({
        enforcePersistedQueries: true,
        generateHash: async (_, document) => (document as unknown as Persisted).__meta__.hash,
      }),
      fetchExchange,
    ],
  });
  return {
    async evenings(group: string) {
      const { data, error } = await client.query(Evenings, { first: 100, filter: { group, phase: ['PAST'] } });
      if (!data) throw error;
      return data.events.nodes.map((event) => {
        const { name, startsOn, phase } = useFragment(Card, event);
        // Compiles only if an enum is no mere text, and if what may be null is said to be.
        const past: 'ONGOING' | 'PAST' | 'UNSCHEDULED' | 'UPCOMING' = phase;
        // @ts-expect-error Nothing may be known of the date.
        const day: string = startsOn;
        return { name, past, day, talks: event.talks.nodes.map(({ title }) => title ?? 'untitled') };
      });
    },
    async found(words: string) {
      const { data, error } = await client.query(Found, { words });
      if (!data) throw error;
      // What a node has depends on its type.
      return data.search.nodes.map((node) => (node.__typename === 'Talk' ? node.title : node.__typename));
    },
  };
}
