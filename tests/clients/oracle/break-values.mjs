// Changes of the values of a request: literals, variables and where they stand, and the JSON of variables.

import {
  GraphQLList,
  GraphQLNonNull,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  visit,
} from 'graphql';

import { at, one } from './break-selections.mjs';
import * as make from './nodes.mjs';
import { isPlaceholder } from './pool.mjs';
import { schema } from './schema.mjs';

const string = (text) => ({ node: make.string(text), json: text });
const number = (value) => ({ node: Number.isInteger(value) ? make.int(value) : make.float(value), json: value });
const truth = (value) => ({ node: make.boolean(value), json: value });
const word = (text) => ({ node: make.enumValue(text), json: text });
const listOf = (item) => ({ node: make.list([item.node]), json: [item.json] });
const objectOf = (of, item) => ({ node: make.object([make.objectField(of, item.node)]), json: { [of]: item.json } });
/** A value that JSON cannot have. */
const literal = (node) => ({ node });

const BAD_DATES = [
  '',
  '2020',
  '2020-02',
  '2019-02-29',
  '2020-13-01',
  '20200326',
  '2020-3-6',
  '2020-03-26T18:30:00Z',
  ' 2020-03-26',
];
const BAD_INSTANTS = [
  '',
  'now',
  '2020-03-26',
  '2020-03-26T18:30Z',
  '2020-03-26T18:30:00',
  '2020-02-30T00:00:00Z',
  '2020-03-26T25:00:00Z',
  '2020-03-26T18:61:00Z',
  '2020-03-26T18:30:00+99:00',
  '1585247400',
];

/** Values that are mostly wrong for a type. In JSON, or by coercion, some are valid. */
const wrong = {
  String: [number(5), number(1.5), truth(true), word('WORD'), listOf(string('a')), objectOf('a', string('b'))],
  Int: [
    string('5'),
    number(1.5),
    literal(make.float('1.0')),
    literal(make.float('1e2')),
    number(2147483648),
    number(-2147483649),
    truth(true),
    word('FIVE'),
    listOf(number(1)),
    objectOf('a', number(1)),
    literal(make.int('99999999999999999999')),
  ],
  Boolean: [string('true'), number(1), number(0), word('TRUE'), listOf(truth(true)), string('')],
  ID: [number(1.5), truth(false), word('ID'), listOf(string('a')), objectOf('id', string('a')), number(5)],
  Date: [...BAD_DATES.map(string), number(2020), truth(true), word('TODAY'), listOf(string('2020-01-01'))],
  DateTime: [...BAD_INSTANTS.map(string), number(1585247400), truth(true), word('NOW')],
};

/** A wrong value for a type: `{ node, json }`. One of them may be missing. */
function wrongFor(random, type) {
  if (isNonNullType(type))
    return random.chance(0.3) ? { node: make.nothing(), json: null } : wrongFor(random, type.ofType);
  if (isListType(type)) {
    const item = wrongFor(random, new GraphQLNonNull(getNullableType(type.ofType)));
    const form = random.int(0, 3);
    if (form === 0) return item;
    if (form === 1 && item.node && item.json !== undefined) return listOf(listOf(item));
    return { node: item.node && make.list([item.node]), json: item.json === undefined ? undefined : [item.json] };
  }
  if (isEnumType(type)) {
    const name = random.pick(type.getValues()).name;
    return random.pick([
      string(name),
      string('NOBODY'),
      word('NOBODY'),
      word(name.toLowerCase()),
      number(1),
      truth(true),
      listOf(word(name)),
    ]);
  }
  if (isInputObjectType(type)) {
    const field = random.pick(Object.values(type.getFields()));
    const inner = wrongFor(random, field.type);
    const broken = {
      node: inner.node && make.object([make.objectField(field.name, inner.node)]),
      json: inner.json === undefined ? undefined : { [field.name]: inner.json },
    };
    return random.pick([
      broken,
      broken,
      string('{}'),
      number(1),
      truth(true),
      objectOf('nobody', number(1)),
      word('EMPTY'),
      listOf(number(1)),
      { node: make.object([]), json: {} },
    ]);
  }
  return random.pick(wrong[type.name] ?? [number(1)]);
}

const isInput = ({ inputType }) => inputType && schema.getType(getNamedType(inputType).name);

/**
 * Whether a variable stands in `__type(name:)`. Null there is an error of the field; the engine gives it no path, so the
 * server answers nothing but the error (docs/upstream.md).
 */
function namesType(document, variable) {
  let found = false;
  visit(document, {
    Field({ name, arguments: given }) {
      found ||= name.value === '__type' && given.some(({ value }) => value.name?.value === variable);
    },
  });
  return found;
}

