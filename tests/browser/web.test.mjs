// examples/web as its readers meet it: built, served before a demo, seen in Chromium.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { DESKTOP, Demo, PHONE, Server, barriers, look, openBrowser, openPage, overflows } from './support.mjs';
import { startExample } from './vite.mjs';

const year = new Date().getFullYear() + 1;
const EVENINGS = 23;
const CONFERENCE = '/events/kubernetes-london-conf';

/** The conference of the group, and its talks. */
const conference = ({
  name = 'Kubernetes London Conf',
  day = `${year}-06-01`,
  last = day.replace('-01', '-02'),
  talks = ['Pods at rest'],
} = {}) => ({
  'kubernetes-london/kubernetes-london-conf/event.yml': `
id: "kubernetes-london-conf"
title: "${name}"
location: "London, UK"
timezone: "Europe/London"
kind: "conference"
start_date: "${day}"
end_date: "${last}"
coordinates: false
`,
  'kubernetes-london/kubernetes-london-conf/videos.yml': talks
    .map((title) => `
- id: "${title.toLowerCase().replaceAll(' ', '-')}"
  title: "${title}"
  date: "${day}"
  video_provider: "not_recorded"
  video_id: "${title}"
  description: "It is about **rest**."
  speakers:
    - Mina Okoro
`)
    .join(''),
});

// Nothing happens in the demo by itself while the tests look at it.
const STILL = { FOLKMOOT_DEMO_INTERVAL: '0' };
const demo = await Demo.start(STILL);
await demo.import({
  'speakers.yml': '- name: "Mina Okoro"\n  github: "mina"\n  website: "https://mina.example"\n  slug: "mina-okoro"\n',
  'topics.yml': '- "Rest"\n',
  'kubernetes-london/series.yml': 'id: "kubernetes-london"\nname: "Kubernetes London"\nkind: "meetup"\n',
  'kubernetes-london/kubernetes-london-conf/venue.yml': `
name: "Old Brewery"
address:
  street: "1 Quay"
  city: "London"
  country_code: "GB"
coordinates:
  latitude: 51.5
  longitude: 0.1
`,
  ...conference(),
  'kubernetes-london/kubernetes-london-evenings/event.yml': `
id: "kubernetes-london-evenings"
title: "Kubernetes London"
location: "London, UK"
timezone: "Europe/London"
kind: "meetup"
coordinates: false
`,
  'kubernetes-london/kubernetes-london-evenings/videos.yml': Array.from({ length: EVENINGS }, (_, evening) => `
- id: "evening-${evening + 1}"
  title: "A talk of evening ${evening + 1}"
  event_name: "Evening ${evening + 1}"
  date: "${year}-01-${String(evening + 1).padStart(2, '0')}"
  video_provider: "not_recorded"
  video_id: "evening-${evening + 1}"
  description: ""
  talks: []
  speakers:
    - Mina Okoro
`).join(''),
});
const GROUP = { VITE_GROUP: 'kubernetes-london' };
const { directory, outDir, origin } = await startExample('web', demo.origin, GROUP);
const manifest = join(directory, 'src/gql/persisted-documents.json');
const texts = JSON.parse(await readFile(manifest, 'utf8'));

/** Answers what the site asks and nothing else, and has nothing that is to come. */
const strict = await Demo.start({
  ...STILL,
  FOLKMOOT_TRUSTED_DOCUMENTS: manifest,
  FOLKMOOT_ONLY_TRUSTED_DOCUMENTS: 'true',
});
const { origin: strictOrigin } = await startExample('web', strict.origin, GROUP);

const browser = await openBrowser();

const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const items = (page) => page.locator('.items .title').allTextContents();
const see = (page, text) => page.getByText(text).first().waitFor();

/** Opens an address of the site and waits for its title. */
async function open(page, path, title, at = origin) {
  await page.goto(at + path);
  await heading(page, title);
}

