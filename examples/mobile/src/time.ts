import { partialDate, when } from './date';
import type { Event, Talk } from './operations';

const LOCALE = 'en-GB';
const HOUR = 3_600_000;

const format = (options: Intl.DateTimeFormatOptions, time: number | string) =>
  new Intl.DateTimeFormat(LOCALE, options).format(new Date(time));

/** A moment as the device's clock has it. */
export const moment = (time: number): string => format({ dateStyle: 'medium', timeStyle: 'short' }, time);

/** The part of the programme in which a talk is given, if its hour is known. */
function partOf({ talk, event }: Planned) {
  const part = talk && event.agenda.find((part) => part.talk?.id === talk.id);
  if (!part?.startsAt) return undefined;
  const start = Date.parse(part.startsAt);
  return {
    day: dayIn(event.timeZone, start),
    start,
    end: part.duration ? start + milliseconds(part.duration) : undefined,
  };
}

/** When somebody has to be there, to sort by. */
export const startOf = (planned: Planned): number =>
  partOf(planned)?.start ?? (planned.event.startsAt ? Date.parse(planned.event.startsAt) : Infinity);

/** When a talk is given: at which hour of the programme, or of an event of several days on which one. */
export function whenGiven({ talk, event }: Planned): string {
  const part = partOf({ talk, event });
  if (part) {
    const instant = (time?: number) => (time === undefined ? null : new Date(time).toISOString());
    const known = {
      startsOn: part.day,
      startsAt: instant(part.start),
      endsAt: instant(part.end),
      datePrecision: 'TIME',
    };
    return when({ ...known, timeZone: event.timeZone });
  }
  return event.datePrecision === 'DAY' && talk?.heldOn ? partialDate(talk.heldOn) : when(event);
}

/** The hour of a part of the programme, in the zone of its event. */
export const hour = (timeZone: string, time: string): string =>
  format({ timeZone, hour: '2-digit', minute: '2-digit' }, time);

/** An ISO 8601 duration of hours and minutes, in milliseconds. */
function milliseconds(duration: string): number {
  const [, hours = 0, minutes = 0] = duration.match(/^PT(?:(\d+)H)?(?:(\d+)M)?$/) ?? [];
  return Number(hours) * HOUR + Number(minutes) * 60_000;
}

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

/** What somebody wants to go to: an event, or one talk of it. */
export type Planned = { talk?: Talk; event: Event };
export type Conflict = { one: Planned; other: Planned; certain: boolean };

/** Pairs to which nobody can go both, or perhaps not: of some only the day is known. */
export function conflicts(planned: Planned[], now = Date.now()): Conflict[] {
  const open = planned.filter(
    ({ talk, event }) => talk?.talkStatus !== 'CANCELLED' && !isOff(event) && !isPast(event, now),
  );
  return open.flatMap((one, place) =>
    open.slice(place + 1).flatMap((other): Conflict[] => {
      const [a, b] = [period(one), period(other)];
      if (!a || !b) return [];
      // At one event two talks are against each other only where the programme says so.
      if (one.event.id === other.event.id && !(a.isOfTalk && b.isOfTalk)) return [];
      if (!a.hours || !b.hours) return a.day === b.day ? [{ one, other, certain: false }] : [];
      const overlap = a.hours.start < b.hours.end && b.hours.start < a.hours.end;
      return overlap ? [{ one, other, certain: true }] : [];
    }),
  );
}

type Period = { day: string; hours?: { start: number; end: number }; isOfTalk?: boolean };

/** On which day, and if known from when to when, somebody is there; nothing if not even the day is known. */
function period({ talk, event }: Planned): Period | undefined {
  const part = partOf({ talk, event });
  if (part?.end) return { day: part.day, hours: { start: part.start, end: part.end }, isOfTalk: true };
  if (!event.startsAt || !event.startsOn) return undefined;
  const lastDay = event.endsAt ? dayIn(event.timeZone, Date.parse(event.endsAt)) : event.startsOn;
  if (event.datePrecision === 'TIME' && lastDay === event.startsOn) {
    const start = Date.parse(event.startsAt);
    return { day: event.startsOn, hours: { start, end: event.endsAt ? Date.parse(event.endsAt) : start + 3 * HOUR } };
  }
  // Of an event of several days, the day of the talk; at which hour it is, nobody says.
  const isDayKnown = event.datePrecision === 'DAY' || event.datePrecision === 'TIME';
  return isDayKnown ? { day: talk?.heldOn ?? event.startsOn } : undefined;
}
