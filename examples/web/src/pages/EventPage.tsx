import { useEffect, useState } from 'react';
import { useSubscription } from 'urql';
import { Link } from 'wouter';

import { live, PAST_CACHES } from '../client';
import { type FragmentType, graphql, readFragment } from '../gql';
import type { EventPage_EventFragment } from '../gql/graphql';
import { useAnswer } from '../parts/answer';
import { Html } from '../parts/Html';
import { AnswerPage } from '../parts/Page';
import { Resources } from '../parts/Resources';
import { Sponsors } from '../parts/Sponsors';
import { TalkItem } from '../parts/TalkItem';
import { When } from '../parts/When';
import { list, word } from '../parts/words';

const fragment = graphql(`
  fragment EventPage_event on Event {
    id
    name
    description(format: HTML)
    website
    kind
    status
    publicCancellationReason
    attendanceMode
    startsAt
    ...When_event
    hosts {
      role
      group {
        id
        name
      }
    }
    venue {
      id
      name
      address
      city
      accessibility
    }
    attendance {
      headcount
    }
    topics {
      id
      slug
      name
    }
    resources {
      ...Resources_resource
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
    <AnswerPage answer={answer} again={again} title={({ event }) => event?.name}>
      {({ event }) => event && <Details key={event.id} event={event} />}
    </AnswerPage>
  );
}

function Details({ event }: { event: FragmentType<typeof fragment> }) {
  const details = readFragment(fragment, event);
  const { kind, status, publicCancellationReason, attendanceMode, hosts, venue, attendance, topics, website } = details;
  const news = useNews(details);
  return (
    <>
      <p role="status" className="news">
        {news}
      </p>
      {status !== 'SCHEDULED' && (
        <p className="notice">
          <strong>{word(status)}</strong>
          {publicCancellationReason && `: ${publicCancellationReason}`}
        </p>
      )}
      <dl>
        <dt>When</dt>
        <dd>
          <When event={details} />
        </dd>
        <dt>Where</dt>
        <dd>
          {venue ? [venue.name, venue.address, venue.city].filter(Boolean).join(', ') : 'Not known'}
          {attendanceMode !== 'OFFLINE' && (attendanceMode === 'ONLINE' ? ' (online)' : ' (also online)')}
        </dd>
        {venue?.accessibility && (
          <>
            <dt>Access</dt>
            <dd>{venue.accessibility}</dd>
          </>
        )}
        <dt>What</dt>
        <dd>{word(kind)}</dd>
        {hosts.length > 0 && (
          <>
            <dt>Hosts</dt>
            <dd>{list(hosts.map(({ group }) => group.name))}</dd>
          </>
        )}
        {attendance?.headcount != null && (
          <>
            <dt>Attended</dt>
            <dd>{attendance.headcount} people</dd>
          </>
        )}
        {website && (
          <>
            <dt>Website</dt>
            <dd>
              <a href={website}>{new URL(website).host}</a>
            </dd>
          </>
        )}
      </dl>
      <Html text={details.description} />
      {topics.length > 0 && (
        <p>
          {topics.map(({ id, slug, name }) => (
            <Link key={id} href={`/talks?topic=${slug}`} className="tag">
              {name}
            </Link>
          ))}
        </p>
      )}
      <Resources resources={details.resources} />
      <h2>Talks</h2>
      {details.talks.nodes.length > 0 ? (
        <ul className="items">
          {details.talks.nodes.map((talk) => (
            <TalkItem key={talk.id} talk={talk} />
          ))}
        </ul>
      ) : (
        <p>No talks are noted for this event.</p>
      )}
      {details.sponsorships.nodes.length > 0 && (
        <>
          <h2>Sponsors</h2>
          <Sponsors sponsorships={details.sponsorships.nodes} />
        </>
      )}
    </>
  );
}

/** What people are told of, by the fields that say it. */
const PARTS = {
  name: 'the name',
  description: 'the description',
  status: 'whether it takes place',
  startsAt: 'when it starts',
  venue: 'the place',
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