/** What a page sends to the API, each request with its parameters. */
function listen(page) {
  const requests = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/graphql') return;
    const { persistedQuery } = JSON.parse(url.searchParams.get('extensions') ?? '{}');
    requests.push({
      request,
      method: request.method(),
      length: request.url().length,
      name: url.searchParams.get('operationName'),
      hash: persistedQuery?.sha256Hash,
      text: url.searchParams.get('query'),
    });
  });
  return requests;
}

const PAGES = {
  home: ['/', 'Kubernetes London'],
  upcoming: ['/events', 'Events'],
  past: ['/events?when=past', 'Events'],
  'event-past': ['/events/kubernetes-birthday', 'Kubernetes birthday'],
  'event-cancelled': ['/events/5th-birthday-of-kubernetes-london', '5th birthday of Kubernetes London'],
  'event-upcoming': [CONFERENCE, 'Kubernetes London Conf'],
  talks: ['/talks', 'Talks'],
  topic: ['/talks?topic=etcd', 'Talks about etcd'],
  talk: ['/talks/pods-at-rest', 'Pods at rest'],
  speakers: ['/speakers', 'Speakers'],
  speaker: ['/speakers/mina-okoro', 'Mina Okoro'],
  sponsors: ['/sponsors', 'Sponsors'],
  search: ['/search?q=kub', 'Search'],
  'not-found': ['/events/no-such-event', 'Not found'],
};

for (const [size, viewport, colorScheme] of [
  ['desktop', DESKTOP, 'light'],
  ['phone', PHONE, 'light'],
  ['desktop-dark', DESKTOP, 'dark'],
  ['phone-dark', PHONE, 'dark'],
]) {
  test(`every page is good to read: ${size}`, async (t) => {
    const page = await openPage(t, browser, viewport, { colorScheme });
    for (const [name, [path, title]] of Object.entries(PAGES)) {
      await open(page, path, title);
      if (name === 'search') await see(page, 'found.');
      assert.equal(await page.title(), title, path);
      assert.equal(await overflows(page), false, `${path} is wider than its window`);
      assert.deepEqual(await barriers(page), [], path);
      await look(page, `web-${size}-${name}`);
    }
    assert.deepEqual(page.problems, []);
  });
}

test('dates are told as far as they are known', async (t) => {
  const page = await openPage(t, browser);
  await open(page, '/events?when=past', 'Events');
  const dates = await page.locator('.items time').allTextContents();
  assert.deepEqual(dates.slice(0, 4), ['Thu, 26 March 2020', 'February 2020', '2017', 'August 2016']);
  await page.getByRole('link', { name: 'Date unknown' }).click();
  await see(page, 'Date not known');
  assert.equal(await page.locator('.items time').count(), 0);
});

test('an event page says what is known of it', async (t) => {
  const page = await openPage(t, browser);
  await open(page, CONFERENCE, 'Kubernetes London Conf');
  await see(page, 'Old Brewery, 1 Quay, London');
  await page.locator('time', { hasText: /1 June\s–\s.*2 June/ }).waitFor();
  await page.getByRole('link', { name: 'Pods at rest' }).click();
  await heading(page, 'Pods at rest');
  assert.equal(await page.locator('.text strong').textContent(), 'rest');
  await page.getByRole('link', { name: 'Mina Okoro' }).click();
  await heading(page, 'Mina Okoro');
  assert.equal((await items(page)).length, 20);
  await page.getByRole('link', { name: 'Next →' }).click();
  await page.getByRole('link', { name: '← Previous' }).waitFor();
  assert.equal((await items(page)).length, EVENINGS + 1 - 20);

  await open(page, '/events/5th-birthday-of-kubernetes-london', '5th birthday of Kubernetes London');
  await see(page, 'Cancelled: The coronavirus pandemic');
});

