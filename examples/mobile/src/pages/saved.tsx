import { useStored } from '../hooks';
import { EventLine, Notice, Page, TalkLine } from '../parts';
import { plan } from '../queries';
import { unsave } from '../store';
import { type Planned, whenGiven } from '../time';

const Place = (planned: Planned) => (
  <>
    “{planned.talk ? planned.talk.title : planned.event.name}” ({planned.talk && `${planned.event.name}, `}
    {whenGiven(planned)})
  </>
);

export function SavedPage() {
  const found = useStored(plan);
  if (!found) return null;
  const { rows, conflicts, gone } = found;
  return (
    <Page title="My plan">
      {conflicts.map(({ one, other, certain }) => (
        <Notice key={[one, other].map(({ talk, event }) => (talk ?? event).id).join()}>
          <strong>{certain ? 'At the same time:' : 'Perhaps at the same time, as far as the days tell:'}</strong>{' '}
          <Place {...one} /> and <Place {...other} />
        </Notice>
      ))}
      {gone.map(({ id, title }) => (
        <Notice key={id}>
          “{title}” is not in the programme any more.{' '}
          <button type="button" onClick={() => unsave(id)}>
            Remove
          </button>
        </Notice>
      ))}
      {rows.length === 0 && <p>Save an event or a talk on its page, and it is here, with or without a network.</p>}
      <ul>
        {rows.map((row) =>
          row.talk ? <TalkLine key={row.talk.id} row={row} /> : <EventLine key={row.event.id} event={row.event} />,
        )}
      </ul>
    </Page>
  );
}
