// The examples as requests.

import { LANGUAGE } from './language-examples.mjs';
import { REQUESTS } from './request-examples.mjs';
import { RULES } from './spec-examples.mjs';
import { VALUE_RULES } from './spec-values.mjs';
import { VARIABLE_RULES } from './spec-variables.mjs';

const requests = (rules) =>
  rules.flatMap(([section, { keeps, breaks }]) => {
    const of = (examples, isValid) =>
      examples.map((example) => {
        const [query, variables, operationName] = [example].flat();
        const kind = /^subscription/.test(query) ? 'subscription' : 'query';
        return { origin: `specification: ${section}`, kind, query, variables, operationName, isValid };
      });
    return [...of(keeps, true), ...of(breaks, false)];
  });

/** Requests that are labelled by the specification: `{ origin, kind, query, …, isValid }`. */
export const examples = requests([...RULES, ...VALUE_RULES, ...VARIABLE_RULES, ...LANGUAGE, ...REQUESTS]);
