// What may stand at the caret of a GraphQL document, by what introspection tells of the schema.

const TOKEN = /"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#.*|\.\.\.|[A-Za-z_]\w*|-?\d[\w.]*|[{}()[\]:$@!=|&]/g;
const OPERATIONS = { query: 'queryType', mutation: 'mutationType', subscription: 'subscriptionType' };
const CLOSES = { '}': '{', ')': '(', ']': '[' };

/** The document's tokens without comments: `{ text, at }`. */
function tokens(source) {
  return [...source.matchAll(TOKEN)].map(({ 0: text, index: at }) => ({ text, at })).filter(({ text }) => text[0] !== '#');
}

/** The operations of a document: `{ kind, name }`, and whether every bracket is closed. */
export function outline(source) {
  const operations = [];
  const open = [];
  let whole = true;
  const all = tokens(source);
  all.forEach(({ text }, index) => {
    if (open.length === 0) {
      const next = all[index + 1]?.text ?? '';
      if (text in OPERATIONS) operations.push({ kind: text, name: /^\w/.test(next) ? next : '' });
      // Without a keyword before it, it begins a query.
      if (text === '{' && (index === 0 || all[index - 1].text === '}')) operations.push({ kind: 'query', name: '' });
    }
    if (Object.values(CLOSES).includes(text)) open.push(text);
    if (text in CLOSES && open.pop() !== CLOSES[text]) whole = false;
  });
  return { operations, whole: whole && open.length === 0 && operations.length > 0 };
}

const named = (type) => (type?.ofType ? named(type.ofType) : type?.name);

/** A schema by names, from the `__schema` of an introspection. */
export function index(schema) {
  return { ...schema, byName: new Map(schema.types.map((type) => [type.name, type])) };
}

/**
 * What may stand at `caret`: `{ from, items: [{ name, detail, about }] }`, where `from` is the begin of the word that is
 * being typed. Items that begin as the word does come first, then those that hold it.
 */
export function complete(schema, source, caret) {
  const before = source.slice(0, caret);
  const from = caret - before.match(/\w*$/)[0].length;
  if (insideText(before)) return { from, items: [] };
  const typed = before.slice(from).toLowerCase();
  const items = candidates(schema, walk(schema, tokens(before.slice(0, from))), source);
  const rank = ({ name }) => name.toLowerCase().indexOf(typed);
  const fit = items.filter((item) => rank(item) >= 0);
  return { from, items: fit.sort((a, b) => Math.min(rank(a), 1) - Math.min(rank(b), 1)) };
}

