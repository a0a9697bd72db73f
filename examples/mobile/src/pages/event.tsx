import { useStored } from '../hooks';
import { List, Nothing, Page, TalkLine, Warning } from '../parts';
import { eventDetails } from '../queries';
import { when } from '../time';

export function EventPage({ id }: { id: string }) {
  const found = useStored((db) => eventDetails(db, id), [id]);
  if (found === undefined) return null;
  if (found === null) return <Nothing />;
  const { event, venue, hosts, talks } = found;
  return (
    <Page title={event.name}>
      <Warning event={event} />
      <p>
        <strong>{when(event)}</strong>
        {hosts.length > 0 && <span class="detail">{hosts.join(', ')}</span>}
        {venue && <span class="detail">{[venue.name, venue.address, venue.city].filter(Boolean).join(', ')}</span>}
        {venue?.accessibility && <span class="detail">{venue.accessibility}</span>}
        {event.attendanceMode !== 'OFFLINE' && <span class="detail">One can attend online</span>}
      </p>
      {event.description && <p class="prose">{event.description}</p>}
      {event.website && <a href={event.website}>Its page on the web</a>}
      <List title="Talks">
        {talks.map((row) => (
          <TalkLine key={row.talk.id} row={row} withEvent={false} />
        ))}
      </List>
    </Page>
  );
}
