//! The first look at a document: its tokens and how deep they nest. One pass over the bytes, nothing is kept.
//!
//! The parser that comes next calls itself for each level, and needs memory for each token.

use async_graphql::Pos;

use super::{Limits, Refusal};

/// The longest name, in bytes. Checks that look for similar names take time in proportion to it.
pub const LONGEST_NAME: usize = 200;

/// How many bytes of comments and blanks there may be before the last token. The parser tries each of them several times.
const LONGEST_SILENCE: usize = 32 * 1024;

/// The longest string, in bytes. Longer ones are variables, which the parser need not read letter by letter.
const LONGEST_STRING: usize = 32 * 1024;

/// Refuses a text with too many tokens, or with brackets that nest too deep. Answers where the last token ends.
pub fn check(text: &str, limits: &Limits) -> Result<usize, Refusal> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    let mut nesting = Nesting::default();
    let mut tokens = 0;
    let mut silence = 0;
    loop {
        let end = scanner.at;
        let Some(start) = scanner.skip_to_token() else { return Ok(end) };
        let place = || Some(position(text, start));
        silence += start - end;
        if silence > LONGEST_SILENCE {
            let message = format!("The document has more than {LONGEST_SILENCE} bytes of comments and blanks.");
            return Err(Refusal::too_large(message, place()));
        }
        let token = scanner.token().map_err(|message| Refusal::unparsed(message, place()))?;
        tokens += 1;
        if tokens > limits.tokens {
            let message =
                format!("The document has more than {} tokens. Ask for less; send values as variables.", limits.tokens);
            return Err(Refusal::too_large(message, place()));
        }
        nesting.note(token);
        if nesting.deepest() > limits.depth {
            let message = format!("The document nests deeper than {} levels.", limits.depth);
            return Err(Refusal::too_deep(message, place()));
        }
    }
}

/// What the nesting is made of; everything else is only counted.
#[derive(Clone, Copy)]
enum Token {
    Open(u8),
    Close(u8),
    Other,
}

/// How many brackets are open: of selections, and of values within the parentheses of arguments.
#[derive(Default)]
struct Nesting {
    selections: usize,
    arguments: bool,
    values: usize,
}

impl Nesting {
    fn note(&mut self, token: Token) {
        match token {
            Token::Open(_) if self.arguments => self.values += 1,
            Token::Open(b'(') => self.arguments = true,
            Token::Open(_) => self.selections += 1,
            Token::Close(b')') if self.arguments && self.values == 0 => self.arguments = false,
            Token::Close(_) if self.arguments => self.values = self.values.saturating_sub(1),
            Token::Close(_) => self.selections = self.selections.saturating_sub(1),
            Token::Other => {}
        }
    }

    fn deepest(&self) -> usize {
        self.selections.max(self.values)
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// Skips what stands between tokens; answers where the next one begins.
    fn skip_to_token(&mut self) -> Option<usize> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'#' => self.skip_while(|byte| !matches!(byte, b'\n' | b'\r')),
                _ if self.rest().starts_with("\u{feff}".as_bytes()) => self.at += 3,
                _ => return Some(self.at),
            }
        }
        None
    }

    fn token(&mut self) -> Result<Token, String> {
        let byte = self.bytes[self.at];
        let token = match byte {
            b'{' | b'[' | b'(' => Token::Open(byte),
            b'}' | b']' | b')' => Token::Close(byte),
            _ => Token::Other,
        };
        match byte {
            b'"' => {
                let start = self.at;
                self.skip_string()?;
                if self.at - start > LONGEST_STRING {
                    return Err(format!("A string is longer than {LONGEST_STRING} bytes. Send it as a variable."));
                }
            }
            b'.' if self.rest().starts_with(b"...") => self.at += 3,
            b'-' | b'0'..=b'9' => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_'));
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let start = self.at;
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if self.at - start > LONGEST_NAME {
                    return Err(format!("A name is longer than {LONGEST_NAME} letters."));
                }
            }
            _ => self.at += 1,
        }
        Ok(token)
    }

    /// A string that does not end must not hide what follows from the scan: the parser might see it.
    fn skip_string(&mut self) -> Result<(), String> {
        let block = self.rest().starts_with(b"\"\"\"");
        self.at += if block { 3 } else { 1 };
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' if block => self.at += if self.rest().starts_with(b"\\\"\"\"") { 4 } else { 1 },
                b'"' if block && !self.rest().starts_with(b"\"\"\"") => self.at += 1,
                b'"' => {
                    self.at += if block { 3 } else { 1 };
                    return Ok(());
                }
                b'\\' => self.at += 2,
                b'\n' | b'\r' if !block => break,
                _ => self.at += 1,
            }
        }
        Err("A string does not end.".into())
    }

    fn skip_while(&mut self, more: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| more(*byte)) {
            self.at += 1;
        }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Line and column of a place in the text, both from 1.
