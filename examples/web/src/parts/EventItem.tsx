import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { When } from './When';
import { word } from './words';

const fragment = graphql(`
  fragment EventItem_event on Event {
    id
    slug
    name
    kind
    status
    venue {
      id
      name
    }
    ...When_event
  }
`);

/** An event in a list. */
export function EventItem({ event }: { event: FragmentType<typeof fragment> }) {
  const { slug, name, kind, status, venue, ...when } = readFragment(fragment, event);
  return (
    <li>
      <Link href={`/events/${slug}`}>{name}</Link>
      {status !== 'SCHEDULED' && <strong className="status">{word(status)}</strong>}
      <p className="aside">
        <When event={when} /> · {word(kind)}
        {venue && ` · ${venue.name}`}
      </p>
    </li>
  );
}
