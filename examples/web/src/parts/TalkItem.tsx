import { Link } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';
import { Topics } from './Topics';
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
      ...Topics_topic
    }
    ...Speakers_talk
  }
`);

interface Props {
  talk: FragmentType<typeof fragment>;
  /** At an event, the day of its talks is plain. */
  withDay?: boolean;
}

/** What a line about a talk says. */
export function TalkLine({ talk, withDay = true }: Props) {
  const { slug, title, talkStatus, heldOn, topics, ...rest } = readFragment(fragment, talk);
  const hasSpeakers = readFragment(speakersFragment, rest).speakers.length > 0;
  return (
    <>
      <Link href={`/talks/${slug}`} className="title">
        {title ?? 'Untitled talk'}
      </Link>
      {talkStatus === 'CANCELLED' && <strong className="mark cancelled">Cancelled</strong>}
      <p className="aside">
        <Speakers talk={rest} />
        {hasSpeakers && withDay && heldOn && ' · '}
        {withDay && heldOn && <PartialDate date={heldOn} />}
      </p>
      <Topics topics={topics} />
    </>
  );
}

/** A talk in a list. */
export function TalkItem(props: Props) {
  return (
    <li>
      <TalkLine {...props} />
    </li>
  );
}
