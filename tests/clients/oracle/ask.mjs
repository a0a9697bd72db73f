// What the server says of a request, and its answers.

import { Agent, request as httpRequest } from 'node:http';

/** Codes of a request that is wrong and therefore not executed. */
const REFUSALS = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'];
const AT_ONCE = 16;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** Sends the text of a JSON body. Resolves to `{ status, type, body }`; `read` gets the body as far as it is here. */
function post(url, text, { accept, read, ...options }) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept, 'content-length': Buffer.byteLength(text) };
    const request = httpRequest(url, { method: 'POST', headers, agent, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
        read?.(body);
      });
      response.on('end', () => {
        resolve({ status: response.statusCode, type: response.headers['content-type'] ?? '', body });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Runs `work` for each item, a few at once; the results are in the order of the items. */
export async function forEach(items, work) {
  const results = Array(items.length);
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const textOf = ({ query, variables, operationName }) => JSON.stringify({ query, variables, operationName });

/** Whether an answer refuses a request with the status, media type and body that GraphQL over HTTP requires. */
function isRefusal({ status, type }, answer) {
  const isOfGraphql = type.startsWith('application/graphql-response+json');
  return (
    status === 400 && isOfGraphql && !('data' in answer) && REFUSALS.includes(answer.errors?.[0]?.extensions?.code)
  );
}

/**
 * The verdict of the server on a query: `{ accepted, code, answer }`. `accepted` is null for any other answer, such as
 * one of a limit.
 */
export async function verdictOfServer(url, request) {
  const response = await post(url, textOf(request), { accept: 'application/graphql-response+json' });
  const answer = JSON.parse(response.body);
  const code = answer.errors?.[0]?.extensions?.code;
  if (isRefusal(response, answer)) return { accepted: false, code, answer };
  const isExecuted = response.status === 200 && response.type.startsWith('application/graphql-response+json');
  return { accepted: isExecuted && 'data' in answer ? true : null, code, answer };
}

/** The data of the first event of a stream, or the JSON that came in its place. */
async function firstOf(url, text, signal) {
  let take;
  const event = new Promise((resolve) => {
    take = resolve;
  });
  const read = (body) => {
    const [, data] = body.match(/^data: (.+)\n/m) ?? [];
    if (data) take(data);
  };
  // A stream has a connection of its own, since it would block one of the shared ones.
  const end = post(url, text, { accept: 'text/event-stream', read, signal, agent: new Agent() });
  return JSON.parse(await Promise.race([event, end.then(({ body }) => body)]));
}

/**
 * The verdict of the server on a subscription. A refusal is the first event of its stream. A stream without an event is
 * accepted when `patience` resolves: nothing changed, so there is no event.
 */
export async function verdictOfStream(url, request, patience) {
  const silence = { silent: true };
  const stop = new AbortController();
  const answer = await Promise.race([firstOf(url, textOf(request), stop.signal), patience.then(() => silence)]);
  stop.abort();
  if (answer === silence) return { accepted: true, code: 'silence' };
  const code = answer?.errors?.[0]?.extensions?.code;
  return { accepted: !REFUSALS.includes(code), code, answer };
}

/** The answers to queries, ten in a request. */
export async function answersOf(url, queries) {
  const batches = [];
  for (let at = 0; at < queries.length; at += 10) batches.push(queries.slice(at, at + 10));
  const answers = await forEach(batches, async (batch) => {
    const text = JSON.stringify(batch.map((query) => ({ query })));
    return JSON.parse((await post(url, text, { accept: 'application/json' })).body);
  });
  return answers.flat();
}
