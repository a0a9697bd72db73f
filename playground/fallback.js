// The small page: an editor, the answer, a guide, and the schema's documentation. No library.

import { complete, index, outline } from '/playground/complete.js';
import { documentation, followLinks, introspect, loadSubjects } from '/playground/docs.js';
import { completing } from '/playground/editor.js';
import {
  foretell,
  linkedOperation,
  loadExamples,
  loadGuide,
  request,
  shareLink,
  subscribe,
  withoutCost,
} from '/playground/graphql.js';

const byId = (id) => document.getElementById(id);

// Which page this stands in for: the same file answers both addresses.
const onItsOwn = location.pathname.endsWith('/fallback.html');
byId(onItsOwn ? 'full-page' : 'not-built').hidden = false;

// --- colours, and what is kept ------------------------------------------------------------------

/** `key` of the browser's storage holds the value of `field`; an empty value is forgotten. */
function keep(key, value) {
  if (value === '') localStorage.removeItem(key);
  else localStorage.setItem(key, value);
}

// GraphiQL's key, so that both pages look alike.
const THEME = 'graphiql:theme';
const HEADERS = 'folkmoot:headers';

function showTheme() {
  document.documentElement.dataset.theme = byId('theme').value;
}

byId('theme').value = localStorage.getItem(THEME) ?? '';
showTheme();
byId('theme').addEventListener('change', () => {
  keep(THEME, byId('theme').value);
  showTheme();
});

byId('headers').value = localStorage.getItem(HEADERS) ?? '';
byId('keep').checked = localStorage.getItem(`${HEADERS}:keep`) !== 'false';
for (const id of ['headers', 'keep']) {
  byId(id).addEventListener('input', () => {
    const { checked } = byId('keep');
    keep(`${HEADERS}:keep`, checked ? '' : 'false');
    keep(HEADERS, checked ? byId('headers').value : '');
  });
}

// --- the operation ---------------------------------------------------------------------------

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

/** What the editors hold: the request, its headers, and whether it is a subscription. */
function operation() {
  const query = byId('query').value;
  const { operations } = outline(query);
  const chosen = operations.find(({ name }) => name === byId('operation-name').value) ?? operations[0];
  const params = { query, variables: jsonObject('variables', 'Variables') };
  if (operations.length > 1) params.operationName = chosen.name;
  return { params, headers: jsonObject('headers', 'Headers'), subscription: chosen?.kind === 'subscription' };
}

function offerOperations(wanted = byId('operation-name').value) {
  const { operations } = outline(byId('query').value);
  byId('operations').hidden = operations.length < 2;
  byId('operation-name').replaceChildren(...operations.map(({ name }) => new Option(name, name, false, name === wanted)));
}

/** Puts an operation into the editors. */
function edit({ query, variables, operationName = '' }) {
  byId('query').value = query;
  byId('variables').value = variables;
  byId('more').open = byId('more').open || variables !== '';
  offerOperations(operationName);
  foretellSoon();
  if (runs === 0) return;
  // What stands there is no answer to this.
  stop();
  runs += 1;
  showStatus('');
  byId('result').textContent = '';
}

// --- what it may cost ------------------------------------------------------------------------

/** How long the hands rest before the server is asked. */
const PAUSE = 500;

let pause;
let asking = new AbortController();

function foretellSoon() {
  clearTimeout(pause);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  pause = setTimeout(async () => {
    const told = await foretellNow(signal).catch(() => null);
    if (signal.aborted) return;
    byId('foretold').textContent = told?.text ?? '';
    byId('foretold').classList.toggle('failed', told?.failed ?? false);
  }, PAUSE);
}

async function foretellNow(signal) {
  if (!outline(byId('query').value).whole) return null;
  const { params, headers, subscription } = operation();
  return foretell(params, subscription, headers, signal);
}

byId('operation').addEventListener('input', (event) => {
  if (event.target === byId('query')) offerOperations();
  if (event.target !== byId('example')) foretellSoon();
});

// --- running ---------------------------------------------------------------------------------

let stop = () => {};
let runs = 0;

function showStatus(text, failed = false) {
  byId('status').textContent = text;
  byId('status').classList.toggle('failed', failed);
}

function showResult(result) {
  byId('result').textContent = JSON.stringify(result, null, 2);
}

