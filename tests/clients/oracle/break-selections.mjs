// Changes of what a document selects: fields, arguments, fragments. Each function changes one of the document's places,
// and returns whether there was one.

import { getNamedType, isAbstractType, isCompositeType, isLeafType, isObjectType, isRequiredArgument } from 'graphql';

import { overlap } from './documents.mjs';
import * as make from './nodes.mjs';
import { schema } from './schema.mjs';

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const TYPENAME = () => make.field('__typename');

/** A random place that fits, or null. */
export const one = (random, sites, fits = () => true) => random.pick(sites.filter(fits)) ?? null;

/** Applies `change` to a place. Returns whether there is one. */
export const at = (site, change) => (site ? (change(site), true) : false);

const key = ({ alias, name }) => (alias ?? name).value;
const composite = ({ def }) => def && isCompositeType(getNamedType(def.type));
const leaf = ({ def }) => def && isLeafType(getNamedType(def.type));
const isConcrete = ({ parentType }) => parentType && isObjectType(parentType);

/** Another leaf of a type, without arguments. */
const otherLeaf = (random, type, not) =>
  random.pick(
    Object.values(type.getFields()).filter(
      (field) => field.args.length === 0 && isLeafType(getNamedType(field.type)) && field.name !== not,
    ),
  );

export const fields = {
  'unknown field': ({ sets }, random) =>
    at(one(random, sets), ({ node }) =>
      node.selections.push(make.field(random.pick(['nobody', 'Name', 'idd', '__nobody', 'true']))),
    ),
  'field of another type': ({ sets }, random) =>
    at(one(random, sets), ({ node }) => {
      const type = random.pick(types.filter(isObjectType));
      node.selections.push(make.field(otherLeaf(random, type)?.name ?? 'nodes'));
    }),
  'introspection below the root': ({ sets }, random) =>
    at(one(random, sets), ({ node }) =>
      node.selections.push(make.field('__schema', { selections: [make.field('description')] })),
    ),
  'leaf with selections': ({ fields: all }, random) =>
    at(one(random, all, leaf), ({ node }) => {
      node.selectionSet = make.set([make.field(random.pick(['x', '__typename', 'length']))]);
    }),
  'composite without selections': ({ fields: all }, random) =>
    at(one(random, all, composite), ({ node }) => {
      node.selectionSet = undefined;
    }),
  'field on a union': ({ sets }, random) =>
    at(
      one(random, sets, ({ type }) => getNamedType(type)?.name === 'SearchResult'),
      ({ node }) => node.selections.push(make.field(random.pick(['id', 'name', 'slug']))),
    ),
  'unknown argument': ({ fields: all }, random) =>
    at(one(random, all), ({ node }) => {
      node.arguments = [...(node.arguments ?? []), make.argument(random.pick(['nobody', 'First', 'if']), make.int(1))];
    }),
  'duplicate argument': ({ fields: all }, random) =>
    at(
      one(random, all, ({ node }) => node.arguments?.length > 0),
      ({ node }) => {
        node.arguments = [...node.arguments, random.pick(node.arguments)];
      },
    ),
  'required argument omitted': ({ fields: all }, random) => {
    const needs = ({ node, def }) => def?.args.some((arg) => isRequiredArgument(arg)) && node.arguments.length > 0;
    return at(one(random, all, needs), ({ node, def }) => {
      const required = def.args.filter(isRequiredArgument).map(({ name }) => name);
      node.arguments = node.arguments.filter(({ name }) => !required.includes(name.value));
    });
  },
};

/** Adds a selection beside a field, directly or in a fragment. */
function beside(random, { siblings, parentType }, selection, document) {
  const form = random.int(0, 3);
  if (form === 0) siblings.push(selection);
  else if (form === 1) siblings.push(make.inline(null, [selection]));
  else if (form === 2) siblings.push(make.inline(parentType.name, [make.inline(null, [selection])]));
  else {
    document.definitions.push(make.fragment('Beside', parentType.name, [selection]));
    siblings.push(make.spread('Beside'));
  }
  return true;
}

