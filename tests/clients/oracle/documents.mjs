// Valid requests, by a walk over the schema.

import {
  GraphQLNonNull,
  Kind,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  print,
  visit,
} from 'graphql';

import * as make from './nodes.mjs';
import { schema } from './schema.mjs';
import { Values } from './values.mjs';

/** Fields whose value changes from one answer to the next. */
const RESTLESS = ['rateLimit'];
const DEEPEST = 7;
const NAME_OF_TYPE = new GraphQLNonNull(schema.getType('String'));

/** Names of fields that have arguments, or another type on another object. On an abstract type these need an alias. */
const ambiguous = (() => {
  const seen = new Map();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const shape = field.args.length > 0 ? 'arguments' : String(field.type);
      seen.set(field.name, [...(seen.get(field.name) ?? []), shape]);
    }
  }
  return new Set([...seen].filter(([, of]) => of.includes('arguments') || new Set(of).size > 1).map(([name]) => name));
})();

/** Makes one document with its variables. */
class Builder {
  constructor(random, pool) {
    this.random = random;
    this.values = new Values(random, pool);
    this.pool = pool;
    this.budget = random.int(4, 32);
    this.aliases = 0;
    this.directives = 0;
    this.fragments = [];
    /** Arguments of fields without an alias, by type and field: the same field must have the same arguments again. */
    this.known = new Map();
  }

  /** Selections on a type. `size` is how many objects of it there may be. */
  selections(type, { depth, size, isShared = false }) {
    const { random } = this;
    const count = random.int(1, depth <= 1 ? 3 : 5);
    const out = [];
    for (let i = 0; i < count && (this.budget > 0 || out.length === 0); i += 1) {
      this.budget -= 1;
      out.push(this.selection(type, { depth, size, isShared: isShared || isAbstractType(type) }));
    }
    if (random.chance(0.1)) out.push(this.again(random.pick(out)));
    return out;
  }

  /** The same selection again, or a part of it: the two are merged. */
  again(selection) {
    if (selection.kind !== Kind.FIELD || !selection.selectionSet || selection.alias) return selection;
    return { ...selection, selectionSet: make.set([this.random.pick(selection.selectionSet.selections)]) };
  }

  selection(type, place) {
    const { random } = this;
    if (place.depth < DEEPEST && random.chance(isAbstractType(type) ? 0.6 : 0.15)) return this.fragmentOn(type, place);
    if (type.name === 'SearchResult' || random.chance(0.06)) return this.typename(place);
    return this.field(type, place);
  }

  typename() {
    return make.field('__typename', { alias: this.alias(0.3), directives: this.directivesFor(0.25) });
  }

  alias(probability) {
    if (this.aliases >= 9 || !this.random.chance(probability)) return undefined;
    this.aliases += 1;
    return `a${this.aliases}`;
  }

  /** A fragment on this type, or on one that overlaps. */
  fragmentOn(type, place) {
    const { random } = this;
    const related = Object.values(schema.getTypeMap()).filter(
      (other) => (isObjectType(other) || isAbstractType(other)) && overlap(type, other) && other !== type,
    );
    const on = random.chance(0.7) && related.length > 0 ? random.pick(related) : type;
    const inner = { ...place, depth: place.depth + 1, isShared: place.isShared || isAbstractType(on) || on !== type };
    if (random.chance(0.5)) {
      const isUntyped = on === type && random.chance(0.5);
      return make.inline(isUntyped ? null : on.name, this.selections(on, inner), this.directivesFor(0.15));
    }
    const known = this.fragments.filter((one) => one.on === on.name && one.isDone && one.size >= place.size);
    if (known.length > 0 && random.chance(0.4) && !known[0].hasAlias) {
      return make.spread(known[0].name, this.directivesFor(0.15));
    }
    const before = this.aliases;
    const mine = { name: `F${this.fragments.length}`, on: on.name, size: place.size };
    this.fragments.push(mine);
    mine.node = make.fragment(mine.name, on.name, this.selections(on, inner), { description: this.description() });
    mine.hasAlias = this.aliases > before;
    mine.isDone = true;
    return make.spread(mine.name, this.directivesFor(0.15));
  }

