import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';

const fragment = graphql(`
  fragment Topics_topic on Topic {
    id
    slug
    name
  }
`);

/** What something is about. */
export function Topics({ topics }: { topics: FragmentType<typeof fragment>[] }) {
  if (topics.length === 0) return null;
  return (
    <p className="chips">
      {readFragment(fragment, topics).map(({ id, slug, name }) => (
        <Link key={id} href={`/talks?topic=${slug}`} className="chip">
          {name}
        </Link>
      ))}
    </p>
  );
}