export const conflicts = {
  'one response key for two fields': ({ fields: all }, random, document) => {
    const site = one(random, all, (each) => leaf(each) && isConcrete(each));
    const other = site && otherLeaf(random, site.parentType, site.node.name.value);
    return Boolean(other) && beside(random, site, make.field(other.name, { alias: key(site.node) }), document);
  },
  'one response key for two lists of arguments': ({ fields: all }, random, document) => {
    const site = one(random, all, ({ node, def }) => node.arguments?.length > 0 && def && node.name.value !== '__type');
    if (!site) return false;
    const args = random.chance(0.5)
      ? site.node.arguments.slice(1)
      : site.node.arguments.map((arg) =>
          ['first', 'last'].includes(arg.name.value) ? make.argument(arg.name.value, make.int(9)) : arg,
        );
    return beside(random, site, { ...site.node, arguments: args }, document);
  },
  'arguments in another order': ({ fields: all }, random, document) => {
    const site = one(random, all, ({ node, def }) => node.arguments?.length > 1 && def);
    return (
      Boolean(site) &&
      beside(
        random,
        site,
        { ...site.node, arguments: site.node.arguments.toReversed?.() ?? [...site.node.arguments].reverse() },
        document,
      )
    );
  },
  'fields of an input object in another order': ({ fields: all }, random, document) => {
    const isTurned = (arg) => arg.value.kind === 'ObjectValue' && arg.value.fields.length > 1;
    const site = one(random, all, ({ node, def }) => def && node.arguments?.some(isTurned));
    if (!site) return false;
    const args = site.node.arguments.map((arg) =>
      isTurned(arg) ? make.argument(arg.name.value, make.object([...arg.value.fields].reverse())) : arg,
    );
    return beside(random, site, { ...site.node, arguments: args }, document);
  },
  'a conflict below merged fields': ({ fields: all }, random, document) => {
    const site = one(
      random,
      all,
      (each) => composite(each) && isObjectType(getNamedType(each.def.type)) && isConcrete(each),
    );
    const type = site && getNamedType(site.def.type);
    const [first, second] = type
      ? random.sample(
          Object.values(type.getFields()).filter(
            (field) => field.args.length === 0 && isLeafType(getNamedType(field.type)),
          ),
          2,
        )
      : [];
    if (!second) return false;
    site.node.selectionSet.selections.push(make.field(first.name, { alias: 'below' }));
    return beside(
      random,
      site,
      { ...site.node, selectionSet: make.set([make.field(second.name, { alias: 'below' })]) },
      document,
    );
  },
  'conflicting shapes on two types': ({ sets }, random) =>
    at(
      one(random, sets, ({ type }) => type && isAbstractType(getNamedType(type))),
      ({ node, type }) => {
        const on = (of) => {
          const field = random.pick(Object.values(of.getFields()).filter(({ args }) => args.length === 0));
          const selections = isLeafType(getNamedType(field.type)) ? undefined : [TYPENAME()];
          return make.inline(of.name, [make.inline(null, [make.field(field.name, { alias: 'either', selections })])]);
        };
        node.selections.push(...random.sample(schema.getPossibleTypes(getNamedType(type)), 2).map(on));
      },
    ),
};

const fragmentable = types.filter(isCompositeType);

export const fragments = {
  'unknown fragment': ({ sets }, random) =>
    at(one(random, sets), ({ node }) => node.selections.push(make.spread('Nobody'))),
  'fragment definition removed': ({ fragments: all }, random, document) =>
    at(one(random, all), (node) => {
      document.definitions = document.definitions.filter((definition) => definition !== node);
    }),
  'duplicate fragment': ({ fragments: all }, random, document) =>
    at(one(random, all), (node) => document.definitions.push(node)),
  'unused fragment': (sites, random, document) => {
    document.definitions.push(make.fragment('Unused', random.pick(fragmentable).name, [TYPENAME()]));
    return true;
  },
  'fragment cycle': ({ fragments: all }, random) =>
    at(one(random, all), (node) => {
      const other = random.pick(all);
      other.selectionSet.selections.push(make.spread(node.name.value));
      if (other !== node) node.selectionSet.selections.push(make.inline(null, [make.spread(other.name.value)]));
    }),
  'impossible fragment spread': ({ sets }, random, document) =>
    at(
      one(random, sets, ({ type }) => type),
      ({ node, type }) => {
        const on = random.pick(fragmentable.filter((other) => !overlap(other, getNamedType(type))))?.name ?? 'Money';
        if (random.chance(0.5)) node.selections.push(make.inline(on, [TYPENAME()]));
        else {
          node.selections.push(make.spread('Impossible'));
          document.definitions.push(make.fragment('Impossible', on, [TYPENAME()]));
        }
      },
    ),
  'fragment on no composite type': ({ sets }, random, document) =>
    at(one(random, sets), ({ node }) => {
      const on = random.pick(['String', 'EventFilter', 'EventKind', 'Nobody', 'Markdown', 'Boolean']);
      if (random.chance(0.5)) node.selections.push(make.inline(on, [TYPENAME()]));
      else {
        node.selections.push(make.spread('Wrong'));
        document.definitions.push(make.fragment('Wrong', on, [TYPENAME()]));
      }
    }),
  'fragment on an abstract type, still valid': ({ sets }, random) =>
    at(
      one(
        random,
        sets,
        ({ type }) =>
          type && ['Node', 'SearchResult'].some((name) => overlap(schema.getType(name), getNamedType(type))),
      ),
      ({ node, type }) => {
        const on = random.pick(
          ['Node', 'SearchResult'].filter((name) => overlap(schema.getType(name), getNamedType(type))),
        );
        node.selections.push(make.inline(on, [TYPENAME()]));
      },
    ),
};
