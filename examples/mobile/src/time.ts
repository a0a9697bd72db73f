import type { Event, Talk } from './operations';

const LOCALE = 'en-GB';
const HOUR = 3_600_000;

const format = (options: Intl.DateTimeFormatOptions, time: number | string) =>
  new Intl.DateTimeFormat(LOCALE, options).format(new Date(time));

/** A day, a month or a year, as far as it is known, perhaps until another one. */
export function partialDate(date: string, last = date): string {
  const [, month, day] = date.split('-');
  const known = new Intl.DateTimeFormat(LOCALE, {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month && { month: 'long' }),
    ...(day && { day: 'numeric', weekday: 'short' }),
  });
  return known.formatRange(new Date(date), new Date(last));
}

/** A moment as the device's clock has it. */
export const moment = (time: number): string => format({ dateStyle: 'medium', timeStyle: 'short' }, time);

/** When an event is, in its own time zone. */
export function when({ startsOn, startsAt, endsAt, timeZone, datePrecision }: Event): string {
  if (!startsOn || !startsAt) return 'Date not known';
  if (datePrecision !== 'TIME') {
    const last = endsAt ? dayIn(timeZone, Date.parse(endsAt)) : undefined;
    return partialDate(startsOn, last?.slice(0, startsOn.length));
  }
  const clock = { timeZone, hour: '2-digit', minute: '2-digit' } as const;
  const from = format(clock, startsAt);
  const zone = format({ timeZone, timeZoneName: 'short' }, startsAt).split(' ').at(-1);
  return `${partialDate(startsOn)}, ${from}${endsAt ? `–${format(clock, endsAt)}` : ''} ${zone}`;
}

/** When a talk is given: of an event of several days, on which one. */
export const whenGiven = ({ talk, event }: Planned): string =>
  event.datePrecision === 'DAY' && talk.heldOn ? partialDate(talk.heldOn) : when(event);

/** The calendar day there; Swedish dates are ISO 8601. */
const dayIn = (timeZone: string, time: number) => new Date(time).toLocaleDateString('sv-SE', { timeZone });

/** Whether an event is over. The server's `phase` would be that of the last sync. */
export function isPast({ startsOn, startsAt, endsAt, timeZone, datePrecision }: Event, now = Date.now()): boolean {
  if (endsAt) return Date.parse(endsAt) < now;
  if (!startsOn || !startsAt) return false;
  if (datePrecision === 'TIME') return Date.parse(startsAt) + 3 * HOUR < now;
  return startsOn < dayIn(timeZone, now).slice(0, startsOn.length);
}

/** Whether it is off, whatever its date. */
export const isOff = ({ status }: Event): boolean => status === 'CANCELLED' || status === 'POSTPONED';

/** What people must know of an event before they leave home. */
export function warning({ status, publicCancellationReason: reason }: Event): string | undefined {
  switch (status) {
    case 'CANCELLED':
      return `Cancelled${reason ? `: ${reason}` : ''}`;
    case 'POSTPONED':
      return `Postponed; there is no new date yet${reason ? `: ${reason}` : ''}`;
    case 'RESCHEDULED':
      return 'Moved to another date: the one that you see';
    case 'MOVED_ONLINE':
      return 'Moved online';
    case 'TENTATIVE':
      return 'Not certain yet';
    default:
      return undefined;
  }
}

export type Planned = { talk: Talk; event: Event };
export type Conflict = { one: Planned; other: Planned; certain: boolean };

/** Pairs of talks at different events to which nobody can go both, or perhaps not: of some only the day is known. */
export function conflicts(planned: Planned[], now = Date.now()): Conflict[] {
  const open = planned.filter(
    ({ talk, event }) => talk.talkStatus !== 'CANCELLED' && !isOff(event) && !isPast(event, now),
  );
  return open.flatMap((one, place) =>
    open.slice(place + 1).flatMap((other): Conflict[] => {
      const [a, b] = [period(one), period(other)];
      if (one.event.id === other.event.id || !a || !b) return [];
      if (!a.hours || !b.hours) return a.day === b.day ? [{ one, other, certain: false }] : [];
      const overlap = a.hours.start < b.hours.end && b.hours.start < a.hours.end;
      return overlap ? [{ one, other, certain: true }] : [];
    }),
  );
}

/** On which day, and if known from when to when, somebody is there for a talk; nothing if not even the day is known. */
function period({ talk, event }: Planned): { day: string; hours?: { start: number; end: number } } | undefined {
  if (!event.startsAt || !event.startsOn) return undefined;
  const lastDay = event.endsAt ? dayIn(event.timeZone, Date.parse(event.endsAt)) : event.startsOn;
  if (event.datePrecision === 'TIME' && lastDay === event.startsOn) {
    const start = Date.parse(event.startsAt);
    return { day: event.startsOn, hours: { start, end: event.endsAt ? Date.parse(event.endsAt) : start + 3 * HOUR } };
  }
  // Of an event of several days, the day of the talk; at which hour it is, nobody says.
  const isDayKnown = event.datePrecision === 'DAY' || event.datePrecision === 'TIME';
  return isDayKnown ? { day: talk.heldOn ?? event.startsOn } : undefined;
}