export const values = {
  'wrong literal': ({ values: all }, random) =>
    at(one(random, all, isInput), ({ replace, inputType }) =>
      replace(wrongFor(random, inputType).node ?? make.enumValue('WRONG')),
    ),
  'null for a non-null type': ({ values: all }, random) =>
    at(
      one(random, all, (site) => isInput(site) && isNonNullType(site.inputType)),
      ({ replace }) => replace(make.nothing()),
    ),
  'list for a single value': ({ values: all }, random) =>
    at(
      one(random, all, (site) => isInput(site) && !isListType(getNullableType(site.inputType))),
      ({ node, replace }) => replace(make.list([node])),
    ),
  'string for an enum value': ({ values: all }, random) =>
    at(
      one(random, all, (site) => isInput(site) && site.node.kind === 'EnumValue'),
      ({ node, replace }) => replace(make.string(node.value)),
    ),
  'enum value for a string': ({ values: all }, random) =>
    at(
      one(
        random,
        all,
        (site) =>
          isInput(site) &&
          site.node.kind === 'StringValue' &&
          /^\w+$/.test(site.node.value) &&
          !isPlaceholder(site.node.value),
      ),
      ({ node, replace }) => replace(make.enumValue(node.value.replace(/^\d/, 'N'))),
    ),
  'unknown input field': ({ objects }, random) =>
    at(one(random, objects), ({ node }) => {
      node.fields = [...node.fields, make.objectField(random.pick(['nobody', 'AND', 'field']), make.int(1))];
    }),
  'duplicate input field': ({ objects }, random) =>
    at(
      one(random, objects, ({ node }) => node.fields.length > 0),
      ({ node }) => {
        node.fields = [...node.fields, random.pick(node.fields)];
      },
    ),
  'required input field omitted': ({ objects }, random) => {
    const required = ({ name }) => name.value === 'field';
    return at(
      one(random, objects, ({ node }) => node.fields.some(required)),
      ({ node }) => {
        node.fields = node.fields.filter((field) => !required(field));
      },
    );
  },
};

const typeOf = ({ node }) => typeFromAST(schema, node.type);

/** Another type for a variable, often a similar one. */
function otherType(random, type) {
  const named = getNamedType(type);
  return random.pick([
    isNonNullType(type) ? type.ofType : new GraphQLNonNull(type),
    new GraphQLList(getNullableType(type)),
    new GraphQLList(new GraphQLNonNull(named)),
    named,
    ...['Int', 'String', 'ID', 'Boolean', 'DateTime', 'TalkFilter', 'EventStatus'].map((name) => schema.getType(name)),
  ]);
}

export const variables = {
  'undefined variable': ({ definitions }, random) =>
    at(one(random, definitions), ({ node, operation }) => {
      operation.variableDefinitions = operation.variableDefinitions.filter((other) => other !== node);
    }),
  'undefined variable for a value': ({ values: all }, random) =>
    at(
      one(random, all, (site) => isInput(site) && !site.isInDefinition),
      ({ replace }) => replace(make.variable('nobody')),
    ),
  'unused variable': ({ operations }, random) =>
    at(
      one(random, operations, ({ name }) => name),
      (operation) => {
        const type = random.pick([
          'Int',
          'String',
          'EventFilter',
          'Date',
          'Duration',
          'URL',
          'BigInt',
          'Markdown',
          'PartialDate',
        ]);
        operation.variableDefinitions = [
          ...operation.variableDefinitions,
          make.variableDefinition('unused', schema.getType(type)),
        ];
      },
    ),
  'duplicate variable': ({ definitions }, random) =>
    at(one(random, definitions), ({ node, operation }) => {
      operation.variableDefinitions = [...operation.variableDefinitions, node];
    }),
  'variable of no input type': ({ definitions }, random) =>
    at(one(random, definitions), ({ node }) => {
      node.type = make.namedType(random.pick(['Event', 'Nobody', 'Node', 'SearchResult', 'EventConnection']));
      node.defaultValue = undefined;
    }),
  'variable of another type': ({ definitions }, random) =>
    at(one(random, definitions), ({ node }) => {
      node.type = make.typeNode(otherType(random, typeOf({ node })));
      if (random.chance(0.7)) node.defaultValue = undefined;
    }),
  'variable without its default': ({ definitions }, random) =>
    at(
      one(random, definitions, ({ node }) => node.defaultValue),
      ({ node }) => {
        node.defaultValue = random.chance(0.3) ? make.nothing() : undefined;
      },
    ),
  'variable with a wrong default': ({ definitions }, random) =>
    at(one(random, definitions), ({ node }) => {
      node.defaultValue = wrongFor(random, typeOf({ node })).node ?? make.nothing();
    }),
  'two variables swapped': ({ uses }, random) => {
    const [first, second] = random.sample(uses, 2);
    if (!second || first.node.name.value === second.node.name.value) return false;
    first.replace(second.node);
    second.replace(first.node);
    return true;
  },
};

/** Changes of the JSON of variables. They also take the request. */
export const json = {
  'wrong value of a variable': ({ definitions }, random, document, request) =>
    at(one(random, definitions), (site) => {
      let value;
      for (let i = 0; value === undefined && i < 20; i += 1) value = wrongFor(random, typeOf(site)).json;
      set(request, site, value ?? null);
    }),
  'null for a variable': ({ definitions }, random, document, request) =>
    at(
      one(random, definitions, (site) => !namesType(document, site.node.variable.name.value)),
      (site) => set(request, site, null),
    ),
  'variable omitted': ({ definitions }, random, document, request) =>
    at(one(random, definitions), ({ node }) => {
      request.variables = { ...request.variables };
      delete request.variables[node.variable.name.value];
    }),
  'single value for a list, or a list for a single value': ({ definitions }, random, document, request) =>
    at(
      one(random, definitions, ({ node }) => request.variables?.[node.variable.name.value] !== undefined),
      (site) => {
        const value = request.variables[site.node.variable.name.value];
        set(request, site, Array.isArray(value) ? (value[0] ?? null) : [value]);
      },
    ),
  'more variables than there are': (sites, random, document, request) => {
    request.variables = { ...request.variables, nobody: random.pick([1, null, 'x', {}]) };
    return true;
  },
};

function set(request, { node }, value) {
  request.variables = { ...request.variables, [node.variable.name.value]: value };
}
