// The examples of the playground: each takes its values from the data that is there, or is not offered.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Demo, Server, openBrowser, openPage } from './support.mjs';

const SMALL = '/playground/fallback.html';
const browser = await openBrowser();

/** Below the root of each example: the list that it is about, which is never empty. */
const MATTERS = {
  NextEvenings: ({ events }) => events.nodes,
  LatestEvenings: ({ events }) => events.nodes,
  Cancelled: ({ events }) => events.nodes,
  AnEvening: ({ event }) => event.talks.nodes.flatMap(({ speakers }) => speakers),
  Programme: ({ event }) => event.agenda,
  Recordings: ({ event }) => event.talks.nodes.flatMap(({ resources }) => resources),
  HowSure: ({ event }) => event.provenance,
  ASpeaker: ({ person }) => person.talks.nodes,
  ATopic: ({ topic }) => topic.talks.nodes,
  WhatIsHere: ({ groups }) => groups.nodes,
  YearByYear: ({ group }) => group.stats,
  Sponsor: ({ organization }) => organization.sponsorships.nodes,
  Fundraisers: ({ group }) => group.fundraisers,
  Search: ({ search }) => search.edges,
  FirstPage: ({ talks }) => talks.nodes,
  NextPage: ({ talks }) => talks.nodes,
  WhatChanged: ({ changes }) => changes.nodes,
};

/** The examples that a server offers, each with its answer; those that listen without one. */
async function answersOf(t, origin) {
  const page = await openPage(t, browser);
  await page.goto(origin + SMALL);
  const answers = await page.evaluate(async () => {
    const { loadExamples, request } = await import('/playground/graphql.js');
    const ask = async ({ name, query, variables, isLive }) => {
      const params = { query, variables: JSON.parse(variables || '{}') };
      return { name, isLive, result: isLive ? null : (await request(params)).result };
    };
    return Promise.all((await loadExamples()).map(ask));
  });
  assert.deepEqual(page.problems, []);
  return answers;
}

/** Files of this repository as `import` takes them. */
async function filesOf(directory, prefix = '') {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesOf(path, `${prefix}${entry.name}/`);
    return { [prefix + entry.name]: await readFile(path, 'utf8') };
  });
  return Object.assign({}, ...(await Promise.all(files)));
}

/** What an organizer writes by hand, as docs/import.md shows it: five evenings, no topic, no sponsor, nothing upcoming. */
const evening = (id, date, talks) => `- id: "${id}"
  title: "${id}"
  date: "${date}"
  talks:${talks.map((title) => `\n    - { id: "${title}", title: "${title}", speakers: [Ada Quill] }`).join('') || ' []'}
`;
const FIVE_EVENINGS = {
  'speakers.yml': '- name: Ada Quill\n  slug: ada-quill\n',
  'our-meetup/series.yml': 'name: Our Meetup\n',
  'our-meetup/evenings/event.yml': 'id: our-meetup\ntitle: Our Meetup\nkind: meetup\ntimezone: Europe/London\n',
  'our-meetup/evenings/videos.yml':
    evening('first', '2023', ['Hello']) +
    evening('march', '2024-03-12', ['Parsing by candlelight']) +
    evening('may', '2024-05-14', ['Tests that rest', 'Candles and caches']) +
    evening('july', '2024-07', []) +
    evening('september', '2024-09-10', ['A panel']),
};

const ALWAYS = ['AnEvening', 'ASpeaker', 'WhatIsHere', 'YearByYear', 'Search', 'FirstPage', 'WhatChanged', 'ChangesLive', 'OneEventLive'];
const DATABASES = {
  'the demo': { offered: ['Programme', 'HowSure', 'ATopic', 'Sponsor', 'Cancelled', 'LatestEvenings'] },
  'the data of RubyEvents': {
    files: () => filesOf(fileURLToPath(new URL('../fixtures/rubyevents', import.meta.url))),
    offered: ['LatestEvenings', 'Sponsor'],
  },
  'five evenings of an organizer': {
    files: () => FIVE_EVENINGS,
    offered: ['LatestEvenings'],
    missing: ['NextEvenings', 'Sponsor', 'Fundraisers', 'ATopic', 'Cancelled', 'Recordings', 'Programme'],
  },
};

for (const [name, { files, offered, missing = [] }] of Object.entries(DATABASES)) {
  test(`no example is empty on ${name}`, async (t) => {
    const server = files ? await Server.start() : await Demo.start({ FOLKMOOT_DEMO_INTERVAL: '0' });
    if (files) await server.import(await files());
    const answers = await answersOf(t, server.origin);
    const names = answers.map(({ name }) => name);
    for (const wanted of [...ALWAYS, ...offered]) assert.ok(names.includes(wanted), `${wanted} is offered`);
    for (const unwanted of missing) assert.ok(!names.includes(unwanted), `${unwanted} is not offered`);
    for (const { name, isLive, result } of answers) {
      if (isLive) continue;
      assert.equal(result.errors, undefined, name);
      for (const root of Object.values(result.data)) assert.notEqual(root, null, name);
      assert.ok(MATTERS[name](result.data).length > 0, name);
    }
  });
}

test('an empty database has no example that is not true of it', async (t) => {
  const server = await Server.start();
  const answers = await answersOf(t, server.origin);
  assert.deepEqual(answers.map(({ name }) => name), ['WhatIsHere', 'ChangesLive']);
  const page = await openPage(t, browser);
  await page.goto(server.origin + SMALL);
  await page.getByText(/^Done: HTTP 200/).waitFor();
  assert.equal(JSON.parse(await page.locator('#result').textContent()).data.groups.totalCount, 0);
  assert.deepEqual(page.problems, []);
});
