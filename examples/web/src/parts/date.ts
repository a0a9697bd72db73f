interface Dated {
  startsOn?: string | null;
  startsAt?: string | null;
  endsAt?: string | null;
  datePrecision: string;
  timeZone: string;
}

/** A year, a month or a day, as far as it is known, or a span of them: `2015-02` is February 2015. */
export function partialDate(from: string, to = from): string {
  const [, month, day] = from.split('-');
  const known: Intl.DateTimeFormatOptions = { year: 'numeric', timeZone: 'UTC' };
  if (month) known.month = 'long';
  if (day) Object.assign(known, { day: 'numeric', weekday: 'short' });
  return new Intl.DateTimeFormat('en-GB', known).formatRange(new Date(from), new Date(to));
}

/** When an event is, in its own time zone and no more exactly than that is known. */
export function when({ startsOn, startsAt, endsAt, datePrecision, timeZone }: Dated): string {
  if (!startsOn) return 'Date not known';
  // The last day in the event's zone; Swedish dates are written as ISO 8601 writes them.
  const last = endsAt ? new Date(endsAt).toLocaleDateString('sv-SE', { timeZone }).slice(0, startsOn.length) : startsOn;
  if (datePrecision !== 'TIME' || !startsAt) return partialDate(startsOn, last);
  const time: Intl.DateTimeFormatOptions = { timeZone, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' };
  const clock = new Intl.DateTimeFormat('en-GB', time);
  if (!endsAt || last > startsOn) return `${partialDate(startsOn, last)}, from ${clock.format(new Date(startsAt))}`;
  return `${partialDate(startsOn)}, ${clock.formatRange(new Date(startsAt), new Date(endsAt))}`;
}
