// The small page: an editor, the answer, and the schema's documentation. No library.

import { linkedOperation, loadExamples, request, subscribe } from '/playground/graphql.js';

const byId = (id) => document.getElementById(id);

/** `element('p', { className: 'x' }, 'text', child)`; text is never parsed as HTML. */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Which page this stands in for: the same file answers both addresses.
const onItsOwn = location.pathname.endsWith('/fallback.html');
byId(onItsOwn ? 'full-page' : 'not-built').hidden = false;

// --- running ---------------------------------------------------------------------------------

let stop = () => {};
let runs = 0;

/** An editor's JSON object; an empty editor is an empty object. */
function jsonObject(id, label) {
  const text = byId(id).value.trim();
  if (text === '') return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${label} are not JSON: ${error.message}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${label} must be a JSON object, such as {"a": 1}`);
  }
  return value;
}

function showStatus(text, failed = false) {
  byId('status').textContent = text;
  byId('status').classList.toggle('failed', failed);
}

function showResult(result) {
  byId('result').textContent = JSON.stringify(result, null, 2);
}

async function run() {
  stop();
  runs += 1;
  const current = runs;
  try {
    const query = byId('query').value;
    const params = { query, variables: jsonObject('variables', 'Variables') };
    const headers = jsonObject('headers', 'Headers');
    showStatus('Running…');
    if (/^\s*subscription\b/m.test(query)) await follow(params, headers, current);
    else await ask(params, headers);
  } catch (error) {
    if (error.name !== 'AbortError') showStatus(error.message, true);
  }
}

async function ask(params, headers) {
  const started = performance.now();
  const abort = new AbortController();
  stop = () => abort.abort();
  byId('stop').hidden = true;
  const { status, size, result } = await request(params, headers, abort.signal);
  const took = Math.round(performance.now() - started);
  const errors = result.errors?.length ?? 0;
  const outcome = errors === 0 ? 'Done' : `${errors} ${errors === 1 ? 'error' : 'errors'}`;
  showStatus(`${outcome}: HTTP ${status}, ${took} ms, ${size} characters`, errors > 0);
  showResult(result);
}

async function follow(params, headers, current) {
  const results = subscribe(params, headers);
  stop = () => results.return();
  byId('stop').hidden = false;
  let count = 0;
  showStatus('Listening…');
  try {
    for await (const result of results) {
      count += 1;
      showStatus(`Listening… ${count} so far, the last one is shown`);
      showResult(result);
    }
    if (current === runs) showStatus(`Ended after ${count}`);
  } finally {
    if (current === runs) byId('stop').hidden = true;
  }
}

byId('operation').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
byId('operation').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
byId('stop').addEventListener('click', () => stop());

// --- examples --------------------------------------------------------------------------------

async function offerExamples() {
  const examples = await loadExamples();
  byId('example').append(...examples.map(({ title }, index) => new Option(title, index)));
  const choose = () => {
    byId('query').value = examples[byId('example').value]?.query ?? '';
    byId('variables').value = '';
  };
  byId('example').addEventListener('change', choose);

  const linked = linkedOperation();
  if (linked === null) {
    choose();
  } else {
    byId('example').prepend(new Option('From the link', '', true, true));
    byId('query').value = linked.query;
    byId('variables').value = linked.variables;
  }
}

// --- documentation ---------------------------------------------------------------------------

const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';
const INPUT = `name description defaultValue type { ${TYPE_REF} }`;
const INTROSPECTION = `query Documentation {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind
      name
      description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args { ${INPUT} }
        type { ${TYPE_REF} }
      }
      inputFields { ${INPUT} }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
  }
}`;

const KINDS = {
  OBJECT: 'type',
  INTERFACE: 'interface',
  UNION: 'union',
  ENUM: 'enum',
  INPUT_OBJECT: 'input',
  SCALAR: 'scalar',
};

/** `[Talk!]!`, with the name as a link to its entry. */
function typeReference(type) {
  if (type.kind === 'NON_NULL') return [...typeReference(type.ofType), '!'];
  if (type.kind === 'LIST') return ['[', ...typeReference(type.ofType), ']'];
  return [element('a', { href: `#type-${type.name}` }, type.name)];
}

