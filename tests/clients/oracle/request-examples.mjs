// The checks of a request before its execution (specification of September 2025, chapter 6.1). The same form as `RULES`
// of spec-examples.mjs.

const FIRST = 'query ($n: Int) { events(first: $n) { totalCount } }';
const FILTER = 'query ($f: EventFilter) { events(filter: $f) { totalCount } }';
const TALKS = 'query ($f: TalkFilter!) { talks(filter: $f) { totalCount } }';
const ORDER = 'query ($o: EventOrder) { events(orderBy: $o) { totalCount } }';
const TWO = 'query A { a: __typename } query B { b: __typename }';

const fits = (query, ...values) => values.map((variables) => [query, variables]);

/** Sections on the selected operation and the values of its variables. */
export const REQUESTS = [
  [
    '6.1.1 Getting an Operation',
    {
      keeps: [
        [TWO, undefined, 'A'],
        [TWO, undefined, 'B'],
        ['query A { __typename }', undefined, 'A'],
        ['query A { __typename }', undefined, null],
        '{ __typename }',
        'query A { __typename }',
      ],
      breaks: [
        TWO,
        [TWO, undefined, null],
        [TWO, undefined, 'C'],
        [TWO, undefined, 'a'],
        ['{ __typename }', undefined, 'A'],
        ['query A { ...F } fragment F on Query { __typename }', undefined, 'F'],
      ],
    },
  ],
  [
    '6.1.2 Coercing Variable Values',
    {
      keeps: [
        ...fits(FIRST, undefined, null, {}, { n: null }, { n: 1 }, { m: 'x' }, { n: 2147483647 }),
        ...fits(
          FILTER,
          { f: {} },
          { f: { kind: ['MEETUP'] } },
          { f: { kind: 'MEETUP' } },
          { f: { kind: null } },
          { f: { group: 5 } },
          { f: { group: '5' } },
          { f: { and: {} } },
          { f: { year: [] } },
          { f: { startsAfter: '2018-03-13T18:30:00+02:00' } },
          { f: { not: { or: [{ query: '🌙' }] } } },
        ),
        ...fits(TALKS, { f: {} }, { f: { heldAfter: '2020-02-29', hasEvent: false } }),
        ...fits(ORDER, { o: { field: 'NAME' } }, { o: { field: 'NAME', direction: 'DESC' } }),
        ...fits('query ($i: [ID!]!) { nodes(ids: $i) { id } }', { i: [] }, { i: 'x' }, { i: ['x', 1] }, { i: 7 }),
        ...fits('query ($n: Int! = 3) { events(first: $n) { totalCount } }', {}, undefined, { n: 1 }),
        ...fits('query ($y: Boolean!) { __typename @skip(if: $y) }', { y: true }, { y: false }),
      ],
      breaks: [
        ...fits(
          FIRST,
          { n: '1' },
          { n: 1.5 },
          { n: true },
          { n: [1] },
          { n: {} },
          { n: 2147483648 },
          { n: -2147483649 },
          { n: 1e100 },
        ),
        ...fits(
          FILTER,
          { f: [] },
          { f: 'x' },
          { f: 1 },
          { f: { mood: 1 } },
          { f: { kind: ['PARTY'] } },
          { f: { kind: ['meetup'] } },
          { f: { kind: [null] } },
          { f: { kind: [['MEETUP']] } },
          { f: { kind: 1 } },
          { f: { group: 1.5 } },
          { f: { group: true } },
          { f: { group: {} } },
          { f: { year: ['2018'] } },
          { f: { year: 2018.5 } },
          { f: { startsAfter: '2018-03-13' } },
          { f: { startsAfter: 5 } },
          { f: { startsAfter: '' } },
          { f: { query: 5 } },
          { f: { query: ['x'] } },
          { f: { not: { mood: 1 } } },
          { f: { and: [null] } },
          { f: { and: [{}, { kind: ['PARTY'] }] } },
        ),
        ...fits(
          TALKS,
          undefined,
          null,
          {},
          { f: null },
          { f: { heldAfter: '2018-3-13' } },
          { f: { heldAfter: '2019-02-29' } },
          { f: { heldBefore: 20180313 } },
          { f: { hasEvent: 'true' } },
          { f: { hasEvent: 1 } },
        ),
        ...fits(
          ORDER,
          { o: {} },
          { o: { field: null } },
          { o: { field: 'NAME', direction: null } },
          { o: { field: 'name' } },
          { o: { field: 'NAME', direction: 'UP' } },
          { o: 'NAME' },
        ),
        ...fits(
          'query ($i: [ID!]!) { nodes(ids: $i) { id } }',
          undefined,
          { i: null },
          { i: [null] },
          { i: [1.5] },
          { i: [['x']] },
        ),
        ...fits('query ($n: Int! = 3) { events(first: $n) { totalCount } }', { n: null }, { n: 'x' }),
        ...fits('query ($y: Boolean!) { __typename @skip(if: $y) }', {}, { y: null }, { y: 'true' }, { y: 1 }),
      ],
    },
  ],
];
