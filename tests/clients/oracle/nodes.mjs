// Constructors for the nodes of graphql-js's syntax tree.

import { Kind, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';

export const name = (value) => ({ kind: Kind.NAME, value });
export const variable = (of) => ({ kind: Kind.VARIABLE, name: name(of) });
export const string = (value) => ({ kind: Kind.STRING, value });
export const int = (value) => ({ kind: Kind.INT, value: String(value) });
export const float = (value) => ({ kind: Kind.FLOAT, value: String(value) });
export const boolean = (value) => ({ kind: Kind.BOOLEAN, value });
export const enumValue = (value) => ({ kind: Kind.ENUM, value });
export const nothing = () => ({ kind: Kind.NULL });
export const list = (values) => ({ kind: Kind.LIST, values });
export const object = (fields) => ({ kind: Kind.OBJECT, fields });
export const objectField = (of, value) => ({ kind: Kind.OBJECT_FIELD, name: name(of), value });
export const argument = (of, value) => ({ kind: Kind.ARGUMENT, name: name(of), value });
export const directive = (of, args = []) => ({ kind: Kind.DIRECTIVE, name: name(of), arguments: args });
export const namedType = (of) => ({ kind: Kind.NAMED_TYPE, name: name(of) });
export const set = (selections) => ({ kind: Kind.SELECTION_SET, selections });
export const spread = (of, directives = []) => ({ kind: Kind.FRAGMENT_SPREAD, name: name(of), directives });
export const document = (definitions) => ({ kind: Kind.DOCUMENT, definitions });

export const field = (of, { alias, args = [], directives = [], selections } = {}) => ({
  kind: Kind.FIELD,
  alias: alias ? name(alias) : undefined,
  name: name(of),
  arguments: args,
  directives,
  selectionSet: selections ? set(selections) : undefined,
});

export const inline = (on, selections, directives = []) => ({
  kind: Kind.INLINE_FRAGMENT,
  typeCondition: on ? namedType(on) : undefined,
  directives,
  selectionSet: set(selections),
});

export const fragment = (of, on, selections, { directives = [], description } = {}) => ({
  kind: Kind.FRAGMENT_DEFINITION,
  description,
  name: name(of),
  typeCondition: namedType(on),
  directives,
  selectionSet: set(selections),
});

export const operation = (kind, selections, { of, variables = [], directives = [], description } = {}) => ({
  kind: Kind.OPERATION_DEFINITION,
  operation: kind,
  description,
  name: of ? name(of) : undefined,
  variableDefinitions: variables,
  directives,
  selectionSet: set(selections),
});

/** The node that refers to a type. */
export function typeNode(type) {
  if (isNonNullType(type)) return { kind: Kind.NON_NULL_TYPE, type: typeNode(type.ofType) };
  if (isListType(type)) return { kind: Kind.LIST_TYPE, type: typeNode(type.ofType) };
  return namedType(type.name);
}

export const variableDefinition = (of, type, defaultValue, description) => ({
  kind: Kind.VARIABLE_DEFINITION,
  description,
  variable: variable(of),
  type: typeNode(type),
  defaultValue,
  directives: [],
});

/** The literal of a JSON value for this type. */
export function literal(value, type) {
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (value === null) return nothing();
  if (isListType(type)) {
    return Array.isArray(value) ? list(value.map((item) => literal(item, type.ofType))) : literal(value, type.ofType);
  }
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    return object(Object.entries(value).map(([key, item]) => objectField(key, literal(item, fields[key].type))));
  }
  if (isEnumType(type)) return enumValue(value);
  return { string, number: int, boolean }[typeof value](value);
}
