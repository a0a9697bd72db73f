// Speaks GraphQL to this server. Both pages use it; it depends on nothing.

const ENDPOINT = '/graphql';
const STREAM = '/graphql/stream';
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

// --- examples --------------------------------------------------------------------------------

/** The example operations: `{ title, name, query, variables }`. */
export async function loadExamples() {
  const files = ['examples.graphql', 'live.graphql'].map(async (name) => {
    const response = await fetch(`/playground/${name}`);
    return response.ok ? parseExamples(await response.text()) : [];
  });
  return Promise.all((await Promise.all(files)).flat().map(fillIn));
}

/**
 * Each operation of a file with the comment above it: its title behind `##`, and perhaps `# variables:` as JSON and
 * `# variables from:` a query whose answer holds more of them, for ids and cursors are not the same on every server.
 */
function parseExamples(text) {
  const line = (part, mark) => part.match(new RegExp(`^${mark} (.+)$`, 'm'))?.[1];
  return text
    .split(/(?<=^\}$)/m)
    .filter((part) => part.trim() !== '')
    .map((part) => ({
      title: line(part, '##'),
      name: part.match(/^(?:query|subscription) (\w+)/m)[1],
      query: part.replace(/^# variables.*\n/gm, '').trim(),
      variables: JSON.parse(line(part, '# variables:') ?? '{}'),
      ask: line(part, '# variables from:'),
    }));
}

/** The guide's text, and the examples to name its buttons by: a page of its own. */
export async function loadGuide(examples) {
  const text = await fetch('/playground/guide.html').then((response) => (response.ok ? response.text() : ''), () => '');
  const { body } = new DOMParser().parseFromString(text, 'text/html');
  for (const button of body.querySelectorAll('[data-example]')) {
    button.textContent = examples.find(({ name }) => name === button.dataset.example)?.title;
  }
  return body;
}

async function fillIn({ ask, variables, ...example }) {
  const answer = ask ? await request({ query: ask }).catch(() => null) : null;
  const all = { ...variables, ...leaves(answer?.result.data) };
  return { ...example, variables: Object.keys(all).length ? JSON.stringify(all, null, 2) : '' };
}

/** What an answer holds that is no object: `{ a: { b: 1 } }` is `{ b: 1 }`. */
function leaves(value) {
  return Object.entries(value ?? {}).reduce(
    (all, [key, inner]) => Object.assign(all, inner !== null && typeof inner === 'object' ? leaves(inner) : { [key]: inner }),
    {},
  );
}

// --- links -----------------------------------------------------------------------------------

/** More than this and the server refuses the address (`max_url_bytes`, with room for the rest of the line). */
const LONGEST_LINK = 16000;

/** The operation that a link carries (`?query=…&variables=…&operationName=…`), or null. */
export function linkedOperation() {
  const params = new URLSearchParams(location.search);
  const query = params.get('query');
  if (!query) return null;
  return { query, variables: params.get('variables') ?? '', operationName: params.get('operationName') };
}

/** Puts the operation into the page's address and into the clipboard; what to tell of it. Headers stay out: they are secrets. */
export async function shareLink(operation) {
  const params = Object.entries(operation).filter(([, value]) => value?.trim());
  const link = `${location.pathname}?${new URLSearchParams(params)}`;
  if (link.length > LONGEST_LINK) return 'This is too long for a link.';
  history.replaceState(null, '', link);
  try {
    await navigator.clipboard.writeText(location.href);
    return 'The link is copied. It carries query and variables, no headers.';
  } catch {
    return 'The link is in the address bar. It carries query and variables, no headers.';
  }
}

// --- cost ------------------------------------------------------------------------------------

const count = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** How many points a client has when it begins; null if this server does not count. */
export async function pointsOfClient() {
  const { result } = await request({ query: '{ rateLimit { limit } }' });
  return result.data?.rateLimit?.limit ?? null;
}

/** What an operation may cost, in words, or what is wrong with it. Runs nothing. */
export async function foretell(params, isSubscription, headers, points, signal) {
  const dry = { ...params, extensions: { cost: 'dryRun' } };
  // As plain JSON a mistake has the status 200: it is expected here, and nothing for the browser's console.
  const result = isSubscription
    ? await first(subscribe(dry, headers))
    : (await request(dry, { accept: 'application/json', ...headers }, signal)).result;
  const cost = result?.extensions?.cost;
  if (!cost) return { failed: true, text: result?.errors?.[0]?.message ?? 'No answer.' };
  const of = points === null ? count(cost.requested, 'point') : `${cost.requested.toLocaleString('en')} of ${count(points, 'point')}`;
  return { failed: false, text: `May cost ${of}, ${count(cost.nodes, 'object')}.` };
}

async function first(results) {
  const { value } = await results.next();
  await results.return();
  return value;
}

/** An answer without `extensions.cost`, for which nobody asked, and that cost in words. */
export function withoutCost(result) {
  const { cost, ...extensions } = result.extensions ?? {};
  if (!cost) return { result, text: '' };
  const { extensions: _, ...rest } = result;
  const actual = cost.actual ?? cost.requested;
  const back = cost.requested - actual;
  return {
    result: Object.keys(extensions).length ? { ...rest, extensions } : rest,
    text: back > 0
      ? `${actual.toLocaleString('en')} of ${count(cost.requested, 'point')} used, ${back.toLocaleString('en')} refunded.`
      : `${count(actual, 'point')} used.`,
  };
}

// --- transport -------------------------------------------------------------------------------

/** Sends a query or mutation. `status` is the HTTP status, `result` the parsed answer. */
export async function request(params, headers = {}, signal = undefined) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: { accept: ACCEPT, ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(params),
    signal,
  });
  const text = await response.text();
  return { status: response.status, size: text.length, result: parseAnswer(response.status, text) };
}

function parseAnswer(status, text) {
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `HTTP ${status}, not JSON: ${text.slice(0, 500)}` }] };
  }
}

/** Subscribes over server-sent events: an async iterable of results. `return()` ends it. */
export function subscribe(params, headers = {}) {
  const abort = new AbortController();
  const results = events(params, headers, abort.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => results.next(),
    // The generator may be waiting for the network: abort that instead of queueing behind it.
    return: async () => {
      abort.abort();
      return { done: true, value: undefined };
    },
  };
}

async function* events(params, headers, signal) {
  try {
    const response = await fetch(STREAM, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify(params),
      signal,
    });
    if (!response.ok || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      yield parseAnswer(response.status, await response.text());
      return;
    }
    let buffer = '';
    for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
      buffer += chunk;
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop();
      for (const block of blocks) {
        const { event, data } = parseEvent(block);
        if (event === 'complete') return;
        if (data !== '') yield JSON.parse(data);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Streams are not async iterable in every browser. */
async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function parseEvent(block) {
  let event = 'message';
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  return { event, data: data.join('\n') };
}
