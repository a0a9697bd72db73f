import { createContext, type ReactNode, useContext, useState } from 'react';
import { useQuery } from 'urql';

import { PAST_CACHES } from './client';
import { graphql } from './gql';
import { Loading, Page, Problem } from './parts/Page';

const query = graphql(`
  query Choice {
    next: events(
      filter: { phase: [UPCOMING, ONGOING], not: { status: [CANCELLED, POSTPONED] } }
      orderBy: { field: STARTS_AT }
      first: 1
    ) {
      nodes {
        id
        hosts {
          group {
            id
            slug
          }
        }
      }
    }
    latest: events(filter: { phase: [PAST] }, first: 1) {
      nodes {
        id
        hosts {
          group {
            id
            slug
          }
        }
      }
    }
    groups(first: 1) {
      nodes {
        id
        slug
      }
    }
  }
`);

const Group = createContext('');

/** The slug of the group whose site this is. */
export const useGroup = () => useContext(Group);

/** Finds the group: the one that `VITE_GROUP` names, or else the host of the next event, or of the latest. */
export function WithGroup({ children }: { children: ReactNode }) {
  const named = import.meta.env.VITE_GROUP as string | undefined;
  const [{ data, error }, again] = useQuery({ query, pause: Boolean(named) });
  // Once chosen it stays, whatever the next event is by then.
  const [chosen, setChosen] = useState(named);
  if (!chosen && data) {
    const events = [...data.next.nodes, ...data.latest.nodes];
    const [group] = [...events.flatMap(({ hosts }) => hosts.map(({ group }) => group)), ...data.groups.nodes];
    if (group) setChosen(group.slug);
  }
  if (chosen) return <Group value={chosen}>{children}</Group>;
  if (error) {
    return (
      <Page title="That did not work">
        <Problem error={error} retry={() => again(PAST_CACHES)} />
      </Page>
    );
  }
  if (!data) return <Loading />;
  return (
    <Page title="No group yet">
      <p>
        This server holds no group. <code>folkmoot import</code> brings one in, and <code>folkmoot serve --demo</code>{' '}
        shows an invented one.
      </p>
    </Page>
  );
}
