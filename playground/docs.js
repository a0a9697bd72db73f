// The documentation of the small page, from introspection.

import { request } from '/playground/graphql.js';

const byId = (id) => document.getElementById(id);

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

/** What the server tells of its schema: the `__schema` of an introspection. */
export async function introspect() {
  const { result } = await request({ query: INTROSPECTION });
  if (!result.data) throw new Error(result.errors?.[0]?.message ?? 'no answer');
  return result.data.__schema;
}

/** Writes an entry for each type, to open and to find. */
export function documentSchema(schema) {
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
  // Also when the address names it already.
  document.querySelector('aside').addEventListener('click', ({ target }) => {
    if (target.hash) setTimeout(openTarget);
  });
  count();
  openTarget();
}
