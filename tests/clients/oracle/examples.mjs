// The examples as requests.

import { LANGUAGE, REQUESTS } from './language-examples.mjs';
import { RULES } from './spec-examples.mjs';
import { SUBSCRIPTION_RULES, VALUE_RULES } from './spec-values.mjs';

const requests = (rules, kind) =>
  rules.flatMap(([section, { keeps, breaks }]) => {
    const of = (examples, isValid) =>
      examples.map((example) => {
        const [query, variables, operationName] = [example].flat();
        return { origin: `specification: ${section}`, kind, query, variables, operationName, isValid };
      });
    return [...of(keeps, true), ...of(breaks, false)];
  });

/** Requests with what the specification says of them: `{ origin, kind, query, …, isValid }`. */
export const examples = [
  ...requests([...RULES, ...VALUE_RULES, ...LANGUAGE, ...REQUESTS], 'query'),
  ...requests(SUBSCRIPTION_RULES, 'subscription'),
];
