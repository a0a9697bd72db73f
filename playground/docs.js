// The documentation of the schema, from introspection. Both pages show it.

import { request } from '/playground/graphql.js';

/** `element('p', { className: 'x' }, 'text', child)`; text is never parsed as HTML. */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';
const INPUT = `name description defaultValue type { ${TYPE_REF} }`;
const INTROSPECTION = `query Documentation {
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    directives { name description locations args { ${INPUT} } }
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

/** More results than these are only counted. */
const MOST_RESULTS = 40;
/** The length of the text that a result shows. */
const EXCERPT = 160;

/** What the server tells of its schema: the `__schema` of an introspection. */
export async function introspect() {
  const { result } = await request({ query: INTROSPECTION });
  if (!result.data) throw new Error(result.errors?.[0]?.message ?? 'no answer');
  return result.data.__schema;
}

/** The types by subject: `[{ name, types }]`; none if this server does not tell. */
export async function loadSubjects() {
  const response = await fetch('/docs/subjects.json').catch(() => null);
  if (!response?.ok) return [];
  return response.json().catch(() => []);
}

// --- texts -----------------------------------------------------------------------------------

/** `[Talk!]!`, with the name as a link to its entry. */
function typeReference(type) {
  if (type.kind === 'NON_NULL') return [...typeReference(type.ofType), '!'];
  if (type.kind === 'LIST') return ['[', ...typeReference(type.ofType), ']'];
  return [element('a', { href: `#type-${type.name}` }, type.name)];
}

/** What stands between backticks is code. */
function withCode(text) {
  return text.split('`').map((part, at) => (at % 2 ? element('code', {}, part) : part));
}

function paragraphs(description) {
  return (description ?? '')
    .split(/\n\s*\n/)
    .filter((text) => text.trim() !== '')
    .map(block);
}

/** Of Markdown, the descriptions have examples between fences, lists, and plain paragraphs. */
function block(text) {
  if (text.startsWith('```')) return element('pre', { tabIndex: 0 }, text.replace(/^```.*\n|\n```$/g, ''));
  if (!/^[-*] /.test(text)) return element('p', {}, ...withCode(text));
  const items = text.split(/\n?^[-*] /m).filter((item) => item !== '');
  return element('ul', {}, ...items.map((item) => element('li', {}, ...withCode(item))));
}

function inputEntry(input) {
  const ends = input.defaultValue === null ? '' : ` = ${input.defaultValue}`;
  return element('code', {}, `${input.name}: `, ...typeReference(input.type), ends);
}

// --- types -----------------------------------------------------------------------------------

/** The fields of a type, its input fields or its values. */
const members = (type) => type.fields ?? type.inputFields ?? type.enumValues ?? [];

/** The `dt` and `dd` of a field, an input field or an enum value. */
function memberEntry(type, member) {
  const term = element('dt', { id: `type-${type.name}.${member.name}` });
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
  const body = element('div', { className: 'type' }, ...paragraphs(type.description));
  if (type.possibleTypes?.length) {
    const names = type.possibleTypes.flatMap(({ name }, index) => [
      index === 0 ? 'One of: ' : ', ',
      element('a', { href: `#type-${name}` }, name),
    ]);
    body.append(element('p', {}, ...names));
  }
  if (members(type).length) body.append(element('dl', {}, ...members(type).flatMap((member) => memberEntry(type, member))));
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
  const fill = () => entry.childElementCount === 1 && entry.append(typeBody(type));
  entry.addEventListener('toggle', () => entry.open && fill());
  return { entry, fill };
}

/** The types with a heading for each subject, and the entries by name. */
function listTypes(schema, subjects) {
  const roots = [schema.queryType, schema.mutationType, schema.subscriptionType].flatMap((root) => root?.name ?? []);
  const rank = ({ name }) => (roots.includes(name) ? roots.indexOf(name) : roots.length);
  const types = schema.types
    .filter(({ name }) => !name.startsWith('__'))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const byName = new Map(types.map((type) => [type.name, typeEntry(type)]));
  const rest = new Set(byName.keys());
  const list = element('div', { className: 'types' });
  const add = (heading, names) => {
    const entries = names.filter((name) => rest.delete(name)).map((name) => byName.get(name).entry);
    if (heading && entries.length) list.append(element('h3', {}, heading));
    list.append(...entries);
  };
  for (const { name, types } of subjects) add(name, types);
  add(subjects.length && 'Others', [...rest]);
  return { list, byName };
}

// --- search ----------------------------------------------------------------------------------

/** Everything that can be found: types and their members, with all that is said of each. */
function searchable(schema) {
  const said = ({ description, args = [], deprecationReason }) =>
    [description, deprecationReason, ...args.flatMap(({ name, description }) => [`\`${name}\`:`, description])].filter(Boolean).join(' ');
  return schema.types
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => [
      { path: type.name, name: type.name, text: said(type) },
      ...members(type).map((member) => ({ path: `${type.name}.${member.name}`, name: member.name, text: said(member) })),
    ]);
}

