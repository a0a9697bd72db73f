import { type FragmentType, graphql, readFragment } from '../gql';

/** How to write a date of which a year, a month or the day is known: nothing that is not known is made up. */
const FORMATS: Record<number, Intl.DateTimeFormatOptions> = {
  4: { year: 'numeric' },
  7: { year: 'numeric', month: 'long' },
  10: { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' },
};

export function PartialDate({ date }: { date: string }) {
  const format = new Intl.DateTimeFormat('en-GB', { ...FORMATS[date.length], timeZone: 'UTC' });
  return <time dateTime={date}>{format.format(new Date(date))}</time>;
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

/** The calendar day there; Swedish dates are ISO 8601. */
const dayIn = (timeZone: string, time: string) => new Date(time).toLocaleDateString('sv-SE', { timeZone });

/** When an event is, in its own time zone and as exactly as that is known. */
export function When({ event }: { event: FragmentType<typeof fragment> }) {
  const { startsOn, startsAt, endsAt, datePrecision, timeZone } = readFragment(fragment, event);
  if (!startsOn) return <>Date unknown</>;
  const lastDay = endsAt ? dayIn(timeZone, endsAt).slice(0, startsOn.length) : startsOn;
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  return (
    <>
      <PartialDate date={startsOn} />
      {datePrecision === 'TIME' && startsAt && (
        <>
          , {clock.format(new Date(startsAt))}
          {endsAt && lastDay === startsOn && `–${clock.format(new Date(endsAt))}`} ({timeZone})
        </>
      )}
      {lastDay > startsOn && (
        <>
          {' – '}
          <PartialDate date={lastDay} />
          {datePrecision === 'TIME' && endsAt && `, ${clock.format(new Date(endsAt))}`}
        </>
      )}
    </>
  );
}
