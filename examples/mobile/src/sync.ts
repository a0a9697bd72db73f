import { createClient } from 'graphql-ws';

import { ApiError, dataOf, request } from './api';
import type { LiveSubscription } from './gql/graphql';
import { LiveDocument, SizeDocument, SyncDocument } from './operations';
import { apply, database, forget, noteSync, readSync } from './store';

const LONGEST_PAUSE = 30_000;
/** The server has forgotten what happened since, or does not know the cursor. */
const BEGIN_ANEW: (string | undefined)[] = ['CURSOR_TOO_OLD', 'BAD_CURSOR'];

/** Whatever tells that the connection may have changed ends what waits for it, and everything is looked at anew. */
const recheck = new EventTarget();
const connectionMayHaveChanged = () => recheck.dispatchEvent(new Event('recheck'));

/** Keeps the copy current as long as the app is open. It has begun when this returns. */
export async function keepInSync(): Promise<void> {
  addEventListener('online', connectionMayHaveChanged);
  addEventListener('offline', connectionMayHaveChanged);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connectionMayHaveChanged();
  });
  // How things stood when the app was closed is not how they stand, unless another window is at work.
  const { held = [] } = await navigator.locks.query();
  if (!held.some(({ name }) => name === 'sync')) await noteSync({ state: 'syncing' });
  // Of several windows one does it for all. If it is closed, the next one takes over.
  void navigator.locks.request('sync', async () => {
    for (let pause = 1000; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await catchUp();
        if (await listen()) pause = 500;
      } catch (error) {
        const isStale = error instanceof ApiError && BEGIN_ANEW.includes(error.code);
        // A device without space may not even take that; the next turn tries again.
        await (isStale ? forget() : noteSync({ state: 'offline' })).catch(() => undefined);
      }
      await waiting(pause);
    }
  });
}

/** Reads the change log from where it stopped to its end, page by page. */
async function catchUp(): Promise<void> {
  const { cursor, expected, completeAt } = await readSync(await database);
  await noteSync({ state: 'syncing' });
  if (!completeAt && !expected) {
    const { groups, events, talks, people, venues } = await request(SizeDocument, {});
    const lists = [groups, events, talks, people, venues];
    await noteSync({ expected: lists.reduce((sum, { totalCount }) => sum + totalCount, 0) });
  }
  for (let after = cursor, more = true; more;) {
    const { changes } = await request(SyncDocument, { after });
    const { received } = await readSync(await database);
    after = changes.pageInfo.endCursor ?? undefined;
    more = changes.pageInfo.hasNextPage;
    await apply(changes.nodes, {
      cursor: after,
      received: received + changes.nodes.length,
      ...(!more && { state: 'current', completeAt: Date.now() }),
    });
  }
}

/**
 * Takes changes as they happen, from where the copy is. However that ends, the next time of catching up says how things
 * stand. Returns whether it was connected at all.
 */
async function listen(): Promise<boolean> {
  const { cursor: after } = await readSync(await database);
  let connected = false;
  let completeAt: number | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const url = Object.assign(new URL('/graphql/ws', location.href), {
    protocol: location.protocol.replace('http', 'ws'),
  });
  const client = createClient({
    url: url.href,
    retryAttempts: 0,
    keepAlive: 10_000,
    on: {
      connected: () => (connected = true),
      // A connection of which one end is gone does not close by itself.
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), 5000);
      },
      pong: (received) => {
        if (!received) return;
        clearTimeout(silence);
        completeAt = Date.now();
      },
    },
  });
  recheck.addEventListener('recheck', client.terminate, { once: true });
  try {
    const live = client.iterate<LiveSubscription>({ query: LiveDocument.toString(), variables: { after } });
    for await (const answer of live) {
      const { changes } = dataOf(answer as Parameters<typeof dataOf<LiveSubscription>>[0]);
      completeAt = Date.now();
      await apply([changes], { cursor: changes.cursor, completeAt });
    }
  } catch (error) {
    // The copy lacks what it could not take. All else is the server that is gone, or the network.
    if (error instanceof DOMException || error instanceof ApiError) throw error;
  } finally {
    clearTimeout(silence);
    recheck.removeEventListener('recheck', client.terminate);
  }
  // Nothing was missed until the server was last heard, which is not when the socket ended.
  if (completeAt) await noteSync({ completeAt });
  return connected;
}

function waiting(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    recheck.addEventListener('recheck', done, { once: true });
    function done() {
      clearTimeout(timer);
      recheck.removeEventListener('recheck', done);
      resolve();
    }
  });
}
