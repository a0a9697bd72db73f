import { useState } from 'preact/hooks';

import { useStored } from '../hooks';
import { EventLine, List, Page, TalkLine } from '../parts';
import { search } from '../queries';

export function SearchPage() {
  const [query, setQuery] = useState('');
  const found = useStored((db) => search(db, query), [query]);
  if (!found) return null;
  const { events, talks, people } = found;
  const isEmpty = events.length + talks.length + people.length === 0;
  return (
    <Page title="Search">
      <input
        type="search"
        aria-label="Search events, talks and speakers"
        placeholder="Events, talks, speakers"
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <p class="detail" role="status">
        {isEmpty
          ? 'Nothing on this device has these words.'
          : `Talks: ${talks.length}, speakers: ${people.length}, events: ${events.length}`}
      </p>
      <List title="Talks">
        {talks.map((row) => (
          <TalkLine key={row.talk.id} row={row} />
        ))}
      </List>
      <List title="Speakers">
        {people.map(({ id, name }) => (
          <li key={id} class="line">
            <a href={`#/person/${id}`}>{name}</a>
          </li>
        ))}
      </List>
      <List title="Events">
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </List>
    </Page>
  );
}
