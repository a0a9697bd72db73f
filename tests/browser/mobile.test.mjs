// The app of examples/mobile: what it keeps, what it asks for, and what it says, with the server and without it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { DESKTOP, Demo, PHONE, Server, barriers, look, openBrowser, openPage, overflows } from './support.mjs';
import { startExample } from './vite.mjs';

const YEAR = new Date().getUTCFullYear() + 1;
const EVENINGS = 'harbour/harbour-meetup/videos.yml';

const evening = (id, title, date, talks, more = {}) => ({
  id,
  title,
  event_name: title,
  date,
  video_provider: 'scheduled',
  video_id: id,
  talks: talks.map(([talk, name, speaker]) => ({
    id: talk,
    title: name,
    date,
    speakers: [speaker],
    video_provider: 'scheduled',
    video_id: talk,
  })),
  ...more,
});

/** The file of the evenings; JSON is YAML. `june` and `july` say what is different from the plan. */
const evenings = ({ june = {}, july = {}, salt = 'Salt and state' } = {}) =>
  JSON.stringify([
    evening(
      'harbour-june',
      'Harbour Script, June',
      `${YEAR}-06-12`,
      [
        ['salt', salt, 'Ada Quill'],
        ['rope', 'Rope for beginners', 'Bo Harrow'],
      ],
      june,
    ),
    evening('harbour-july', 'Harbour Script, July', `${YEAR}-07-10`, [['tides', 'Tides of change', 'Zoë Marsh']], july),
  ]);

const conference = (id, title, first, last, talks) => ({
  [`lighthouse/${id}/event.yml`]: JSON.stringify({
    id,
    title,
    kind: 'conference',
    timezone: 'Europe/Paris',
    start_date: first,
    end_date: last,
    location: 'Brest, France',
  }),
  [`lighthouse/${id}/venue.yml`]: JSON.stringify({
    name: 'The Old Light',
    address: { street: '1 Quay', city: 'Brest', country_code: 'FR' },
  }),
  [`lighthouse/${id}/videos.yml`]: JSON.stringify(
    talks.map((talk) => ({ video_provider: 'not_recorded', video_id: talk.id, ...talk })),
  ),
});

// More than two pages of changes, so that there is something to interrupt.
const archive = Array.from({ length: 180 }, (_, number) => ({
  id: `beam-${number}`,
  title: `Beam ${number}`,
  date: '2019-05-03',
  description: `What light number ${number} taught us.`,
  speakers: [`Keeper ${number % 60}`],
}));

const DATA = {
  'harbour/series.yml': JSON.stringify({ id: 'harbour', name: 'Harbour Script', kind: 'meetup' }),
  'harbour/harbour-meetup/event.yml': JSON.stringify({
    id: 'harbour-meetup',
    title: 'Harbour Script',
    kind: 'meetup',
    timezone: 'Europe/London',
    location: 'Dunmere, UK',
  }),
  [EVENINGS]: evenings(),
  'lighthouse/series.yml': JSON.stringify({ id: 'lighthouse', name: 'Lighthouse Conf', kind: 'conference' }),
  ...conference('lighthouse-next', `Lighthouse Conf ${YEAR}`, `${YEAR}-06-12`, `${YEAR}-06-13`, [
    { id: 'fresnel', title: 'The lens of Fresnel', date: `${YEAR}-06-12`, speakers: ['Keeper 1'] },
    { id: 'foghorn', title: 'Foghorns, a history', date: `${YEAR}-06-13`, speakers: ['Keeper 2'] },
  ]),
  ...conference('lighthouse-2019', 'Lighthouse Conf 2019', '2019-05-03', '2019-05-04', archive),
};

const server = await Server.start();
await server.import(DATA);
const app = await startExample('mobile', server.origin);
const browser = await openBrowser();

const TOTALS = `{ groups(first: 1) { totalCount } events(first: 1) { totalCount } talks(first: 1) { totalCount }
  people(first: 1) { totalCount } venues(first: 1) { totalCount } }`;

