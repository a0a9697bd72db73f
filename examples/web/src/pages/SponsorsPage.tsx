import { graphql } from '../gql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { AnswerPage } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { Sponsors } from '../parts/Sponsors';

const query = graphql(`
  query Sponsors($group: String!, $first: Int, $after: String, $last: Int, $before: String) {
    group(slug: $group) {
      id
      sponsorships(
        filter: { status: [ACTIVE, ENDED] }
        orderBy: { field: STARTS_ON, direction: DESC }
        first: $first
        after: $after
        last: $last
        before: $before
      ) {
        nodes {
          id
          status
          startsOn
          endsOn
          ...Sponsors_sponsorship
        }
        pageInfo {
          ...Pager_pageInfo
        }
      }
    }
  }
`);

const UNKNOWN = 'Year not known';

/** The years in which somebody is known to have given. */
function years({ status, startsOn, endsOn }: { status: string; startsOn?: string | null; endsOn?: string | null }) {
  const year = (date: string) => Number(date.slice(0, 4));
  if (!startsOn) return [endsOn ? String(year(endsOn)) : UNKNOWN];
  const first = year(startsOn);
  const last = endsOn ? year(endsOn) : status === 'ACTIVE' ? new Date().getFullYear() : first;
  return Array.from({ length: Math.max(last - first, 0) + 1 }, (_, more) => String(first + more));
}

export function SponsorsPage() {
  const [answer, again] = useAnswer({ query, variables: { group: useGroup(), ...usePage(100) } });
  return (
    <AnswerPage answer={answer} again={again} title={({ group }) => (group ? 'Sponsors' : undefined)}>
      {({ group }) => {
        if (!group) return null;
        const { nodes, pageInfo } = group.sponsorships;
        const sections = [...new Set(nodes.flatMap(years))].sort((a, b) =>
          a === UNKNOWN ? 1 : b === UNKNOWN ? -1 : Number(b) - Number(a),
        );
        return (
          <>
            {sections.length === 0 && <p>No sponsors yet.</p>}
            {sections.map((section) => (
              <section key={section}>
                <h2>{section}</h2>
                <Sponsors sponsorships={nodes.filter((sponsorship) => years(sponsorship).includes(section))} />
              </section>
            ))}
            <Pager pageInfo={pageInfo} />
          </>
        );
      }}
    </AnswerPage>
  );
}
