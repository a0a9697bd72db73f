// How to show a date: the same lines in docs/clients.md and in both examples, and what they say.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import typescript from 'typescript';

import { here } from './server.mjs';

const read = (path) => readFile(here(`../../${path}`), 'utf8');
const source = await read('examples/web/src/parts/date.ts');
const { outputText } = typescript.transpileModule(source, { compilerOptions: { module: 'esnext', target: 'es2022' } });
const dates = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);

/** Spans have thin spaces, in some versions of Unicode's data more of them than in others. */
const plain = (text) => text.replaceAll(/\s*–\s*/g, '–').replaceAll(/\s/g, ' ');
const partialDate = (from, to) => plain(dates.partialDate(from, to));
const when = (event) => plain(dates.when(event));

test('the document and the phone app have the lines of the website', async () => {
  assert.equal(await read('examples/mobile/src/date.ts'), source);
  const blocks = [...(await read('docs/clients.md')).matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block]) => block);
  assert.ok(blocks.includes(source), 'docs/clients.md shows other lines than examples/web/src/parts/date.ts');
});

test('a date is shown as far as it is known', () => {
  assert.equal(partialDate('2015'), '2015');
  assert.equal(partialDate('2015-02'), 'February 2015');
  assert.match(partialDate('2020-03-26'), /^Thu,? 26 March 2020$/);
  assert.match(partialDate('2027-06-30', '2027-07-02'), /^Wed,? 30 June–Fri,? 2 July 2027$/);
});

/** An event of a day, a month … in a zone that is far from that of the machine. */
const event = (more) => ({
  startsOn: null,
  startsAt: null,
  endsAt: null,
  datePrecision: 'UNKNOWN',
  timeZone: 'UTC',
  ...more,
});

test('no day and no time is made up', () => {
  assert.equal(when(event({})), 'Date not known');
  // The first instant of the year there is still the year before in UTC.
  const year = event({
    startsOn: '2015',
    startsAt: '2014-12-31T11:00:00Z',
    datePrecision: 'YEAR',
    timeZone: 'Pacific/Auckland',
  });
  assert.equal(when(year), '2015');
  const month = { ...year, startsOn: '2015-01', datePrecision: 'MONTH' };
  assert.equal(when(month), 'January 2015');
  assert.match(when({ ...year, startsOn: '2015-01-01', datePrecision: 'DAY' }), /^Thu,? 1 January 2015$/);
});

test('a time of day is that of the place', () => {
  const evening = event({
    startsOn: '2026-07-02',
    startsAt: '2026-07-02T16:30:00Z',
    datePrecision: 'TIME',
    timeZone: 'Europe/Amsterdam',
  });
  assert.match(when(evening), /^Thu,? 2 July 2026, from 18:30 CEST$/);
  assert.match(when({ ...evening, endsAt: '2026-07-02T19:30:00Z' }), /^Thu,? 2 July 2026, 18:30–21:30 CEST$/);
  assert.match(
    when({ ...evening, endsAt: '2026-07-03T15:00:00Z' }),
    /^Thu,? 2 July–Fri,? 3 July 2026, from 18:30 CEST$/,
  );
});