test('lists have pages, and going back finds them as they were', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/events', 'Events');
  await see(page, `${EVENINGS + 1} events`);
  const first = await items(page);
  assert.deepEqual([first.length, first[0], first[9]], [10, 'Evening 1', 'Evening 10']);

  await page.getByRole('link', { name: 'Next →' }).click();
  await see(page, 'Evening 11');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  assert.equal(await page.evaluate(() => scrollY), 0);
  const second = await items(page);
  assert.deepEqual([second[0], second[9]], ['Evening 11', 'Evening 20']);

  // Its address is the list's: it can be opened anew.
  await page.reload();
  await see(page, 'Evening 11');
  assert.deepEqual(await items(page), second);

  // An event and back: the same page of the list, at the same place.
  const last = page.getByRole('link', { name: 'Evening 20' });
  await last.scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const place = await page.evaluate(() => scrollY);
  assert.ok(place > 100, String(place));
  await last.click();
  await heading(page, 'Evening 20');
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.goBack();
  await heading(page, 'Events');
  assert.deepEqual(await items(page), second);
  await page.waitForFunction((place) => Math.abs(scrollY - place) < 2, place);

  await page.getByRole('link', { name: 'Next →' }).click();
  await see(page, 'Kubernetes London Conf');
  assert.equal((await items(page)).length, EVENINGS + 1 - 20);
  assert.equal(await page.getByRole('link', { name: 'Next →' }).count(), 0);
  await page.getByRole('link', { name: '← Previous' }).click();
  await see(page, 'Evening 11');
  assert.deepEqual(await items(page), second);
  await page.getByRole('link', { name: '← Previous' }).click();
  await page.getByRole('link', { name: 'Evening 1', exact: true }).waitFor();
  assert.deepEqual(await items(page), first);
  assert.deepEqual(page.problems, []);
});

test('events are filtered by phase, kind and year', async (t) => {
  const page = await openPage(t, browser);
  await open(page, '/events', 'Events');
  await page.getByLabel('Year').selectOption(String(year));
  await see(page, `${EVENINGS + 1} events`);
  await page.getByLabel('Kind').focus();
  await page.getByLabel('Kind').selectOption('Conference');
  await page.getByText('1 event', { exact: true }).waitFor();
  assert.deepEqual(await items(page), ['Kubernetes London Conf']);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT');

  await page.getByRole('link', { name: 'Past' }).click();
  await see(page, 'No events like that.');
  await page.getByRole('link', { name: 'Show all kinds and years' }).click();
  await see(page, '7 events');
  await page.getByLabel('Year').selectOption('2015');
  await see(page, '3 events');
  assert.equal((await items(page))[0], 'Kubernetes v1 launch party');

  await page.goBack();
  await see(page, '7 events');
  await page.goForward();
  await see(page, '3 events');
  await page.reload();
  await see(page, '3 events');
  assert.equal(await page.getByLabel('Year').inputValue(), '2015');
  assert.deepEqual(page.problems, []);
});

test('talks are listed by topic', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/talks', 'Talks');
  await see(page, `${71 + EVENINGS + 1} talks`);
  await page.getByRole('navigation', { name: 'Topics' }).getByRole('link', { name: 'etcd' }).click();
  await heading(page, 'Talks about etcd');
  await page.getByText('1 talk', { exact: true }).waitFor();
  assert.deepEqual(await items(page), ['etcd operator']);
  await page.getByRole('navigation', { name: 'Topics' }).getByRole('link', { name: 'Kubernetes' }).click();
  await heading(page, 'Talks about Kubernetes');
  await see(page, '48 talks');
  await page.getByRole('link', { name: 'Next →' }).click();
  await page.getByRole('link', { name: '← Previous' }).waitFor();
  await open(page, '/talks?topic=no-such-topic', 'Not found');
});

test('sponsors are listed by year', async (t) => {
  const page = await openPage(t, browser);
  await open(page, '/sponsors', 'Sponsors');
  assert.deepEqual(await page.locator('h2').allTextContents(), ['2017', 'Year not known']);
  assert.match(await page.locator('section').first().textContent(), /MicrosoftFinancial and venue/);
});

