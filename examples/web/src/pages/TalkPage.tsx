import { Link } from 'wouter';

import { graphql } from '../gql';
import { useAnswer } from '../parts/answer';
import { Html } from '../parts/Html';
import { AnswerPage } from '../parts/Page';
import { Resources } from '../parts/Resources';
import { Speakers } from '../parts/TalkItem';
import { PartialDate, When } from '../parts/When';
import { word } from '../parts/words';

const query = graphql(`
  query Talk($slug: String!) {
    talk(slug: $slug) {
      id
      title
      abstract(format: HTML)
      format
      status
      heldOn
      event {
        id
        slug
        name
        ...When_event
      }
      topics {
        id
        slug
        name
      }
      resources {
        ...Resources_resource
      }
      ...Speakers_talk
    }
  }
`);

export function TalkPage({ slug }: { slug: string }) {
  const [answer, again] = useAnswer({ query, variables: { slug } });
  return (
    <AnswerPage answer={answer} again={again} title={({ talk }) => talk && (talk.title ?? 'Untitled talk')}>
      {({ talk }) =>
        talk && (
          <>
            {talk.status === 'CANCELLED' && <p className="notice">This talk was cancelled.</p>}
            <dl>
              <dt>By</dt>
              <dd>
                <Speakers talk={talk} />
              </dd>
              <dt>What</dt>
              <dd>{word(talk.format)}</dd>
              {talk.event ? (
                <>
                  <dt>At</dt>
                  <dd>
                    <Link href={`/events/${talk.event.slug}`}>{talk.event.name}</Link>
                    {' · '}
                    <When event={talk.event} />
                  </dd>
                </>
              ) : (
                talk.heldOn && (
                  <>
                    <dt>When</dt>
                    <dd>
                      <PartialDate date={talk.heldOn} />
                    </dd>
                  </>
                )
              )}
            </dl>
            <Html text={talk.abstract} />
            <Resources resources={talk.resources} />
            <p>
              {talk.topics.map(({ id, slug, name }) => (
                <Link key={id} href={`/talks?topic=${slug}`} className="tag">
                  {name}
                </Link>
              ))}
            </p>
          </>
        )
      }
    </AnswerPage>
  );
}
