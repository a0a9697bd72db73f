// Which changes of a schema break clients without a warning: what went or changed was not deprecated before.
//
//   node breaking.mjs NEW NAME-OF-OLD <OLD

import { readFile, realpath } from 'node:fs/promises';
import { argv, exit, stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { CriticalityLevel, diff } from '@graphql-inspector/core';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** The breaking changes from one schema to another of things that were not deprecated: `place: what happened`. */
export async function breaking(before, now) {
  const old = buildSchema(before);
  const inUse = typesInUse(old);
  const changes = await diff(old, buildSchema(now));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .filter(({ path }) => !wasDeprecated(old, inUse, path))
    .map(({ path, message }) => `${path ?? 'schema'}: ${message}`);
}

/** Whether a place, `Type.field.argument`, was deprecated, or a place around it. */
function wasDeprecated(schema, inUse, path = '') {
  const [typeName, memberName, argumentName] = path.split('.');
  const type = schema.getType(typeName);
  if (!type) return false;
  // A type cannot be deprecated. It counts as deprecated if all references to it are.
  if (!inUse.has(type)) return true;
  const member = members(type).find(({ name }) => name === memberName);
  const argument = member?.args?.find(({ name }) => name === argumentName);
  return isDeprecated(member) || isDeprecated(argument);
}

const isDeprecated = (member) => member?.deprecationReason != null;
const living = (members = []) => members.filter((member) => !isDeprecated(member));

/** The named parts of a type: fields, values. */
function members(type) {
  if (isEnumType(type)) return type.getValues();
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) return Object.values(type.getFields());
  return [];
}

/** The types that something refers to that is not deprecated. */
function typesInUse(schema) {
  const inUse = new Set();
  const visit = (type) => {
    if (!type || inUse.has(type)) return;
    inUse.add(type);
    if (isObjectType(type) || isInterfaceType(type)) type.getInterfaces().forEach(visit);
    if (isInterfaceType(type) || isUnionType(type)) schema.getPossibleTypes(type).forEach(visit);
    for (const member of living(members(type))) {
      for (const { type: used } of [member, ...living(member.args)]) visit(getNamedType(used));
    }
  };
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].forEach(visit);
  return inUse;
}

if (fileURLToPath(import.meta.url) === (await realpath(argv[1]))) {
  const [, , file, since] = argv;
  const broken = await breaking(await text(stdin), await readFile(file, 'utf8'));
  if (broken.length > 0) {
    console.error(`These changes of ${file} since ${since} break clients that were not warned. Deprecate first:`);
    broken.forEach((change) => console.error(`  ${change}`));
    exit(1);
  }
  console.log(`${file} breaks nobody who uses that of ${since}`);
}
