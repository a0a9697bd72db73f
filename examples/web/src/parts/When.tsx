import { type FragmentType, graphql, readFragment } from '../gql';
import { partialDate, when } from './date';

export function PartialDate({ date }: { date: string }) {
  return <time dateTime={date}>{partialDate(date)}</time>;
}

const fragment = graphql(`
  fragment When_event on Event {
    startsOn
    startsAt
    endsAt
    datePrecision
    timeZone
  }
`);

/** When an event is, in its own time zone and as exactly as that is known. */
export function When({ event }: { event: FragmentType<typeof fragment> }) {
  const dated = readFragment(fragment, event);
  if (!dated.startsOn) return <>{when(dated)}</>;
  // Where it breaks into lines, the hours stay together.
  const text = when(dated);
  const place = text.lastIndexOf(', ') + 1;
  return (
    <time dateTime={dated.startsOn}>
      {text.slice(0, place)}
      {place > 0 && ' '}
      <span className="whole">{text.slice(place).trim()}</span>
    </time>
  );
}

/** The day as a leaf of a calendar: only what is known of it. People hear the whole date from `When` beside it. */
export function Leaf({ event }: { event: FragmentType<typeof fragment> }) {
  const { startsOn } = readFragment(fragment, event);
  const [year, month, day] = startsOn?.split('-') ?? [];
  const monthName =
    month && new Date(`${year}-${month}`).toLocaleDateString('en-GB', { month: 'short', timeZone: 'UTC' });
  const [large, ...small] = [day && String(Number(day)), monthName, year].filter(Boolean);
  return (
    <span className={`leaf ${day ? 'day' : month ? 'month' : 'year'}`} aria-hidden="true">
      <b>{large ?? '–'}</b>
      <i>{small.join(' ') || (large ? '' : 'no date')}</i>
    </span>
  );
}
