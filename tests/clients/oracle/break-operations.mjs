// Changes of operations, directives and subscriptions.

import { at, one } from './break-selections.mjs';
import * as make from './nodes.mjs';

const TYPENAME = () => make.field('__typename');
const when = (value) => [make.argument('if', value)];
/** Definitions of a type system. */
const definitions = [
  { kind: 'ScalarTypeDefinition', name: make.name('Moment'), directives: [] },
  {
    kind: 'ObjectTypeExtension',
    name: make.name('Event'),
    interfaces: [],
    directives: [make.directive('deprecated')],
    fields: [],
  },
];

export const operations = {
  'duplicate operation': ({ operations: all }, random, document) =>
    at(
      one(random, all, ({ name }) => name),
      (operation) => document.definitions.push(operation),
    ),
  'anonymous operation beside others': (sites, random, document) => {
    document.definitions.push(make.operation('query', [TYPENAME()]));
    return true;
  },
  'no operation named, of several': ({ operations: all }, random, document, request) => {
    if (!all[0].name) return false;
    document.definitions.push(make.operation('query', [TYPENAME()], { of: 'Another' }));
    delete request.operationName;
    return true;
  },
  'unknown operation named': (sites, random, document, request) => {
    request.operationName = random.pick(['Nobody', 'op0', 'F0']);
    return true;
  },
  'another operation named': (sites, random, document, request) => {
    document.definitions.forEach((definition) => {
      definition.name ??= make.name('Op0');
    });
    document.definitions.push(make.operation('query', [TYPENAME()], { of: 'Another' }));
    request.operationName = 'Another';
    return true;
  },
  'another operation is wrong': (sites, random, document, request) => {
    document.definitions.forEach((definition) => {
      definition.name ??= make.name('Op0');
    });
    const wrong = [make.field('nobody'), make.field('node', { selections: [TYPENAME()] }), make.spread('Nobody')];
    document.definitions.push(make.operation('query', [random.pick(wrong)], { of: 'Another' }));
    request.operationName ??= 'Op0';
    return true;
  },
  'mutation, which the schema lacks': (sites, random, document, request) => {
    document.definitions.forEach((definition) => {
      definition.name ??= make.name('Op0');
    });
    document.definitions.push(make.operation('mutation', [make.field('nothing')], { of: 'Another' }));
    request.operationName ??= random.pick(['Op0', 'Another']);
    return true;
  },
  'definition of a schema': (sites, random, document) => {
    document.definitions.push(random.pick(definitions));
    return true;
  },
  'no operation': (sites, random, document) => {
    document.definitions = [make.fragment('Alone', 'Query', [TYPENAME()])];
    return true;
  },
};

/** Adds a directive to a place. */
const add =
  (directive) =>
  ({ node }) => {
    node.directives = [...(node.directives ?? []), directive];
  };
const isSelection = ({ node }) => ['Field', 'FragmentSpread', 'InlineFragment'].includes(node.kind);

