import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { useGroup } from '../group';
import { Leaf, When } from './When';
import { list, word } from './words';

const marksFragment = graphql(`
  fragment Marks_event on Event {
    kind
    status
    attendanceMode
    hosts {
      group {
        id
        slug
        name
      }
    }
  }
`);

/** How people attend, where it is not just by being there. */
export const MODES = { OFFLINE: '', ONLINE: 'Online', MIXED: 'In the room and online' };

/** What is special about an event: whether it takes place, what it is, how to attend, and who hosts it, too. */
export function Marks({
  event,
  withStatus = true,
}: {
  event: FragmentType<typeof marksFragment>;
  withStatus?: boolean;
}) {
  const { kind, status, attendanceMode, hosts } = readFragment(marksFragment, event);
  const group = useGroup();
  const others = hosts.filter(({ group: { slug } }) => slug !== group).map(({ group: { name } }) => name);
  const isSpecial = withStatus && status !== 'SCHEDULED';
  const marks = [
    kind !== 'MEETUP' && word(kind),
    status !== 'MOVED_ONLINE' && MODES[attendanceMode],
    hosts.length > 1 && others.length > 0 && `Joint event with ${list(others)}`,
  ].filter(Boolean);
  if (!isSpecial && marks.length === 0) return null;
  return (
    <span className="marks">
      {isSpecial && <strong className={`mark ${status.toLowerCase()}`}>{word(status)}</strong>}
      {marks.map((mark) => (
        <span key={String(mark)} className="mark">
          {mark}
        </span>
      ))}
    </span>
  );
}

const fragment = graphql(`
  fragment EventItem_event on Event {
    id
    slug
    name
    eventStatus: status
    venue {
      id
      name
      city
    }
    ...When_event
    ...Marks_event
  }
`);

/** An event in a list. */
export function EventItem({ event }: { event: FragmentType<typeof fragment> }) {
  const { slug, name, eventStatus, venue, ...rest } = readFragment(fragment, event);
  return (
    <li className={`event ${eventStatus.toLowerCase()}`}>
      <Leaf event={rest} />
      <div>
        <Link href={`/events/${slug}`} className="title">
          {name}
        </Link>
        <p className="aside">
          <When event={rest} />
          {venue && ` · ${[venue.name, venue.city].filter(Boolean).join(', ')}`}
        </p>
        <Marks event={rest} />
      </div>
    </li>
  );
}