test('search finds as people type', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/', 'Kubernetes London');
  const requests = listen(page);
  await page.getByRole('link', { name: 'Search' }).click();
  const input = page.getByRole('searchbox');
  await input.pressSequentially('etcd', { delay: 40 });
  const status = page.getByRole('status');
  await see(page, '1 topic and 1 talk found.');
  assert.ok(requests.filter(({ name }) => name === 'Search').length < 4, 'waits until people pause');
  assert.equal(new URL(page.url()).search, '?q=etcd');

  await page.getByRole('link', { name: 'etcd operator' }).click();
  await heading(page, 'etcd operator');
  await page.goBack();
  await see(page, 'found.');
  assert.equal(await input.inputValue(), 'etcd');

  await input.fill('zzzz');
  await see(page, 'Nothing found for “zzzz”.');
  await input.fill('?!');
  await page.waitForURL(/q=%3F%21/);
  assert.equal(await status.textContent(), '');
  await input.fill('MÍNA');
  await page.getByRole('link', { name: 'Mina Okoro' }).waitFor();
  await input.fill('evening');
  await see(page, `Talks (the first 20 of ${EVENINGS})`);
  await page.reload();
  await see(page, 'found.');
  assert.deepEqual(page.problems, []);
});

test('every question is a GET by hash, and answers are kept', async (t) => {
  const page = await openPage(t, browser);
  const requests = listen(page);
  for (const [path, title] of Object.values(PAGES)) await open(page, path, title);
  assert.ok(requests.length > 2 * Object.keys(PAGES).length);
  const unknown = new Set();
  for (const { request, method, length, hash, text, name } of requests) {
    assert.equal(method, 'GET');
    assert.ok(hash in texts, name);
    const response = await request.response();
    if (!response) continue; // Given up by the page, which was left.
    if (text !== null) {
      assert.ok(unknown.has(hash), `${name} was sent before the server asked for it`);
      assert.equal(text, texts[hash]);
    } else if (response.headers()['cache-control'] === 'no-store') {
      unknown.add(hash);
      continue;
    } else {
      assert.ok(length < 2048, `${name} has a URL of ${length} bytes`);
    }
    assert.equal(response.headers()['cache-control'], 'public, max-age=60', name);
    assert.ok(response.headers().etag, name);
  }

  // The server knows them all by now: another visitor sends no text.
  const other = await openPage(t, browser);
  const asked = listen(other);
  const transfers = () =>
    other.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => new URL(name).pathname === '/graphql')
        .map(({ transferSize, encodedBodySize }) => ({ transferSize, encodedBodySize })),
    );
  await open(other, CONFERENCE, 'Kubernetes London Conf');
  await other.waitForFunction(() => performance.getEntriesByType('resource').filter((e) => e.name.includes('Event&')).length > 1);
  assert.deepEqual(asked.filter(({ text }) => text !== null), []);
  // Asking past the caches, the event page learned that what it had is good still: 304.
  assert.ok((await transfers()).some(({ transferSize, encodedBodySize }) => transferSize > 0 && transferSize < encodedBodySize));

  await open(other, '/talks', 'Talks');
  assert.ok((await transfers()).some(({ transferSize }) => transferSize > 0));
  await open(other, '/', 'Kubernetes London');
  await open(other, '/talks', 'Talks');
  assert.deepEqual((await transfers()).map(({ transferSize }) => transferSize), [0, 0], 'a second visit asks nothing');
});

test('an open event page tells what changed', async (t) => {
  const page = await openPage(t, browser, PHONE);
  const connected = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framesent', ({ payload }) => payload.includes('"subscribe"')));
  await open(page, CONFERENCE, 'Kubernetes London Conf');
  await connected;
  await page.evaluate(() => (window.isSame = true));
  const news = page.locator('.news');
  assert.equal(await news.textContent(), '');

  await demo.import(conference({ name: 'Kubernetes London Conference', day: `${year}-07-02` }));
  await heading(page, 'Kubernetes London Conference');
  await see(page, `2 July ${year}`);
  assert.match(await news.textContent(), /^Changed at \d\d:\d\d: the name, when it starts/);
  assert.deepEqual(await barriers(page), []);
  await look(page, 'web-phone-event-changed');

  await demo.import(conference({ name: 'Kubernetes London Conference', day: `${year}-07-02`, talks: ['Pods at rest', 'Nodes at night'] }));
  await page.getByRole('link', { name: 'Nodes at night' }).waitFor();
  assert.match(await news.textContent(), /: the talks\.$/);

  // The cache holds one conference: lists show it under its new name.
  await page.getByRole('link', { name: 'Pods at rest' }).click();
  await page.getByRole('link', { name: 'Kubernetes London Conference' }).waitFor();
  assert.equal(await page.evaluate(() => window.isSame), true, 'without a reload');
  assert.deepEqual(page.problems, []);
  await demo.import(conference());
});

