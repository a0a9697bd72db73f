// The places of a document where something can be changed.

import { Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

import { schema } from './schema.mjs';

const VALUES = [Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.NULL, Kind.ENUM, Kind.LIST, Kind.OBJECT];

/**
 * The places of a document by kind. A place has its node, the types that the schema has there, and `replace`, which
 * puts another node there. A node may also be changed in place.
 */
export function sitesOf(document) {
  const sites = {
    fields: [],
    sets: [],
    values: [],
    uses: [],
    objects: [],
    directed: [],
  };
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node, key, parent, path, ancestors) {
        const replace = (other) => {
          parent[key] = other;
        };
        const site = {
          node,
          replace,
          type: info.getType(),
          parentType: info.getParentType(),
          inputType: info.getInputType(),
        };
        const isInDefinition = ancestors.some((one) => one.kind === Kind.VARIABLE_DEFINITION);
        if (node.directives) sites.directed.push(site);
        if (node.kind === Kind.FIELD) sites.fields.push({ ...site, def: info.getFieldDef(), siblings: parent });
        else if (node.kind === Kind.SELECTION_SET) sites.sets.push(site);
        else if (node.kind === Kind.VARIABLE && !isInDefinition) sites.uses.push(site);
        if (VALUES.includes(node.kind) && info.getInputType()) sites.values.push({ ...site, isInDefinition });
        if (node.kind === Kind.OBJECT) sites.objects.push(site);
      },
    }),
  );
  const all = document.definitions;
  sites.operations = all.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  sites.fragments = all.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  sites.definitions = sites.operations.flatMap((operation) =>
    (operation.variableDefinitions ?? []).map((node) => ({ node, operation })),
  );
  return sites;
}
