// Makes the query editable and runs it, colours code, and adds buttons that copy snippets.
// Without this file the page holds the same texts, and every link works.

const query = document.querySelector('#query');
const answer = document.querySelector('#answer');
const told = document.querySelector('#told');
const open = document.querySelector('.open');

// --- colours of code ---------------------------------------------------------------------------

// The kinds of tokens, in the order in which they are tried. The rest keeps the colour of signs.
const TOKENS =
  /(?<comment>#.*)|(?<name>"(?:[^"\\\n]|\\.)*"(?=\s*:)|\b[a-z_]\w*(?<!\bnull|\btrue|\bfalse))|(?<text>"(?:[^"\\\n]|\\.)*")|(?<value>\b[A-Za-z_]\w*|-?\b\d[\d.eE+-]*)/g;
const KINDS = ['comment', 'name', 'text', 'value'];

/** Colours both codes where the browser can do that without elements. */
function colour() {
  if (!CSS.highlights) return;
  const ranges = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  for (const code of [query, answer]) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) colourText(node, ranges);
  }
  for (const kind of KINDS) CSS.highlights.set(kind, new Highlight(...ranges[kind]));
}

function colourText(node, ranges) {
  for (const { index, 0: token, groups } of node.data.matchAll(TOKENS)) {
    const kind = KINDS.find((name) => groups[name] !== undefined);
    const [startContainer, startOffset] = [node, index];
    ranges[kind].push(new StaticRange({ startContainer, startOffset, endContainer: node, endOffset: index + token.length }));
  }
}

// --- the query and its answer ------------------------------------------------------------------

const WIDTH = 72;

/** JSON for people, as the server writes it: what fits on a line is on a line. */
function print(value, depth = 0, before = 0) {
  const line = oneLine(value);
  if (value === null || typeof value !== 'object' || before + line.length <= WIDTH) return line;
  const isList = Array.isArray(value);
  const inner = '  '.repeat(depth + 1);
  const items = Object.entries(value).map(([key, item]) => {
    const head = inner + (isList ? '' : `${JSON.stringify(key)}: `);
    return head + print(item, depth + 1, head.length);
  });
  const [start, end] = isList ? '[]' : '{}';
  return `${start}\n${items.join(',\n')}\n${'  '.repeat(depth)}${end}`;
}

function oneLine(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return fields.length ? `{ ${fields.join(', ')} }` : '{}';
}

/** Signs that would change the direction of the text around them are escaped. */
const plain = (json) =>
  json.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u206f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

let last = 0;

async function run() {
  const mine = ++last;
  told.textContent = 'Running…';
  const since = performance.now();
  const result = await send(query.innerText);
  // A later run has begun meanwhile.
  if (mine !== last) return;
  answer.textContent = plain(print(result));
  told.textContent = result.errors ? 'The query has an error.' : `Answered in ${Math.max(1, Math.round(performance.now() - since))} ms`;
  colour();
}

/** The answer as JSON. Mistakes have the status 200 with this `Accept`, so the browser's console stays quiet. */
async function send(text) {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
    return await response.json();
  } catch {
    return { errors: [{ message: 'The server does not answer.' }] };
  }
}

function makeEditable() {
  try {
    query.contentEditable = 'plaintext-only';
  } catch {
    query.contentEditable = 'true';
  }
  query.role = 'textbox';
  query.ariaMultiLine = 'true';
  query.spellcheck = false;
  query.autocapitalize = 'off';
  query.addEventListener('input', () => {
    open.href = `/playground?${new URLSearchParams({ query: query.innerText })}`;
    colour();
  });
  query.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'main';
  button.textContent = 'Run';
  button.title = 'Ctrl-Enter';
  button.addEventListener('click', run);
  open.after(button);
  document.querySelector('#hint').textContent = 'Change the query, and run it: Ctrl-Enter.';
}

if (query.closest('[data-editable]')) makeEditable();
colour();

// --- snippets ----------------------------------------------------------------------------------

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Not allowed';
  }
  setTimeout(() => (button.textContent = 'Copy'), 2000);
}

// A browser offers a clipboard to pages that came over TLS or from this machine.
for (const snippet of navigator.clipboard ? document.querySelectorAll('.snippet') : []) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.ariaLive = 'polite';
  button.addEventListener('click', () => copy(button, snippet.querySelector('code').textContent));
  snippet.append(button);
}