/** How well it fits: the lower, the better. */
function rank({ name, path, text }, words) {
  const [low, inPath, inText] = [name, path, text].map((part) => part.toLowerCase());
  const missing = words.filter((word) => !inPath.includes(word) && !inText.includes(word)).length;
  const wanted = words.join(' ');
  const place = low === wanted || inPath === wanted ? 0 : low.startsWith(words[0]) ? 1 : words.every((word) => inPath.includes(word)) ? 2 : 3;
  return 4 * missing + place;
}

/** What has all the words; where nothing has, what has some of them. */
function find(all, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = all.map((one) => ({ ...one, rank: rank(one, words) })).filter((one) => one.rank < 4 * words.length);
  ranked.sort((a, b) => a.rank - b.rank || a.path.split('.').length - b.path.split('.').length || a.path.localeCompare(b.path));
  const whole = ranked.filter((one) => one.rank < 4);
  return { words, found: whole.length ? whole : ranked };
}

/** The text around the first word, with all words marked. */
function excerpt(text, words) {
  const flat = text.replace(/```[\s\S]*?```/g, '').replace(/[`\s]+/g, ' ').trim();
  const at = Math.min(...words.map((word) => flat.toLowerCase().indexOf(word)).filter((found) => found >= 0));
  const from = at > EXCERPT / 2 && at !== Infinity ? flat.indexOf(' ', at - EXCERPT / 2) + 1 : 0;
  const cut = flat.slice(from, from + EXCERPT);
  const shown = `${from > 0 ? '… ' : ''}${cut}${from + EXCERPT < flat.length ? ' …' : ''}`;
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[^\w\s]/g, '\\$&')).join('|')})`, 'i');
  return shown.split(pattern).map((part, index) => (index % 2 ? element('mark', {}, part) : part));
}

function result({ path, text }, words) {
  return element('li', {}, element('a', { href: `#type-${path}` }, path), element('p', {}, ...excerpt(text, words)));
}

// --- the whole -------------------------------------------------------------------------------

/**
 * The documentation: an element, and `open(hash)`, which shows what `#type-Event` or `#type-Event.name` names. Links of
 * this form lead to it from everywhere on the page.
 */
export function documentation(schema, subjects) {
  const { list, byName } = listTypes(schema, subjects);
  const all = searchable(schema);
  const input = element('input', { type: 'search', id: 'find', autocomplete: 'off' });
  const status = element('p', { className: 'told' });
  status.role = 'status';
  const results = element('ul', { className: 'results', hidden: true });
  const about = element('div', { className: 'about' }, ...paragraphs(schema.description));
  const label = element('label', { htmlFor: 'find' }, 'Find in names and descriptions');
  const root = element('div', { className: 'docs' }, about, element('div', { className: 'find' }, label, input), status, results, list);
  if (subjects.length) root.append(element('p', {}, element('a', { href: '/docs/schema' }, 'The reference, on one page')));

  const show = (isSearch) => {
    results.hidden = !isSearch;
    list.hidden = isSearch;
    about.hidden = isSearch;
  };
  const search = () => {
    const isSearch = input.value.trim() !== '';
    show(isSearch);
    const { words, found } = find(all, input.value);
    const more = found.length > MOST_RESULTS ? `, the first ${MOST_RESULTS} are shown` : '';
    status.textContent = isSearch ? `${found.length} found${more}` : `${byName.size} types`;
    results.replaceChildren(...(isSearch ? found.slice(0, MOST_RESULTS).map((one) => result(one, words)) : []));
  };
  input.addEventListener('input', search);
  // Back to what was found, after one of them was opened.
  input.addEventListener('focus', () => input.value.trim() !== '' && show(true));
  search();

  const open = (hash) => {
    const [, typeName, memberName] = hash.match(/^#type-(\w+)(?:\.(\w+))?$/) ?? [];
    const type = byName.get(typeName);
    if (!type) return;
    show(false);
    type.fill();
    type.entry.open = true;
    root.querySelector('.target')?.classList.remove('target');
    const member = memberName && root.querySelector(`#${CSS.escape(`type-${typeName}.${memberName}`)}`);
    member?.classList.add('target');
    type.entry.firstElementChild.focus({ preventScroll: true });
    (member || type.entry).scrollIntoView({ block: 'start' });
  };
  return { element: root, open };
}

/** Calls `open` for each link to an entry that is followed, also if the address names it already. */
export function followLinks(open) {
  const changed = () => open(location.hash);
  const clicked = ({ target }) => {
    const { hash } = target.closest?.('a[href^="#type-"]') ?? {};
    if (hash && hash === location.hash) setTimeout(changed);
  };
  addEventListener('hashchange', changed);
  document.addEventListener('click', clicked);
  return () => {
    removeEventListener('hashchange', changed);
    document.removeEventListener('click', clicked);
  };
}
