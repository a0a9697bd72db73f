import { Link } from 'wouter';

import { graphql } from '../gql';
import { useAnswer } from '../parts/answer';
import { Html } from '../parts/Html';
import { AnswerPage, Back } from '../parts/Page';
import { Portrait } from '../parts/Portrait';
import { Resources } from '../parts/Resources';
import { Topics } from '../parts/Topics';
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
      speakers {
        affiliation
        remote
        person {
          id
          slug
          name
          ...Portrait_person
        }
      }
      topics {
        id
        ...Topics_topic
      }
      resources {
        ...Resources_resource
      }
    }
  }
`);

export function TalkPage({ slug }: { slug: string }) {
  const [answer, again] = useAnswer({ query, variables: { slug } });
  return (
    <AnswerPage
      answer={answer}
      again={again}
      title={({ talk }) => talk && (talk.title ?? 'Untitled talk')}
      above={<Back href="/talks">Talks</Back>}
    >
      {({ talk }) =>
        talk && (
          <div className="split">
            <aside className="facts">
              <dl>
                {talk.event ? (
                  <div>
                    <dt>Event</dt>
                    <dd>
                      <Link href={`/events/${talk.event.slug}`}>{talk.event.name}</Link>
                      <br />
                      <When event={talk.event} />
                    </dd>
                  </div>
                ) : (
                  talk.heldOn && (
                    <div>
                      <dt>When</dt>
                      <dd>
                        <PartialDate date={talk.heldOn} />
                      </dd>
                    </div>
                  )
                )}
                <div>
                  <dt>Format</dt>
                  <dd>{word(talk.format)}</dd>
                </div>
              </dl>
              <Topics topics={talk.topics} />
            </aside>
            <div>
              {talk.status === 'CANCELLED' && <p className="notice">This talk was cancelled.</p>}
              {talk.speakers.length > 0 && (
                <ul className="people by">
                  {talk.speakers.map(({ person, affiliation, remote }) => (
                    <li key={person.id} className="speaker">
                      <Portrait person={person} size={48} isDecoration />
                      <div>
                        <Link href={`/speakers/${person.slug}`} className="title">
                          {person.name}
                        </Link>
                        <p className="aside">
                          {[affiliation, remote && 'spoke from elsewhere'].filter(Boolean).join(' · ')}
                        </p>
                      </div>
                    </li>
                  ))}
                </ul>
              )}
              <Html text={talk.abstract} />
              {!talk.abstract && <p className="quiet">Nobody wrote down what it was about.</p>}
              <Resources resources={talk.resources} />
            </div>
          </div>
        )
      }
    </AnswerPage>
  );
}
