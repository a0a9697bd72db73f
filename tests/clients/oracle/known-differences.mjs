// Where the right verdict is not the one of graphql-js 16. The specification of September 2025 decides. Each entry has
// a reason and must meet at least one document.

import { Kind, OperationTypeNode, visit } from 'graphql';

const operations = (document, kind) =>
  (document?.definitions ?? []).filter((node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === kind);

/** The names that a selection at the root gives to the answer, whatever its conditions. */
function namesAtRoot(document, set, seen = new Set()) {
  return set.selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return [(node.alias ?? node.name).value];
    if (node.kind === Kind.INLINE_FRAGMENT) return namesAtRoot(document, node.selectionSet, seen);
    if (seen.has(node.name.value)) return [];
    seen.add(node.name.value);
    const isMeant = ({ kind, name }) => kind === Kind.FRAGMENT_DEFINITION && name.value === node.name.value;
    const fragment = document.definitions.find(isMeant);
    return fragment ? namesAtRoot(document, fragment.selectionSet, seen) : [];
  });
}

/** Whether a condition has a variable that is null. */
function hasNullCondition(document, variables) {
  let found = false;
  visit(document, {
    Directive({ arguments: [condition] }) {
      found ||= condition?.value.kind === Kind.VARIABLE && variables?.[condition.value.name.value] === null;
    },
  });
  return found;
}

/**
 * `{ name, reason, meets(request, verdict), accepted }`: `accepted` is the right verdict, or null where both are right.
 */
export const KNOWN_DIFFERENCES = [
  {
    name: 'a mutation beside the operation that is meant',
    reason: '5.2.1.1: the schema has to define the type of each operation. graphql-js looks at the selected one only.',
    meets: (request, { accepted, document }) => accepted && operations(document, OperationTypeNode.MUTATION).length > 0,
    accepted: false,
  },
  {
    name: 'two root fields of a subscription, of which a condition takes one away',
    reason: '5.2.4.1 counts the fields of the document. graphql-js 16 counts those whose conditions hold.',
    meets: (request, { accepted, document }) =>
      accepted !== false &&
      operations(document, OperationTypeNode.SUBSCRIPTION).some(
        (one) => new Set(namesAtRoot(document, one.selectionSet)).size > 1,
      ),
    accepted: false,
  },
  {
    name: 'null for the variable of a condition, which has a default',
    reason:
      '5.8.5 accepts it, and execution has no Boolean. graphql-js makes this an error of execution without a path.',
    meets: ({ variables }, { accepted, document }) => accepted && hasNullCondition(document, variables),
    accepted: null,
  },
  {
    name: 'an introspection that is deep',
    reason: 'The specification has no such rule; graphql-js adds it. This server limits the cost of a document.',
    meets: (request, { rule }) => rule === 'MaxIntrospectionDepth',
    accepted: true,
  },
  {
    name: 'a long escape of a short number',
    reason: '2.9.4 sets no limit to the digits between the braces. graphql-js reads eight.',
    meets: ({ query }, { rule }) => rule === 'Syntax' && /\\u\{0{4}[0-9a-f]{5,}\}/i.test(query),
    accepted: true,
  },
];
