import { graphql } from './gql';
import type { ChangePartsFragment } from './gql/graphql';

/** What the app shows of each node. Other nodes are named by id: they have changes of their own. */
graphql(`
  fragment ChangeParts on Change {
    cursor
    operation
    typename
    id
    mergedInto
    node {
      __typename
      id
      ... on Group {
        slug
        name
      }
      ... on Event {
        slug
        name
        description(format: PLAIN)
        website
        status
        startsAt
        startsOn
        endsAt
        timeZone
        datePrecision
        publicCancellationReason
        attendanceMode
        venue {
          id
        }
        hosts {
          group {
            id
          }
        }
        agenda {
          startsAt
          duration
          kind
          title
          talk {
            id
          }
        }
      }
      ... on Talk {
        slug
        title
        abstract(format: PLAIN)
        talkStatus: status
        heldOn
        event {
          id
        }
        speakers {
          affiliation
          person {
            id
          }
        }
        resources {
          kind
          url
          title
        }
      }
      ... on Person {
        name
        pronouns
        bio(format: PLAIN)
        links {
          kind
          url
        }
      }
      ... on Venue {
        name
        address
        city
        accessibility
      }
    }
  }
`);

export const SyncDocument = graphql(`
  query Sync($after: String) {
    changes(after: $after, types: [GROUP, EVENT, TALK, PERSON, VENUE], first: 100) {
      nodes {
        ...ChangeParts
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const LiveDocument = graphql(`
  subscription Live($after: String) {
    changes(after: $after, types: [GROUP, EVENT, TALK, PERSON, VENUE]) {
      ...ChangeParts
    }
  }
`);

/** How much a first sync will bring. */
export const SizeDocument = graphql(`
  query Size {
    groups(first: 1) {
      totalCount
    }
    events(first: 1) {
      totalCount
    }
    talks(first: 1) {
      totalCount
    }
    people(first: 1) {
      totalCount
    }
    venues(first: 1) {
      totalCount
    }
  }
`);

export type Change = ChangePartsFragment;
type Node = NonNullable<Change['node']>;
export type Group = Extract<Node, { __typename: 'Group' }>;
export type Event = Extract<Node, { __typename: 'Event' }>;
export type AgendaItem = Event['agenda'][number];
export type Talk = Extract<Node, { __typename: 'Talk' }>;
export type Person = Extract<Node, { __typename: 'Person' }>;
export type Venue = Extract<Node, { __typename: 'Venue' }>;
