// The playground as people use it: GraphiQL with our examples and guide, and the small page that is served without GraphiQL.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FULL, SMALL, answer, barriersOf, editor, open, panel, run, startPlayground, told } from './playground.mjs';
import { DESKTOP, look, openPage } from './support.mjs';

const { demo, browser, openAt } = await startPlayground();

/** A meetup whose one evening is still to come. */
const meetup = (title) => ({
  'live-rb/series.yml': 'id: "live-rb"\nname: "Live.rb"\nkind: "meetup"\n',
  'live-rb/live-rb-meetup/event.yml':
    'id: "live-rb-meetup"\ntitle: "Live.rb Meetup"\nlocation: "London, UK"\ntimezone: "Europe/London"\nkind: "meetup"\n',
  'live-rb/live-rb-meetup/videos.yml': `- id: "live-rb-2099"
  title: "${title}"
  event_name: "${title}"
  date: "2099-03-13"
  video_provider: "scheduled"
  video_id: "live-rb-2099"
  talks:
    - id: "talk-live-rb-2099"
      title: "Talking of ${title}"
      date: "2099-03-13"
      video_provider: "scheduled"
      video_id: "talk-live-rb-2099"
      speakers:
        - Live Speaker
`,
});

test('the policy lets in nothing from elsewhere and nothing inline', async (t) => {
  for (const path of [FULL, SMALL]) {
    const policy = (await fetch(demo.origin + path)).headers.get('content-security-policy');
    assert.match(policy, /^default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    const page = await openAt(t, path);
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.ranInline = true';
      document.body.append(script);
      return globalThis.ranInline ?? false;
    });
    assert.equal(ran, false);
  }
});

test('GraphiQL opens on one example, which has run, and later on what was left', async (t) => {
  const page = await openAt(t, FULL);
  const tabs = page.getByRole('list', { name: 'Select active operation' }).locator('.graphiql-tab-button');
  assert.equal(await tabs.count(), 1);
  const { data, errors } = JSON.parse(await answer(page));
  assert.equal(errors, undefined);
  assert.ok(data.events.nodes.length > 0);
  await page.getByText(/^Cost \d+ of 50,000 points/).waitFor();
  await page.getByRole('region', { name: 'Examples' }).waitFor();

  // An example runs again, what somebody wrote does not.
  await page.waitForTimeout(700);
  await page.reload();
  await answer(page);
  assert.equal(await tabs.count(), 1);
  await editor(page, 'Query').write('query Mine { a: __typename }');
  await page.waitForTimeout(700);
  await page.reload();
  await page.getByText(/^May cost 1 of/).waitFor();
  await page.waitForTimeout(300);
  assert.equal(await editor(page, 'Query').value(), 'query Mine { a: __typename }');
  assert.equal(await told(page, 'after').textContent(), '');
  assert.deepEqual(page.problems, []);
});

test('every example opens from the panel of GraphiQL and runs', async (t) => {
  const page = await openAt(t, FULL);
  const titles = await page.locator('.choices button').allTextContents();
  assert.ok(titles.length >= 14, titles.join(', '));
  for (const title of titles) {
    await open(page, title);
    await page.waitForFunction(
      (wanted) => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue().startsWith(`## ${wanted}\n`),
      title,
    );
    if ((await editor(page, 'Query').value()).includes('\nsubscription ')) {
      await page.getByText('This listens for changes.').waitFor();
      await run(page);
      await page.getByText('Listening… nothing came yet.').waitFor();
    } else {
      const { errors } = JSON.parse(await answer(page));
      assert.equal(errors, undefined, title);
    }
    assert.equal(await page.locator('.choices [aria-current]').textContent(), title);
  }
  assert.deepEqual(page.problems, []);
});

test('the second page of the examples follows the first', async (t) => {
  const page = await openAt(t, FULL);
  const titles = async (example) => {
    await open(page, example);
    return JSON.parse(await answer(page, '"talks"')).data.talks.nodes.map(({ title }) => title);
  };
  const { talks } = await demo.query('{ talks(first: 10) { nodes { title } } }');
  const first = await titles('The first page of a list');
  const second = await titles('The page after it');
  assert.deepEqual([...first, ...second], talks.nodes.map(({ title }) => title));
  // What the example fills in stands open to be changed.
  assert.match(await editor(page, 'Variables').value(), /"after": ".+"/);
  assert.ok(await editor(page, 'Variables').input.isVisible());
});