/** How many of each type the server has. */
async function published(from = server) {
  const { groups, events, talks, people, venues } = await from.query(TOTALS);
  return Object.fromEntries(
    Object.entries({ Group: groups, Event: events, Talk: talks, Person: people, Venue: venues }).map(
      ([type, { totalCount }]) => [type, totalCount],
    ),
  );
}

const sum = (counts) => Object.values(counts).reduce((one, other) => one + other, 0);

/** What a page does with the app's database: `work(store, …)` returns a request of IndexedDB. */
const inStore = (page, name, work, ...inputs) =>
  page.evaluate(
    `new Promise((resolve, reject) => {
      const opening = indexedDB.open('folkmoot');
      opening.onsuccess = () => {
        const transaction = opening.result.transaction(${JSON.stringify(name)}, 'readwrite');
        const request = (${work})(transaction.objectStore(${JSON.stringify(name)}), ...${JSON.stringify(inputs)});
        transaction.oncomplete = () => { opening.result.close(); resolve(request.result); };
        transaction.onerror = () => reject(transaction.error);
      };
    })`,
  );

const kept = (page, type) => inStore(page, type, (store) => store.getAll());
const sync = (page) => inStore(page, 'sync', (store) => store.get('sync'));

/** How many of each type the device has. */
async function counts(page) {
  const types = ['Group', 'Event', 'Talk', 'Person', 'Venue'];
  return Object.fromEntries(await Promise.all(types.map(async (type) => [type, (await kept(page, type)).length])));
}

const state = (page, text) => page.getByRole('status').filter({ hasText: text }).first().waitFor();
/** Shows the events of a group by its name, or of all groups. */
const choose = async (page, name) => {
  await go(page, '');
  await page.getByLabel('Events of').selectOption(name ? { label: name } : '');
};
const upToDate = (page) => state(page, 'Up to date');
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const notice = (page, text) => page.locator('.notice', { hasText: text }).first().waitFor();

async function open(t, viewport = PHONE, origin = app.origin) {
  const page = await openPage(t, browser, viewport);
  await page.goto(origin);
  await upToDate(page);
  return page;
}

/** The requests of the app from now on, as `{ name, after, bytes }`. */
function listen(page) {
  const requests = [];
  page.on('response', async (response) => {
    const body = response.request().postDataJSON();
    if (!body?.query) return;
    const seen = { name: body.query.match(/(?:query|subscription) (\w+)/)[1], after: body.variables.after };
    requests.push(seen);
    seen.bytes = (await response.body().catch(() => '')).length;
  });
  return requests;
}

/** Goes there by the page's own links. */
const go = (page, path) => page.evaluate((hash) => (location.hash = hash), `#/${path}`);

/** Opens a talk by its title, as the copy has it, and saves it. */
async function saveTalk(page, title) {
  const { id } = (await kept(page, 'Talk')).find((talk) => talk.title === title);
  await go(page, `talk/${id}`);
  await heading(page, title);
  await page.getByRole('button', { name: 'Save in My plan' }).click();
  await page.getByRole('button', { name: 'Remove from My plan' }).waitFor();
  return id;
}

const PLAN = () => server.import({ [EVENINGS]: evenings() });

