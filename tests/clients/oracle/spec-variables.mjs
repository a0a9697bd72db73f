// The validation chapter: variables and subscriptions.

const FEED = 'changes { id }';

/** The same form as `RULES` of spec-examples.mjs. */
export const VARIABLE_RULES = [
  [
    '5.8.1 Variable Uniqueness',
    {
      keeps: [
        [
          'query A($n: Int) { events(first: $n) { totalCount } } query B($n: Int) { talks(first: $n) { totalCount } }',
          { n: 1 },
          'A',
        ],
      ],
      breaks: [
        'query ($n: Int, $n: Int) { events(first: $n) { totalCount } }',
        'query ($n: Int, $n: String) { events(first: $n) { totalCount } }',
      ],
    },
  ],
  [
    '5.8.2 Variables Are Input Types',
    {
      keeps: [
        [
          'query ($a: EventFilter, $b: [ID!]!, $c: EventOrder, $d: Int!) { events(filter: $a, orderBy: $c, first: $d) { totalCount } nodes(ids: $b) { id } }',
          { b: [], d: 1 },
        ],
      ],
      breaks: [
        'query ($a: Event) { events(filter: $a) { totalCount } }',
        'query ($a: [Node!]) { nodes(ids: $a) { id } }',
        'query ($a: SearchResult!) { events(filter: $a) { totalCount } }',
        'query ($a: Mood) { events(filter: $a) { totalCount } }',
        'query ($a: EventConnection) { __typename }',
      ],
    },
  ],
  [
    '5.8.3 All Variable Uses Defined',
    {
      keeps: [
        'query ($n: Int) { events(first: $n) { totalCount } }',
        'query ($n: Int) { ...A } fragment A on Query { ...B } fragment B on Query { events(first: $n) { totalCount } }',
      ],
      breaks: [
        '{ events(first: $n) { totalCount } }',
        'query ($m: Int) { talks(first: $m) { totalCount } events(first: $n) { totalCount } }',
        '{ ...A } fragment A on Query { events(first: $n) { totalCount } }',
        '{ ...A } fragment A on Query { ...B } fragment B on Query { events(filter: { and: [{ year: [$n] }] }) { totalCount } }',
        '{ __typename @include(if: $n) }',
        [
          'query A($n: Int) { ...F } query B { ...F } fragment F on Query { events(first: $n) { totalCount } }',
          { n: 1 },
          'A',
        ],
        'query ($n: Int, $m: Int = $n) { events(first: $m) { totalCount } talks(first: $n) { totalCount } }',
      ],
    },
  ],
  [
    '5.8.4 All Variables Used',
    {
      keeps: [
        ['query ($y: Boolean!) { __typename @include(if: $y) }', { y: true }],
        'query ($n: Int) { ...A } fragment A on Query { events(first: $n) { totalCount } }',
        'query ($y: Boolean = true) { ... @include(if: $y) { __typename } }',
      ],
      breaks: [
        'query ($n: Int) { __typename }',
        ['query A($n: Int) { events(first: $n) { totalCount } } query B($n: Int) { __typename }', { n: 1 }, 'A'],
        'query ($n: Int, $m: Int) { events(first: $n) { totalCount } }',
        ['query ($n: Int) { __typename }', { n: 1 }],
        'query ($n: Int) { ...A } fragment A on Query { __typename }',
      ],
    },
  ],
  [
    '5.8.5 All Variable Usages Are Allowed',
    {
      keeps: [
        'query ($y: Boolean = true) { __typename @include(if: $y) }',
        ['query ($y: Boolean! = true) { ...Q @include(if: $y) } fragment Q on Query { __typename }', {}],
        ['query ($f: TextFormat) { events { nodes { description(format: $f) } } }', {}],
        ['query ($k: [EventKind!]!) { events(filter: { kind: $k }) { totalCount } }', { k: ['MEETUP'] }],
        ['query ($i: ID!) { node(id: $i) { id } }', { i: 'x' }],
        'query ($d: OrderDirection) { events(orderBy: { field: NAME, direction: $d }) { totalCount } }',
        ['query ($y: Int!) { events(filter: { year: [$y] }) { totalCount } }', { y: 2018 }],
        'query ($i: ID = "x") { node(id: $i) { id } }',
        ['query ($n: Int!) { events(first: $n) { totalCount } }', { n: 1 }],
      ],
      breaks: [
        ['query ($a: TalkFilter) { events(filter: $a) { totalCount } }', { a: {} }],
        ['query ($a: String) { events(first: $a) { totalCount } }', { a: 5 }],
        ['query ($a: String) { events(first: $a) { totalCount } }', { a: '5' }],
        ['query ($a: [EventStatus]) { events(filter: { status: $a }) { totalCount } }', { a: ['CANCELLED'] }],
        ['query ($a: ID) { node(id: $a) { id } }', { a: 'x' }],
        ['query ($a: EventStatus!) { events(filter: { status: $a }) { totalCount } }', { a: 'CANCELLED' }],
        ['query ($a: [Int!]) { events(first: $a) { totalCount } }', { a: [1] }],
        ['query ($a: Int) { events(filter: { year: [$a] }) { totalCount } }', { a: 2018 }],
        ['query ($a: ID) { nodes(ids: [$a]) { id } }', { a: 'x' }],
        ['query ($a: Boolean) { __typename @skip(if: $a) }', { a: true }],
        'query ($a: Boolean = null) { __typename @skip(if: $a) }',
        ['query ($a: String!) { node(id: $a) { id } }', { a: 'x' }],
        ['query ($a: ID!) { search(query: $a) { totalCount } }', { a: 'x' }],
        ['query ($a: EventOrderField) { events(orderBy: { field: $a }) { totalCount } }', { a: 'NAME' }],
        ['query ($a: Date!) { events(filter: { startsAfter: $a }) { totalCount } }', { a: '2018-03-13' }],
        ['query ($a: String!) { talks(filter: { heldAfter: $a }) { totalCount } }', { a: '2018-03-13' }],
        ['query ($a: Int!) { __typename @include(if: $a) }', { a: 1 }],
        ['query ($a: [ID]!) { nodes(ids: $a) { id } }', { a: ['x'] }],
        ['query ($a: Int) { ...F } fragment F on Query { search(query: $a) { totalCount } }', { a: 1 }],
        [
          'query A($a: Int) { events(first: $a) { totalCount } } query B($a: String) { events(first: $a) { totalCount } }',
          { a: 1 },
          'A',
        ],
      ],
    },
  ],
  [
    '5.2.4.1 Single Root Field',
    {
      keeps: [
        `subscription { ${FEED} }`,
        `subscription A { ...F } fragment F on Subscription { ${FEED} }`,
        'subscription { changes { id } changes { cursor } }',
        `subscription { x: changes { id node { ... on Talk { title } } } }`,
        'subscription ($t: [ChangeType!]) { ... on Subscription { changes(types: $t) { id } } }',
        // The specification of September 2025 forbids a condition here, the one before and graphql-js 16 do not.
        `subscription ($y: Boolean = true) { changes @include(if: $y) { id } }`,
        `subscription { changes @skip(if: false) { id } }`,
        `subscription { ... @include(if: true) { ${FEED} } }`,
        `subscription { ...F @skip(if: false) } fragment F on Subscription { ${FEED} }`,
      ],
      breaks: [
        `subscription { ${FEED} x: changes { id } }`,
        'subscription { changes { id } eventChanged(id: "x") { id } }',
        `subscription { ...F } fragment F on Subscription { ${FEED} x: changes { id } }`,
        'subscription { __typename }',
        'subscription { __typename changes { id } }',
        'subscription { x: __typename }',
        `subscription { ${FEED} x: changes @skip(if: true) { id } }`,
      ],
    },
  ],
];
