// An execution of its own: it asks for each leaf alone, in a query without variables, directives and named fragments,
// and merges the answers. Which selections apply, and the order of the keys, are computed here by the specification's
// CollectFields.

import {
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getNamedType,
  isAbstractType,
  isLeafType,
  print,
  typeFromAST,
} from 'graphql';

import * as make from './nodes.mjs';
import { schema } from './schema.mjs';

/** The alias of the `__typename` that is added to a query. */
const PROBE = 'probeOfType';

const possible = (type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);

function definitionOf(type, name) {
  if (name === '__typename') return TypeNameMetaFieldDef;
  if (type === schema.getQueryType() && name === '__schema') return SchemaMetaFieldDef;
  if (type === schema.getQueryType() && name === '__type') return TypeMetaFieldDef;
  return type.getFields()[name];
}

/** The plan of an operation: the server answers `queries`, and `assemble` makes the data from these answers. */
export class Alone {
  constructor({ document, operation }, variables = {}) {
    const isFragment = ({ kind }) => kind === Kind.FRAGMENT_DEFINITION;
    this.fragments = new Map(document.definitions.filter(isFragment).map((node) => [node.name.value, node]));
    this.operation = operation;
    this.variables = new Map();
    for (const { variable, type, defaultValue } of operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (Object.hasOwn(variables, name))
        this.variables.set(name, make.literal(variables[name], typeFromAST(schema, type)));
      else if (defaultValue) this.variables.set(name, defaultValue);
    }
    this.queries = [];
    this.plan = this.#object(schema.getQueryType(), [operation.selectionSet], []);
  }

  /** A value without variables; undefined where a variable has no value. */
  #value(node) {
    if (node.kind === Kind.VARIABLE) return this.variables.get(node.name.value);
    if (node.kind === Kind.LIST) return make.list(node.values.map((item) => this.#value(item) ?? make.nothing()));
    if (node.kind !== Kind.OBJECT) return node;
    const fields = node.fields.map(({ name, value }) => [name.value, this.#value(value)]);
    return make.object(fields.filter(([, value]) => value).map(([name, value]) => make.objectField(name, value)));
  }

  #arguments(node) {
    const given = (node.arguments ?? []).map(({ name, value }) => [name.value, this.#value(value)]);
    return given.filter(([, value]) => value).map(([name, value]) => make.argument(name, value));
  }

  #isSelected({ directives = [] }) {
    return directives.every((directive) => {
      const { value } = this.#arguments(directive)[0].value;
      return directive.name.value === 'include' ? value : !value;
    });
  }

  /** The fields of an object of this type, by key, each with its nodes: CollectFields. */
  #collect(type, sets, fields = new Map(), seen = new Set()) {
    for (const node of sets.flatMap(({ selections }) => selections)) {
      if (!this.#isSelected(node)) continue;
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        fields.set(key, [...(fields.get(key) ?? []), node]);
        continue;
      }
      let body = node;
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        if (seen.has(node.name.value)) continue;
        seen.add(node.name.value);
        body = this.fragments.get(node.name.value);
      }
      const on = body.typeCondition ? schema.getType(body.typeCondition.name.value) : type;
      if (possible(on).includes(type)) this.#collect(type, [body.selectionSet], fields, seen);
    }
    return fields;
  }

  /**
   * The plan of an object: `{ types, probe }`. `types` has the fields by key for each type that the object may have.
   * `chain` are the fields from the root to the object.
   */
  #object(type, sets, chain) {
    const plan = { types: new Map(), probe: null };
    const shared = new Map();
    const before = this.queries.length;
    for (const one of possible(type)) {
      const fields = new Map();
      for (const [key, nodes] of this.#collect(one, sets)) {
        const definition = definitionOf(one, nodes[0].name.value);
        // One query serves all types that have the same nodes.
        const found = shared
          .get(key)
          ?.find((other) => other.definition.type === definition.type && same(other.nodes, nodes));
        const field = found ?? { key, nodes, definition, on: [] };
        field.on.push(one.name);
        if (!found) shared.set(key, [...(shared.get(key) ?? []), field]);
        fields.set(key, field);
      }
      plan.types.set(one.name, fields);
    }
    for (const field of [...shared.values()].flat()) this.#field(type, field, chain);
    // The probe shows an object without leaves, and the type of an object that may have several types.
    if (isAbstractType(type) || this.queries.length === before)
      plan.probe = this.#ask([...chain, this.#step(type, PROBE, '__typename', [], null)]);
    plan.structure = plan.probe ?? before;
    return plan;
  }

  #field(type, field, chain) {
    const [node] = field.nodes;
    const of = getNamedType(field.definition.type);
    const on = isAbstractType(type) ? field.on : null;
    const path = [...chain, this.#step(type, field.key, node.name.value, this.#arguments(node), on)];
    if (isLeafType(of)) field.query = this.#ask(path);
    else
      field.plan = this.#object(
        of,
        field.nodes.map(({ selectionSet }) => selectionSet),
        path,
      );
  }

  /** A field of a chain. `on` are the types on which it is selected; null means all. */
  #step(type, key, name, args, on) {
    return {
      key,
      on,
      node: (selections) => make.field(name, { alias: key === name ? undefined : key, args, selections }),
    };
  }

  /** Adds the query for the end of a chain; returns its number. */
  #ask(chain) {
    const selections = chain.reduceRight((below, { on, node }) => {
      const field = node(below);
      return on ? on.map((name) => make.inline(name, [field])) : [field];
    }, undefined);
    this.queries.push(print(make.document([make.operation('query', selections)])));
    return this.queries.length - 1;
  }

  /** The data of the operation, from the data of all queries in their order. */
  assemble(answers) {
    return this.#assembleObject(this.plan, answers);
  }

  /** `answers` has the part of each query's answer that belongs to this object, by the number of the query. */
  #assembleObject(plan, answers) {
    const name = plan.probe !== null && plan.types.size > 1 ? answers[plan.probe][PROBE] : [...plan.types.keys()][0];
    const out = {};
    for (const [key, field] of plan.types.get(name)) {
      out[key] = field.plan ? this.#assembleValue(field.plan, at(answers, key)) : answers[field.query]?.[key];
    }
    return out;
  }

  #assembleValue(plan, answers) {
    const shape = answers[plan.structure];
    if (shape === null || shape === undefined) return shape;
    if (!Array.isArray(shape)) return this.#assembleObject(plan, answers);
    return shape.map((_, index) => this.#assembleValue(plan, at(answers, index)));
  }
}

const same = (some, others) => some.length === others.length && some.every((node, index) => node === others[index]);

/** The parts of all answers at a key or an index; undefined for queries that lead elsewhere. */
const at = (answers, place) => answers.map((answer) => answer?.[place]);
