import { graphql } from '../gql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { AnswerPage } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { SpeakerItem } from '../parts/SpeakerItem';
import { count } from '../parts/words';

const query = graphql(`
  query Speakers($group: String!, $first: Int, $after: String, $last: Int, $before: String) {
    group(slug: $group) {
      id
      speakers(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          ...SpeakerItem_person
        }
        pageInfo {
          ...Pager_pageInfo
        }
      }
    }
  }
`);

export function SpeakersPage() {
  const [answer, again] = useAnswer({ query, variables: { group: useGroup(), ...usePage(48) } });
  return (
    <AnswerPage answer={answer} again={again} title={({ group }) => (group ? 'Speakers' : undefined)}>
      {({ group }) => {
        if (!group) return null;
        const { nodes, totalCount, pageInfo } = group.speakers;
        return (
          <>
            <p role="status" className="quiet">
              {totalCount > 0 ? `${count(totalCount, 'speaker')}, by name` : 'No speakers yet.'}
            </p>
            <ul className="people">
              {nodes.map((person) => (
                <SpeakerItem key={person.id} person={person} />
              ))}
            </ul>
            <Pager pageInfo={pageInfo} />
          </>
        );
      }}
    </AnswerPage>
  );
}