test('the first start brings everything, and a later one only what changed', async (t) => {
  const page = await openPage(t, browser, PHONE);
  const first = listen(page);
  await page.goto(app.origin);
  await upToDate(page);
  const total = await published();
  assert.deepEqual(await counts(page), total);
  assert.deepEqual(
    first.map(({ name }) => name),
    ['Size', ...Array(Math.ceil(sum(total) / 100)).fill('Sync')],
  );
  assert.equal(first[1].after, undefined);
  await heading(page, 'Schedule');
  await page.locator('.next', { hasText: 'Next up' }).waitFor();
  await look(page, 'mobile-schedule-phone');

  const { cursor } = await sync(page);
  const again = await page.context().newPage();
  await page.close();
  const second = listen(again);
  await Promise.all([again.waitForResponse('**/graphql'), again.goto(app.origin)]);
  await upToDate(again);
  assert.deepEqual(
    second.map(({ name, after }) => ({ name, after })),
    [{ name: 'Sync', after: cursor }],
  );
  const bytes = (requests) => requests.reduce((all, { bytes }) => all + bytes, 0);
  t.diagnostic(`first start ${bytes(first)} bytes in ${first.length} answers, second ${bytes(second)} bytes`);
  assert.ok(bytes(second) < 200);

  await server.import({ [EVENINGS]: evenings({ salt: 'Salt, state and sand' }) });
  await again.close();
  const third = await page.context().newPage();
  const delta = listen(third);
  await Promise.all([third.waitForResponse('**/graphql'), third.goto(app.origin)]);
  await upToDate(third);
  assert.equal(delta.length, 1);
  assert.ok((await kept(third, 'Talk')).some(({ title }) => title === 'Salt, state and sand'));
  t.diagnostic(`a changed talk is ${bytes(delta)} bytes`);
  await PLAN();
  assert.deepEqual(page.problems, []);
});

test('a first sync that was killed goes on where it was', async (t) => {
  const page = await openPage(t, browser, PHONE);
  let answered = 0;
  await page.context().route('**/graphql', async (route) => {
    // The second page of changes never comes.
    if (!route.request().postData().includes('query Sync') || answered++ === 0) await route.continue();
  });
  await page.goto(app.origin);
  const total = await published();
  await state(page, `Syncing 100 of ${sum(total)}`);
  await look(page, 'mobile-syncing-phone');
  const { cursor } = await sync(page);
  assert.equal(sum(await counts(page)), 100);
  await page.close();
  await page.context().unrouteAll({ behavior: 'ignoreErrors' });

  const next = await page.context().newPage();
  const requests = listen(next);
  await Promise.all([next.waitForResponse('**/graphql'), next.goto(app.origin)]);
  await upToDate(next);
  assert.equal(requests[0].after, cursor);
  assert.equal(requests.length, Math.ceil(sum(total) / 100) - 1);
  assert.deepEqual(await counts(next), total);
});

test('without the server, everything that was synced opens; with it, what was missed arrives', async (t) => {
  const first = await open(t);
  await first.evaluate(() => navigator.serviceWorker.ready);
  const id = await saveTalk(first, 'Salt and state');
  await Promise.all([app.stop(), server.stop()]);
  await state(first, 'Offline: what you see is from');
  await first.close();

  const page = await first.context().newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(app.origin);
  await state(page, 'Offline: what you see is from');
  await page.locator('.next').waitFor();
  for (const [type, path, name] of [
    ['Event', 'event', 'name'],
    ['Talk', 'talk', 'title'],
    ['Person', 'person', 'name'],
  ]) {
    for (const node of await kept(page, type)) {
      await go(page, `${path}/${node.id}`);
      await page.waitForFunction((text) => document.querySelector('h1')?.textContent === text, node[name]);
    }
  }
  await go(page, 'search');
  await page.getByRole('searchbox').fill('KÉEPER, 59 beam');
  await page.getByRole('status').filter({ hasText: 'Talks: 3,' }).waitFor();
  await go(page, `talk/${id}`);
  await page.getByRole('button', { name: 'Remove from My plan' }).waitFor();
  await look(page, 'mobile-offline-phone');

  await server.import({ [EVENINGS]: evenings({ salt: 'Salt while you were away' }) });
  await Promise.all([app.start(), server.start()]);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await heading(page, 'Salt while you were away');
  await upToDate(page);
  assert.deepEqual(problems, []);
  await PLAN();
});

test('what happens while the app is open is seen at once, in all of its windows', async (t) => {
  const page = await open(t);
  const { id } = (await kept(page, 'Talk')).find(({ slug }) => slug === 'salt-and-state');
  const other = await page.context().newPage();
  const sockets = [];
  other.on('websocket', (socket) => sockets.push(socket));
  await other.goto(`${app.origin}#/talk/${id}`);
  await upToDate(other);
  await go(page, `talk/${id}`);
  const requests = listen(page);
  await server.import({ [EVENINGS]: evenings({ salt: 'Salt, live' }) });
  await Promise.all([heading(page, 'Salt, live'), heading(other, 'Salt, live')]);
  assert.deepEqual(requests, [], 'it came by the subscription');
  assert.equal(sockets.length, 0, 'one window listens for both');

  await page.close();
  await other.waitForEvent('websocket');
  await PLAN();
  await heading(other, 'Salt and state');
});

