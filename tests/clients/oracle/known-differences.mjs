// Where the right verdict is not the one of graphql-js 16. The specification of September 2025 decides. Each entry has
// a reason and must meet at least one document.

import { Kind, OperationTypeNode, visit } from 'graphql';

const operations = (document, kind) =>
  (document?.definitions ?? []).filter((node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === kind);

/** Whether a selection at the root has `@skip` or `@include`, fragments included. */
function hasConditionAtRoot(document, set, seen = new Set()) {
  return set.selections.some((node) => {
    if (node.directives?.some(({ name }) => ['skip', 'include'].includes(name.value))) return true;
    if (node.kind === Kind.INLINE_FRAGMENT) return hasConditionAtRoot(document, node.selectionSet, seen);
    if (node.kind !== Kind.FRAGMENT_SPREAD || seen.has(node.name.value)) return false;
    seen.add(node.name.value);
    const isMeant = ({ kind, name }) => kind === Kind.FRAGMENT_DEFINITION && name.value === node.name.value;
    const fragment = document.definitions.find(isMeant);
    return fragment ? hasConditionAtRoot(document, fragment.selectionSet, seen) : false;
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
    name: 'a condition on the root field of a subscription',
    reason: '5.2.4.1 forbids it, since the root field must not depend on variables. graphql-js 16 allows it.',
    meets: (request, { accepted, document }) =>
      accepted !== false &&
      operations(document, OperationTypeNode.SUBSCRIPTION).some((one) =>
        hasConditionAtRoot(document, one.selectionSet),
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