  field(type, place) {
    const { random } = this;
    const all = Object.values(type.getFields()).filter(({ name }) => !RESTLESS.includes(name));
    const isTooDeep = place.depth >= DEEPEST || place.size > 60;
    const fits = all.filter((field) => isLeafType(getNamedType(field.type)) || !isTooDeep);
    const needsAlias = (field) => place.isShared && ambiguous.has(field.name);
    const left = fits.filter((field) => !needsAlias(field) || this.aliases < 9);
    const field = random.pick(left.length > 0 ? left : fits);
    const leaves = all.filter((one) => isLeafType(getNamedType(one.type)) && !ambiguous.has(one.name));
    if (!field || (needsAlias(field) && this.aliases >= 9))
      return leaves[0] ? make.field(leaves[0].name) : this.typename();
    const alias = this.alias(needsAlias(field) ? 1 : 0.12);
    return this.fieldNode(type, field, alias, place);
  }

  fieldNode(type, field, alias, place) {
    const key = `${type.name}.${field.name}`;
    const args = (alias ? undefined : this.known.get(key)) ?? this.arguments(type, field);
    if (!alias) this.known.set(key, args);
    const of = getNamedType(field.type);
    const directives = this.directivesFor(0.08);
    if (isLeafType(of)) return make.field(field.name, { alias, args, directives });
    const isList = isListType(getNullableType(field.type));
    const size =
      place.size *
      (field.args.some(({ name }) => name === 'first') ? 4 : isList && !field.name.match(/^(nodes|edges)$/) ? 3 : 1);
    const inner = { depth: place.depth + 1, size, isShared: place.isShared };
    return make.field(field.name, { alias, args, directives, selections: this.selections(of, inner) });
  }

  arguments(type, field) {
    const { random, values } = this;
    const of = getNamedType(field.type).name;
    const value = (arg, json) =>
      make.argument(arg.name, values.node(arg.type, arg.name, { hasDefault: arg.defaultValue !== undefined, json }));
    const named = (name) => field.args.find((arg) => arg.name === name);
    if (named('id') && named('slug')) {
      return [random.chance(0.6) ? value(named('slug'), values.slug(of)) : value(named('id'), values.id(of))];
    }
    const out = [];
    for (const arg of random.shuffle(field.args)) {
      if (['last', 'before', 'after', 'groupId'].includes(arg.name)) continue;
      if (arg.name === 'first') {
        // Pages without a size have twenty rows, which would cost too much at each level.
        const size = random.int(1, 4);
        out.push(value(named(named('last') && random.chance(0.2) ? 'last' : 'first'), size));
      } else if (arg.name === 'id') out.push(value(arg, values.id()));
      else if (arg.name === 'ids')
        out.push(
          value(
            arg,
            Array.from({ length: random.int(0, 3) }, () => values.id()),
          ),
        );
      else if (isRequiredArgument(arg) || random.chance(0.35)) out.push(value(arg));
    }
    return out;
  }

  directivesFor(probability) {
    const { random } = this;
    if (this.directives > 8 || !random.chance(probability)) return [];
    const names = random.chance(0.15) ? ['skip', 'include'] : [random.pick(['skip', 'include'])];
    this.directives += names.length;
    return random.shuffle(names).map((of) => {
      const isSelected = random.chance(0.8);
      const type = schema.getDirective(of).args[0].type;
      const node = this.values.node(type, 'if', { json: (of === 'include') === isSelected });
      return make.directive(of, [make.argument('if', node)]);
    });
  }

  description() {
    return this.random.chance(0.03)
      ? { kind: Kind.STRING, value: 'What this is for.', block: this.random.chance(0.5) }
      : undefined;
  }
}

