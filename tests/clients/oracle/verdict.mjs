// The verdict of graphql-js on a request: parse, validate, select the operation, coerce the variables.

import { Kind, parse, specifiedRules, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';

import { schema } from './schema.mjs';

let rule = null;

// Each rule notes its name when it reports the first error.
const named = specifiedRules.map(
  (make) => (context) =>
    make(
      new Proxy(context, {
        get(target, property) {
          const value = Reflect.get(target, property, target);
          if (typeof value !== 'function') return value;
          if (property !== 'reportError') return value.bind(target);
          return (error) => {
            rule ??= make.name.replace(/Rule$/, '');
            target.reportError(error);
          };
        },
      }),
    ),
);

const refused = (by, message, document) => ({ accepted: false, rule: by, message, document });

/**
 * Whether graphql-js runs a request: `{ accepted, rule, message }`. `rule` reported the first error. `accepted` is
 * null where graphql-js aborts. `document` is the parsed document, `operation` the selected operation.
 */
export function verdictOfGraphqlJs({ query, variables, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return refused('Syntax', error.message);
  }
  rule = null;
  let errors;
  try {
    errors = validate(schema, document, named, { maxErrors: 20 });
  } catch (error) {
    // SingleFieldSubscriptions evaluates conditions without variables, and throws where it needs one.
    return { accepted: null, rule: 'Abort', message: error.message, document };
  }
  if (errors.length > 0) return refused(rule, errors[0].message, document);
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const meant = operations.filter(({ name }) => operationName == null || name?.value === operationName);
  if (meant.length !== 1) return refused('OperationSelection', 'No single operation is named.', document);
  // In graphql-js, `execute` checks this.
  if (!schema.getRootType(meant[0].operation))
    return refused('OperationSelection', 'There is no such type of operation.', document);
  const coerced = getVariableValues(schema, meant[0].variableDefinitions ?? [], variables ?? {}, { maxErrors: 20 });
  if (coerced.errors) return refused('VariableValues', coerced.errors[0].message, document);
  return { accepted: true, rule: 'none', document, operation: meant[0] };
}
