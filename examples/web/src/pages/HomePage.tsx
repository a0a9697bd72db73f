import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { partialDate } from '../parts/date';
import { EventItem, Marks } from '../parts/EventItem';
import { Html } from '../parts/Html';
import { AnswerPage } from '../parts/Page';
import { SpeakerItem } from '../parts/SpeakerItem';
import { Sponsors } from '../parts/Sponsors';
import { Speakers } from '../parts/TalkItem';
import { Leaf, When } from '../parts/When';
import { count } from '../parts/words';

const featureFragment = graphql(`
  fragment Feature_event on Event {
    id
    slug
    name
    phase
    venue {
      id
      name
      city
    }
    talks(first: 3) {
      totalCount
      nodes {
        id
        title
        ...Speakers_talk
      }
    }
    ...When_event
    ...Marks_event
  }
`);

const query = graphql(`
  query Home($group: String!) {
    group(slug: $group) {
      id
      name
      description(format: HTML)
      city
      foundedOn
      memberCount
      organizers {
        id
        endsOn
        person {
          id
          slug
          name
        }
      }
      next: events(
        filter: { phase: [UPCOMING, ONGOING], not: { status: [CANCELLED, POSTPONED] } }
        orderBy: { field: STARTS_AT }
        first: 1
      ) {
        nodes {
          id
          ...Feature_event
        }
      }
      latest: events(filter: { phase: [PAST], not: { status: [CANCELLED, POSTPONED] } }, first: 1) {
        nodes {
          id
          ...Feature_event
        }
      }
      upcoming: events(filter: { phase: [UPCOMING, ONGOING] }, orderBy: { field: STARTS_AT }, first: 6) {
        nodes {
          id
          ...EventItem_event
        }
      }
      past: events(filter: { phase: [PAST] }, first: 5) {
        totalCount
        nodes {
          id
          ...EventItem_event
        }
      }
      talks(first: 1) {
        totalCount
      }
      speakers(first: 9) {
        totalCount
        nodes {
          id
          ...SpeakerItem_person
        }
      }
      sponsorships(filter: { status: [ACTIVE] }, first: 6) {
        nodes {
          id
          ...Sponsors_sponsorship
        }
      }
    }
  }
`);

export function HomePage() {
  const [answer, again] = useAnswer({ query, variables: { group: useGroup() } });
  return (
    <AnswerPage answer={answer} again={again} title={({ group }) => group?.name} className="start">
      {({ group }) => {
        if (!group) return null;
        const { city, foundedOn, memberCount, next, latest, past, talks, speakers, sponsorships } = group;
        const organizers = group.organizers.filter(({ endsOn }) => !endsOn).flatMap(({ person }) => person ?? []);
        const feature = next.nodes[0] ?? latest.nodes[0];
        const without = <Node extends { id: string }>(nodes: Node[]) => nodes.filter(({ id }) => id !== feature?.id);
        const [coming, been] = [without(group.upcoming.nodes), without(past.nodes)];
        const facts = [
          city,
          foundedOn && `since ${partialDate(foundedOn)}`,
          memberCount && count(memberCount, 'member'),
        ].filter(Boolean);
        return (
          <>
            {facts.length > 0 && <p className="facts">{facts.join(' · ')}</p>}
            <div className="lead">
              {feature ? <Feature event={feature} /> : <p>No events yet. The first one will be announced here.</p>}
              <div>
                <Html text={group.description} />
                <p className="numbers">
                  <Link href="/events?when=past">{count(past.totalCount, 'past event')}</Link>
                  <Link href="/talks">{count(talks.totalCount, 'talk')}</Link>
                  <Link href="/speakers">{count(speakers.totalCount, 'speaker')}</Link>
                </p>
                {organizers.length > 0 && (
                  <p className="quiet">
                    Run by{' '}
                    {organizers.map(({ id, slug, name }, place) => (
                      <span key={id}>
                        {place > 0 && (place === organizers.length - 1 ? ' and ' : ', ')}
                        <Link href={`/speakers/${slug}`}>{name}</Link>
                      </span>
                    ))}
                  </p>
                )}
              </div>
            </div>
            {coming.length > 0 && (
              <section>
                <h2>{next.nodes[0] ? 'Also coming up' : 'Coming up'}</h2>
                <ul className="items cards">
                  {coming.map((event) => (
                    <EventItem key={event.id} event={event} />
                  ))}
                </ul>
                <More href="/events">All upcoming events</More>
              </section>
            )}
            {been.length > 0 && (
              <section>
                <h2>Past events</h2>
                <ul className="items cards">
                  {been.map((event) => (
                    <EventItem key={event.id} event={event} />
                  ))}
                </ul>
                <More href="/events?when=past">All past events</More>
              </section>
            )}
            {speakers.nodes.length > 0 && (
              <section>
                <h2>Speakers</h2>
                <ul className="people">
                  {speakers.nodes.map((person) => (
                    <SpeakerItem key={person.id} person={person} />
                  ))}
                </ul>
                <More href="/speakers">All speakers</More>
              </section>
            )}
            {sponsorships.nodes.length > 0 && (
              <section>
                <h2>Sponsors</h2>
                <Sponsors sponsorships={sponsorships.nodes} />
                <More href="/sponsors">All sponsors</More>
              </section>
            )}
          </>
        );
      }}
    </AnswerPage>
  );
}

const More = ({ href, children }: { href: string; children: string }) => (
  <p>
    <Link href={href} className="more">
      {children} →
    </Link>
  </p>
);

const LABELS = {
  UPCOMING: 'Next event',
  ONGOING: 'Happening now',
  PAST: 'The latest event',
  UNSCHEDULED: 'Next event',
};

/** The event that people come for: the next one, or the latest if none is announced. */
function Feature({ event }: { event: FragmentType<typeof featureFragment> }) {
  const { slug, name, phase, venue, talks, ...rest } = readFragment(featureFragment, event);
  const more = talks.totalCount - talks.nodes.length;
  return (
    <section className="feature" aria-label={LABELS[phase]}>
      <p className="label">{LABELS[phase]}</p>
      <div className="head">
        <Leaf event={rest} />
        <h2>
          <Link href={`/events/${slug}`}>{name}</Link>
        </h2>
      </div>
      <p>
        <When event={rest} />
        {venue && (
          <>
            <br />
            {[venue.name, venue.city].filter(Boolean).join(', ')}
          </>
        )}
      </p>
      <Marks event={rest} />
      {talks.nodes.length > 0 && (
        <ul className="talks">
          {talks.nodes.map((talk) => (
            <li key={talk.id}>
              <strong>{talk.title ?? 'Untitled talk'}</strong>
              <span className="quiet">
                <Speakers talk={talk} />
              </span>
            </li>
          ))}
          {more > 0 && <li className="quiet">and {count(more, 'more talk', 'more talks')}</li>}
        </ul>
      )}
      <Link href={`/events/${slug}`} className="button primary">
        {phase === 'PAST' ? 'See what it was about' : 'See the programme'}
      </Link>
    </section>
  );
}
