import { Link } from 'wouter';

import { graphql } from '../gql';
import { GROUP } from '../group';
import { useAnswer } from '../parts/answer';
import { EventItem } from '../parts/EventItem';
import { Html } from '../parts/Html';
import { AnswerPage } from '../parts/Page';
import { PartialDate } from '../parts/When';

const query = graphql(`
  query Home($group: String!) {
    group(slug: $group) {
      id
      name
      description(format: HTML)
      website
      city
      foundedOn
      organizers {
        id
        endsOn
        person {
          id
          slug
          name
        }
      }
      upcoming: events(filter: { phase: [UPCOMING, ONGOING] }, orderBy: { field: STARTS_AT }, first: 5) {
        nodes {
          id
          ...EventItem_event
        }
      }
      past: events(filter: { phase: [PAST] }, first: 5) {
        nodes {
          id
          ...EventItem_event
        }
      }
    }
  }
`);

export function HomePage() {
  const [answer, again] = useAnswer({ query, variables: { group: GROUP } });
  return (
    <AnswerPage answer={answer} again={again} title={({ group }) => group?.name}>
      {({ group }) => {
        if (!group) return null;
        const organizers = group.organizers.filter(({ endsOn }) => !endsOn).flatMap(({ person }) => person ?? []);
        return (
          <>
            <Html text={group.description} />
            <dl>
              {group.city && (
                <>
                  <dt>City</dt>
                  <dd>{group.city}</dd>
                </>
              )}
              {group.foundedOn && (
                <>
                  <dt>Since</dt>
                  <dd>
                    <PartialDate date={group.foundedOn} />
                  </dd>
                </>
              )}
              {organizers.length > 0 && (
                <>
                  <dt>Organizers</dt>
                  <dd className="row">
                    {organizers.map(({ id, slug, name }) => (
                      <Link key={id} href={`/speakers/${slug}`}>
                        {name}
                      </Link>
                    ))}
                  </dd>
                </>
              )}
              {group.website && (
                <>
                  <dt>Website</dt>
                  <dd>
                    <a href={group.website}>{new URL(group.website).host}</a>
                  </dd>
                </>
              )}
            </dl>
            <h2>Upcoming events</h2>
            {group.upcoming.nodes.length > 0 ? (
              <ul className="items">
                {group.upcoming.nodes.map((event) => (
                  <EventItem key={event.id} event={event} />
                ))}
              </ul>
            ) : (
              <p>No upcoming events. The next one will be announced here.</p>
            )}
            {group.past.nodes.length > 0 && (
              <>
                <h2>Past events</h2>
                <ul className="items">
                  {group.past.nodes.map((event) => (
                    <EventItem key={event.id} event={event} />
                  ))}
                </ul>
              </>
            )}
            <p className="row">
              <Link href="/events">All upcoming events</Link>
              <Link href="/events?when=past">All past events</Link>
            </p>
          </>
        );
      }}
    </AnswerPage>
  );
}