function paragraphs(description) {
  return (description ?? '')
    .split(/\n\s*\n/)
    .filter((text) => text.trim() !== '')
    .map((text) => element('p', {}, text));
}

function inputEntry(input) {
  const ends = input.defaultValue === null ? '' : ` = ${input.defaultValue}`;
  return element('code', {}, `${input.name}: `, ...typeReference(input.type), ends);
}

/** The `dt` and `dd` of a field, an input field or an enum value. */
function memberEntry(member) {
  const term = element('dt');
  if (member.args === undefined) {
    term.append(member.type ? inputEntry(member) : element('code', {}, member.name));
  } else {
    term.append(element('code', {}, `${member.name}: `, ...typeReference(member.type)));
  }
  const about = element('dd', {}, ...paragraphs(member.description));
  if (member.isDeprecated) {
    term.className = 'deprecated';
    about.append(element('p', {}, `Deprecated: ${member.deprecationReason ?? 'no reason given'}`));
  }
  for (const argument of member.args ?? []) {
    about.append(element('p', {}, inputEntry(argument)), ...paragraphs(argument.description));
  }
  return [term, about];
}

function typeBody(type) {
  const members = type.fields ?? type.inputFields ?? type.enumValues ?? [];
  const body = element('div', { className: 'type' }, ...paragraphs(type.description));
  if (type.possibleTypes?.length) {
    const names = type.possibleTypes.flatMap(({ name }, index) => [
      index === 0 ? 'One of: ' : ', ',
      element('a', { href: `#type-${name}` }, name),
    ]);
    body.append(element('p', {}, ...names));
  }
  if (members.length) body.append(element('dl', {}, ...members.flatMap(memberEntry)));
  return body;
}

/** A type's entry; its body is built when it is first opened, for a schema has hundreds. */
function typeEntry(type) {
  const summary = element(
    'summary',
    {},
    element('code', {}, type.name),
    element('span', { className: 'kind' }, ` ${KINDS[type.kind]}`),
  );
  const entry = element('details', { id: `type-${type.name}` }, summary);
  entry.addEventListener('toggle', () => {
    if (entry.open && entry.childElementCount === 1) entry.append(typeBody(type));
  });
  const members = [type.fields, type.inputFields, type.enumValues].flatMap((list) => list ?? []);
  const words = [type.name, ...members.map(({ name }) => name)].join(' ').toLowerCase();
  return { entry, words };
}

function openTarget() {
  const target = location.hash.startsWith('#type-') && byId(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.hidden = false;
  target.open = true;
  target.scrollIntoView();
}

async function documentSchema() {
  const { result } = await request({ query: INTROSPECTION });
  const schema = result.data?.__schema;
  if (!schema) throw new Error(result.errors?.[0]?.message ?? 'no answer');

  const roots = [schema.queryType, schema.mutationType, schema.subscriptionType]
    .filter(Boolean)
    .map(({ name }) => name);
  const rank = ({ name }) => (roots.includes(name) ? roots.indexOf(name) : roots.length);
  const entries = schema.types
    .filter(({ name }) => !name.startsWith('__'))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .map(typeEntry);
  byId('docs').append(...entries.map(({ entry }) => entry));

  const count = () => {
    const shown = entries.filter(({ entry }) => !entry.hidden).length;
    byId('docs-status').textContent = `${shown} of ${entries.length} types`;
  };
  byId('find').addEventListener('input', () => {
    const wanted = byId('find').value.trim().toLowerCase();
    for (const { entry, words } of entries) entry.hidden = !words.includes(wanted);
    count();
  });
  addEventListener('hashchange', openTarget);
  count();
  openTarget();
}

offerExamples().catch((error) => showStatus(`The examples cannot be read: ${error.message}`, true));
documentSchema().catch((error) => {
  byId('docs-status').textContent = `The schema cannot be read: ${error.message}`;
});
