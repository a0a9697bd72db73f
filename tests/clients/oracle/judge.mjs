// Both verdicts for each request, and where they differ.

import { verdictOfServer, verdictOfStream, forEach } from './ask.mjs';
import { KNOWN_DIFFERENCES } from './known-differences.mjs';
import { verdictOfGraphqlJs } from './verdict.mjs';

/** The right verdict: true, false, or null where it is unknown or both are right. */
function expected(request, verdict, known) {
  if (known) return known.accepted;
  // Where graphql-js aborts, the label of an example decides.
  return verdict.accepted ?? request.isValid ?? null;
}

/** Whether the server refused a document by one of its limits, before it validated it. */
export const isOfLimit = ({ server: { code } }) => code?.startsWith('QUERY_TOO_') ?? false;

/** Asks both sides. Resolves to `{ request, js, server, known, expected, differs }` for each request. */
export async function judge(url, requests) {
  let end;
  const patience = new Promise((resolve) => {
    end = resolve;
  });
  const isStream = ({ kind }) => kind === 'subscription';
  // The streams stay open until all other answers are there. A stream that is still silent then was accepted.
  const streams = Promise.all(requests.filter(isStream).map((request) => verdictOfStream(url, request, patience)));
  const answers = await forEach(
    requests.filter((request) => !isStream(request)),
    (request) => verdictOfServer(url, request),
  );
  end();
  const verdicts = { streams: (await streams).values(), answers: answers.values() };
  return requests.map((request) => {
    const server = verdicts[isStream(request) ? 'streams' : 'answers'].next().value;
    const js = verdictOfGraphqlJs(request);
    const known = KNOWN_DIFFERENCES.find(({ meets }) => meets(request, js));
    const wanted = expected(request, js, known);
    const differs = wanted !== null && server.accepted !== wanted && !isOfLimit({ server });
    return { request, js, server, known, expected: wanted, differs };
  });
}

/** Codes of rules that this API checks while a field is executed. */
const OF_FIELDS = ['ANSWER_TOO_LARGE', 'BAD_ARGUMENTS', 'BAD_CURSOR', 'BAD_FILTER', 'BAD_ID', 'BAD_PAGE', 'BAD_SEARCH', 'TOO_MANY_IDS', 'UNKNOWN_NAME'];

/** Whether an accepted request has an error with another code. */
export function failsWithoutReason({ request, server: { accepted, answer } }) {
  // Validation lets a nullable variable with a default stand where null is not allowed. Its null is an error of the
  // field.
  const hasNull = Object.values(request.variables ?? {}).includes(null);
  const isExplained = ({ extensions: { code } }) =>
    OF_FIELDS.includes(code) || (hasNull && ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'].includes(code));
  return accepted === true && !(answer?.errors ?? []).every(isExplained);
}

const words = { true: 'runs it', false: 'refuses it', null: 'does neither' };

/** The text of a difference. */
export function describe({ request, js, server, known }) {
  const { query, variables, operationName } = request;
  const rule = known ? `known difference: ${known.name}` : `${js.rule}${js.message ? `: ${js.message}` : ''}`;
  const said = server.answer?.errors?.map(({ message }) => message).join(' ') ?? '';
  return [
    `graphql-js ${words[js.accepted]} (${rule})`,
    `the server ${words[server.accepted]} (${server.code ?? 'no code'}: ${said})`,
    JSON.stringify({ query, variables, operationName }),
  ].join('\n');
}

/** The lines of a table that counts requests by this key and by outcome. */
export function table(judged, title, key) {
  const rows = new Map();
  for (const one of judged) {
    const row = rows.get(key(one)) ?? { documents: 0, refused: 0, accepted: 0, open: 0, limited: 0, differences: 0 };
    rows.set(key(one), row);
    row.documents += 1;
    if (one.differs) row.differences += 1;
    else if (isOfLimit(one)) row.limited += 1;
    else if (one.expected === null) row.open += 1;
    else row[one.expected ? 'accepted' : 'refused'] += 1;
  }
  const width = Math.max(title.length, ...[...rows.keys()].map((name) => name.length));
  const line = (name, cells) => [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(12))].join('');
  const columns = ['documents', 'refused', 'accepted', 'open', 'limited', 'differences'];
  return [
    line(title, columns),
    ...[...rows].map(([name, row]) =>
      line(
        name,
        columns.map((column) => row[column]),
      ),
    ),
  ];
}