fn position(text: &str, offset: usize) -> Pos {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Pos { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn code(text: &str) -> Option<Code> {
        check(text, &Limits::default()).err().map(|refusal| refusal.error.code())
    }

    #[test]
    fn tokens_are_counted_as_the_specification_cuts_them() {
        // Five tokens each time: punctuation, names, numbers, strings and spreads are one each.
        for text in ["{ a b c }", "{a(,)}", "...a \"x # y\" -1.5e3 @", "\"\"\"a \\\"\"\" b\"\"\" { # } } }\n } a b"] {
            assert!(check(text, &Limits { tokens: 5, ..Limits::default() }).is_ok(), "{text}");
            assert!(check(text, &Limits { tokens: 4, ..Limits::default() }).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded_in_selections_and_in_values() {
        let selections = |depth: usize| format!("{}a{}", "{a".repeat(depth), "}".repeat(depth));
        let lists = |depth: usize| format!("{{a(b: {}{})}}", "[".repeat(depth), "]".repeat(depth));
        let objects = |depth: usize| format!("{{a(b: {}1{})}}", "{c: ".repeat(depth), "}".repeat(depth));
        let types = |depth: usize| format!("query($a: {}A{}) {{ a }}", "[".repeat(depth), "]".repeat(depth));
        for nested in [selections, lists, objects, types] {
            assert_eq!(code(&nested(20)), None);
            assert_eq!(code(&nested(21)), Some(Code::QueryTooDeep));
            assert_eq!(code(&nested(2000)), Some(Code::QueryTooDeep));
        }
        assert_eq!(code(&"{".repeat(200_000)), Some(Code::QueryTooDeep));
        // What is closed is no level any more.
        assert_eq!(code(&"{ a(b: [[1]]) }".repeat(100)), None);
    }

    #[test]
    fn a_string_that_does_not_end_hides_nothing() {
        for text in ["{ a(b: \"x\n{{{{\") }", "\"", "\"\"\" {", "\"\\", "{ a(b: \"\"\"x\"\") }"] {
            assert_eq!(code(text), Some(Code::GraphqlParseFailed), "{text}");
        }
    }

    #[test]
    fn strings_have_an_end() {
        assert_eq!(code(&format!("\"{}\"", "a".repeat(LONGEST_STRING - 2))), None);
        assert_eq!(code(&format!("\"{}\"", "a".repeat(LONGEST_STRING - 1))), Some(Code::GraphqlParseFailed));
    }

    #[test]
    fn silence_has_an_end_that_does_not_count() {
        for silence in [" ", "#", "\n", ",", "\u{feff}"] {
            let most = LONGEST_SILENCE / silence.len();
            let around = |count: usize| format!("{}\n{{ a }}\n{}", silence.repeat(count), silence.repeat(200_000));
            assert_eq!(check(&around(most - 4), &Limits::default()).ok(), Some((most - 4) * silence.len() + 6));
            assert_eq!(code(&around(most)), Some(Code::QueryTooLarge), "{silence:?}");
        }
    }

    #[test]
    fn names_have_an_end() {
        assert_eq!(code(&"a".repeat(200)), None);
        assert_eq!(code(&"a".repeat(201)), Some(Code::GraphqlParseFailed));
    }

    #[test]
    fn the_place_is_told() {
        let refusal = check("{ a\n  ä \"", &Limits::default()).unwrap_err();
        assert_eq!(refusal.at, Some(Pos { line: 2, column: 5 }));
    }
}
