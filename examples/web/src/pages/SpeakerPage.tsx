import { graphql } from '../gql';
import { useGroup } from '../group';
import { useAnswer } from '../parts/answer';
import { Html } from '../parts/Html';
import { AnswerPage, Back } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { Portrait } from '../parts/Portrait';
import { TalkItem } from '../parts/TalkItem';
import { site, word } from '../parts/words';

const query = graphql(`
  query Speaker($slug: String!, $group: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    person(slug: $slug) {
      id
      name
      pronouns
      bio(format: HTML)
      links {
        kind
        url
      }
      affiliations {
        title
        organization {
          id
          name
        }
      }
      organizes {
        id
        role
        group {
          id
          name
        }
      }
      talks(filter: { group: $group }, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          ...TalkItem_talk
        }
        pageInfo {
          ...Pager_pageInfo
        }
      }
      ...Portrait_person
    }
  }
`);

export function SpeakerPage({ slug }: { slug: string }) {
  const [answer, again] = useAnswer({ query, variables: { slug, group: useGroup(), ...usePage(20) } });
  return (
    <AnswerPage
      answer={answer}
      again={again}
      title={({ person }) => person?.name}
      above={<Back href="/speakers">Speakers</Back>}
    >
      {({ person }) =>
        person && (
          <div className="split">
            <aside className="person">
              <Portrait person={person} size={144} />
              {person.pronouns && <p className="quiet">{person.pronouns}</p>}
              {person.affiliations.map(({ title, organization }) => (
                <p key={organization.id + title}>{[title, organization.name].filter(Boolean).join(', ')}</p>
              ))}
              {person.organizes.map(({ id, role, group }) => (
                <p key={id}>
                  {word(role)}
                  {group && ` of ${group.name}`}
                </p>
              ))}
              {person.links.length > 0 && (
                <ul className="chips">
                  {person.links.map(({ kind, url }) => (
                    <li key={url}>
                      <a href={url} rel="me" className="chip">
                        {site(kind)}
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </aside>
            <div>
              <Html text={person.bio} />
              <h2>Talks</h2>
              {person.talks.nodes.length > 0 ? (
                <ul className="items">
                  {person.talks.nodes.map((talk) => (
                    <TalkItem key={talk.id} talk={talk} />
                  ))}
                </ul>
              ) : (
                <p>No talks here yet.</p>
              )}
              <Pager pageInfo={person.talks.pageInfo} />
            </div>
          </div>
        )
      }
    </AnswerPage>
  );
}
