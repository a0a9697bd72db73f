import { partialDate } from './date';
import type { AgendaItem, Event, Group, Person, Talk, Venue } from './operations';
import { ALL_GROUPS, type Database, type Saved } from './store';
import { type Conflict, conflicts, isOff, isPast, startOf } from './time';

/** A talk with what a line about it names. */
export type TalkRow = { talk: Talk; event?: Event; speakers: Person[] };

const isThere = <T>(value: T | undefined): value is T => value !== undefined;

async function withNames(db: Database, talks: Talk[]): Promise<TalkRow[]> {
  return Promise.all(
    talks.map(async (talk) => {
      const speakers = await Promise.all(talk.speakers.map(({ person }) => db.get('Person', person.id)));
      const event = talk.event ? await db.get('Event', talk.event.id) : undefined;
      return { talk, event, speakers: speakers.filter(isThere) };
    }),
  );
}

/** What is known to be earlier comes first; what has no date, last. */
const byStart = (one: Event, other: Event) => (one.startsAt ?? '9').localeCompare(other.startsAt ?? '9');
const { compare } = new Intl.Collator('en', { numeric: true });
const byTitle = (one: Talk, other: Talk) => compare(one.title ?? '\uffff', other.title ?? '\uffff');
const byDay = (one: Talk, other: Talk) => (one.heldOn ?? '9').localeCompare(other.heldOn ?? '9') || byTitle(one, other);

export type Choice = { groups: Group[]; group?: Group };

/** The groups, and the one that is shown; none of them if somebody chose all. */
export async function choice(db: Database): Promise<Choice> {
  const groups = (await db.getAll('Group')).sort((one, other) => compare(one.name, other.name));
  const slug = (await db.get('group', 'group')) ?? (import.meta.env.VITE_GROUP as string | undefined);
  if (slug === ALL_GROUPS) return { groups };
  return { groups, group: groups.find((group) => group.slug === slug) ?? (await liveliest(db, groups)) };
}

/** The group of the next event, or else of the latest. */
async function liveliest(db: Database, groups: Group[]): Promise<Group | undefined> {
  const events = (await db.getAll('Event')).filter((event) => event.startsAt && !isOff(event)).sort(byStart);
  const event = events.find((event) => !isPast(event)) ?? events.at(-1);
  return groups.find(({ id }) => id === event?.hosts[0]?.group.id) ?? groups[0];
}

export type Schedule = { next?: Event; others: Event[]; past: [title: string, events: Event[]][]; undated: Event[] };

export async function schedule(db: Database): Promise<Schedule> {
  const { group } = await choice(db);
  const isShown = ({ hosts }: Event) => !group || hosts.some((host) => host.group.id === group.id);
  const events = (await db.getAll('Event')).filter(isShown).sort(byStart);
  const dated = events.filter(({ startsAt }) => startsAt);
  const upcoming = dated.filter((event) => !isPast(event));
  const past = Map.groupBy(dated.filter((event) => isPast(event)).reverse(), ({ startsOn }) => startsOn!.slice(0, 4));
  const next = upcoming.find((event) => !isOff(event));
  return {
    next,
    others: upcoming.filter((event) => event !== next),
    past: [...past],
    undated: events.filter(({ startsAt }) => !startsAt),
  };
}

/** A part of an event's programme, with the talk if it is one. */
export type AgendaRow = { item: AgendaItem; row?: TalkRow };

export type EventDetails = {
  event: Event;
  venue?: Venue;
  hosts: string[];
  agenda: AgendaRow[];
  /** Those that are not in the programme. */
  talks: TalkRow[];
  isSaved: boolean;
};

export async function eventDetails(db: Database, id: string): Promise<EventDetails | null> {
  const event = await db.get('Event', id);
  if (!event) return null;
  const groups = await Promise.all(event.hosts.map(({ group }) => db.get('Group', group.id)));
  const talks = await withNames(db, (await db.getAllFromIndex('Talk', 'event', id)).sort(byDay));
  const agenda = event.agenda.map((item) => ({ item, row: talks.find(({ talk }) => talk.id === item.talk?.id) }));
  return {
    event,
    venue: event.venue ? await db.get('Venue', event.venue.id) : undefined,
    hosts: groups.filter(isThere).map(({ name }) => name),
    agenda,
    talks: talks.filter((row) => !agenda.some((part) => part.row === row)),
    isSaved: (await db.getKey('saved', id)) !== undefined,
  };
}

