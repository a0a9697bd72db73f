// The data of a query by another way: each leaf is asked for alone, in a query without variables, directives and named
// fragments, and the answer is put together here. Which selections apply and in which order their keys come is decided
// here as well, after the specification's CollectFields.

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

/** The key under which an object says its type where nobody asked. */
const PROBE = 'probeOfType';

const possible = (type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);

function definitionOf(type, name) {
  if (name === '__typename') return TypeNameMetaFieldDef;
  if (type === schema.getQueryType() && name === '__schema') return SchemaMetaFieldDef;
  if (type === schema.getQueryType() && name === '__type') return TypeMetaFieldDef;
  return type.getFields()[name];
}

/** A query as it has to be executed: `queries` are asked, `assemble` makes the data of their answers. */
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
   * What is to be asked of an object that has one of several types: `{ types, probe }`, where a type has its fields by key.
   * `chain` are the fields that lead there.
   */
  #object(type, sets, chain) {
    const plan = { types: new Map(), probe: null };
    const shared = new Map();
    const before = this.queries.length;
    for (const one of possible(type)) {
      const fields = new Map();
      for (const [key, nodes] of this.#collect(one, sets)) {
        const definition = definitionOf(one, nodes[0].name.value);
        // Types for which the same nodes are selected are asked together.
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
    // An object of which nothing is asked is there all the same; one of several types has to say which.
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

  /** One field on the way to a leaf; `on` are the types that have it, null if all. */
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

  /** The data, of the data of the queries in their order. */
  assemble(answers) {
    return this.#assembleObject(this.plan, answers);
  }

  /** `answers` are what each query answers at this place, by its number. */
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

/** What the answers have at a place. Those of other places have nothing there. */
const at = (answers, place) => answers.map((answer) => answer?.[place]);
