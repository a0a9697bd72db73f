// What graphql-js says of a request before it would run it.

import { Kind, parse, specifiedRules, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';

import { schema } from './schema.mjs';

let rule = null;

// A rule that reports says its name first.
const named = specifiedRules.map((make) => (context) =>
  make(new Proxy(context, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (property !== 'reportError') return value.bind(target);
      return (error) => {
        rule ??= make.name.replace(/Rule$/, '');
        target.reportError(error);
      };
    },
  })));

const refused = (by, message) => ({ accepted: false, rule: by, message });

/**
 * Whether graphql-js runs a request: `{ accepted, rule, message }`. The rule is the one that says no first. An accepted
 * request comes with the operation that it means.
 */
export function verdictOfGraphqlJs({ query, variables, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return refused('Syntax', error.message);
  }
  rule = null;
  const errors = validate(schema, document, named, { maxErrors: 20 });
  if (errors.length > 0) return refused(rule, errors[0].message);
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const meant = operations.filter(({ name }) => operationName == null || name?.value === operationName);
  if (meant.length !== 1) return refused('OperationSelection', 'No single operation is named.');
  // `execute` says this, not `validate`.
  if (!schema.getRootType(meant[0].operation)) return refused('OperationSelection', 'There is no such type of operation.');
  const coerced = getVariableValues(schema, meant[0].variableDefinitions ?? [], variables ?? {}, { maxErrors: 20 });
  if (coerced.errors) return refused('VariableValues', coerced.errors[0].message);
  return { accepted: true, rule: 'none', document, operation: meant[0] };
}
