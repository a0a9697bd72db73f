import { Link } from 'wouter';

import { graphql } from '../gql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { AnswerPage } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { TalkItem } from '../parts/TalkItem';
import { count } from '../parts/words';

const query = graphql(`
  query Talks($group: String!, $topic: ID, $first: Int, $after: String, $last: Int, $before: String) {
    group(slug: $group) {
      id
      topics(first: 100) {
        nodes {
          id
          slug
          name
        }
      }
      talks(filter: { topic: $topic }, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          ...TalkItem_talk
        }
        pageInfo {
          ...Pager_pageInfo
        }
      }
    }
  }
`);

export function TalksPage({ topic: slug }: { topic: string | null }) {
  const [answer, again] = useAnswer({
    query,
    variables: { group: useGroup(), ...(slug && { topic: slug }), ...usePage(20) },
  });
  return (
    <AnswerPage
      answer={answer}
      again={again}
      title={({ group }) => {
        if (!group || !slug) return group ? 'Talks' : undefined;
        const topic = group.topics.nodes.find((topic) => topic.slug === slug);
        return topic && `Talks about ${topic.name}`;
      }}
    >
      {({ group }) => {
        if (!group) return null;
        const { nodes, totalCount, pageInfo } = group.talks;
        return (
          <>
            <nav aria-label="Topics" className="chips">
              <Link href="/talks" aria-current={!slug} className="chip">
                All topics
              </Link>
              {group.topics.nodes.map((topic) => (
                <Link
                  key={topic.id}
                  href={`/talks?topic=${topic.slug}`}
                  aria-current={topic.slug === slug}
                  className="chip"
                >
                  {topic.name}
                </Link>
              ))}
            </nav>
            <p role="status" className="quiet">
              {totalCount > 0 ? count(totalCount, 'talk') : 'No talks yet.'}
            </p>
            <ul className="items">
              {nodes.map((talk) => (
                <TalkItem key={talk.id} talk={talk} />
              ))}
            </ul>
            <Pager pageInfo={pageInfo} />
          </>
        );
      }}
    </AnswerPage>
  );
}
