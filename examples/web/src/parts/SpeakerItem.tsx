import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { Portrait } from './Portrait';

const fragment = graphql(`
  fragment SpeakerItem_person on Person {
    id
    slug
    name
    affiliations {
      title
      organization {
        id
        name
      }
    }
    ...Portrait_person
  }
`);

/** A speaker in a list. */
export function SpeakerItem({ person }: { person: FragmentType<typeof fragment> }) {
  const details = readFragment(fragment, person);
  const { slug, name, affiliations } = details;
  const [work] = affiliations;
  return (
    <li className="speaker">
      <Portrait person={details} size={48} isDecoration />
      <div>
        <Link href={`/speakers/${slug}`} className="title">
          {name}
        </Link>
        {work && <p className="aside">{[work.title, work.organization.name].filter(Boolean).join(', ')}</p>}
      </div>
    </li>
  );
}
