// What an app with Relay asks; relay-compiler reads it from here.

import { graphql } from 'relay-runtime';

export const query = graphql`
  query HistoryQuery($count: Int!, $words: String!) {
    ...History_talks @arguments(count: $count)
    ...History_search @arguments(words: $words)
  }
`;

export const talks = graphql`
  fragment History_talks on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "HistoryTalksQuery") {
    talks(first: $count, after: $cursor, orderBy: { field: TITLE }) @connection(key: "History_talks") {
      totalCount
      edges {
        node {
          slug
          ...History_talk
        }
      }
    }
  }
`;

export const talk = graphql`
  fragment History_talk on Talk @refetchable(queryName: "HistoryTalkQuery") {
    title
    speakers {
      role
      person {
        name
      }
    }
  }
`;

export const search = graphql`
  fragment History_search on Query
  @argumentDefinitions(words: { type: "String!" }, count: { type: "Int", defaultValue: 1 }, cursor: { type: "String" })
  @refetchable(queryName: "HistorySearchQuery") {
    search(query: $words, first: $count, after: $cursor) @connection(key: "History_search") {
      edges {
        node {
          __typename
          ... on Event {
            name
          }
          ... on Talk {
            title
          }
        }
      }
    }
  }
`;

export const changes = graphql`
  subscription HistoryChangesSubscription($after: String) {
    changes(after: $after, types: [TALK]) {
      operation
      id
      node {
        ...History_talk @alias(as: "talk")
      }
    }
  }
`;