function insideText(before) {
  const last = [...before.matchAll(TOKEN)].at(-1);
  if (!last || last.index + last[0].length < before.length) return false;
  const [text] = last;
  return text[0] === '#' || (text.startsWith('"""') ? !/.{3}"""$/s.test(text) : /^"/.test(text) && !/.(?<!\\)"$/.test(text));
}

/**
 * Follows the tokens and returns the innermost place: its `bracket`, the `type` of a selection, the `inputs` that have
 * names here, the type `wanted` of a value, whether it `declares` variables, and the token `after` which it goes on.
 */
function walk(schema, all) {
  const stack = [{ bracket: '' }];
  for (const { text } of all) {
    const place = stack.at(-1);
    if (text in CLOSES) {
      if (stack.length > 1) stack.pop();
      // A whole value was given: what follows is the next name.
      if (place.bracket !== '(') stack.at(-1).wanted = undefined;
    } else if (text === '{') {
      stack.push(openBrace(schema, place));
    } else if (text === '(') {
      stack.push({ bracket: '(', declares: place.bracket === '', inputs: place.member?.args });
    } else if (text === '[') {
      stack.push({ bracket: '[', wanted: place.wanted, declares: place.declares });
    } else {
      goOn(schema, place, text);
    }
    // Behind a bracket's end, it stands for what it held.
    stack.at(-1).after = text in CLOSES || stack.at(-1) === place ? text : '';
  }
  return stack.at(-1);
}

/** Follows a token that is no bracket within its place. */
function goOn(schema, place, text) {
  const { after } = place;
  const type = schema.byName.get(text);
  place.spread = text === '...' || (text === 'on' && after === '...');
  if (text === ':') {
    place.wanted = place.inputs?.find(({ name }) => name === after)?.type;
  } else if (after === '@') {
    place.member = schema.directives.find(({ name }) => name === text);
  } else if (place.bracket === '') {
    if (text in OPERATIONS) place.type = schema.byName.get(schema[OPERATIONS[text]]?.name);
    if (after === 'on') place.type = type;
  } else if (place.type && after === 'on' && type) {
    Object.assign(place, { narrowed: type, member: undefined });
  } else if (place.type) {
    Object.assign(place, { member: place.type.fields?.find(({ name }) => name === text), narrowed: undefined });
  } else if (place.bracket !== '[' && text !== '$') {
    place.wanted = undefined;
  }
}

/** The place that a `{` opens: a selection, or an input object. */
function openBrace(schema, place) {
  const type = (name) => schema.byName.get(name);
  if (place.wanted) return { bracket: '{', inputs: type(named(place.wanted))?.inputFields ?? [] };
  if (place.bracket === '') return { bracket: '{', type: place.type ?? type(schema.queryType.name) };
  return { bracket: '{', type: place.narrowed ?? (place.after === '...' ? place.type : type(named(place.member?.type))) };
}

const item = (name, detail = '', about = '') => ({ name, detail, about });

/** `[Talk!]!` */
function printed(type) {
  if (type.kind === 'NON_NULL') return `${printed(type.ofType)}!`;
  return type.kind === 'LIST' ? `[${printed(type.ofType)}]` : type.name;
}

const inputItem = ({ name, type, description }) => item(name, printed(type), description);

function candidates(schema, place, source) {
  const { after } = place;
  if (after === '@') {
    return schema.directives
      .filter(({ locations }) => locations.includes('FIELD'))
      .map(({ name, description }) => item(name, '', description));
  }
  if (after === '$') return place.declares ? [] : variables(source);
  if (place.bracket === '') {
    if (after === 'on') return typesOfKind(schema, ['OBJECT', 'INTERFACE', 'UNION']);
    if (after && after !== '}') return [];
    return [...Object.keys(OPERATIONS).filter((name) => schema[OPERATIONS[name]]), 'fragment'].map((name) => item(name));
  }
  if (place.declares) return after === ':' || place.bracket === '[' ? typesOfKind(schema, ['SCALAR', 'ENUM', 'INPUT_OBJECT']) : [];
  if (place.wanted) return values(schema, place.wanted);
  if (place.inputs) return place.inputs.map(inputItem);
  return place.type ? selections(schema, place) : [];
}

function selections(schema, { type, after, spread }) {
  if (spread && after === 'on') {
    return (type.possibleTypes?.length ? type.possibleTypes : [type]).map(({ name }) => item(name, '', schema.byName.get(name)?.description));
  }
  if (after === '...') return [item('on', 'a type')];
  const fields = (type.fields ?? []).map(({ name, type, description }) => item(name, printed(type), description));
  return [...fields, item('__typename', 'String!', "The name of the object's type.")];
}

function values(schema, wanted) {
  const type = schema.byName.get(named(wanted));
  if (type?.name === 'Boolean') return [item('true'), item('false')];
  return (type?.enumValues ?? []).map(({ name, description }) => item(name, type.name, description));
}

/** The variables that the document declares. */
function variables(source) {
  const declared = new Map([...source.matchAll(/\$(\w+)\s*:\s*([\w[\]!]+)/g)].map(({ 1: name, 2: type }) => [name, type]));
  return [...declared].map(([name, type]) => item(name, type));
}

function typesOfKind(schema, kinds) {
  return schema.types
    .filter(({ kind, name }) => kinds.includes(kind) && !name.startsWith('__'))
    .map(({ name, description }) => item(name, '', description));
}
