import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { PartialDate } from './When';

const speakersFragment = graphql(`
  fragment Speakers_talk on Talk {
    speakers {
      affiliation
      person {
        id
        slug
        name
      }
    }
  }
`);

/** Who gives a talk, in order. */
export function Speakers({ talk }: { talk: FragmentType<typeof speakersFragment> }) {
  return readFragment(speakersFragment, talk).speakers.map(({ person, affiliation }, position) => (
    <span key={person.id}>
      {position > 0 && ', '}
      <Link href={`/speakers/${person.slug}`}>{person.name}</Link>
      {affiliation && ` (${affiliation})`}
    </span>
  ));
}

const fragment = graphql(`
  fragment TalkItem_talk on Talk {
    id
    slug
    title
    # Events have a status of other values; one selection cannot hold both under one name.
    talkStatus: status
    heldOn
    topics {
      id
      slug
      name
    }
    ...Speakers_talk
  }
`);

/** A talk in a list. */
export function TalkItem({ talk }: { talk: FragmentType<typeof fragment> }) {
  const { slug, title, talkStatus, heldOn, topics, ...rest } = readFragment(fragment, talk);
  return (
    <li>
      <Link href={`/talks/${slug}`}>{title ?? 'Untitled talk'}</Link>
      {talkStatus === 'CANCELLED' && <strong className="status">Cancelled</strong>}
      <p className="aside">
        <Speakers talk={rest} />
        {heldOn && (
          <>
            {' · '}
            <PartialDate date={heldOn} />
          </>
        )}
        {topics.map((topic) => (
          <Link key={topic.id} href={`/talks?topic=${topic.slug}`} className="tag">
            {topic.name}
          </Link>
        ))}
      </p>
    </li>
  );
}
