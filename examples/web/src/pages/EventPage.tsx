import { type ReactNode, useEffect, useState } from 'react';
import { useSubscription } from 'urql';

import { live, PAST_CACHES } from '../client';
import { type FragmentType, graphql, readFragment } from '../gql';
import type { EventPage_EventFragment, EventStatus } from '../gql/graphql';
import { Agenda } from '../parts/Agenda';
import { useAnswer } from '../parts/answer';
import { Marks, MODES } from '../parts/EventItem';
import { Html } from '../parts/Html';
import { AnswerPage, Back } from '../parts/Page';
import { Resources } from '../parts/Resources';
import { Sponsors } from '../parts/Sponsors';
import { TalkItem } from '../parts/TalkItem';
import { Topics } from '../parts/Topics';
import { When } from '../parts/When';
import { list } from '../parts/words';

const fragment = graphql(`
  fragment EventPage_event on Event {
    id
    name
    description(format: HTML)
    website
    status
    phase
    publicCancellationReason
    attendanceMode
    startsAt
    ...When_event
    ...Marks_event
    ...Agenda_event
    hosts {
      role
      group {
        id
        name
        website
      }
    }
    venue {
      id
      name
      address
      city
      accessibility
    }
    capacity {
      offline
      online
    }
    attendance {
      going
      waitlisted
      headcount
    }
    agenda {
      startsAt
      title
      talk {
        id
      }
    }
    topics {
      id
      ...Topics_topic
    }
    resources {
      ...Resources_resource
    }
    fundraisers {
      id
      name
      beneficiary
      raised {
        minorUnits
        currency
      }
    }
    talks(first: 50) {
      nodes {
        id
        ...TalkItem_talk
      }
    }
    sponsorships(first: 20) {
      nodes {
        ...Sponsors_sponsorship
      }
    }
  }
`);

const query = graphql(`
  query Event($slug: String!) {
    event(slug: $slug) {
      id
      name
      ...EventPage_event
    }
  }
`);

const subscription = graphql(`
  subscription EventChanged($id: ID!) {
    eventChanged(id: $id) {
      operation
      node {
        id
        ... on Event {
          ...EventPage_event
        }
      }
    }
  }
`);

export function EventPage({ slug }: { slug: string }) {
  const [answer, again] = useAnswer({ query, variables: { slug } });
  const id = answer.data?.event?.id;

  const [{ data }] = useSubscription({ query: subscription, variables: { id: id ?? '' }, pause: !id });
  const change = data?.eventChanged;

  // The cache has taken in a changed event by itself. Of a talk that is new here, or an event that is gone, it cannot know.
  useEffect(() => {
    if (change && (change.operation !== 'UPSERT' || change.node?.__typename !== 'Event')) again(PAST_CACHES);
  }, [change, again]);

  // What happened between the answer that a cache kept and this connection, or while there was none, nobody will tell.
  useEffect(() => live.on('connected', () => again(PAST_CACHES)), [again]);

  return (
    <AnswerPage
      answer={answer}
      again={again}
      title={({ event }) => event?.name}
      above={<Back href="/events">Events</Back>}
    >
      {({ event }) => event && <Details key={event.id} event={event} />}
    </AnswerPage>
  );
}

/** What is amiss with an event, if anything is. */
const WARNINGS: Partial<Record<EventStatus, string>> = {
  CANCELLED: 'Cancelled',
  POSTPONED: 'Postponed; there is no new date yet',
  RESCHEDULED: 'Moved to another date: the one that you see',
  MOVED_ONLINE: 'Moved online',
  TENTATIVE: 'Not certain yet',
};

