import { type ReactNode, useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { useSearchParams } from 'wouter';

import { PAST_CACHES } from '../client';
import { graphql } from '../gql';
import { useGroup } from '../group';
import { EventItem } from '../parts/EventItem';
import { Page, Problem } from '../parts/Page';
import { SpeakerItem } from '../parts/SpeakerItem';
import { TalkItem } from '../parts/TalkItem';
import { Topics } from '../parts/Topics';
import { count, list } from '../parts/words';

// `search` ranks over all groups of the server. A site of one group asks that group's lists, which use the same index.
const query = graphql(`
  query Search($group: String!, $query: String!) {
    group(slug: $group) {
      id
      events(filter: { query: $query }, first: 10) {
        totalCount
        nodes {
          id
          ...EventItem_event
        }
      }
      talks(filter: { query: $query }, first: 20) {
        totalCount
        nodes {
          id
          ...TalkItem_talk
        }
      }
      speakers(filter: { query: $query }, first: 10) {
        totalCount
        nodes {
          id
          ...SpeakerItem_person
        }
      }
      topics(filter: { query: $query }, first: 10) {
        totalCount
        nodes {
          id
          ...Topics_topic
        }
      }
    }
  }
`);

/** The search text in the address, and the text of the input, which the address follows when people pause. */
function useSearchText() {
  const [search, setSearch] = useSearchParams();
  const asked = search.get('q') ?? '';
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => {
    if (typed === asked) return;
    const pause = setTimeout(() => setSearch(typed ? { q: typed } : {}, { replace: true }), 200);
    return () => clearTimeout(pause);
  }, [typed, asked, setSearch]);
  return { asked, typed, setTyped };
}

export function SearchPage() {
  const { asked, typed, setTyped } = useSearchText();
  const isAsked = /[\p{L}\p{N}]/u.test(asked);
  const [{ data, error, fetching, operation }, again] = useQuery({
    query,
    variables: { group: useGroup(), query: asked },
    pause: !isAsked,
  });
  const group = isAsked && data?.group;
  const found =
    group &&
    [
      count(group.speakers.totalCount, 'speaker'),
      count(group.topics.totalCount, 'topic'),
      count(group.events.totalCount, 'event'),
      count(group.talks.totalCount, 'talk'),
    ].filter((text) => !text.startsWith('0 '));
  return (
    <Page title="Search">
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <label>
          Events, talks, speakers and topics
          <input
            type="search"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
            maxLength={200}
            enterKeyHint="search"
            autoComplete="off"
          />
        </label>
      </form>
      {isAsked && error && <Problem error={error} retry={() => again(PAST_CACHES)} />}
      <p role="status" className="quiet">
        {found &&
          (found.length > 0 ? `${list(found)} found.` : `Nothing found for “${operation?.variables.query ?? asked}”.`)}
      </p>
      {group && (
        <div aria-busy={fetching}>
          <Found name="Speakers" list={group.speakers}>
            {(nodes) => (
              <ul className="people">
                {nodes.map((person) => (
                  <SpeakerItem key={person.id} person={person} />
                ))}
              </ul>
            )}
          </Found>
          <Found name="Topics" list={group.topics}>
            {(nodes) => <Topics topics={nodes} />}
          </Found>
          <Found name="Events" list={group.events}>
            {(nodes) => (
              <ul className="items cards">
                {nodes.map((event) => (
                  <EventItem key={event.id} event={event} />
                ))}
              </ul>
            )}
          </Found>
          <Found name="Talks" list={group.talks}>
            {(nodes) => (
              <ul className="items">
                {nodes.map((talk) => (
                  <TalkItem key={talk.id} talk={talk} />
                ))}
              </ul>
            )}
          </Found>
        </div>
      )}
    </Page>
  );
}

interface FoundProps<Node> {
  name: string;
  list: { totalCount: number; nodes: Node[] };
  children: (nodes: Node[]) => ReactNode;
}

/** What was found of one type: the first ones, if there are many. */
function Found<Node>({ name, list: { totalCount, nodes }, children }: FoundProps<Node>) {
  if (nodes.length === 0) return null;
  return (
    <>
      <h2>
        {name}
        {totalCount > nodes.length && ` (the first ${nodes.length} of ${totalCount})`}
      </h2>
      {children(nodes)}
    </>
  );
}