test('what is not there is said so', async (t) => {
  const page = await openPage(t, browser);
  for (const path of ['/events/nothing', '/talks/nothing', '/speakers/nothing', '/nothing/at/all']) {
    await open(page, path, 'Not found');
    assert.equal(await page.locator('meta[name=robots]').getAttribute('content'), 'noindex');
  }
  await open(page, '/events?after=nonsense', 'That did not work');
  // And it does not become a "not found" page, although the empty answer to the same query looks like that.
  await page.waitForLoadState('networkidle');
  await heading(page, 'That did not work');
  assert.match(await page.getByRole('alert').textContent(), /cursor/);
  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Events' }).click();
  await heading(page, 'Events');
});

test('a group without plans opens on what has been', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/', 'Kubernetes London', strictOrigin);
  await see(page, 'The latest event');
  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Events' }).click();
  await heading(page, 'Events');
  await see(page, '7 events');
  const tabs = page.getByRole('navigation', { name: 'When' }).getByRole('link');
  assert.deepEqual(await tabs.allTextContents(), ['Past 7', 'Date unknown 3']);
  assert.equal(await tabs.first().getAttribute('aria-current'), 'true');
  await look(page, 'web-phone-no-plans');
  await open(page, '/events?when=upcoming', 'Events', strictOrigin);
  await see(page, 'No upcoming events.');
  await page.getByRole('link', { name: 'See what has been' }).click();
  await see(page, '7 events');
});

test('speakers are listed, with a way back from each', async (t) => {
  const page = await openPage(t, browser);
  await open(page, '/', 'Kubernetes London');
  await page.getByRole('link', { name: 'All speakers' }).click();
  await heading(page, 'Speakers');
  await see(page, '69 speakers, by name');
  assert.equal(await page.locator('.people .title').count(), 48);
  await page.getByRole('link', { name: 'Next →' }).click();
  await page.getByRole('link', { name: 'Mina Okoro' }).click();
  await heading(page, 'Mina Okoro');
  await page.getByRole('link', { name: '← Speakers' }).click();
  await heading(page, 'Speakers');
});

test('a speaker has the picture of the API, with its text, and else initials', async (t) => {
  const page = await openPage(t, browser);
  await open(page, '/speakers/mina-okoro', 'Mina Okoro');
  assert.equal(await page.locator('svg.portrait').textContent(), 'MO');
  await page.route('**/graphql?*operationName=Speaker&*', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    if (json.data?.person) json.data.person.avatar = { __typename: 'Image', url: `${origin}/icon.svg`, alt: 'Three dots' };
    await route.fulfill({ response, json });
  });
  await page.reload();
  const portrait = page.getByRole('img', { name: 'Three dots' });
  await portrait.waitFor();
  assert.ok((await portrait.evaluate((image) => image.decode().then(() => image.naturalWidth))) > 0);
});

test('chips do not touch, and a line without speakers does not begin with a dot', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/talks', 'Talks');
  const boxes = await page.locator('.chips').first().locator('.chip').evaluateAll((chips) =>
    chips.map((chip) => {
      const { left, right, top, bottom } = chip.getBoundingClientRect();
      return { left, right, top, bottom };
    }),
  );
  assert.ok(boxes.length > 5);
  for (const one of boxes) {
    for (const other of boxes) {
      if (one === other) continue;
      const [across, down] = [other.left - one.right, other.top - one.bottom];
      const isApart = Math.max(across, one.left - other.right, down, one.top - other.bottom) >= 4;
      assert.ok(isApart, JSON.stringify([one, other]));
    }
  }
  for (const text of await page.locator('.aside').allTextContents()) assert.doesNotMatch(text, /^\s*·|·\s*$/);
});