export async function talkDetails(db: Database, id: string): Promise<(TalkRow & { isSaved: boolean }) | null> {
  const talk = await db.get('Talk', id);
  const [row] = talk ? await withNames(db, [talk]) : [];
  return row ? { ...row, isSaved: (await db.getKey('saved', id)) !== undefined } : null;
}

export type PersonDetails = { person: Person; talks: TalkRow[] };

export async function personDetails(db: Database, id: string): Promise<PersonDetails | null> {
  const person = await db.get('Person', id);
  if (!person) return null;
  const talks = await db.getAllFromIndex('Talk', 'speaker', id);
  return { person, talks: await withNames(db, talks.sort(byDay).reverse()) };
}

/** A line of the plan: an event, or a talk. */
export type PlanRow = TalkRow | { talk?: undefined; event: Event };
export type Plan = { rows: PlanRow[]; conflicts: Conflict[]; off: PlanRow[]; gone: Saved[] };

/** What was saved, in the order in which it takes place, and what stands against going there. */
export async function plan(db: Database): Promise<Plan> {
  const saved = await db.getAll('saved');
  const talks = await Promise.all(saved.map(({ id }) => db.get('Talk', id)));
  const events = await Promise.all(saved.map(({ id }) => db.get('Event', id)));
  const rows: PlanRow[] = [
    ...(await withNames(db, talks.filter(isThere))),
    ...events.filter(isThere).map((event) => ({ event })),
  ];
  const day = ({ talk, event }: PlanRow) => talk?.heldOn ?? event?.startsOn ?? '9';
  const time = ({ talk, event }: PlanRow) => (event ? startOf({ talk, event }) : Infinity);
  const name = ({ talk, event }: PlanRow) => (talk ? talk.title : event.name) ?? '';
  rows.sort(
    (one, other) =>
      day(one).localeCompare(day(other)) ||
      (time(one) === time(other) ? compare(name(one), name(other)) : time(one) - time(other)),
  );
  // During a first sync, what is not there may still come.
  const isComplete = (await db.get('sync', 'sync'))?.completeAt !== undefined;
  return {
    rows,
    conflicts: conflicts(rows.flatMap(({ talk, event }) => (event ? { talk, event } : []))),
    off: rows.filter(
      ({ talk, event }) => event && !isPast(event) && (isOff(event) || talk?.talkStatus === 'CANCELLED'),
    ),
    gone: isComplete ? saved.filter((_, place) => !talks[place] && !events[place]) : [],
  };
}

/** The words of a text, without regard to accents, capitals and signs, each behind a space. */
const fold = (text: string) =>
  ` ${text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')}`;

export type Found = { events: Event[]; talks: TalkRow[]; people: Person[] };

/** Of the copy, what has a word that begins so for each of these: a talk's speakers and an event's date count, too. */
export async function search(db: Database, query: string): Promise<Found> {
  const words = fold(query).split(' ').filter(Boolean);
  const matches = (...texts: (string | null | undefined)[]) => {
    const text = fold(texts.join(' '));
    return words.every((word) => text.includes(` ${word}`));
  };
  const talks = await withNames(db, (await db.getAll('Talk')).sort(byTitle));
  const speaking = new Set(talks.flatMap(({ speakers }) => speakers.map(({ id }) => id)));
  const people = (await db.getAll('Person')).filter(({ id }) => speaking.has(id));
  const events = (await db.getAll('Event')).sort(byStart).reverse();
  return {
    events: events.filter(({ name, startsOn }) => matches(name, startsOn && partialDate(startsOn))),
    talks: talks.filter(({ talk, speakers }) =>
      matches(talk.title, talk.abstract, ...speakers.map(({ name }) => name)),
    ),
    people: people.filter(({ name }) => matches(name)).sort((one, other) => compare(one.name, other.name)),
  };
}

export type Copy = { events: number; talks: number; people: number; venues: number; groups: number; megabytes: number };

/** How much is on the device. */
export async function copySize(db: Database): Promise<Copy> {
  const [events, talks, people, venues, groups, { usage = 0 }] = await Promise.all([
    db.count('Event'),
    db.count('Talk'),
    db.count('Person'),
    db.count('Venue'),
    db.count('Group'),
    navigator.storage.estimate(),
  ]);
  return { events, talks, people, venues, groups, megabytes: usage / 1e6 };
}
