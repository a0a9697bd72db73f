import { type DBSchema, type IDBPTransaction, openDB } from 'idb';

import type { Change, Event, Group, Person, Talk, Venue } from './operations';

/** A talk as it is kept: an index needs the ids of its speakers in a list of their own. */
export type StoredTalk = Talk & { speakerIds: string[] };

/** What somebody wants to go to. The title is for the day on which the thing itself is gone. */
export type Saved = { id: string; type: 'Event' | 'Talk'; slug: string; title: string };

/** How far the copy is. */
export type Sync = {
  state: 'syncing' | 'current' | 'offline';
  /** Up to where the change log was read. */
  cursor?: string;
  /** When the copy was last known to be complete. */
  completeAt?: number;
  /** Of the first sync: how many changes have come, of about how many. */
  received: number;
  expected?: number;
};

interface Schema extends DBSchema {
  Group: { key: string; value: Group };
  Event: { key: string; value: Event };
  Talk: { key: string; value: StoredTalk; indexes: { event: string; speaker: string } };
  Person: { key: string; value: Person };
  Venue: { key: string; value: Venue };
  saved: { key: string; value: Saved; indexes: { slug: string } };
  sync: { key: 'sync'; value: Sync };
  /** The slug of the group whose schedule is shown, or `ALL_GROUPS`. */
  group: { key: 'group'; value: string };
}

const NODES = ['Group', 'Event', 'Talk', 'Person', 'Venue'] as const;
const ALL = [...NODES, 'saved', 'sync', 'group'] as const;
type Transaction = IDBPTransaction<Schema, typeof ALL, 'readwrite'>;

/** The choice to see the events of all groups. */
export const ALL_GROUPS = '';

export const database = openDB<Schema>('folkmoot', 2, {
  async upgrade(db, before, _, transaction) {
    if (before < 1) {
      for (const type of ['Group', 'Event', 'Person', 'Venue'] as const) db.createObjectStore(type, { keyPath: 'id' });
      const talks = db.createObjectStore('Talk', { keyPath: 'id' });
      talks.createIndex('event', 'event.id');
      talks.createIndex('speaker', 'speakerIds', { multiEntry: true });
      db.createObjectStore('saved', { keyPath: 'id' }).createIndex('slug', 'slug');
      db.createObjectStore('sync');
    }
    db.createObjectStore('group');
    if (before < 1) return;
    // The nodes of version 1 lack the programme of events: they come anew. What was saved then were talks.
    for (const type of NODES) await transaction.objectStore(type).clear();
    await transaction.objectStore('sync').clear();
    const saved = transaction.objectStore('saved');
    for (const talk of await saved.getAll()) await saved.put({ ...talk, type: 'Talk' });
  },
});
export type Database = Awaited<typeof database>;

// Tells this window and the others that what is kept has changed.
const channel = new BroadcastChannel('folkmoot');
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());
channel.onmessage = tell;

/** Calls back after each change of what is kept; returns how to end that. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Does it as a whole or not at all, whatever happens to the app meanwhile, and then tells everybody. */
async function write(work: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  const transaction = (await database).transaction(ALL, 'readwrite');
  const worked = work(transaction).catch((error: unknown) => {
    transaction.abort();
    throw error;
  });
  await Promise.all([worked, transaction.done]);
  tell();
  channel.postMessage(null);
}

const NOTHING: Sync = { state: 'syncing', received: 0 };

export const readSync = async (db: Database): Promise<Sync> => (await db.get('sync', 'sync')) ?? NOTHING;

async function note(transaction: Transaction, news: Partial<Sync>): Promise<void> {
  const store = transaction.objectStore('sync');
  await store.put({ ...NOTHING, ...(await store.get('sync')), ...news }, 'sync');
}

export const noteSync = (news: Partial<Sync>): Promise<void> => write((transaction) => note(transaction, news));

/** Takes a page of changes and the cursor behind it together, so that neither is ever ahead of the other. */
export const apply = (changes: Change[], news: Partial<Sync>): Promise<void> =>
  write(async (transaction) => {
    for (const change of changes) await take(transaction, change);
    await note(transaction, news);
  });

/** To take a change twice does no harm. */
async function take(transaction: Transaction, { operation, typename, id, mergedInto, node }: Change): Promise<void> {
  if (operation !== 'UPSERT') await transaction.objectStore(typename as (typeof NODES)[number]).delete(id);
  if (operation === 'MERGE' && mergedInto) await follow(transaction, typename, id, mergedInto);
  // It is null if the node is gone since; its deletion follows.
  if (node?.__typename === 'Talk') await takeTalk(transaction, node);
  else if (node?.__typename === 'Group') await transaction.objectStore('Group').put(node);
  else if (node?.__typename === 'Event') await takeEvent(transaction, node);
  else if (node?.__typename === 'Person') await transaction.objectStore('Person').put(node);
  else if (node?.__typename === 'Venue') await transaction.objectStore('Venue').put(node);
}

async function takeTalk(transaction: Transaction, talk: Talk): Promise<void> {
  await transaction.objectStore('Talk').put({ ...talk, speakerIds: talk.speakers.map(({ person }) => person.id) });
  await find(transaction, 'Talk', talk);
}

async function takeEvent(transaction: Transaction, event: Event): Promise<void> {
  await transaction.objectStore('Event').put(event);
  await find(transaction, 'Event', event);
}

/** A server whose data was brought in anew gives new ids. The slug finds what was saved again. */
async function find(transaction: Transaction, type: Saved['type'], { id, slug }: { id: string; slug: string }) {
  const saved = transaction.objectStore('saved');
  for (const known of await saved.index('slug').getAll(slug)) {
    if (known.type !== type || known.id === id || (await transaction.objectStore(type).getKey(known.id))) continue;
    await saved.delete(known.id);
    await saved.put({ ...known, id });
  }
}

/** What named the node that became part of another one names that one now. */
async function follow(transaction: Transaction, typename: string, id: string, survivor: string): Promise<void> {
  const [talks, saved] = [transaction.objectStore('Talk'), transaction.objectStore('saved')];
  const kept = await saved.get(id);
  if (kept) {
    await saved.delete(id);
    await saved.put({ ...kept, id: survivor });
  }
  if (typename !== 'Person') return;
  for (const talk of await talks.index('speaker').getAll(id)) {
    const speakers = talk.speakers.map((speaker) =>
      speaker.person.id === id ? { ...speaker, person: { ...speaker.person, id: survivor } } : speaker,
    );
    await takeTalk(transaction, { ...talk, speakers });
  }
}

/** Forgets all but what was saved. */
export const forget = (): Promise<void> =>
  write(async (transaction) => {
    for (const type of NODES) await transaction.objectStore(type).clear();
    await transaction.objectStore('sync').put(NOTHING, 'sync');
  });

export async function save(node: Talk | Event): Promise<void> {
  const { id, slug, __typename: type } = node;
  const title = (type === 'Event' ? node.name : node.title) ?? 'A talk';
  await write((transaction) => transaction.objectStore('saved').put({ id, type, slug, title }));
  // What somebody chose should not go when the device runs out of space.
  await navigator.storage.persist();
}

export const unsave = (id: string): Promise<void> =>
  write((transaction) => transaction.objectStore('saved').delete(id));

/** Chooses whose schedule is shown. */
export const choose = (slug: string): Promise<void> =>
  write((transaction) => transaction.objectStore('group').put(slug, 'group'));