test('a cancelled and a postponed event are told, also of saved talks', async (t) => {
  const page = await open(t);
  await saveTalk(page, 'Tides of change');
  const tab = page.getByRole('link', { name: 'My plan' });
  assert.equal(await tab.innerText(), 'My plan');
  await server.import({ [EVENINGS]: evenings({ july: { status: 'cancelled' } }) });
  await notice(page, 'Cancelled');
  await page.getByRole('link', { name: /My plan\s*1 to look at/ }).waitFor();
  await tab.click();
  await heading(page, 'My plan');
  await notice(page, 'Cancelled');
  await look(page, 'mobile-cancelled-phone');
  await choose(page);
  await page
    .locator('.line', { hasText: 'Harbour Script, July' })
    .locator('.notice', { hasText: 'Cancelled' })
    .waitFor();
  await server.import({ [EVENINGS]: evenings({ july: { status: 'postponed' } }) });
  await notice(page, 'Postponed; there is no new date yet');
  await PLAN();
  await page.locator('.notice').waitFor({ state: 'detached' });
});

test('saved talks at the same time are told, and outlive a reload and a sync from the beginning', async (t) => {
  const page = await open(t);
  await saveTalk(page, 'Salt and state');
  await saveTalk(page, 'Foghorns, a history');
  await go(page, 'saved');
  await heading(page, 'My plan');
  await page.locator('.line', { hasText: 'Foghorns' }).waitFor();
  assert.equal(await page.locator('.notice').count(), 0, 'the second day of the conference is another day');
  const id = await saveTalk(page, 'The lens of Fresnel');
  await go(page, 'saved');
  const text = `“The lens of Fresnel” (Lighthouse Conf ${YEAR}`;
  await notice(page, text);
  await notice(page, 'Perhaps at the same time');
  await notice(page, '“Salt and state” (Harbour Script, June');
  await look(page, 'mobile-conflict-phone');

  await page.reload();
  await notice(page, text);
  // A cursor of a log that this server never had.
  const cursor = Buffer.from('changes:999999:0:1').toString('base64url');
  await inStore(page, 'sync', (store, sync) => store.put(sync, 'sync'), { ...(await sync(page)), cursor });
  const requests = listen(page);
  await page.reload();
  // The page says `Syncing` for a moment only; the requests tell for sure that it began anew.
  while (!requests.some(({ name, after }) => name === 'Sync' && after !== cursor)) await page.waitForTimeout(20);
  await upToDate(page);
  assert.deepEqual(await counts(page), await published());
  assert.equal(requests[0].after, cursor);
  assert.equal(requests.find(({ name, after }) => name === 'Sync' && after !== cursor).after, undefined);
  await notice(page, text);

  await go(page, `talk/${id}`);
  await page.getByRole('button', { name: 'Remove from My plan' }).click();
  await page.getByRole('button', { name: 'Save in My plan' }).waitFor();
  await go(page, 'saved');
  await page.locator('.line', { hasText: 'Foghorns' }).waitFor();
  assert.equal(await page.locator('.notice').count(), 0);
});

