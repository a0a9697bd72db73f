import { type FragmentType, graphql, readFragment } from '../gql';
import { list, word } from './words';

const fragment = graphql(`
  fragment Sponsors_sponsorship on Sponsorship {
    id
    tier
    roles
    organization {
      id
      name
      website
    }
  }
`);

/** Who gave something, and what. */
export function Sponsors({ sponsorships }: { sponsorships: FragmentType<typeof fragment>[] }) {
  return (
    <ul className="items">
      {readFragment(fragment, sponsorships).map(({ id, tier, roles, organization }) => (
        <li key={id}>
          {organization?.website ? (
            <a href={organization.website}>{organization.name}</a>
          ) : (
            (organization?.name ?? 'A sponsor without a name')
          )}
          <p className="aside">{[tier, word(list(roles))].filter(Boolean).join(' · ')}</p>
        </li>
      ))}
    </ul>
  );
}