/** Whether an object may be of both types. */
export function overlap(one, other) {
  const possible = (type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
  return possible(one).some((type) => possible(other).includes(type));
}

/** Names of the variables below a node, those of spread fragments included. */
function variablesBelow(node, fragments, seen = new Set(), names = new Set()) {
  visit(node, {
    Variable: ({ name }) => {
      names.add(name.value);
    },
    FragmentSpread: ({ name }) => {
      if (seen.has(name.value)) return;
      seen.add(name.value);
      variablesBelow(fragments.get(name.value), fragments, seen, names);
    },
  });
  return names;
}

const ROOTS = { query: schema.getQueryType(), subscription: schema.getSubscriptionType() };

/** How many aliases an operation may come to, its fragments written out. The server's limit is a few more. */
const MOST_ALIASES = 25;

/** How many aliases a document comes to with its fragments written out. */
function aliasesOf(document) {
  const fragments = new Map(document.definitions.map((node) => [node.name?.value, node.selectionSet]));
  const count = ({ selections }) =>
    selections.reduce((sum, { alias, kind, name, selectionSet }) => {
      const below = kind === Kind.FRAGMENT_SPREAD ? fragments.get(name.value) : selectionSet;
      return sum + (alias ? 1 : 0) + (below ? count(below) : 0);
    }, 0);
  return Math.max(...document.definitions.map(({ selectionSet }) => count(selectionSet)));
}

/** A valid request: `{ ast, query, variables, operationName, kind }`. */
export function generate(random, pool, kind = 'query') {
  for (;;) {
    const request = attempt(random, pool, kind);
    if (aliasesOf(request.ast) <= MOST_ALIASES) return request;
  }
}

function attempt(random, pool, kind) {
  const builder = new Builder(random, pool);
  const kinds = [kind];
  while (random.chance(0.15) && kinds.length < 3)
    kinds.push(kind === 'query' && random.chance(0.2) ? 'subscription' : 'query');
  const isNamed = kinds.length > 1 || random.chance(0.5);
  const operations = kinds.map((each, index) => {
    builder.budget = Math.max(builder.budget, 4);
    const root = ROOTS[each];
    const place = { depth: 1, size: 1 };
    const selections =
      each === 'query'
        ? rootSelections(builder, root, place)
        : [builder.fieldNode(root, random.pick(Object.values(root.getFields())), builder.alias(0.2), place)];
    if (each !== 'query') selections[0] = { ...selections[0], directives: [] };
    return { each, selections, of: isNamed ? `Op${index}` : undefined };
  });
  const fragments = new Map(builder.fragments.map(({ name, node }) => [name, node]));
  const definitions = operations.map(({ each, selections, of }) => {
    const used = variablesBelow(make.set(selections), fragments);
    const variables = random.shuffle([...used]).map((name) => {
      const { type, defaultValue } = builder.values.variables.get(name);
      return make.variableDefinition(name, type, defaultValue, builder.description());
    });
    return make.operation(each, selections, {
      of,
      variables,
      description: isNamed ? builder.description() : undefined,
    });
  });
  const ast = make.document(random.shuffle([...definitions, ...fragments.values()]));
  const sent = [...builder.values.variables].filter(([, { value }]) => value !== undefined);
  const variables =
    sent.length > 0 || random.chance(0.5)
      ? Object.fromEntries(sent.map(([name, { value }]) => [name, value]))
      : undefined;
  const operationName = kinds.length > 1 || (isNamed && random.chance(0.5)) ? operations[0].of : undefined;
  return { ast, query: print(ast), variables, operationName, kind };
}

function rootSelections(builder, root, place) {
  const { random } = builder;
  const selections = builder.selections(root, place);
  if (random.chance(0.08)) {
    const json = random.pick(['Event', 'SearchResult', 'Nobody', 'EventFilter']);
    const name = make.argument('name', builder.values.node(NAME_OF_TYPE, 'name', { json }));
    const withDeprecated = make.argument('includeDeprecated', make.boolean(random.chance(0.5)));
    const described = ['kind', 'name', '__typename'].map((of) => make.field(of));
    described.push(make.field('fields', { args: [withDeprecated], selections: [make.field('name')] }));
    selections.push(make.field('__type', { args: [name], selections: described }));
  }
  if (random.chance(0.05)) {
    const types = ['queryType', 'mutationType', 'subscriptionType'].map((of) =>
      make.field(of, { selections: [make.field('name')] }),
    );
    selections.push(make.field('__schema', { selections: types }));
  }
  return selections;
}
