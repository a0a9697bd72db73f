import { type FragmentType, graphql, readFragment } from '../gql';
import { TalkLine } from './TalkItem';
import { word } from './words';

const fragment = graphql(`
  fragment Agenda_event on Event {
    timeZone
    agenda {
      position
      startsAt
      duration
      kind
      title
      talk {
        id
        ...TalkItem_talk
      }
    }
  }
`);

/** `PT1H30M` as people say it: `1 h 30 min`. */
const length = (duration: string) => duration.replace('PT', '').replace('H', ' h ').replace('M', ' min').trim();

/** The programme of an event: what happens when, in the event's time zone. */
export function Agenda({ event }: { event: FragmentType<typeof fragment> }) {
  const { agenda, timeZone } = readFragment(fragment, event);
  if (agenda.length === 0) return null;
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  return (
    <>
      <h2>Programme</h2>
      <ol className="agenda">
        {agenda.map(({ position, startsAt, duration, kind, title, talk }) => (
          <li key={position} className={kind.toLowerCase()}>
            <p className="time">
              {startsAt && <time dateTime={startsAt}>{clock.format(new Date(startsAt))}</time>}
              {duration && <span className="quiet">{length(duration)}</span>}
            </p>
            <div>
              {talk ? <TalkLine talk={talk} withDay={false} /> : <span className="part">{title ?? word(kind)}</span>}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
