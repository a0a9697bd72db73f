import { when } from '../date';
import { useStored } from '../hooks';
import { EventLine, List, MODES, Page } from '../parts';
import { choice, schedule } from '../queries';
import { ALL_GROUPS, choose } from '../store';

export function SchedulePage() {
  const found = useStored(schedule);
  if (!found) return null;
  const { next, others, past, undated } = found;
  return (
    <Page title="Schedule">
      <GroupChoice />
      {next && (
        <a class="next" href={`#/event/${next.id}`}>
          <span class="detail">Next up</span>
          <strong>{next.name}</strong>
          <span>{when(next)}</span>
          {MODES[next.attendanceMode] && <span class="detail">{MODES[next.attendanceMode]}</span>}
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

/** Whose events are shown, where there are several groups. */
function GroupChoice() {
  const found = useStored(choice);
  if (!found || found.groups.length < 2) return null;
  return (
    <label class="choice">
      Events of
      <select value={found.group?.slug ?? ALL_GROUPS} onChange={(event) => void choose(event.currentTarget.value)}>
        <option value={ALL_GROUPS}>all groups</option>
        {found.groups.map(({ slug, name }) => (
          <option key={slug} value={slug}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