function Details({ event }: { event: FragmentType<typeof fragment> }) {
  const details = readFragment(fragment, event);
  const { status, publicCancellationReason: reason, agenda, topics, talks, sponsorships, fundraisers } = details;
  const news = useNews(details);
  const programmed = new Set(agenda.map(({ talk }) => talk?.id));
  const others = talks.nodes.filter(({ id }) => !programmed.has(id));
  return (
    <>
      <p role="status" className="news">
        {news}
      </p>
      <Marks event={details} withStatus={false} />
      {WARNINGS[status] && (
        <p className={`notice ${status.toLowerCase()}`}>
          <strong>{WARNINGS[status]}</strong>
          {reason && `: ${reason}`}
        </p>
      )}
      <div className="split">
        <Facts event={details} />
        <div>
          <Html text={details.description} />
          <Topics topics={topics} />
          <Agenda event={details} />
          {others.length > 0 && (
            <>
              <h2>{agenda.length > 0 ? 'More talks' : 'Talks'}</h2>
              <ul className="items">
                {others.map((talk) => (
                  <TalkItem key={talk.id} talk={talk} withDay={agenda.length === 0} />
                ))}
              </ul>
            </>
          )}
          {details.resources.length > 0 && <h2>To look at</h2>}
          <Resources resources={details.resources} />
          {fundraisers.map(({ id, name, beneficiary, raised }) => (
            <p key={id} className="card">
              <strong>{name}</strong>
              {beneficiary && ` for ${beneficiary}`}
              {raised && `: ${money(raised)}`}
            </p>
          ))}
          {sponsorships.nodes.length > 0 && (
            <>
              <h2>Sponsors</h2>
              <Sponsors sponsorships={sponsorships.nodes} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

/** An amount in the currency's own way to write it. */
function money({ minorUnits, currency }: { minorUnits: number; currency: string }) {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** When, where and by whom. */
function Facts({ event }: { event: EventPage_EventFragment }) {
  const { status, phase, attendanceMode, hosts, venue, attendance, capacity, website } = event;
  const where = venue && [venue.name, venue.address, venue.city].filter(Boolean).join(', ');
  const seats = [
    capacity.offline != null && `${capacity.offline} in the room`,
    capacity.online != null && `${capacity.online} online`,
  ].filter((text) => text !== false);
  const came = [
    attendance?.headcount != null && `${attendance.headcount} came`,
    attendance?.going != null && `${attendance.going} ${phase === 'PAST' ? 'had signed up' : 'are going'}`,
    Boolean(attendance?.waitlisted) && `${attendance?.waitlisted} ${phase === 'PAST' ? 'waited' : 'wait'} for a seat`,
  ].filter((text) => typeof text === 'string');
  return (
    <aside className="facts">
      <dl>
        <Fact name={status === 'POSTPONED' ? 'It was to be' : 'When'}>
          <When event={event} />
        </Fact>
        <Fact name="Where">
          {where}
          {where && MODES[attendanceMode] && <br />}
          {MODES[attendanceMode] || (where ? '' : 'Not known')}
        </Fact>
        {venue?.accessibility && <Fact name="Access">{venue.accessibility}</Fact>}
        {hosts.length > 0 && (
          <Fact name={hosts.length > 1 ? 'A joint event of' : 'Host'}>
            {list(hosts.map(({ group }) => group.name))}
          </Fact>
        )}
        {seats.length > 0 && <Fact name="Seats">{list(seats)}</Fact>}
        {came.length > 0 && <Fact name="People">{list(came)}</Fact>}
      </dl>
      {website && (
        <a href={website} className="button primary">
          {phase === 'PAST' ? 'Its own page' : 'Details and sign-up'}
        </a>
      )}
    </aside>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** What people are told of, by the fields that say it. */
const PARTS = {
  name: 'the name',
  description: 'the description',
  status: 'whether it takes place',
  startsAt: 'when it starts',
  venue: 'the place',
  agenda: 'the programme',
  talks: 'the talks',
  sponsorships: 'the sponsors',
} as const;

/** What has changed while people looked, in a sentence. */
function useNews(event: EventPage_EventFragment) {
  const [seen, setSeen] = useState(event);
  const [news, setNews] = useState('');
  if (seen !== event) {
    setSeen(event);
    const keys = Object.keys(PARTS) as (keyof typeof PARTS)[];
    const changed = keys.filter((key) => JSON.stringify(seen[key]) !== JSON.stringify(event[key]));
    const time = new Date().toLocaleTimeString('en-GB', { timeStyle: 'short' });
    if (changed.length > 0) setNews(`Changed at ${time}: ${list(changed.map((key) => PARTS[key]))}.`);
  }
  return news;
}