test('an evening tells its programme, how to attend, who hosts it and whether it takes place', async (t) => {
  const page = await openPage(t, browser, PHONE);
  // The import knows no times of day, so the answer is made to know them.
  const blank = { __typename: 'AgendaItem', startsAt: null, duration: null, title: null, talk: null };
  const item = (position, more) => ({ ...blank, position, ...more });
  await page.route('**/graphql?*operationName=Event&*', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    const event = json.data?.event;
    if (!event) return route.fulfill({ response });
    const [talk] = event.talks.nodes;
    Object.assign(event, {
      startsOn: `${year}-06-01`,
      startsAt: `${year}-06-01T17:30:00Z`,
      endsAt: `${year}-06-01T20:00:00Z`,
      datePrecision: 'TIME',
      status: 'POSTPONED',
      attendanceMode: 'MIXED',
      agenda: [
        item(0, { kind: 'INTRO', startsAt: `${year}-06-01T17:30:00Z`, duration: 'PT15M', title: 'Welcome, all' }),
        item(1, { kind: 'TALK', startsAt: `${year}-06-01T17:45:00Z`, duration: 'PT1H30M', talk }),
        item(2, { kind: 'BREAK', startsAt: `${year}-06-01T19:15:00Z` }),
      ],
    });
    event.hosts.push({
      __typename: 'EventHost',
      role: 'CO_HOST',
      group: { __typename: 'Group', id: 'other', slug: 'other', name: 'Docker London', website: null },
    });
    await route.fulfill({ response, json });
  });
  await open(page, CONFERENCE, 'Kubernetes London Conf');
  await page.locator('time', { hasText: `1 June ${year}, 18:30–21:00 BST` }).waitFor();
  await see(page, 'Postponed; there is no new date yet');
  assert.match(await page.locator('dd').nth(1).innerText(), /^Old Brewery, 1 Quay, London\nIn the room and online$/);
  await see(page, 'Joint event with Docker London');
  const programme = await page.locator('.agenda > li').allInnerTexts();
  assert.deepEqual(
    programme.map((text) => text.split(/\s*\n\s*/).slice(0, 3).join(' | ')),
    ['18:30 | 15 min | Welcome, all', '18:45 | 1 h 30 min | Pods at rest', '20:15 | Break'],
  );
  assert.equal(await page.getByRole('link', { name: 'Pods at rest' }).count(), 1, 'a talk of the programme is not told twice');
  assert.deepEqual(await barriers(page), []);
  await look(page, 'web-phone-programme', { fullPage: true });
});

test('where no group is named, the site is that of the next event', async (t) => {
  const server = await Server.start();
  const { origin: anyOrigin } = await startExample('web', server.origin);
  const page = await openPage(t, browser);
  await open(page, '/', 'No group yet', anyOrigin);
  const files = {
    'speakers.yml': '- name: "Mina Okoro"\n  github: "mina"\n  slug: "mina-okoro"\n',
    'kubernetes-london/series.yml': 'id: "kubernetes-london"\nname: "Kubernetes London"\nkind: "conference"\n',
    ...conference(),
  };
  const elsewhere = (text) =>
    text
      .replaceAll('kubernetes-london', 'elsewhere')
      .replaceAll('Kubernetes London', 'Elsewhere')
      .replaceAll('pods-at-rest', 'elsewhere-at-rest')
      .replaceAll(String(year), String(year + 1));
  // The group whose event is later comes first by name.
  const later = Object.entries(files).map((file) => file.map(elsewhere));
  await server.import({ ...files, ...Object.fromEntries(later) });
  // The browser may keep the first answer for a minute.
  const other = await openPage(t, browser);
  await open(other, '/', 'Kubernetes London', anyOrigin);
  await see(other, 'Kubernetes London Conf');
  assert.deepEqual(other.problems, []);
});