test('GraphiQL completes, builds and documents', async (t) => {
  const page = await openAt(t, FULL);
  const query = editor(page, 'Query');
  await query.write('{ talks(first: 1) { nodes { ti');
  await page.keyboard.press('Control+Space');
  await page.locator('.CodeMirror-hint', { hasText: 'title' }).first().waitFor();
  await page.keyboard.press('Enter');
  assert.match(await query.value(), /title$/);

  await query.write('query Built { groups(first: 1) { totalCount } }');
  await panel(page, 'GraphiQL Explorer');
  const field = page.getByRole('button', { name: 'talks', exact: true });
  assert.equal(await field.getAttribute('aria-pressed'), 'false');
  await field.press('Enter');
  await page.waitForFunction(() => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue().includes('talks'));
  assert.equal(await field.getAttribute('aria-pressed'), 'true');

  // Descriptions are searched, too: no name has these words.
  await panel(page, 'Docs');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('called off everybody');
  await page.getByText(/^\d+ found/).waitFor();
  await page.getByRole('link', { name: 'Event.publicCancellationReason' }).click();
  await page.locator('#type-Event[open] dt.target', { hasText: 'publicCancellationReason' }).waitFor();
  await page.getByRole('heading', { name: 'Talks', exact: true }).waitFor();
  // A name in the editor leads to its entry.
  await query.write('{ groups(first: 1) { totalCount } }');
  const name = page.locator('.graphiql-query-editor .cm-property', { hasText: 'totalCount' });
  await page.getByText(/^May cost \d of/).waitFor();
  await name.hover();
  await page.keyboard.down('Control');
  await page.locator('.CodeMirror-jump-token').waitFor();
  await name.click();
  await page.keyboard.up('Control');
  await page.locator('#type-GroupConnection[open] dt.target', { hasText: 'totalCount' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('the guide leads to types and examples', async (t) => {
  const page = await openAt(t, FULL);
  const guide = page.getByRole('region', { name: 'Guide' });
  await panel(page, 'Guide');
  await guide.getByRole('link', { name: 'EventFilter' }).click();
  await page.locator('#type-EventFilter[open]').waitFor();
  await panel(page, 'Guide');
  await guide.getByRole('button', { name: 'What was cancelled, and why' }).click();
  await page.locator('.graphiql-tab-button[aria-current=true]', { hasText: 'Cancelled' }).waitFor();
  // Closed and opened again, from the list.
  await page.getByRole('button', { name: 'Close Cancelled' }).click();
  await open(page, 'What was cancelled, and why');
  await page.locator('.graphiql-tab-button[aria-current=true]', { hasText: 'Cancelled' }).waitFor();
  await page.waitForFunction(() => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue().includes('query Cancelled'));
});

test('GraphiQL says what a query may cost, and what it did cost', async (t) => {
  const page = await openAt(t, FULL);
  await editor(page, 'Query').write('{ events(first: 100) { nodes { name } } }');
  await page.getByText('May cost 10 of 50,000 points, for up to 100 objects.').waitFor();
  await run(page);
  await page.getByText(/^Cost \d of 50,000 points\. \d more (was|were) reserved and given back\.$/).waitFor();
  assert.equal(JSON.parse(await answer(page)).extensions, undefined, 'nobody asked for the cost');
  assert.equal(await told(page, 'before').getAttribute('role'), 'status');

  // A subscription, too. Incomplete operations are not sent, and errors are shown.
  await editor(page, 'Query').write('subscription { changes { cursor } }');
  await page.getByText(/^May cost 1 of/).waitFor();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await editor(page, 'Query').write('{ events(');
  await page.waitForTimeout(900);
  assert.deepEqual(asked, []);
  assert.equal(await told(page, 'before').textContent(), '');
  await editor(page, 'Query').write('{ evnts { totalCount } }');
  await page.getByText(/no field `evnts`/).first().waitFor();
  assert.deepEqual(page.problems, []);
});

test('GraphiQL sends headers and keeps them until told not to', async (t) => {
  const page = await openAt(t, FULL);
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await editor(page, 'Headers').write('{ "x-request-id": "from-the-playground" }');
  await page.getByText('Headers are kept in this browser; Settings can turn that off.').waitFor();
  const [response] = await Promise.all([page.waitForResponse((it) => it.url().endsWith('/graphql')), run(page)]);
  assert.equal(response.headers()['x-request-id'], 'from-the-playground');

  const count = await page.locator('.graphiql-tab-button').count();
  for (const time of ['once', 'twice']) {
    await page.waitForTimeout(700);
    await page.reload();
    await page.getByText(/^May cost/).waitFor();
    assert.match(await editor(page, 'Headers').value(), /from-the-playground/, time);
    assert.equal(await page.locator('.graphiql-tab-button').count(), count, time);
  }

  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.locator('#disable-persist-headers').click();
  await page.keyboard.press('Escape');
  for (const time of ['once', 'twice']) {
    await page.waitForTimeout(700);
    await page.reload();
    await page.getByText(/^May cost/).waitFor();
    assert.equal(await editor(page, 'Headers').value(), '', time);
  }
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  assert.doesNotMatch(stored, /from-the-playground/);
  assert.deepEqual(page.problems, []);
});

test('a link carries query, variables and the chosen operation', async (t) => {
  const page = await openAt(t, FULL);
  const query = 'query One { a: __typename } query Two($slug: String!) { group(slug: $slug) { name } }';
  const variables = '{ "slug": "kubernetes-london" }';
  const link = `?${new URLSearchParams({ query, variables, operationName: 'Two' })}`;

  const linked = await openAt(t, FULL + link);
  assert.equal(await editor(linked, 'Query').value(), query);
  // It runs by itself.
  assert.deepEqual(JSON.parse(await answer(linked)).data, { group: { name: 'Kubernetes London' } });
  // Written anew from what the page holds, it is the same link.
  await linked.evaluate(() => history.replaceState(null, '', location.pathname));
  await linked.getByRole('button', { name: 'Copy link' }).click();
  await linked.getByText(/^The link is/).waitFor();
  assert.equal(new URL(linked.url()).search, link);

  await page.goto(`${demo.origin}/graphql${link}`);
  await page.getByText(/^May cost/).waitFor();
  assert.equal(await editor(page, 'Query').value(), query);

  await editor(page, 'Query').write(`{ a: __typename } # ${'long '.repeat(4000)}`);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('This is too long for a link.').waitFor();
  assert.deepEqual([...page.problems, ...linked.problems], []);
});

test('a linked subscription waits until somebody starts it', async (t) => {
  const query = 'subscription Followed { changes { cursor } }';
  for (const path of [FULL, SMALL]) {
    const page = await openPage(t, browser);
    const streams = [];
    page.on('request', (request) => request.url().endsWith('/stream') && streams.push(request.postDataJSON()));
    await page.goto(`${demo.origin}${path}?${new URLSearchParams({ query })}`);
    await page.getByText('This listens for changes. Press').waitFor();
    await page.getByText(/^May cost/).waitFor();
    // What it may cost was asked, and nothing else.
    assert.deepEqual(streams.map(({ extensions }) => extensions), [{ cost: 'dryRun' }]);
    await page.getByRole('button', { name: /^(Run$|Execute query)/ }).click();
    await page.getByText(/^Listening… nothing came yet/).waitFor();
    assert.deepEqual(page.problems, []);
  }
});

test('the keyboard runs, leaves the editors and reaches everything', async (t) => {
  const page = await openAt(t, FULL);
  await editor(page, 'Query').write('{ __typename }');
  await page.keyboard.press('Control+Enter');
  assert.match(await answer(page), /"Query"/);
  // Tab indents, as in any editor of code; after Escape it leaves.
  await page.keyboard.press('Tab');
  assert.ok(await editor(page, 'Query').input.evaluate((input) => input === document.activeElement));
  await page.keyboard.press('Escape');
  const seen = new Set();
  for (let step = 0; step < 90; step += 1) {
    await page.keyboard.press('Tab');
    const { name, visible } = await page.evaluate(() => {
      const { activeElement: element } = document;
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      return {
        name: element.getAttribute('aria-label') ?? element.textContent,
        // Behind the last element the browser itself has the focus.
        visible: element === document.body || outlineStyle !== 'none' || boxShadow !== 'none' || element.tagName === 'TEXTAREA',
      };
    });
    assert.ok(visible, `the focus is seen on ${name}`);
    seen.add(name);
    if (name.includes('Escape')) await page.keyboard.press('Escape');
  }
  for (const name of ['Execute query (Ctrl-Enter)', 'Copy link', 'Variables', 'Answer, to scroll', 'Show Docs', 'Open settings dialog']) {
    assert.ok(seen.has(name), `${name} is not among ${[...seen].join(', ')}`);
  }
});

test('both pages follow the system’s colours until one is chosen, which both keep', async (t) => {
  const page = await openAt(t, FULL, DESKTOP, { colorScheme: 'light' });
  const ground = (selector) => page.locator(selector).evaluate((element) => getComputedStyle(element).backgroundColor);
  const light = await ground('.graphiql-container');
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground('.graphiql-container');
  assert.notEqual(light, dark);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await page.keyboard.press('Escape');
  assert.equal(await ground('.graphiql-container'), dark);
  await page.waitForTimeout(250);
  assert.deepEqual(await barriersOf(page), []);

  await page.goto(demo.origin + SMALL);
  assert.equal(await page.getByLabel('Colours').inputValue(), 'dark');
  const small = await ground('body');
  await page.getByLabel('Colours').selectOption('light');
  assert.notEqual(await ground('body'), small);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await ground('body'), small);
  await page.getByLabel('Colours').selectOption('as the system');
  assert.equal(await ground('body'), small);
});

test('changes arrive live on both pages', async (t) => {
  await demo.import(meetup('Before'));
  const full = await openAt(t, FULL);
  await open(full, 'One event as it changes');
  await full.getByText('This listens for changes.').waitFor();
  // The example takes the next event; the one that changes here is the latest.
  const { events } = await demo.query('{ events(first: 1) { nodes { id } } }');
  await editor(full, 'Variables').write(JSON.stringify({ id: events.nodes[0].id }));
  await run(full);
  await full.getByText('Listening… nothing came yet.').waitFor();
  const small = await openAt(t, SMALL);
  await small.getByLabel('Example').selectOption('Changes as they happen');
  await small.getByRole('button', { name: 'Run' }).click();
  await small.getByText('Listening… nothing came yet').waitFor();

  // Both answer 200 at once, but begin to listen a moment later: wait for that.
  await full.waitForTimeout(500);
  await demo.import(meetup('Afterwards'));
  assert.match(await answer(full, 'Afterwards'), /eventChanged/);
  await full.getByText(/^Listening… \d+ came/).waitFor();
  await small.locator('#result', { hasText: 'Afterwards' }).waitFor();
  await look(full, 'playground-live');
  await small.getByRole('button', { name: 'Stop' }).click();
  await small.getByText(/^Ended after \d/).waitFor();
  assert.deepEqual([...full.problems, ...small.problems], []);
});

test('every example runs on the small page', async (t) => {
  const page = await openAt(t, SMALL);
  await page.getByText(/^Done: HTTP 200/).waitFor();
  const titles = await page.getByLabel('Example').locator('option').allTextContents();
  assert.ok(titles.length >= 14);
  for (const title of titles) {
    await page.getByLabel('Example').selectOption(title);
    await page.waitForFunction((wanted) => document.getElementById('query').value.startsWith(`## ${wanted}\n`), title);
    await page.getByText(/^(Done: HTTP 200|This listens for changes)/).waitFor();
    assert.doesNotMatch(await page.locator('#result').textContent(), /"errors"/, title);
  }
  assert.deepEqual(page.problems, []);
});

test('the small page completes by keyboard', async (t) => {
  const page = await openAt(t, SMALL);
  const query = page.getByLabel('Query', { exact: true });
  await query.fill('');
  await query.press('Control+Space');
  const list = page.getByRole('listbox', { name: 'Completions' });
  assert.deepEqual(await list.locator('.name').allTextContents(), ['query', 'subscription', 'fragment']);
  await page.keyboard.press('Escape');
  await page.keyboard.type('{ events(filter: { sta');
  await page.getByRole('option', { name: /^status/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.type(': [');
  await page.keyboard.press('Control+Space');
  await page.getByText('6 completions').waitFor();
  const last = list.getByRole('option').last();
  await page.keyboard.press('ArrowUp');
  assert.equal(await last.getAttribute('aria-selected'), 'true');
  assert.equal(await query.getAttribute('aria-activedescendant'), await last.getAttribute('id'));
  await page.keyboard.press('Tab');
  await page.keyboard.type('] }) {');
  await page.keyboard.press('Enter');
  await page.keyboard.type('totalC');
  await page.keyboard.press('Enter');
  await page.keyboard.type(' }}');
  assert.equal(await query.inputValue(), '{ events(filter: { status: [CANCELLED] }) {\n  totalCount }}');
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Done: HTTP 200/).waitFor();
  // One step back, as with anything that is typed; and no trap: Tab goes on.
  await page.keyboard.press('Control+Z');
  assert.notEqual(await query.inputValue(), '{ events(filter: { status: [CANCELLED] }) {\n  totalCount }}');
  await page.keyboard.press('Tab');
  assert.ok(await query.evaluate((area) => area !== document.activeElement));
  assert.deepEqual(page.problems, []);
});

test('completion knows where it is', async (t) => {
  const page = await openAt(t, SMALL);
  const cases = {
    '{ ev': 'event, events',
    '{ events(orderBy: { field: STARTS_AT, direction: ': 'ASC, DESC',
    '{ e: events { pageInfo { end': 'endCursor',
    '{ search(query: "a { b") { edges { node { ... on Ta': 'Talk',
    '{ search(query: "a") { edges { node { ... on Talk { titl': 'title',
    '{ events(filter: { and: [{ not: { publicC': '',
    '{ events @inc': 'include',
    '{ events @include(if: ': 'true, false',
    'query A($x: EventFi': 'EventFilter',
    'query A($x: EventFilter, $n: Int) { events(filter: $': 'x, n',
    'query A($x: EventFilter) { events(filter: $x, bef': 'before',
    'fragment F on Event { startsO': 'startsOn',
    'subscription { eventCh': 'eventChanged',
    '{ events { nodes { name } } topic': 'topic, topics',
    '{ events # ev': '',
    '{ search(query: "ev': '',
    '{ events(filter: { query: """ev': '',
  };
  const found = await page.evaluate(async (texts) => {
    const { complete, index } = await import('/playground/complete.js');
    const { introspect } = await import('/playground/docs.js');
    const schema = index(await introspect());
    return texts.map((text) => complete(schema, text, text.length).items.map(({ name }) => name).join(', '));
  }, Object.keys(cases));
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((text, at) => [text, found[at]])), cases);
});

test('the small page tells the cost, keeps headers and makes links', async (t) => {
  const page = await openAt(t, SMALL);
  const query = page.getByLabel('Query', { exact: true });
  await query.fill('query One { a: __typename }\nquery Many { events(first: 100) { nodes { name } } }');
  await page.getByText(/^May cost 1 of 50,000 points/).waitFor();
  await page.getByLabel('Which operation').selectOption('Many');
  await page.getByText('May cost 10 of 50,000 points, for up to 100 objects.').waitFor();
  await page.getByText('Variables and headers').click();
  await page.getByLabel('Headers, as JSON').fill('{ "x-request-id": "from-the-small-page" }');
  const run = page.getByRole('button', { name: 'Run' });
  const [response] = await Promise.all([page.waitForResponse((it) => it.url().endsWith('/graphql')), run.click()]);
  assert.equal(response.headers()['x-request-id'], 'from-the-small-page');
  await page.getByText(/^Done: .* Cost \d of 50,000 points\. \d more (was|were) reserved and given back\.$/).waitFor();

  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText(/^The link is/).waitFor();
  const written = await query.inputValue();
  await page.reload();
  await page.getByText(/^May cost 1/).waitFor();
  assert.equal(await page.getByLabel('Which operation').inputValue(), 'Many');
  assert.equal(await query.inputValue(), written);
  assert.match(await page.getByLabel('Headers, as JSON').inputValue(), /from-the-small-page/);
  await page.getByText('Variables and headers').click();
  await page.getByLabel('Keep the headers in this browser').uncheck();
  await page.reload();
  await page.getByText(/^May cost 1/).waitFor();
  assert.equal(await page.getByLabel('Headers, as JSON').inputValue(), '');
  assert.equal(await page.getByLabel('Keep the headers in this browser').isChecked(), false);
  assert.deepEqual(page.problems, []);
});

test('the small page documents the schema', async (t) => {
  const page = await openAt(t, SMALL);
  await page.getByText('The history of meetups as a graph').waitFor();
  const found = page.getByLabel('Find in names and descriptions');
  await found.fill('publicCancel');
  await page.getByText('1 found').waitFor();
  await page.getByRole('link', { name: 'Event.publicCancellationReason' }).click();
  await page.locator('#type-Event[open] dt.target', { hasText: 'publicCancellationReason' }).waitFor();
  await page.locator('#type-Event').getByRole('link', { name: 'Venue', exact: true }).first().click();
  await page.locator('#type-Venue dt').first().waitFor();
  // The way back, and an address that leads to an entry.
  await page.goBack();
  await page.locator('dt.target', { hasText: 'publicCancellationReason' }).waitFor();
  await page.goto('about:blank');
  await page.goto(`${demo.origin}${SMALL}#type-Talk.heldOn`);
  await page.locator('#type-Talk[open] dt.target', { hasText: 'heldOn' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('where GraphiQL was not built in, the small page says so', async (t) => {
  const page = await openPage(t, browser);
  const small = await (await fetch(demo.origin + SMALL)).text();
  await page.route('**/playground', (route) => route.fulfill({ contentType: 'text/html', body: small }));
  await page.goto(demo.origin + FULL);
  await page.getByText('To get GraphiQL, build it again with Node 20 or later and npm').waitFor();
  assert.ok(await page.getByText('Open the playground').isHidden());
});
