import { useStored } from '../hooks';
import { EventLine, List, Page } from '../parts';
import { schedule } from '../queries';
import { when } from '../time';

export function SchedulePage() {
  const found = useStored(schedule);
  if (!found) return null;
  const { next, others, past, undated } = found;
  return (
    <Page title="Schedule">
      {next && (
        <a class="next" href={`#/event/${next.id}`}>
          <span class="detail">Next up</span>
          <strong>{next.name}</strong>
          <span>{when(next)}</span>
        </a>
      )}
      {!next && <p>Nothing is announced at the moment.</p>}
      <List title="Upcoming">
        {others.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </List>
      {past.map(([year, events]) => (
        <List key={year} title={year}>
          {events.map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </List>
      ))}
      <List title="Date not known">
        {undated.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </List>
    </Page>
  );
}
