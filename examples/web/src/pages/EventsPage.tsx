import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';

import { graphql } from '../gql';
import type { EventFilter, EventKind, EventOrder } from '../gql/graphql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { EventItem } from '../parts/EventItem';
import { AnswerPage } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { count, word } from '../parts/words';

const query = graphql(`
  query Events(
    $group: String!
    $filter: EventFilter!
    $orderBy: EventOrder!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    group(slug: $group) {
      id
      stats {
        year
      }
      upcoming: events(filter: { phase: [UPCOMING, ONGOING] }, first: 1) {
        totalCount
      }
      past: events(filter: { phase: [PAST] }, first: 1) {
        totalCount
      }
      undated: events(filter: { phase: [UNSCHEDULED] }, first: 1) {
        totalCount
      }
      events(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          ...EventItem_event
        }
        pageInfo {
          ...Pager_pageInfo
        }
      }
    }
  }
`);

interface Tab {
  name: string;
  filter: EventFilter;
  orderBy: EventOrder;
  none: string;
}

const TABS = {
  upcoming: {
    name: 'Upcoming',
    filter: { phase: ['UPCOMING', 'ONGOING'] },
    orderBy: { field: 'STARTS_AT' },
    none: 'No upcoming events.',
  },
  past: {
    name: 'Past',
    filter: { phase: ['PAST'] },
    orderBy: { field: 'STARTS_AT', direction: 'DESC' },
    none: 'No past events.',
  },
  undated: {
    name: 'Date unknown',
    filter: { phase: ['UNSCHEDULED'] },
    orderBy: { field: 'NAME' },
    none: 'The dates of all events are known.',
  },
} satisfies Record<string, Tab>;

const KINDS: EventKind[] = ['MEETUP', 'CONFERENCE', 'WORKSHOP', 'TRAINING', 'SOCIAL', 'FUNDRAISER'];

export function EventsPage() {
  const [search, setSearch] = useSearchParams();
  const group = useGroup();
  const [isOver, setIsOver] = useState(false);
  const named = Object.keys(TABS).find((tab): tab is keyof typeof TABS => tab === search.get('when'));
  const when = named ?? (isOver ? 'past' : 'upcoming');
  const kind = KINDS.find((kind) => kind === search.get('kind'));
  const year = Number(search.get('year'));
  const { filter, orderBy, none }: Tab = TABS[when];
  const [answer, again] = useAnswer({
    query,
    variables: {
      group,
      filter: { ...filter, ...(kind && { kind: [kind] }), ...(year && { year: [year] }) },
      orderBy,
      ...usePage(10),
    },
  });

  // Without a choice of the reader, the page opens on what is there.
  const known = answer.data?.group;
  if (!named && !isOver && known && known.upcoming.totalCount === 0 && known.past.totalCount > 0) setIsOver(true);

  /** Begins another list: its cursors are not those of this one. */
  const choose = (name: string, value: string) => {
    const choice = new URLSearchParams({ when, ...(kind && { kind }), ...(year && { year: String(year) }) });
    if (value) choice.set(name, value);
    else choice.delete(name);
    return choice;
  };

  return (
    <AnswerPage answer={answer} again={again} title={({ group }) => (group ? 'Events' : undefined)}>
      {({ group }) => {
        if (!group) return null;
        const { nodes, totalCount, pageInfo } = group.events;
        return (
          <>
            <nav aria-label="When" className="tabs">
              {(Object.keys(TABS) as (keyof typeof TABS)[])
                .filter((tab) => tab === when || group[tab].totalCount > 0)
                .map((tab) => (
                  <Link key={tab} href={`?${choose('when', tab)}`} aria-current={tab === when}>
                    {TABS[tab].name} <span className="quiet">{group[tab].totalCount}</span>
                  </Link>
                ))}
            </nav>
            <form className="filters" role="search" aria-label="Filter">
              <label>
                Kind
                <select value={kind ?? ''} onChange={({ target }) => setSearch(choose('kind', target.value))}>
                  <option value="">All</option>
                  {KINDS.map((kind) => (
                    <option key={kind} value={kind}>
                      {word(kind)}
                    </option>
                  ))}
                </select>
              </label>
              <label>
                Year
                <select value={year || ''} onChange={({ target }) => setSearch(choose('year', target.value))}>
                  <option value="">All</option>
                  {group.stats.map(({ year }) => (
                    <option key={year}>{year}</option>
                  ))}
                </select>
              </label>
            </form>
            <p role="status" className="quiet">
              {totalCount > 0 && count(totalCount, 'event')}
            </p>
            {totalCount === 0 && (
              <p>
                {kind || year ? 'No events like that. ' : `${none} `}
                {kind || year ? (
                  <Link href={`?when=${when}`}>Show all kinds and years</Link>
                ) : (
                  when === 'upcoming' && <Link href="?when=past">See what has been</Link>
                )}
              </p>
            )}
            <ul className="items cards">
              {nodes.map((event) => (
                <EventItem key={event.id} event={event} />
              ))}
            </ul>
            <Pager pageInfo={pageInfo} />
          </>
        );
      }}
    </AnswerPage>
  );
}
