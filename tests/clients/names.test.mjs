// Clients in Swift and Kotlin get a class, an enum or an alias for each type of the schema. Where Swift, Kotlin or what
// every app imports has that name already, docs/clients.md says so: apps then need the namespace that it describes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { buildSchema, isIntrospectionType, isSpecifiedScalarType } from 'graphql';

import { here } from './server.mjs';

/** Public types by the import that brings them: those with plain words for names, as a schema of meetups could have. */
const TAKEN = {
  Swift: `Actor Any Array Bool Character Clock Codable Collection Comparable Decodable Dictionary Double Duration Encodable
    Equatable Error Float Hashable Identifiable Int Iterator Mirror Never Optional Range Result Sequence Set Slice String
    Substring Task Unicode Void`,
  Foundation: `AttributedString Bundle Calendar Data Date DateComponents DateInterval Decimal Dimension Formatter Host
    IndexPath Locale Measurement Morphology Notification Operation Port PersonNameComponents Process Progress Scanner Stream
    Thread TimeZone Timer URL URLRequest UUID Unit`,
  SwiftUI: `Alert Alignment Anchor Angle Animation Axis Binding Button Canvas Capsule Circle Color Commands Divider Edge
    Ellipse Environment Font Form Gauge Gesture Gradient Grid GridItem Group GroupBox Image Label Layout Link List Menu
    Namespace Path Picker Popover Preview Rectangle Scene Section Settings Shape Slider Spacer State Stepper SubmitLabel
    Table Text TextField Toggle Transaction Transition Transform View Window`,
  Combine: 'Cancellable Future Just Published Publisher Record Scheduler Subject Subscriber Subscription',
  SwiftData: 'Attribute Model Query Relationship Schema',
  'kotlin.*': `Annotation Any Array Boolean Char Collection Comparable Comparator Double Enum Error Exception Float Function
    Grouping Int Iterable Iterator Lazy List Long Map Nothing Number Pair Result Sequence Set Short String Throwable Triple
    Unit`,
  'kotlin.time': 'Clock Duration Instant',
  'java.lang': `Appendable Class Character Iterable Module Object Override Package Process Readable Record Runnable Runtime
    System Thread Void`,
  'java.util': 'Calendar Collection Currency Date List Locale Map Optional Queue Random Scanner Set Timer',
  'java.time': 'Clock Duration Instant LocalDate Month Period Year ZonedDateTime',
  'java.net': 'Proxy Socket URI URL',
  'android.app': 'Activity Dialog Fragment Notification Person Service',
  'androidx.compose': `Box Brush Button Card Checkbox Color Column Composable Divider Icon Image Label Layout Modifier Row
    Scaffold Shape Slider State Surface Switch Tab Text TextField`,
  'androidx.constraintlayout': 'Barrier Flow Group Guideline Layer Placeholder',
  'androidx.room': 'Dao Database Delete Entity Insert Query Room Update',
  'java.awt and JavaFX': 'Button Color Event Image Node Point Shape Window',
  'Kotlin/JS': 'Document Element Event File Image Location Node Range Response Text Worker',
};

const schema = buildSchema(await readFile(here('../../schema.graphql'), 'utf8'));
const types = Object.values(schema.getTypeMap())
  .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  .map(({ name }) => name);
const document = await readFile(here('../../docs/clients.md'), 'utf8');
const scalars = ['BigInt', 'Date', 'DateTime', 'Duration', 'Markdown', 'PartialDate', 'URL'];

/** Each type of the schema whose name is taken, with the imports that take it. */
const clashes = types
  .map((name) => [name, Object.keys(TAKEN).filter((source) => TAKEN[source].split(/\s+/).includes(name))])
  .filter(([, sources]) => sources.length > 0)
  .sort(([one], [other]) => one.localeCompare(other));

test('docs/clients.md lists the types whose names are taken', () => {
  const row = ([name, sources]) => `| \`${name}\` | ${sources.join(', ')} |`;
  const [, table] = document.match(/\| type \| also in \|\n\| --- \| --- \|\n((?:\|.*\n)+)/);
  assert.equal(table.trim(), clashes.map(row).join('\n'));
});

test('the namespace of docs/clients.md is no type of the schema', () => {
  const [, namespace] = document.match(/"schemaNamespace": "(\w+)"/);
  assert.ok(!types.includes(namespace), namespace);
  assert.ok(!Object.values(TAKEN).some((names) => names.split(/\s+/).includes(namespace)), namespace);
});

test('docs/clients.md maps every scalar for Kotlin', () => {
  const mapped = [...document.matchAll(/mapScalar\w*\("(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(mapped.sort(), scalars);
  const custom = types.filter((name) => schema.getType(name).astNode.kind === 'ScalarTypeDefinition');
  assert.deepEqual(custom.sort(), scalars);
});
