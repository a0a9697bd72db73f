// `schema.graphql` in graphql-js. The rules of the custom scalars are written after their descriptions there, not after
// the server's code.

import { readFileSync } from 'node:fs';

import {
  GraphQLError,
  Kind,
  buildSchema,
  getNamedType,
  isInputObjectType,
  isScalarType,
  valueFromASTUntyped,
} from 'graphql';

import { here } from '../server.mjs';

/** The schema of the server. */
export const schema = buildSchema(readFileSync(here('../../schema.graphql'), 'utf8'));

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|([+-])(\d{2}):(\d{2}))$/;

function isDate(text) {
  const [, year, month, day] = (text.match(DATE) ?? []).map(Number);
  if (year === undefined || month < 1 || month > 12) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day >= 1 && day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

function isInstant(text) {
  const [, date, hour, minute, second, , , , offsetHour = '0', offsetMinute = '0'] = text.match(INSTANT) ?? [];
  if (date === undefined || !isDate(date)) return false;
  // RFC 3339 has leap seconds.
  return +hour < 24 && +minute < 60 && +second <= 60 && +offsetHour < 24 && +offsetMinute < 60;
}

const scalars = {
  Date: { accepts: isDate, example: '2020-03-26' },
  DateTime: { accepts: isInstant, example: '2020-03-26T18:30:00Z' },
};

for (const [name, { accepts, example }] of Object.entries(scalars)) {
  const type = schema.getType(name);
  type.parseValue = (value) => {
    if (typeof value === 'string' && accepts(value)) return value;
    throw new GraphQLError(`${name} is a text like ${example}.`);
  };
  type.parseLiteral = (node, variables) => {
    if (node.kind === Kind.STRING && accepts(node.value)) return node.value;
    throw new GraphQLError(`${name} is a text like ${example}, not ${valueFromASTUntyped(node, variables)}.`);
  };
}

/** The scalars of arguments and input fields. Each needs its rule above. */
export function scalarsOfInputs() {
  const names = new Set();
  const note = ({ type }) => {
    if (isScalarType(getNamedType(type))) names.add(getNamedType(type).name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isInputObjectType(type)) Object.values(type.getFields()).forEach(note);
    else if (type.getFields) Object.values(type.getFields()).forEach((field) => field.args.forEach(note));
  }
  return [...names].sort();
}