test('deleted and merged nodes go, and what was saved of them is not lost', async (t) => {
  // An import deletes and merges no talks, so the answer to the next sync says that it happened.
  const page = await open(t);
  const [deleted, merged] = [await saveTalk(page, 'Beam 7'), await saveTalk(page, 'Beam 8')];
  const [talks, people] = [await kept(page, 'Talk'), await kept(page, 'Person')];
  const survivor = talks.find(({ title }) => title === 'Beam 9');
  const [old, now] = ['Keeper 20', 'Keeper 21'].map((name) => people.find((person) => person.name === name));
  const { cursor } = await sync(page);
  const change = (operation, { __typename, id }, node) => ({
    cursor,
    operation,
    typename: __typename,
    id,
    mergedInto: operation === 'MERGE' ? node.id : null,
    node,
  });
  await page.route('**/graphql', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.data.changes.nodes.push(
      change('DELETE', { __typename: 'Talk', id: deleted }, null),
      change('MERGE', { __typename: 'Talk', id: merged }, survivor),
      change('MERGE', old, now),
    );
    await route.fulfill({ response, json });
  });
  await page.reload();
  await upToDate(page);
  await go(page, 'saved');
  await notice(page, '“Beam 7” is not in the programme any more');
  await page.locator('.line', { hasText: 'Beam 9' }).waitFor();
  assert.deepEqual((await kept(page, 'saved')).map(({ id }) => id).sort(), [deleted, survivor.id].sort());
  await look(page, 'mobile-gone-phone');
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.locator('.notice').waitFor({ state: 'detached' });
  await go(page, `talk/${deleted}`);
  await heading(page, 'Not here');
  await go(page, `person/${now.id}`);
  await heading(page, 'Keeper 21');
  await page.locator('.line', { hasText: 'Beam 20' }).waitFor();
  assert.equal((await kept(page, 'Person')).length, people.length - 1);
});

test('exact times overlap or follow one another, in the zone of the event', async (t) => {
  // The format of the import knows days only, so the answer to the sync is made to know the times.
  const page = await openPage(t, browser, PHONE);
  const times = {
    'Harbour Script, June': {
      startsAt: `${YEAR}-06-12T17:30:00Z`,
      endsAt: `${YEAR}-06-12T20:00:00Z`,
      datePrecision: 'TIME',
    },
    [`Lighthouse Conf ${YEAR}`]: { startsAt: `${YEAR}-06-12T19:00:00Z`, endsAt: null, datePrecision: 'TIME' },
    'Harbour Script, July': {
      startsOn: `${YEAR}-06-12`,
      startsAt: `${YEAR}-06-12T22:00:00Z`,
      endsAt: null,
      datePrecision: 'TIME',
    },
  };
  await page.route('**/graphql', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const { node } of json.data.changes?.nodes ?? [])
      Object.assign(node, node.__typename === 'Event' && times[node.name]);
    await route.fulfill({ response, json });
  });
  await page.goto(app.origin);
  await upToDate(page);
  for (const title of ['Salt and state', 'The lens of Fresnel', 'Tides of change']) await saveTalk(page, title);
  await go(page, 'saved');
  await notice(page, 'At the same time');
  const [said, ...more] = await page.locator('.notice').allInnerTexts();
  assert.match(
    said,
    /“Salt and state” \(Harbour Script, June, .*18:30–21:00 BST\) and “The lens of Fresnel” \(.*21:00 CEST\)/,
  );
  assert.deepEqual(more, [], 'what begins when another one ends is no conflict');
});

