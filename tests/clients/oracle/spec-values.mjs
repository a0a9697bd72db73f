// The rest of the validation chapter: values, directives, variables, subscriptions.

const FEED = 'changes { id }';
const events = (filter) => `{ events(filter: ${filter}) { totalCount } }`;

/** The same form as `RULES` of spec-examples.mjs. */
export const VALUE_RULES = [
  [
    '5.6.1 Values of Correct Type',
    {
      keeps: [
        events('{ kind: [MEETUP], year: [2018, 2019] }'),
        events('{ kind: MEETUP, year: 2018 }'),
        events('{ kind: [] }'),
        events('{ kind: null, not: null }'),
        events('null'),
        events('{ startsAfter: "2018-03-13T18:30:00Z" }'),
        events('{ group: 5 }'),
        events('{ group: "5" }'),
        events('{ and: { or: [{}, { year: 2018 }] } }'),
        '{ node(id: 1) { id } }',
        '{ talks(filter: { heldAfter: "2018-03-13", hasEvent: true }) { totalCount } }',
        '{ nodes(ids: "x") { id } }',
        '{ nodes(ids: []) { id } }',
        '{ events(first: 2147483647) { totalCount } }',
        '{ events(first: -2147483648) { totalCount } }',
        '{ search(query: "") { totalCount } }',
        '{ search(query: """block "quoted" \\""" text""") { totalCount } }',
        'query ($kind: [EventKind!] = MEETUP) { events(filter: { kind: $kind }) { totalCount } }',
        '{ events(orderBy: { field: NAME }) { totalCount } }',
        '{ events(after: null) { totalCount } }',
      ],
      breaks: [
        events('{ status: ["CANCELLED"] }'),
        events('{ status: "CANCELLED" }'),
        events('{ kind: [meetup] }'),
        events('{ kind: [PARTY] }'),
        events('{ kind: [null] }'),
        events('{ kind: [[MEETUP]] }'),
        events('{ year: ["2018"] }'),
        events('{ year: [2018.0] }'),
        events('{ year: [2147483648] }'),
        events('{ year: [-2147483649] }'),
        events('{ year: 1e3 }'),
        events('{ group: 1.5 }'),
        events('{ group: true }'),
        events('{ group: [1] }'),
        events('{ query: 5 }'),
        events('{ query: WORD }'),
        events('[]'),
        events('"{}"'),
        events('EMPTY'),
        events('{ startsAfter: "2018-03-13" }'),
        events('{ startsAfter: "soon" }'),
        events('{ startsAfter: 2018 }'),
        events('{ startsAfter: "2018-02-30T00:00:00Z" }'),
        '{ talks(filter: { heldAfter: "2018-03" }) { totalCount } }',
        '{ talks(filter: { heldAfter: "2018-03-13T00:00:00Z" }) { totalCount } }',
        '{ talks(filter: { heldBefore: 20180313 }) { totalCount } }',
        '{ talks(filter: { hasEvent: "true" }) { totalCount } }',
        '{ talks(filter: { hasEvent: 1 }) { totalCount } }',
        '{ events(first: "1") { totalCount } }',
        '{ events(first: 1.0) { totalCount } }',
        '{ events(first: true) { totalCount } }',
        '{ events(first: 2147483648) { totalCount } }',
        '{ events(first: [1]) { totalCount } }',
        '{ nodes(ids: [null]) { id } }',
        '{ nodes(ids: ["x", null]) { id } }',
        '{ nodes(ids: [["x"]]) { id } }',
        '{ search(query: 5) { totalCount } }',
        '{ search(query: dough) { totalCount } }',
        '{ search(query: ["dough"]) { totalCount } }',
        '{ search(query: "dough", types: ["GROUP"]) { totalCount } }',
        '{ __typename @include(if: "true") }',
        '{ __typename @include(if: 1) }',
        '{ __typename @skip(if: null) }',
        '{ __type(name: EVENT) { name } }',
        '{ __type(name: "Event") { fields(includeDeprecated: "no") { name } } }',
        'query ($n: Int = "1") { events(first: $n) { totalCount } }',
        'query ($n: Int! = null) { events(first: $n) { totalCount } }',
        'query ($s: EventStatus = "CANCELLED") { events(filter: { status: [$s] }) { totalCount } }',
        'query ($f: EventFilter = { kind: ["MEETUP"] }) { events(filter: $f) { totalCount } }',
        'query ($d: Date = "tomorrow") { talks(filter: { heldAfter: $d }) { totalCount } }',
        '{ events { nodes { description(format: "HTML") } } }',
        '{ events { nodes { description(format: XML) } } }',
      ],
    },
  ],
  [
    '5.6.2 Input Object Field Names',
    {
      keeps: [events('{ kind: [MEETUP] }')],
      breaks: [
        events('{ mood: 1 }'),
        events('{ not: { mood: 1 } }'),
        events('{ and: [{ mood: 1 }] }'),
        '{ events(orderBy: { field: NAME, way: ASC }) { totalCount } }',
        'query ($f: EventFilter = { mood: 1 }) { events(filter: $f) { totalCount } }',
      ],
    },
  ],
  [
    '5.6.3 Input Object Field Uniqueness',
    {
      keeps: [events('{ kind: [MEETUP], status: [CANCELLED] }')],
      breaks: [
        events('{ kind: [MEETUP], kind: [SOCIAL] }'),
        events('{ kind: [MEETUP], kind: [MEETUP] }'),
        events('{ not: { group: 1, group: 1 } }'),
        '{ events(orderBy: { field: NAME, field: NAME }) { totalCount } }',
      ],
    },
  ],
  [
    '5.6.4 Input Object Required Fields',
    {
      keeps: ['{ events(orderBy: { field: NAME }) { totalCount } }'],
      breaks: [
        '{ events(orderBy: {}) { totalCount } }',
        '{ events(orderBy: { direction: ASC }) { totalCount } }',
        '{ events(orderBy: { field: null }) { totalCount } }',
        '{ events(orderBy: { field: NAME, direction: null }) { totalCount } }',
        'query ($o: EventOrder = {}) { events(orderBy: $o) { totalCount } }',
      ],
    },
  ],
  [
    '5.7.1 Directives Are Defined',
    {
      keeps: ['{ __typename @skip(if: false) }'],
      breaks: [
        '{ __typename @mood }',
        '{ events @mood { totalCount } }',
        '{ ... @mood { __typename } }',
        'query @mood { __typename }',
        '{ ...A @mood } fragment A on Query { __typename }',
        '{ ...A } fragment A on Query @mood { __typename }',
        'query ($n: Int @mood) { events(first: $n) { totalCount } }',
        '{ __typename @Skip(if: true) }',
      ],
    },
  ],
  [
    '5.7.2 Directives Are in Valid Locations',
    {
      keeps: [
        '{ ... @skip(if: true) { __typename } ...A @include(if: true) } fragment A on Query { events @skip(if: true) { totalCount } }',
      ],
      breaks: [
        'query @skip(if: false) { __typename }',
        '{ ...A } fragment A on Query @include(if: true) { __typename }',
        'query ($n: Int @skip(if: false)) { events(first: $n) { totalCount } }',
        '{ __typename @deprecated }',
        '{ events @specifiedBy(url: "https://example.com") { totalCount } }',
        `subscription @include(if: true) { ${FEED} }`,
      ],
    },
  ],
  [
    '5.7.3 Directives Are Unique per Location',
    {
      keeps: [
        '{ __typename @skip(if: false) @include(if: true) }',
        '{ __typename @skip(if: false) ... @skip(if: false) { __typename } }',
      ],
      breaks: [
        '{ __typename @skip(if: false) @skip(if: false) }',
        '{ events @include(if: true) @skip(if: false) @include(if: true) { totalCount } }',
        '{ ...A @skip(if: false) @skip(if: true) } fragment A on Query { __typename }',
        '{ ... @include(if: true) @include(if: true) { __typename } }',
      ],
    },
  ],
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
];