export const directives = {
  'unknown directive': ({ directed }, random) =>
    at(one(random, directed), add(make.directive(random.pick(['nobody', 'Skip', 'defer', 'stream'])))),
  'duplicate directive': ({ directed }, random) =>
    at(one(random, directed, isSelection), (site) => {
      const of = random.pick(['skip', 'include']);
      const value = make.boolean(of === 'include');
      add(make.directive(of, when(value)))(site);
      add(make.directive(of, when(random.chance(0.5) ? value : make.boolean(of !== 'include'))))(site);
    }),
  'directive in the wrong place': ({ directed }, random) => {
    const misplaced = random.chance(0.5)
      ? make.directive('skip', when(make.boolean(false)))
      : make.directive('include', when(make.boolean(true)));
    return at(
      one(random, directed, (site) => !isSelection(site)),
      add(misplaced),
    );
  },
  'directive of a schema': ({ directed }, random) =>
    at(
      one(random, directed),
      add(
        random.pick([
          make.directive('deprecated'),
          make.directive('specifiedBy', [make.argument('url', make.string('https://example.com'))]),
          make.directive('oneOf'),
        ]),
      ),
    ),
  'directive without its argument': ({ directed }, random) =>
    at(one(random, directed, isSelection), add(make.directive(random.pick(['skip', 'include'])))),
  'directive with a wrong argument': ({ directed }, random) =>
    at(
      one(random, directed, isSelection),
      add(
        random.pick([
          make.directive('skip', when(make.string('true'))),
          make.directive('include', when(make.int(1))),
          make.directive('skip', when(make.nothing())),
          make.directive('include', when(make.enumValue('TRUE'))),
          make.directive('skip', when(make.variable('nobody'))),
          make.directive('include', [make.argument('unless', make.boolean(true))]),
          make.directive('include', [...when(make.boolean(true)), make.argument('unless', make.boolean(true))]),
          make.directive('skip', [...when(make.boolean(false)), ...when(make.boolean(false))]),
        ]),
      ),
    ),
  'directive on __typename': ({ sets }, random) =>
    at(one(random, sets), ({ node }) =>
      node.selections.push(
        make.field('__typename', {
          alias: 'kindOf',
          directives: [
            random.pick([
              make.directive('nobody'),
              make.directive('skip'),
              make.directive('include', when(make.int(1))),
              make.directive('skip', when(make.boolean(true))),
            ]),
          ],
        }),
      ),
    ),
  'arguments or selections of __typename': ({ sets }, random) =>
    at(one(random, sets), ({ node }) =>
      node.selections.push(
        random.pick([
          make.field('__typename', { alias: 'kindOf', args: [make.argument('x', make.int(1))] }),
          make.field('__typename', { alias: 'kindOf', selections: [TYPENAME()] }),
        ]),
      ),
    ),
};

const subscriptions = ({ operations: all }) => all.filter(({ operation }) => operation === 'subscription');
const root = (operation) => operation.selectionSet.selections;

/** Changes of subscriptions. */
export const streams = {
  'two root fields': (sites, random) =>
    at(one(random, subscriptions(sites)), (operation) =>
      root(operation).push(make.field('changes', { alias: 'more', selections: [make.field('id')] })),
    ),
  'two root fields, one in a fragment': (sites, random, document) =>
    at(one(random, subscriptions(sites)), (operation) => {
      const more = [make.field('changes', { alias: 'more', selections: [make.field('id')] })];
      document.definitions.push(make.fragment('More', 'Subscription', more));
      root(operation).push(
        random.chance(0.5) ? make.spread('More') : make.inline('Subscription', [make.spread('More')]),
      );
    }),
  'one root field, in a fragment': (sites, random, document) =>
    at(one(random, subscriptions(sites)), (operation) => {
      document.definitions.push(make.fragment('Only', 'Subscription', root(operation)));
      operation.selectionSet = make.set([make.spread('Only')]);
    }),
  'the same root field twice': (sites, random) =>
    at(one(random, subscriptions(sites)), (operation) => root(operation).push(root(operation)[0])),
  '__typename as a root field': (sites, random) =>
    at(one(random, subscriptions(sites)), (operation) => {
      if (random.chance(0.5)) root(operation).push(TYPENAME());
      else operation.selectionSet = make.set([TYPENAME()]);
    }),
  'root field with a condition': (sites, random) =>
    at(one(random, subscriptions(sites)), (operation) => {
      const condition = make.directive('include', when(make.boolean(true)));
      if (random.chance(0.5)) add(condition)({ node: root(operation)[0] });
      else operation.selectionSet = make.set([make.inline(null, root(operation), [condition])]);
    }),
  'field of a query as a root field': (sites, random) =>
    at(one(random, subscriptions(sites)), (operation) => {
      operation.selectionSet = make.set([make.field('events', { selections: [make.field('totalCount')] })]);
    }),
};
