import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';

import { PAST_CACHES } from '../client';
import { graphql } from '../gql';
import { GROUP } from '../group';
import { EventItem } from '../parts/EventItem';
import { Page, Problem } from '../parts/Page';
import { TalkItem } from '../parts/TalkItem';
import { count, list } from '../parts/words';

// `search` ranks over all groups of the server. A site of one group asks that group's lists, which use the same index.
const query = graphql(`
  query Search($group: String!, $query: String!) {
    group(slug: $group) {
      id
      events(filter: { query: $query }, first: 10) {
        nodes {
          id
          ...EventItem_event
        }
      }
      talks(filter: { query: $query }, first: 20) {
        nodes {
          id
          ...TalkItem_talk
        }
      }
      speakers(filter: { query: $query }, first: 10) {
        nodes {
          id
          slug
          name
        }
      }
      topics(filter: { query: $query }, first: 10) {
        nodes {
          id
          slug
          name
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
    variables: { group: GROUP, query: asked },
    pause: !isAsked,
  });
  const group = isAsked && data?.group;
  const found = group && [
    group.events.nodes.length && count(group.events.nodes.length, 'event'),
    group.talks.nodes.length && count(group.talks.nodes.length, 'talk'),
    group.speakers.nodes.length && count(group.speakers.nodes.length, 'speaker'),
    group.topics.nodes.length && count(group.topics.nodes.length, 'topic'),
  ].filter((text) => text !== 0);
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
      <p role="status">
        {found &&
          (found.length > 0 ? `${list(found)} found.` : `Nothing found for “${operation?.variables.query ?? asked}”.`)}
      </p>
      {group && (
        <div aria-busy={fetching}>
          {group.speakers.nodes.length > 0 && (
            <>
              <h2>Speakers</h2>
              <ul className="row">
                {group.speakers.nodes.map(({ id, slug, name }) => (
                  <li key={id}>
                    <Link href={`/speakers/${slug}`}>{name}</Link>
                  </li>
                ))}
              </ul>
            </>
          )}
          {group.topics.nodes.length > 0 && (
            <>
              <h2>Topics</h2>
              <ul className="row">
                {group.topics.nodes.map(({ id, slug, name }) => (
                  <li key={id}>
                    <Link href={`/talks?topic=${slug}`}>{name}</Link>
                  </li>
                ))}
              </ul>
            </>
          )}
          {group.events.nodes.length > 0 && (
            <>
              <h2>Events</h2>
              <ul className="items">
                {group.events.nodes.map((event) => (
                  <EventItem key={event.id} event={event} />
                ))}
              </ul>
            </>
          )}
          {group.talks.nodes.length > 0 && (
            <>
              <h2>Talks</h2>
              <ul className="items">
                {group.talks.nodes.map((talk) => (
                  <TalkItem key={talk.id} talk={talk} />
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </Page>
  );
}
