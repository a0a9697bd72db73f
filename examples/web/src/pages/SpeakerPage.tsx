import { graphql } from '../gql';
import { GROUP } from '../group';
import { useAnswer } from '../parts/answer';
import { Html } from '../parts/Html';
import { AnswerPage } from '../parts/Page';
import { Pager, usePage } from '../parts/Pager';
import { TalkItem } from '../parts/TalkItem';
import { word } from '../parts/words';

const query = graphql(`
  query Speaker($slug: String!, $group: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    person(slug: $slug) {
      id
      name
      pronouns
      bio(format: HTML)
      avatar {
        url
        alt
      }
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
    }
  }
`);

export function SpeakerPage({ slug }: { slug: string }) {
  const [answer, again] = useAnswer({ query, variables: { slug, group: GROUP, ...usePage(20) } });
  return (
    <AnswerPage answer={answer} again={again} title={({ person }) => person?.name}>
      {({ person }) =>
        person && (
          <>
            {person.avatar && (
              <img src={person.avatar.url} alt={person.avatar.alt} width="96" height="96" className="avatar" />
            )}
            {person.pronouns && <p className="aside">{person.pronouns}</p>}
            {person.affiliations.map(({ title, organization }) => (
              <p key={organization.id + title} className="aside">
                {[title, organization.name].filter(Boolean).join(', ')}
              </p>
            ))}
            {person.organizes.map(({ id, role, group }) => (
              <p key={id} className="aside">
                {word(role)}
                {group && ` of ${group.name}`}
              </p>
            ))}
            <Html text={person.bio} />
            {person.links.length > 0 && (
              <ul className="row">
                {person.links.map(({ kind, url }) => (
                  <li key={url}>
                    <a href={url} rel="me">
                      {word(kind)}
                    </a>
                  </li>
                ))}
              </ul>
            )}
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
          </>
        )
      }
    </AnswerPage>
  );
}