test('the app has the name of the group of the next event, until somebody chooses another', async (t) => {
  const page = await open(t);
  const name = page.locator('header .name');
  await name.filter({ hasText: 'Lighthouse Conf' }).waitFor();
  assert.equal(await page.title(), 'Schedule · Lighthouse Conf');
  await page.locator('.next', { hasText: `Lighthouse Conf ${YEAR}` }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Harbour Script, July' }).count(), 0);

  await choose(page, 'Harbour Script');
  await name.filter({ hasText: 'Harbour Script' }).waitFor();
  await page.locator('.next', { hasText: 'Harbour Script, June' }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'Harbour Script, July' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Lighthouse Conf 2019' }).count(), 0);

  await choose(page);
  await page.getByRole('link', { name: 'Lighthouse Conf 2019' }).waitFor();
  await page.getByRole('link', { name: 'Harbour Script, July' }).waitFor();
});

test('every page has a way back, to where one came from or to the schedule', async (t) => {
  const page = await open(t);
  await go(page, 'search');
  await page.getByRole('searchbox').fill('fresnel');
  await page.getByRole('link', { name: 'The lens of Fresnel' }).click();
  await heading(page, 'The lens of Fresnel');
  await page.getByRole('link', { name: 'Keeper 1', exact: true }).click();
  await heading(page, 'Keeper 1');
  await page.getByRole('link', { name: 'Back' }).click();
  await heading(page, 'The lens of Fresnel');
  await page.getByRole('link', { name: 'Back' }).click();
  await heading(page, 'Search');

  // An address that somebody was sent has nothing of the app behind it.
  const { id } = (await kept(page, 'Talk')).find(({ title }) => title === 'Beam 5');
  const other = await page.context().newPage();
  await other.goto(`${app.origin}#/talk/${id}`);
  await heading(other, 'Beam 5');
  await other.getByRole('link', { name: 'Back' }).click();
  await heading(other, 'Schedule');
});

test('the programme of an event has its hours, and talks and events at the same time are told', async (t) => {
  const page = await openPage(t, browser, PHONE);
  // The format of the import knows days only, so the answer to the sync is made to know the times.
  const ids = await server.query(
    '{ salt: talk(slug: "salt-and-state") { id } rope: talk(slug: "rope-for-beginners") { id } }',
  );
  const at = (time) => `${YEAR}-06-12T${time}:00Z`;
  await page.route('**/graphql', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    const nodes = (json.data.changes?.nodes ?? []).flatMap(({ node }) => node ?? []);
    const part = (kind, startsAt, duration, more) => ({ kind, startsAt, duration, title: null, talk: null, ...more });
    const talk = (talk, startsAt, duration) => part('TALK', startsAt, duration, { talk });
    for (const node of nodes) {
      if (node.__typename !== 'Event') continue;
      if (node.name === 'Harbour Script, June') {
        const agenda = [
          part('INTRO', at('17:30'), 'PT15M', { title: 'Ahoy' }),
          talk(ids.salt, at('17:45'), 'PT1H'),
          talk(ids.rope, at('18:30'), 'PT30M'),
          part('BREAK', at('19:00'), null),
        ];
        Object.assign(node, { startsAt: at('17:30'), endsAt: at('20:00'), datePrecision: 'TIME', agenda });
      }
      if (node.name === 'Harbour Script, July') {
        Object.assign(node, {
          startsOn: `${YEAR}-06-12`,
          startsAt: at('18:45'),
          endsAt: at('21:00'),
          datePrecision: 'TIME',
        });
      }
    }
    await route.fulfill({ response, json });
  });
  await page.goto(app.origin);
  await upToDate(page);
  const events = await kept(page, 'Event');
  const [june, july] = ['June', 'July'].map((month) => events.find(({ name }) => name === `Harbour Script, ${month}`));
  await go(page, `event/${june.id}`);
  await heading(page, 'Harbour Script, June');
  const lines = await page.locator('.agenda > li').allInnerTexts();
  assert.deepEqual(
    lines.map((text) =>
      text
        .split(/\s*\n\s*/)
        .slice(0, 2)
        .join(' | '),
    ),
    ['18:30 | Ahoy', '18:45 | Salt and state', '19:30 | Rope for beginners', '20:00 | Break'],
  );
  assert.deepEqual(await barriers(page), []);
  await look(page, 'mobile-programme-phone');

  // Two talks of one evening whose hours overlap; and an event of which one of them is in the way.
  await saveTalk(page, 'Salt and state');
  await saveTalk(page, 'Rope for beginners');
  await go(page, `event/${july.id}`);
  await heading(page, 'Harbour Script, July');
  await page.getByRole('button', { name: 'Save in My plan' }).click();
  await go(page, 'saved');
  await notice(page, 'At the same time');
  const said = await page.locator('.notice').allInnerTexts();
  const pairs = said
    .map((text) =>
      [...text.matchAll(/“(.*?)”/g)]
        .map(([, name]) => name)
        .sort()
        .join(' + '),
    )
    .sort();
  // The salt ends at 19:45 there, when July begins: that is no conflict.
  assert.deepEqual(pairs, ['Harbour Script, July + Rope for beginners', 'Rope for beginners + Salt and state']);
  await look(page, 'mobile-conflicts-phone');
});

test('a copy of the app before keeps what was saved, and is read anew', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await page.goto(`${app.origin}/icon.svg`);
  await page.evaluate(
    `new Promise((resolve) => {
      const opening = indexedDB.open('folkmoot', 1);
      opening.onupgradeneeded = () => {
        const db = opening.result;
        for (const type of ['Group', 'Event', 'Person', 'Venue']) db.createObjectStore(type, { keyPath: 'id' });
        const talks = db.createObjectStore('Talk', { keyPath: 'id' });
        talks.createIndex('event', 'event.id');
        talks.createIndex('speaker', 'speakerIds', { multiEntry: true });
        const saved = db.createObjectStore('saved', { keyPath: 'id' });
        saved.createIndex('slug', 'slug');
        saved.put({ id: 'old', slug: 'beam-7', title: 'Beam 7' });
        db.createObjectStore('sync').put({ state: 'current', cursor: 'x', completeAt: 1, received: 1 }, 'sync');
      };
      opening.onsuccess = () => { opening.result.close(); resolve(); };
    })`,
  );
  await page.goto(app.origin);
  await upToDate(page);
  assert.deepEqual(await counts(page), await published());
  const [saved] = await kept(page, 'saved');
  const { id } = (await kept(page, 'Talk')).find(({ title }) => title === 'Beam 7');
  assert.deepEqual(saved, { id, type: 'Talk', slug: 'beam-7', title: 'Beam 7' });
});

