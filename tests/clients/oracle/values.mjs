// Valid values of arguments: literals, and variables with their JSON.

import {
  GraphQLNonNull,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';

import * as make from './nodes.mjs';

const WORDS = [
  'dough',
  'parsing',
  'ruby',
  'candle',
  'Bo Harrow',
  'zürich',
  'a "quoted" word',
  'moon 🌙',
  'back\\slash',
];
const DATES = ['2018-03-13', '2019-01-01', '2020-02-29', '2017-12-31'];
const INSTANTS = [
  '2018-03-13T18:30:00Z',
  '2019-06-01T00:00:00+02:00',
  '2020-01-01t00:00:00.123z',
  '2017-12-31T23:59:59-05:30',
];

/** Chooses values. `variables` has the variables that it added. */
export class Values {
  /** The pool has ids and slugs of what the server holds, by type. */
  constructor(random, pool) {
    this.random = random;
    this.pool = pool;
    /** By name: `{ type, defaultValue, value }`. A variable without `value` is not sent. */
    this.variables = new Map();
  }

  /** A slug of something that exists, mostly. */
  slug(type) {
    return this.random.chance(0.95) ? this.random.pick(this.pool[type]).slug : 'no-such-slug';
  }

  /** The id of something that exists. */
  id(type) {
    return this.random.pick(this.pool[type ?? this.random.pick(Object.keys(this.pool))]).id;
  }

  /** JSON that is right for this type. `where` names the argument or input field, which may want a value of its own. */
  json(type, where, depth = 0) {
    if (isNonNullType(type)) return this.jsonNotNull(type.ofType, where, depth);
    return depth > 0 && this.random.chance(0.04) ? null : this.jsonNotNull(type, where, depth);
  }

  jsonNotNull(type, where, depth) {
    const { random } = this;
    if (isListType(type)) {
      const item = () => this.jsonNotNull(getNullableType(type.ofType), where, depth);
      return random.chance(0.25) ? item() : Array.from({ length: this.length(type) }, item);
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = this.fieldsOf(type, depth);
      return Object.fromEntries(fields.map(({ name, type: of }) => [name, this.json(of, name, depth + 1)]));
    }
    return this.scalar(type.name, where);
  }

  length(list) {
    return this.random.int(0, isInputObjectType(getNullableType(list.ofType)) ? 2 : 3);
  }

  /** Which fields of an input object get a value. */
  fieldsOf(type, depth) {
    const fields = Object.values(type.getFields());
    const isNested = ({ name }) => ['and', 'or', 'not'].includes(name);
    const optional = fields.filter((field) => !isRequiredInputField(field) && (depth < 2 || !isNested(field)));
    const chosen = this.random.sample(optional, this.random.int(0, Math.min(3, optional.length)));
    return this.random.shuffle([...fields.filter(isRequiredInputField), ...chosen]);
  }

  scalar(type, where) {
    const { random } = this;
    switch (type) {
      case 'Boolean':
        return random.chance(0.5);
      case 'Int':
        return where === 'year' ? random.int(2015, 2021) : random.int(1, 4);
      case 'Date':
        return random.pick(DATES);
      case 'DateTime':
        return random.pick(INSTANTS);
      case 'ID':
        return random.chance(0.05) ? 7 : this.slug(random.pick(Object.keys(this.pool)));
      default:
        return random.pick(WORDS);
    }
  }

  /** A value as it stands in a document, perhaps a variable or one with variables inside. */
  node(type, where, { hasDefault = false, depth = 0, json } = {}) {
    const { random } = this;
    if (random.chance(depth === 0 ? 0.3 : 0.15)) return this.variable(type, where, { hasDefault, depth, json });
    if (json !== undefined) return make.literal(json, type);
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && random.chance(0.04)) return make.nothing();
    if (isListType(nullable) && random.chance(0.75)) {
      const item = () => this.node(nullable.ofType, where, { depth: depth + 1 });
      return make.list(Array.from({ length: this.length(nullable) }, item));
    }
    if (isInputObjectType(nullable)) {
      const fields = this.fieldsOf(nullable, depth).map(({ name, type: of, defaultValue }) =>
        make.objectField(name, this.node(of, name, { hasDefault: defaultValue !== undefined, depth: depth + 1 })),
      );
      return make.object(fields);
    }
    return make.literal(this.jsonNotNull(nullable, where, depth), type);
  }

  /** A variable that may stand where this type is wanted. */
  variable(type, where, { hasDefault = false, depth = 0, json } = {}) {
    const { random } = this;
    const name = `v${this.variables.size}`;
    const of = getNullableType(type);
    const value = () => (json !== undefined ? json : this.jsonNotNull(of, where, depth));
    const nonNull = new GraphQLNonNull(of);
    // A nullable variable may stand where null is not allowed, if the variable or the place has a default.
    const forms = [
      () => ({ type: nonNull, value: value() }),
      () => ({ type: nonNull, defaultValue: make.literal(value(), of) }),
      () => ({ type: of, defaultValue: make.literal(value(), of) }),
      () => ({ type: of, defaultValue: make.literal(value(), of), value: value() }),
    ];
    if (!isNonNullType(type) || hasDefault) {
      forms.push(() => ({ type: of, value: value() }));
      if (json === undefined) forms.push(() => ({ type: of }));
    }
    if (!isNonNullType(type) && json === undefined) forms.push(() => ({ type: of, value: null }));
    this.variables.set(name, random.pick(forms)());
    return make.variable(name);
  }
}
