import { when } from '../date';
import { useStored } from '../hooks';
import { List, MODES, Nothing, Page, SaveButton, TalkLine, Warning, namesOf, titleOf } from '../parts';
import { type AgendaRow, eventDetails } from '../queries';
import { hour } from '../time';

const PARTS = { TALK: 'A talk', BREAK: 'Break', NETWORKING: 'Time to meet', INTRO: 'Welcome', QUIZ: 'Quiz' };

export function EventPage({ id }: { id: string }) {
  const found = useStored((db) => eventDetails(db, id), [id]);
  if (found === undefined) return null;
  if (found === null) return <Nothing />;
  const { event, venue, hosts, agenda, talks, isSaved } = found;
  return (
    <Page title={event.name} isDetail>
      <Warning event={event} />
      <p>
        <strong>{when(event)}</strong>
        {venue && <span class="detail">{[venue.name, venue.address, venue.city].filter(Boolean).join(', ')}</span>}
        {MODES[event.attendanceMode] && <span class="detail">{MODES[event.attendanceMode]}</span>}
        {hosts.length > 0 && (
          <span class="detail">
            {hosts.length > 1 && 'A joint event of '}
            {new Intl.ListFormat('en-GB').format(hosts)}
          </span>
        )}
      </p>
      <SaveButton node={event} isSaved={isSaved} />
      {event.description && <p class="prose">{event.description}</p>}
      {event.website && <a href={event.website}>Its page on the web</a>}
      {agenda.length > 0 && (
        <section>
          <h2>Programme</h2>
          <ol class="agenda">
            {agenda.map((part, place) => (
              <AgendaLine key={place} part={part} timeZone={event.timeZone} />
            ))}
          </ol>
        </section>
      )}
      <List title={agenda.length > 0 ? 'More talks' : 'Talks'}>
        {talks.map((row) => (
          <TalkLine key={row.talk.id} row={row} withEvent={false} />
        ))}
      </List>
      {venue?.accessibility && (
        <section>
          <h2>Access</h2>
          <p>{venue.accessibility}</p>
        </section>
      )}
    </Page>
  );
}

const AgendaLine = ({ part: { item, row }, timeZone }: { part: AgendaRow; timeZone: string }) => (
  <li>
    <span class="hour">{item.startsAt && hour(timeZone, item.startsAt)}</span>
    {row ? (
      <span class="line">
        <a href={`#/talk/${row.talk.id}`}>{titleOf(row)}</a>
        {row.speakers.length > 0 && <span class="detail">{namesOf(row.speakers)}</span>}
        {row.talk.talkStatus === 'CANCELLED' && <span class="detail">Called off</span>}
      </span>
    ) : (
      <span class="detail">{item.title ?? PARTS[item.kind]}</span>
    )}
  </li>
);
