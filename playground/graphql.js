// Speaks GraphQL to this server. Both pages use it; it depends on nothing.

const ENDPOINT = '/graphql';
const STREAM = '/graphql/stream';
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

// --- examples --------------------------------------------------------------------------------

/** The examples that this server has the data for: `{ section, title, name, query, variables, isLive }`. */
export async function loadExamples() {
  const [examples, values] = await Promise.all([text('examples.graphql').then(parseExamples), text('values.graphql').then(askForValues)]);
  return examples.map((example) => fillIn(example, values)).filter(Boolean);
}

async function text(name) {
  const response = await fetch(`/playground/${name}`);
  return response.ok ? response.text() : '';
}

/** The operations of a file with the comments above each. */
const operations = (file) => file.split(/(?<=^\}$)/m).filter((part) => part.trim() !== '');

/** The line that begins with a mark, without it. */
const line = (part, mark) => part.match(new RegExp(`^${mark} (.+)$`, 'm'))?.[1];

/** Each operation with its section behind `###`, its title behind `##`, and perhaps `# variables:` as JSON. */
function parseExamples(file) {
  let section = '';
  return operations(file).map((part) => {
    section = line(part, '###') ?? section;
    const [, kind, name] = part.match(/^(query|subscription) (\w+)/m);
    return {
      section,
      title: line(part, '##'),
      name,
      isLive: kind === 'subscription',
      query: part.replace(/^###.*\n|^# variables:.*\n/gm, '').trim(),
      variables: JSON.parse(line(part, '# variables:') ?? '{}'),
    };
  });
}

/** How long the values of the examples are kept, in milliseconds. */
const VALUES_AGE = 600_000;

/** The answers to all operations of `values.graphql`, in one object. A tab asks once in ten minutes: they cost points. */
async function askForValues(file) {
  const kept = keptValues(file);
  if (kept) return kept;
  const values = await askAnew(file);
  try {
    sessionStorage.setItem('values', JSON.stringify({ file, values, at: Date.now() }));
  } catch {
    // Then the next page asks again.
  }
  return values;
}

function keptValues(file) {
  try {
    const kept = JSON.parse(sessionStorage.getItem('values'));
    return kept?.file === file && Date.now() - kept.at < VALUES_AGE ? kept.values : null;
  } catch {
    return null;
  }
}

/** What fails is missing. */
async function askAnew(file) {
  const asked = operations(file).map((query) => request({ query }).catch(() => null));
  return Object.assign({}, ...(await Promise.all(asked)).map((answer) => answer?.result.data));
}

/** The example with the variables that fit it best; null if this server has no data for it. */
function fillIn({ variables, ...example }, values) {
  const required = [...example.query.matchAll(/\$(\w+): [\w[\]!]+!(?! =)/g)].map(([, name]) => name);
  const answers = Object.keys(values).filter((key) => key.replace(/\d$/, '') === example.name).map((key) => values[key]);
  const found = answers.map((answer) => best(answer, required)).find(Boolean);
  if (!found && (answers.length || required.length)) return null;
  const all = { ...variables, ...Object.fromEntries(required.map((name) => [name, found[name]])) };
  return { ...example, variables: Object.keys(all).length ? JSON.stringify(all, null, 2) : '' };
}

/** The values of the candidate that fits and has the most of them. */
function best(answer, required) {
  const fits = (candidate) => isThere(candidate) && required.every((name) => typeof leaves(candidate)[name] === 'string');
  const candidates = (answer?.nodes ?? [answer]).filter(fits);
  return leaves(candidates.sort((a, b) => countLeaves(b) - countLeaves(a))[0]);
}

const isObject = (value) => value !== null && typeof value === 'object';

/** Whether nothing that is named `needs` is empty or false. */
function isThere(value) {
  if (!isObject(value)) return true;
  return Object.entries(value).every(([key, inner]) => (key !== 'needs' || countLeaves(inner) > 0) && isThere(inner));
}

/** How many values there are that are neither null, empty nor false. */
function countLeaves(value) {
  return isObject(value) ? Object.values(value).reduce((sum, inner) => sum + countLeaves(inner), 0) : Number(Boolean(value));
}

/** The values of an answer by their names: `{ a: { b: 1 } }` is `{ b: 1 }`. Of several with one name it is the first. */
function leaves(value) {
  if (value === undefined) return undefined;
  return Object.entries(value ?? {}).reduceRight(
    (all, [key, inner]) => Object.assign(all, isObject(inner) ? leaves(inner) : { [key]: inner }),
    {},
  );
}

/** The guide's text, and the examples to name its buttons by: a page of its own. Buttons of what is not offered go. */
export async function loadGuide(examples) {
  const { body } = new DOMParser().parseFromString(await text('guide.html').catch(() => ''), 'text/html');
  for (const button of body.querySelectorAll('[data-example]')) {
    const example = examples.find(({ name }) => name === button.dataset.example);
    if (example) button.textContent = example.title;
    else button.remove();
  }
  return body;
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

let limit;

/** How many points a client has when it begins; null if this server does not count. It is asked once. */
export function pointsOfClient() {
  limit ??= request({ query: '{ rateLimit { limit } }' }).then(({ result }) => result.data?.rateLimit?.limit ?? null, () => null);
  return limit;
}

/** `10 of 1,000 points`; where the server does not count, `10 points`. */
async function pointsOf(number) {
  const points = await pointsOfClient();
  return points === null ? count(number, 'point') : `${number.toLocaleString('en')} of ${count(points, 'point')}`;
}

/** What an operation may cost, in words, or what is wrong with it. Runs nothing. */
export async function foretell(params, isSubscription, headers, signal) {
  const dry = { ...params, extensions: { cost: 'dryRun' } };
  // As plain JSON a mistake has the status 200: it is expected here, and nothing for the browser's console.
  const result = isSubscription
    ? await first(subscribe(dry, headers))
    : (await request(dry, { accept: 'application/json', ...headers }, signal)).result;
  const cost = result?.extensions?.cost;
  if (!cost) return { failed: true, text: result?.errors?.[0]?.message ?? 'No answer.' };
  const objects = cost.nodes > 0 ? `, for up to ${count(cost.nodes, 'object')}` : '';
  return { failed: false, text: `May cost ${await pointsOf(cost.requested)}${objects}.` };
}

async function first(results) {
  const { value } = await results.next();
  await results.return();
  return value;
}

/** An answer without `extensions.cost`, for which nobody asked, and that cost in words. */
export async function withoutCost(result) {
  const { cost, ...extensions } = result.extensions ?? {};
  if (!cost) return { result, text: '' };
  const { extensions: _, ...rest } = result;
  const actual = cost.actual ?? cost.requested;
  const back = cost.requested - actual;
  const refund = back > 0 ? ` ${back.toLocaleString('en')} more ${back === 1 ? 'was' : 'were'} reserved and given back.` : '';
  return {
    result: Object.keys(extensions).length ? { ...rest, extensions } : rest,
    text: `Cost ${await pointsOf(actual)}.${refund}`,
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