/** The rule that only subscriptions can break: their verdict comes in a stream. */
export const SUBSCRIPTION_RULES = [
  [
    '5.2.4.1 Single Root Field',
    {
      keeps: [
        `subscription { ${FEED} }`,
        `subscription A { ...F } fragment F on Subscription { ${FEED} }`,
        'subscription { changes { id } changes { cursor } }',
        `subscription { x: changes { id node { ... on Talk { title } } } }`,
        'subscription ($t: [ChangeType!]) { ... on Subscription { changes(types: $t) { id } } }',
      ],
      breaks: [
        `subscription { ${FEED} x: changes { id } }`,
        'subscription { changes { id } eventChanged(id: "x") { id } }',
        `subscription { ...F } fragment F on Subscription { ${FEED} x: changes { id } }`,
        'subscription { __typename }',
        'subscription { __typename changes { id } }',
        'subscription { x: __typename }',
        `subscription ($y: Boolean = true) { changes @include(if: $y) { id } }`,
        `subscription { changes @skip(if: false) { id } }`,
        `subscription { ... @include(if: true) { ${FEED} } }`,
        `subscription { ...F @skip(if: false) } fragment F on Subscription { ${FEED} }`,
        `subscription { ${FEED} x: changes @skip(if: true) { id } }`,
      ],
    },
  ],
];