/** `pressed` says whether somebody asked for it. */
async function run(pressed) {
  stop();
  runs += 1;
  const current = runs;
  try {
    const { params, headers, subscription } = operation();
    showStatus('Running…');
    const measured = { ...params, extensions: { cost: true } };
    if (subscription) await follow(measured, headers, current);
    else await ask(measured, headers);
    // On a phone the answer is below what was pressed.
    if (pressed) byId('status').scrollIntoView({ block: 'nearest' });
  } catch (error) {
    if (error.name !== 'AbortError') showStatus(error.message, true);
  }
}

async function ask(params, headers) {
  const started = performance.now();
  const abort = new AbortController();
  stop = () => abort.abort();
  byId('stop').hidden = true;
  const { status, size, result: answer } = await request(params, headers, abort.signal);
  const took = Math.round(performance.now() - started);
  const { result, text } = await withoutCost(answer);
  const errors = result.errors?.length ?? 0;
  const outcome = errors === 0 ? 'Done' : `${errors} ${errors === 1 ? 'error' : 'errors'}`;
  showStatus(`${outcome}: HTTP ${status}, ${took} ms, ${size.toLocaleString('en')} characters. ${text}`, errors > 0);
  showResult(result);
}

async function follow(params, headers, current) {
  const results = subscribe(params, headers);
  stop = () => results.return();
  byId('stop').hidden = false;
  let count = 0;
  showStatus('Listening… nothing came yet');
  try {
    for await (const result of results) {
      count += 1;
      showStatus(`Listening… ${count} so far, the last one is shown`);
      showResult((await withoutCost(result)).result);
    }
    if (current === runs) showStatus(`Ended after ${count}`);
  } finally {
    if (current === runs) byId('stop').hidden = true;
  }
}

byId('operation').addEventListener('submit', (event) => {
  event.preventDefault();
  run(true);
});
byId('operation').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run(true);
  }
});
byId('stop').addEventListener('click', () => stop());
byId('link').addEventListener('click', async () => {
  const [query, variables] = [byId('query').value, byId('variables').value];
  const operationName = byId('operations').hidden ? '' : byId('operation-name').value;
  showStatus(await shareLink({ query, variables, operationName }));
});

// --- examples and guide ----------------------------------------------------------------------

/** Runs a query that stands in the editors; a subscription waits until somebody says so. */
function start() {
  const { operations } = outline(byId('query').value);
  const { kind } = operations.find(({ name }) => name === byId('operation-name').value) ?? operations[0] ?? {};
  if (kind === 'query') run(false);
  if (kind === 'subscription') showStatus('This listens for changes. Press Run to begin.');
}

/** The options of the examples, a group for each section. */
function options(examples) {
  const sections = [...new Set(examples.map(({ section }) => section))];
  return sections.map((label) => {
    const group = Object.assign(document.createElement('optgroup'), { label });
    const within = examples.filter(({ section }) => section === label);
    group.append(...within.map(({ title, name }) => new Option(title, name)));
    return group;
  });
}

async function offerExamples() {
  const examples = await loadExamples();
  const select = byId('example');
  select.append(...options(examples));
  const show = (wanted) => {
    const example = examples.find(({ name }) => name === wanted);
    if (!example) return;
    select.value = wanted;
    edit(example);
    start();
  };
  select.addEventListener('change', () => show(select.value));

  const linked = linkedOperation();
  if (linked !== null) {
    select.prepend(new Option('From the link', '', true, true));
    select.options[0].disabled = true;
    edit(linked);
    start();
  } else if (byId('query').value === '') {
    // Nobody has begun to type meanwhile.
    show(examples[0]?.name);
  }

  const guide = await loadGuide(examples);
  byId('guide').append(...guide.childNodes);
  byId('guide').addEventListener('click', ({ target }) => {
    if (!target.dataset.example) return;
    show(target.dataset.example);
    byId('query').focus();
  });
}

async function showSchema() {
  const [schema, subjects] = await Promise.all([introspect(), loadSubjects()]);
  const { element, open } = documentation(schema, subjects);
  byId('docs').replaceChildren(element);
  followLinks(open);
  open(location.hash);
  const known = index(schema);
  const say = (text) => (byId('said').textContent = text);
  completing(byId('query'), byId('completions'), (text, caret) => complete(known, text, caret), say);
}

offerExamples().catch((error) => showStatus(`The examples cannot be read: ${error.message}`, true));
showSchema().catch((error) => {
  byId('docs').firstElementChild.textContent = `The schema cannot be read: ${error.message}`;
});
