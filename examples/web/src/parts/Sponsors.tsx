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
      logo {
        url
        width
        height
      }
    }
  }
`);

/** Who gave something, and what. */
export function Sponsors({ sponsorships }: { sponsorships: FragmentType<typeof fragment>[] }) {
  return (
    <ul className="sponsors">
      {readFragment(fragment, sponsorships).map(({ id, tier, roles, organization }) => (
        <li key={id} className="card">
          {organization?.logo && <img src={organization.logo.url} alt="" height="40" className="logo" loading="lazy" />}
          {organization?.website ? (
            <a href={organization.website} className="title">
              {organization.name}
            </a>
          ) : (
            <span className="title">{organization?.name ?? 'A sponsor without a name'}</span>
          )}
          <p className="aside">{[tier, word(list(roles))].filter(Boolean).join(' · ')}</p>
        </li>
      ))}
    </ul>
  );
}
