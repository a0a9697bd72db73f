// The rules of the specification's validation chapter (September 2025, chapter 5), each with valid and invalid
// documents over the types of this schema.

const FEED = 'changes { id }';
const GROUP = 'group(slug: "dunmere-rb")';

/** `[section, { keeps: [documents], breaks: [documents] }]`; a document may be `[query, variables, operationName]`. */
export const RULES = [
  [
    '5.1.1 Executable Definitions',
    {
      keeps: [
        `{ ${GROUP} { name } }`,
        ['query A { __typename } fragment F on Query { __typename } query B { ...F }', undefined, 'A'],
      ],
      breaks: [
        'query A { __typename } extend type Event { mood: String }',
        'query A { __typename } type Mood { word: String }',
        'scalar Mood',
        'query A { __typename } directive @mood on FIELD',
        'schema { query: Query } query A { __typename }',
        'extend schema @mood query A { __typename }',
      ],
    },
  ],
  [
    '5.2.1.1 Operation Type Existence',
    {
      keeps: ['query { __typename }'],
      breaks: [
        'mutation { __typename }',
        ['query A { __typename } mutation B { __typename }', undefined, 'A'],
        'mutation { cancel(id: 1) { id } }',
      ],
    },
  ],
  [
    '5.2.2.1 Operation Name Uniqueness',
    {
      keeps: [['query A { __typename } query B { __typename }', undefined, 'A']],
      breaks: [
        ['query A { __typename } query A { events { totalCount } }', undefined, 'A'],
        [`query A { __typename } subscription A { ${FEED} }`, undefined, 'A'],
      ],
    },
  ],
  [
    '5.2.3.1 Lone Anonymous Operation',
    {
      keeps: ['{ __typename }', 'query { __typename }'],
      breaks: [
        '{ __typename } query A { __typename }',
        ['{ __typename } query A { __typename }', undefined, 'A'],
        '{ __typename } { __typename }',
        `query { __typename } subscription { ${FEED} }`,
      ],
    },
  ],
  [
    '5.3.1 Field Selections',
    {
      keeps: [
        `{ ${GROUP} { name slug } }`,
        'query ($id: ID = "x") { node(id: $id) { id __typename ... on Talk { title } } }',
        '{ __type(name: "Event") { fields { type { fields { type { fields { name } } } } } } }',
        '{ search(query: "dough") { nodes { __typename ... on Group { name } } } }',
        '{ __schema { queryType { name } } __type(name: "Event") { name } }',
      ],
      breaks: [
        `{ ${GROUP} { mood } }`,
        '{ node(id: "x") { name } }',
        '{ search(query: "dough") { nodes { name } } }',
        `{ ...F } fragment F on Query { ${GROUP} { ...G } } fragment G on Group { mood }`,
        '{ search(query: "dough") { nodes { id } } }',
        `{ ${GROUP} { __schema { description } } }`,
        `{ ${GROUP} { __type(name: "Event") { name } } }`,
        '{ ... on Query { mood } }',
        '{ events { nodes { hosts { group { mood } } } } }',
        '{ Events { totalCount } }',
      ],
    },
  ],
  [
    '5.3.2 Field Selection Merging',
    {
      keeps: [
        `{ ${GROUP} { name name n: slug n: slug } }`,
        '{ events(first: 1) { totalCount } events(first: 1) { nodes { name } } }',
        'query ($n: Int = 1) { events(first: $n) { totalCount } events(first: $n) { pageInfo { endCursor } } }',
        '{ search(query: "dough") { nodes { ... on Group { x: name } ... on Event { x: slug } } } }',
        '{ search(query: "dough") { nodes { ... on Event { ... @include(if: true) { x: slug } } ... on Group { ... @include(if: true) { x: name } } } } }',
        '{ search(query: "dough") { nodes { ... on Group { list: events(first: 1) { totalCount } } ... on Venue { list: events(first: 2) { totalCount } } } } }',
        '{ search(query: "dough") { nodes { ... on Event { x: website } ... on Group { x: website } ... on Talk { y: title } ... on Person { y: pronouns } } } }',
        `{ ${GROUP} { name } ...F } fragment F on Query { ${GROUP} { name slug } }`,
        `{ ${GROUP} { name @skip(if: true) name } }`,
        '{ events(first: 1, filter: { year: [2018], kind: [MEETUP] }) { totalCount } events(filter: { kind: [MEETUP], year: [2018] }, first: 1) { totalCount } }',
        '{ search(query: "dough") { nodes { ... on Group { x: events(first: 1) { nodes { name } } } ... on Venue { x: events(first: 2) { nodes { name } } } } } }',
      ],
      breaks: [
        `{ ${GROUP} { x: name x: slug } }`,
        `{ ${GROUP} { slug: name slug } }`,
        '{ events(first: 1) { totalCount } events(first: 2) { totalCount } }',
        'query ($n: Int = 1) { events(first: $n) { totalCount } events(first: 1) { totalCount } }',
        'query ($n: Int, $m: Int) { events(first: $n) { totalCount } events(first: $m) { totalCount } }',
        '{ events(first: 1) { totalCount } events { totalCount } }',
        `{ ${GROUP} { description description(format: MARKDOWN) } }`,
        `{ ${GROUP} { events(first: 1) { nodes { name } } } ${GROUP} { events(first: 2) { nodes { slug } } } }`,
        '{ events(first: 1) { nodes { name } } ... on Query { events(first: 2) { nodes { name } } } }',
        `{ ${GROUP} { x: name ... on Group { x: slug } } }`,
        '{ search(query: "dough") { nodes { ... on Event { x: venue { name } } ... on Group { x: name } } } }',
        '{ search(query: "dough") { nodes { ... on Event { x: status } ... on Group { x: status } } } }',
        '{ search(query: "dough") { nodes { ... on Talk { x: title } ... on Group { x: name } } } }',
        '{ search(query: "dough") { nodes { ... on Venue { x: capacity } ... on Event { x: capacity { offline } } } } }',
        '{ search(query: "dough") { nodes { ... on Event { x: hosts { y: role } } ... on Group { x: organizers { y: role } } } } }',
        '{ search(query: "dough") { nodes { ... on Person { x: aliases } ... on Group { x: name } } } }',
        `{ ${GROUP} { ...F ...G } } fragment F on Group { x: name } fragment G on Group { x: city }`,
        '{ a: events { totalCount } a: talks { totalCount } }',
        '{ a: __typename a: events { totalCount } }',
        '{ __typename: rateLimit { cost } __typename }',
        '{ node(id: "x") { ... on Node { x: id } ... on Event { x: slug } } }',
      ],
    },
  ],
  [
    '5.3.3 Leaf Field Selections',
    {
      keeps: [`{ ${GROUP} { name } }`],
      breaks: [
        `{ ${GROUP} { name { letters } } }`,
        `{ ${GROUP} }`,
        '{ events }',
        '{ events { nodes } }',
        '{ node(id: "x") }',
        '{ search(query: "dough") { nodes } }',
        '{ events { nodes { kind { name } } } }',
        '{ events { nodes { startsAt { year } } } }',
        '{ __typename { x } }',
        '{ __schema }',
        `subscription { changes }`,
        `{ ${GROUP} { } }`,
      ],
    },
  ],
  [
    '5.4.1 Argument Names',
    {
      keeps: ['{ events(first: 1) { totalCount } }', '{ __typename @include(if: true) }'],
      breaks: [
        '{ events(limit: 1) { totalCount } }',
        '{ __typename(x: 1) }',
        `{ ${GROUP} { name(first: 1) } }`,
        '{ __typename @include(unless: false) }',
        '{ __typename @skip(if: false, unless: true) }',
        '{ events { nodes { description(Format: HTML) } } }',
        '{ __type(slug: "Event") { name } }',
        `{ ${GROUP} { name @include(if: true, iff: true) } }`,
      ],
    },
  ],
  [
    '5.4.2 Argument Uniqueness',
    {
      keeps: ['{ events(first: 1, filter: {}) { totalCount } }'],
      breaks: [
        '{ events(first: 1, first: 1) { totalCount } }',
        '{ events(first: 1, first: 2) { totalCount } }',
        '{ __typename @skip(if: false, if: false) }',
        `{ ${GROUP} { name @skip(if: false, if: true) } }`,
      ],
    },
  ],
  [
    '5.4.3 Required Arguments',
    {
      keeps: [
        '{ node(id: "x") { id } }',
        '{ events { nodes { description } } }',
        '{ events { nodes { description(format: HTML) } } }',
        '{ group { name } }',
      ],
      breaks: [
        '{ node { id } }',
        '{ nodes { id } }',
        '{ search { totalCount } }',
        '{ node(id: null) { id } }',
        '{ search(query: null) { totalCount } }',
        '{ events { nodes { description(format: null) } } }',
        '{ __typename @skip }',
        `{ ${GROUP} { name @include } }`,
        'subscription { eventChanged { id } }',
        '{ __type { name } }',
        '{ __type(name: null) { name } }',
      ],
    },
  ],
  [
    '5.5.1.1 Fragment Name Uniqueness',
    {
      keeps: ['{ ...A ...B } fragment A on Query { __typename } fragment B on Query { __typename }'],
      breaks: [
        '{ ...A } fragment A on Query { __typename } fragment A on Query { __typename }',
        '{ ...A } fragment A on Query { __typename } fragment A on Query { events { totalCount } }',
      ],
    },
  ],
  [
    '5.5.1.2 Fragment Spread Type Existence',
    {
      keeps: [
        '{ ...A } fragment A on Query { __typename }',
        '{ ... on Query { __typename } }',
        '{ ... @include(if: true) { __typename } }',
      ],
      breaks: [
        '{ ...A } fragment A on Mood { __typename }',
        '{ ... on Mood { __typename } }',
        '{ events { nodes { ... on event { name } } } }',
      ],
    },
  ],
  [
    '5.5.1.3 Fragments on Object, Interface or Union Types',
    {
      keeps: ['{ node(id: "x") { ... on Node { id } ... on SearchResult { __typename } ... on Event { name } } }'],
      breaks: [
        '{ ...A } fragment A on Int { __typename }',
        '{ ... on EventFilter { kind } }',
        '{ ...A } fragment A on EventKind { __typename }',
        `{ ${GROUP} { ... on String { length } } }`,
        '{ ... on DateTime { __typename } }',
      ],
    },
  ],
  [
    '5.5.1.4 Fragments Must Be Used',
    {
      keeps: ['{ ...A } fragment A on Query { ...B } fragment B on Query { __typename }'],
      breaks: [
        '{ __typename } fragment A on Query { __typename }',
        '{ __typename } fragment A on Query { ...B } fragment B on Query { __typename }',
        'fragment A on Query { __typename }',
      ],
    },
  ],
  [
    '5.5.2.1 Fragment Spread Target Defined',
    {
      keeps: ['{ ...A } fragment A on Query { __typename }'],
      breaks: [
        '{ ...A }',
        '{ ...a } fragment A on Query { __typename }',
        '{ ...A } fragment A on Query { ...B }',
        `{ ${GROUP} { ...Nobody @skip(if: true) } }`,
      ],
    },
  ],
  [
    '5.5.2.2 Fragment Spreads Must Not Form Cycles',
    {
      keeps: [`{ ${GROUP} { ...A ...A } ...B } fragment A on Group { name } fragment B on Query { ${GROUP} { ...A } }`],
      breaks: [
        '{ ...A } fragment A on Query { ...A }',
        '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
        `{ ${GROUP} { ...A } } fragment A on Group { events { nodes { ...B } } } fragment B on Event { hosts { group { ...A } } }`,
        '{ ...A } fragment A on Query { ... @skip(if: true) { ...A } }',
        '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...B }',
      ],
    },
  ],
  [
    '5.5.2.3 Fragment Spread Is Possible',
    {
      keeps: [
        `{ ${GROUP} { ... on Group { name } ... on Node { id } ... on SearchResult { __typename ... on Group { name } } } }`,
        '{ node(id: "x") { ... on Event { name } ... on SearchResult { ... on Topic { name } } ... on Resource { url } } }',
        '{ search(query: "dough") { nodes { ... on Node { id ... on SearchResult { ... on Group { name } } } ... on Talk { title } } } }',
        '{ changes { nodes { node { ...A } } } } fragment A on SearchResult { ... on Node { id } }',
      ],
      breaks: [
        `{ ${GROUP} { ... on Event { name } } }`,
        `{ ${GROUP} { ...A } } fragment A on Event { name }`,
        '{ search(query: "dough") { nodes { ... on Resource { url } } } }',
        '{ node(id: "x") { ... on Money { currency } } }',
        '{ ... on Group { name } }',
        `{ ${GROUP} { ... on Node { ... on Event { name } } ... on Money { currency } } }`,
        '{ events { ... on Node { id } } }',
        '{ events { pageInfo { ... on SearchResult { __typename } } } }',
        '{ changes { nodes { node { ...A } } } } fragment A on Change { id }',
      ],
    },
  ],
];
