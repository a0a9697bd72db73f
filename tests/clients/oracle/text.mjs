// Changes of a document's text: other spellings of the same tokens, and tokens that are lost, doubled or exchanged.

import { Lexer, Source, TokenKind } from 'graphql';

import { isPlaceholder } from './pool.mjs';

/** The tokens of a document, as they are written. */
export function tokensOf(query) {
  const lexer = new Lexer(new Source(query));
  const tokens = [];
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens.push({ kind: token.kind, value: token.value, text: query.slice(token.start, token.end) });
  }
  return tokens;
}

const BLANKS = [
  ' ',
  ' ',
  ' ',
  '\n',
  '\t',
  '\r\n',
  '\r',
  ', ',
  ',,',
  '\n# a comment, with "quotes" and 🌙\n',
  '\n#\n',
  '\uFEFF',
  ' ,\n',
];

const hex = (unit) => unit.toString(16).padStart(4, '0');

/** A text as a string literal. Each character is written plainly or as one of its escapes. */
function spelled(random, text) {
  const letters = [...text].map((letter) => {
    const code = letter.codePointAt(0);
    const plain = JSON.stringify(letter).slice(1, -1);
    const ways = [plain, plain, plain, `\\u{${code.toString(16).toUpperCase()}}`, `\\u{00${code.toString(16)}}`];
    if (letter === '/') ways.push('\\/');
    ways.push([...Array(letter.length).keys()].map((index) => `\\u${hex(letter.charCodeAt(index))}`).join(''));
    return random.pick(ways);
  });
  return `"${letters.join('')}"`;
}

/** A text as a block string. */
function block(random, text) {
  const lines = text.replaceAll('"""', '\\"""');
  return random.chance(0.5) ? `"""\n    ${lines}\n  """` : `"""${lines}${/["\\]$/.test(lines) ? '\n' : ''}"""`;
}

const isBlockable = (text) => text !== '' && !/^\s|\s$|[\r\n]/.test(text) && !text.startsWith('"');

/** The same document, spelled in another way. */
export function respell(random, query) {
  // A text is a block string in all places or in none: graphql-js compares arguments by how they are written.
  const blocks = new Map();
  const isBlock = (value) => {
    if (!blocks.has(value)) blocks.set(value, isBlockable(value) && random.chance(0.25));
    return blocks.get(value);
  };
  const parts = tokensOf(query).map(({ kind, value, text }) => {
    if (kind !== TokenKind.STRING && kind !== TokenKind.BLOCK_STRING) return text;
    if (kind === TokenKind.BLOCK_STRING || isPlaceholder(value)) return text;
    return isBlock(value) ? block(random, value) : spelled(random, value);
  });
  const mixed = parts.map((part, index) => {
    const next = parts[index + 1] ?? '';
    // A punctuator needs no blank beside it.
    const mayTouch = /^[{}()[\]:=!$@|&]$/.test(part) || /^[{}()[\]:=!$@|&]$/.test(next);
    return part + (mayTouch && random.chance(0.5) ? '' : random.pick(BLANKS));
  });
  return (random.chance(0.3) ? '\uFEFF' : '') + mixed.join('');
}

const OTHERS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '=',
  '$',
  '@',
  '...',
  '|',
  '&',
  '"',
  '"""',
  'on',
  'null',
  'true',
  '1',
  '-1',
  '1.5',
  '.5',
  '01',
  '1a',
  '-',
  '"\\q"',
  '"\\uD83D"',
  '"\\u{110000}"',
  '"\\u{}"',
  '"\\uDE00\\uD83D"',
  '""',
  '"a\nb"',
  '%',
  '?',
  '\u0000',
  '\u00e9',
  'fragment',
  'query',
  ';',
  "'",
  '\u200b',
];

/** Changes of a list of tokens. */
export const tokens = {
  'token deleted': (random, all) => {
    all.splice(random.int(0, all.length - 1), 1);
  },
  'token doubled': (random, all) => {
    const index = random.int(0, all.length - 1);
    all.splice(index, 0, all[index]);
  },
  'tokens swapped': (random, all) => {
    const index = random.int(0, all.length - 2);
    all.splice(index, 2, all[index + 1], all[index]);
  },
  'token replaced': (random, all) => {
    all[random.int(0, all.length - 1)] = random.pick(OTHERS);
  },
  'token inserted': (random, all) => {
    all.splice(random.int(0, all.length), 0, random.pick(OTHERS));
  },
  'end cut off': (random, all) => {
    all.splice(random.int(0, all.length - 1));
  },
};
