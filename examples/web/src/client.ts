import { cacheExchange } from '@urql/exchange-graphcache';
import { createClient as createLiveClient } from 'graphql-ws';
import {
  Client,
  type DocumentInput,
  fetchExchange,
  makeOperation,
  mapExchange,
  type OperationContext,
  subscriptionExchange,
} from 'urql';

import texts from './gql/persisted-documents.json';

/** The text of a document by its hash, both as they were at build time. */
const textOf = (hash: string) => texts[hash as keyof typeof texts];

const hashOf = (document: DocumentInput) => (document as unknown as { __meta__: { hash: string } }).__meta__.hash;

/** Names the document by its hash instead of sending it: a short URL, which a CDN can keep the answer under. */
const persistedExchange = mapExchange({
  onOperation: (operation) =>
    makeOperation(operation.kind, {
      ...operation,
      extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(operation.query) } },
    }),
});

/** Sends the text, once, to a server that does not know the hash yet. */
const fetchPersisted: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!(await response.clone().text()).includes('"PERSISTED_QUERY_NOT_FOUND"')) return response;
  const url = new URL(input as string, location.origin);
  const { persistedQuery } = JSON.parse(url.searchParams.get('extensions') ?? '');
  url.searchParams.set('query', textOf(persistedQuery.sha256Hash));
  return fetch(url, init);
};

/** A longer pause after each attempt, of half a minute at the most; it ends when the network is back. */
const retryWait = (retries: number) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(1000 * 2 ** retries, 30_000) * (0.5 + Math.random() / 2));
    addEventListener('online', done);
  });

/** The socket for what changes. It opens with the first subscription, and again whenever it breaks. */
export const live = createLiveClient({
  url: '/graphql/ws',
  retryAttempts: Infinity,
  shouldRetry: () => true,
  retryWait,
});

// Without urql's offer to read the answers to queries from a stream, which no cache keeps.
const fetchOptions: RequestInit = { headers: { accept: 'application/graphql-response+json, application/json' } };

/** Asks again past all caches: whoever kept an answer learns whether it is still good. */
export const PAST_CACHES: Partial<OperationContext> = {
  requestPolicy: 'network-only',
  fetchOptions: { ...fetchOptions, cache: 'no-cache' },
};

export const client = new Client({
  url: '/graphql',
  preferGetMethod: 'force',
  fetchOptions,
  fetch: fetchPersisted,
  // Shows what is known at once; the browser's HTTP cache knows whether it is time to ask again.
  requestPolicy: 'cache-and-network',
  exchanges: [
    cacheExchange({
      // They have no id: they are part of what they hang on.
      keys: {
        Affiliation: () => null,
        AgendaItem: () => null,
        AttendanceSummary: () => null,
        Change: () => null,
        EventCapacity: () => null,
        EventHost: () => null,
        GroupYear: () => null,
        Image: () => null,
        Money: () => null,
        PersonLink: () => null,
        TalkSpeaker: () => null,
      },
    }),
    persistedExchange,
    subscriptionExchange({
      forwardSubscription: ({ variables }, { query }) => ({
        subscribe: (sink) => ({ unsubscribe: live.subscribe({ query: textOf(hashOf(query)), variables }, sink) }),
      }),
    }),
    fetchExchange,
  ],
});