test('a server that trusts these documents answers no others', async (t) => {
  const page = await openPage(t, browser);
  const requests = listen(page);
  for (const [path, title] of Object.values(PAGES).filter(([path]) => !/conf|mina|pods/.test(path))) {
    await open(page, path, title, strictOrigin);
  }
  assert.deepEqual(requests.filter(({ text }) => text !== null), []);
  await assert.rejects(strict.query('{ rateLimit { cost } }'), /DOCUMENT_NOT_TRUSTED/);

  // Subscriptions are trusted, too.
  const frames = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload).type)));
  await open(page, '/events/kubernetes-birthday', 'Kubernetes birthday', strictOrigin);
  await page.waitForTimeout(500);
  assert.deepEqual(frames, ['connection_ack']);
  assert.deepEqual(page.problems, []);
});

test('a server that goes away and comes back', async (t) => {
  const page = await openPage(t, browser, PHONE);
  await open(page, '/events/kubernetes-birthday', 'Kubernetes birthday', strictOrigin);
  const requests = listen(page);
  await strict.stop();

  // What was seen stays; what was not is explained. The browser's cache would hide for a minute that
  // nobody answers; a route keeps Chromium from using it.
  await page.route('**/graphql?*', (route) => route.continue());
  await page.getByRole('link', { name: 'Talks' }).click();
  await heading(page, 'That did not work');
  await see(page, 'The server does not answer.');
  assert.deepEqual(await barriers(page), []);
  await look(page, 'web-phone-no-server');
  // And the list of one topic is not shown for another.
  await page.evaluate(() => history.pushState(null, '', '/talks?topic=etcd'));
  await heading(page, 'That did not work');
  await page.goBack();
  await page.goBack();
  await heading(page, 'Kubernetes birthday');
  await see(page, 'What you see below was known before.');

  // The socket comes back by itself, and with it what was missed meanwhile.
  requests.length = 0;
  await strict.start();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  assert.ok(requests.some(({ name }) => name === 'Event'));

  // A page without a socket waits for its reader.
  await strict.stop();
  await page.getByRole('link', { name: 'Talks' }).click();
  await heading(page, 'That did not work');
  await strict.start();
  await page.getByRole('button', { name: 'Try again' }).click();
  await heading(page, 'Talks');
});

test('it is light, and stands still while it loads', async (t) => {
  const assets = join(directory, outDir, 'assets');
  const sizes = { js: 0, css: 0 };
  for (const file of await readdir(assets)) sizes[file.split('.').pop()] += gzipSync(await readFile(join(assets, file))).length;
  t.diagnostic(`gzip: ${sizes.js} bytes of JavaScript, ${sizes.css} of CSS`);
  assert.ok(sizes.js < 120_000 && sizes.css < 5_000, JSON.stringify(sizes));

  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const name of ['home', 'event-upcoming', 'talks']) {
      const page = await openPage(t, browser, viewport);
      const [path, title] = PAGES[name];
      await open(page, path, title);
      await page.waitForTimeout(300);
      const { bytes, ...times } = await page.evaluate(async () => {
        const observed = (type) =>
          new Promise((resolve) => {
            new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
            setTimeout(resolve, 200, []);
          });
        const answers = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/graphql?'));
        return {
          fcp: Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime),
          lcp: Math.round((await observed('largest-contentful-paint')).at(-1)?.startTime),
          cls: Number((await observed('layout-shift')).reduce((sum, { value }) => sum + value, 0).toFixed(3)),
          bytes: answers.reduce((sum, { transferSize }) => sum + transferSize, 0),
        };
      });
      t.diagnostic(`${size} ${path}: ${JSON.stringify(times)}, ${bytes} bytes of answers`);
      assert.ok(times.cls < 0.1, `${path} moves while it loads`);
      assert.ok(bytes < 16_000, `${path} takes ${bytes} bytes of answers`);
    }
  }
});