test('a demo that starts again is another server: everything comes anew, and saved talks are found again', async (t) => {
  const demo = await Demo.start({ FOLKMOOT_DEMO_INTERVAL: '0' });
  const example = await startExample('mobile', demo.origin);
  const page = await open(t, PHONE, example.origin);
  assert.deepEqual(await counts(page), await published(demo));
  await choose(page, 'Kubernetes London');
  await page.locator('header', { hasText: 'Kubernetes London' }).waitFor();
  await page.getByText('February 2020', { exact: true }).waitFor();
  await page.getByText('2017', { exact: true }).last().waitFor();
  await notice(page, 'Cancelled: The coronavirus pandemic');
  await look(page, 'mobile-demo-phone', { fullPage: true });
  await page.getByRole('link', { name: '5th birthday of Kubernetes London' }).click();
  await notice(page, 'Cancelled: The coronavirus pandemic');
  // Some talks have no title, and any may be the first.
  const { title } = (await kept(page, 'Talk')).find((talk) => talk.slug && talk.title);
  const before = await saveTalk(page, title);

  // The log of the new one is shorter than the cursor.
  await demo.import({
    [EVENINGS]: evenings(),
    'harbour/series.yml': DATA['harbour/series.yml'],
    'harbour/harbour-meetup/event.yml': DATA['harbour/harbour-meetup/event.yml'],
  });
  await choose(page);
  await page.getByRole('link', { name: 'Harbour Script, June' }).first().waitFor();
  await demo.stop();
  await state(page, 'Offline');
  await demo.start();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.getByRole('link', { name: 'Harbour Script, June' }).first().waitFor({ state: 'detached' });
  await upToDate(page);
  assert.deepEqual(await counts(page), await published(demo));
  const [saved] = await kept(page, 'saved');
  assert.equal(saved.title, title);
  assert.notEqual(saved.id, before);
  await go(page, 'saved');
  await page.locator('.line', { hasText: title }).waitFor();
  assert.equal(await page.locator('.notice').count(), 0);
});

test('a connection that is silent is not up to date, and the copy is as old as the last answer', async (t) => {
  const page = await openPage(t, browser, PHONE);
  let isSilent = false;
  await page.routeWebSocket('**/graphql/ws', (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => isSilent || upstream.send(message));
  });
  await page.route('**/graphql', (route) => (isSilent ? route.abort() : route.continue()));
  await page.goto(app.origin);
  await upToDate(page);
  isSilent = true;
  const since = Date.now();
  await state(page, 'Offline: what you see is from');
  const { completeAt } = await sync(page);
  assert.ok(completeAt <= since);
});

