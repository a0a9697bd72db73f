// Speaks GraphQL to this server. Both pages use it; it depends on nothing.

const ENDPOINT = '/graphql';
const STREAM = '/graphql/stream';
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/** The example operations: `{ title, name, query }`. See the top of examples.graphql. */
export async function loadExamples() {
  const response = await fetch('/playground/examples.graphql');
  if (!response.ok) return [];
  return parseExamples(await response.text());
}

export function parseExamples(text) {
  return text
    .split(/(?<=^\})$/m)
    .map((query) => query.trim())
    .filter((query) => query !== '')
    .map((query) => {
      const name = query.match(/^(?:query|mutation|subscription)\s+(\w+)/m)?.[1] ?? '';
      const title = query.match(/^## (.+)$/m)?.[1] ?? name;
      return { name, title, query };
    });
}

/** The operation that a link carries (`?query=…&variables=…&operationName=…`), or null. */
export function linkedOperation() {
  const params = new URLSearchParams(location.search);
  const query = params.get('query');
  if (!query) return null;
  return { query, variables: params.get('variables') ?? '' };
}

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