test('a server that stays busy is asked once more, and then it is said', async (t) => {
  const page = await openPage(t, browser, PHONE);
  const asked = [];
  await page.route('**/graphql', (route) => {
    asked.push(Date.now());
    return route.fulfill({ status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' }, body: 'Busy' });
  });
  await page.goto(app.origin);
  await state(page, 'Offline: not everything is here yet');
  assert.equal(asked.length, 2);
  assert.ok(asked[1] - asked[0] >= 2900);
});

test('an address that is cut off within a character opens', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await page.goto(`${app.origin}#/talk/%E0%A4`);
  await heading(page, 'Not here');
  assert.deepEqual(page.problems, []);
});

test('a page of maintenance does not take the place of the app', async (t) => {
  const page = await open(t);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const maintained = page.context().waitForEvent('response', (response) => response.url() === `${app.origin}/`);
  await page
    .context()
    .route(`${app.origin}/`, (route) =>
      route.request().serviceWorker()
        ? route.fulfill({ contentType: 'text/html', body: '<h1>Back soon</h1>' })
        : route.continue(),
    );
  await page.reload();
  await maintained;
  await upToDate(page);
  await page.reload();
  await heading(page, 'Schedule');
});

test('it can be installed', async (t) => {
  const page = await open(t);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const devtools = await page.context().newCDPSession(page);
  const { errors, data } = await devtools.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { display, icons } = JSON.parse(data);
  assert.equal(display, 'standalone');
  assert.ok(icons.some(({ purpose, type }) => purpose === 'maskable' && type === 'image/png'));
  const touch = await page.locator('link[rel=apple-touch-icon]').getAttribute('href');
  for (const [path, sizes] of [...icons.map(({ src, sizes }) => [src, sizes]), [touch, '180x180']]) {
    const picture = await page.evaluate(async (path) => {
      const image = Object.assign(new Image(), { src: path });
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, path);
    if (sizes !== 'any') assert.equal(picture, sizes, path);
  }
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // A context of a test is a private one.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  );
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
});

test('it is light', async (t) => {
  const assets = join(app.directory, app.outDir, 'assets');
  const scripts = (await readdir(assets)).filter((file) => file.endsWith('.js'));
  const sizes = await Promise.all(scripts.map(async (file) => gzipSync(await readFile(join(assets, file))).length));
  const size = sizes.reduce((one, other) => one + other, 0);
  t.diagnostic(`gzip: ${size} bytes of JavaScript`);
  assert.ok(size < 25_000, String(size));
});

for (const [name, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`no page has barriers or is wider than the window: ${name}`, async (t) => {
    const page = await open(t, viewport);
    const talk = await saveTalk(page, 'Salt and state');
    await saveTalk(page, 'The lens of Fresnel');
    const [events, people] = [await kept(page, 'Event'), await kept(page, 'Person')];
    const event = events.find(({ name }) => name.endsWith(String(YEAR)));
    const person = people.find(({ name }) => name === 'Keeper 1');
    const paths = {
      schedule: ['', 'Schedule'],
      event: [`event/${event.id}`, event.name],
      talk: [`talk/${talk}`, 'Salt and state'],
      person: [`person/${person.id}`, person.name],
      search: ['search', 'Search'],
      saved: ['saved', 'My plan'],
      copy: ['copy', 'On this device'],
      missing: ['talk/none', 'Not here'],
    };
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [path, [hash, title]] of Object.entries(paths)) {
        await go(page, hash);
        await heading(page, title);
        assert.deepEqual(await barriers(page), [], `${path}, ${scheme}`);
        assert.equal(await overflows(page), false, path);
        const isDetail = ['event', 'talk', 'person', 'copy', 'missing'].includes(path);
        assert.equal(await page.getByRole('link', { name: 'Back' }).count(), isDetail ? 1 : 0, path);
        await look(page, `mobile-${path}-${scheme}-${name}`);
      }
    }
    assert.deepEqual(page.problems, []);
  });
}
