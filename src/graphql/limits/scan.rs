//! The first look at a document: its tokens, where they stand and how deep they nest. One pass over the bytes.
//!
//! The parser that comes next recurses for each level and needs memory for each token. It gets the tokens with one
//! blank after each. Comments and commas mean nothing, but would cost it time, and commas confuse its look-ahead.

use apollo_compiler::parser::SourceSpan;
use async_graphql::Pos;

use super::{Limits, Refusal};

/// The longest name, in bytes. Checks that look for similar names take time in proportion to it.
pub const LONGEST_NAME: usize = 200;

/// How many bytes of comments and blanks there may be before the last token. The parser reads each of them several
/// times.
const LONGEST_SILENCE: usize = 32 * 1024;

/// The longest string, in bytes. A longer one belongs in a variable, which the parser does not read.
const LONGEST_STRING: usize = 32 * 1024;

/// What the scan found in a text that is within the limits.
#[derive(Debug, Default)]
pub struct Scan {
    /// Where each token begins in `spaced`, and where it stands in the document.
    tokens: Vec<(usize, Pos)>,
    /// The tokens, with a blank after each.
    spaced: String,
    /// The descriptions of operations, fragments and variables, which are not among the tokens. They are part of the
    /// specification of September 2025 and do not affect the execution, but the parser refuses them.
    descriptions: Vec<(String, Pos)>,
}

impl Scan {
    /// The text for the parser.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.spaced
    }

    /// The tokens, and where they stand.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, Pos)> {
        let ends = self.tokens.iter().skip(1).map(|(start, _)| *start).chain([self.spaced.len()]);
        self.tokens.iter().zip(ends).map(|((start, at), end)| {
            let token = self.spaced.get(*start..end).unwrap_or_default();
            (token.strip_suffix(' ').unwrap_or(token), *at)
        })
    }

    /// The descriptions, as strings in their quotes, and where they stand.
    #[must_use]
    pub fn descriptions(&self) -> &[(String, Pos)] {
        &self.descriptions
    }

    fn push(&mut self, token: &str, at: Pos) {
        self.tokens.push((self.spaced.len(), at));
        self.spaced.push_str(token);
        self.spaced.push(' ');
    }

    /// Moves the last token to the descriptions: it turned out to be one.
    fn take_description(&mut self) {
        if let Some((start, at)) = self.tokens.pop() {
            let description = self.spaced.split_off(start);
            self.descriptions.push((description.trim_end_matches(' ').to_owned(), at));
        }
    }

    /// The place in the document of a location that the parser reports.
    #[must_use]
    pub fn at(&self, span: Option<SourceSpan>) -> Option<Pos> {
        self.position(span?.offset())
    }

    /// The place of the token that begins at this offset in bytes, or of the next one.
    fn position(&self, offset: usize) -> Option<Pos> {
        let next = self.tokens.partition_point(|(start, _)| *start < offset);
        self.tokens.get(next).or(self.tokens.last()).map(|(_, position)| *position)
    }
}

/// Refuses a text with too many tokens, or with brackets that nest too deep.
pub fn check(text: &str, limits: &Limits) -> Result<Scan, Refusal> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    let mut nesting = Nesting::default();
    let mut cursor = Cursor { text, at: 0, position: Pos { line: 1, column: 1 } };
    let mut scan = Scan::default();
    let mut silence = 0;
    loop {
        let end = scanner.at;
        let Some(start) = scanner.skip_to_token() else { return Ok(scan) };
        let place = cursor.advance(start);
        silence += start - end;
        if silence > LONGEST_SILENCE {
            let message = format!("The document has more than {LONGEST_SILENCE} bytes of comments and blanks.");
            return Err(Refusal::too_large(message, Some(place)));
        }
        let kind = scanner.token().map_err(|message| Refusal::unparsed(message, Some(place)))?;
        let token = text.get(start..scanner.at).unwrap_or_default();
        if nesting.described(kind, token) {
            scan.take_description();
        }
        scan.push(token, place);
        if scan.tokens.len() + scan.descriptions.len() > limits.tokens {
            let message =
                format!("The document has more than {} tokens. Ask for less; send values as variables.", limits.tokens);
            return Err(Refusal::too_large(message, Some(place)));
        }
        nesting.note(kind);
        if nesting.deepest() > limits.depth {
            let message = format!("The document nests deeper than {} levels.", limits.depth);
            return Err(Refusal::too_deep(message, Some(place)));
        }
    }
}

/// Counts lines and columns as it goes forward, both from 1. Columns are characters.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    position: Pos,
}

impl Cursor<'_> {
    fn advance(&mut self, to: usize) -> Pos {
        let mut characters = self.text.get(self.at..to).unwrap_or_default().chars().peekable();
        while let Some(character) = characters.next() {
            let ends_line = character == '\n' || (character == '\r' && characters.peek() != Some(&'\n'));
            if ends_line {
                self.position = Pos { line: self.position.line + 1, column: 1 };
            } else {
                self.position.column += 1;
            }
        }
        self.at = to;
        self.position
    }
}

/// The kinds of tokens on which nesting and descriptions depend.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Open(u8),
    Close(u8),
    String,
    Other(u8),
}

/// How many brackets are open: of selections, and of values within the parentheses of arguments.
#[derive(Default)]
struct Nesting {
    selections: usize,
    arguments: bool,
    values: usize,
    /// The previous token.
    last: Option<Token>,
    /// Whether the previous token is a string that is a description if the next token begins a definition.
    may_describe: bool,
}

impl Nesting {
    /// Whether the previous token describes what begins with this one: an operation, a fragment or a variable.
    fn described(&mut self, kind: Token, token: &str) -> bool {
        let begins = match kind {
            Token::Other(b'$') => self.arguments,
            _ => !self.arguments && matches!(token, "query" | "mutation" | "subscription" | "fragment"),
        };
        let described = self.may_describe && begins;
        let can_stand_here = if self.arguments {
            // After `:` and `=` a string is a value.
            self.values == 0 && !matches!(self.last, Some(Token::Other(b':' | b'=')))
        } else {
            // At the beginning, or after another operation or fragment.
            matches!(self.last, None | Some(Token::Close(b'}')))
        };
        self.may_describe = kind == Token::String && self.selections == 0 && can_stand_here;
        self.last = Some(kind);
        described
    }

    fn note(&mut self, token: Token) {
        match token {
            Token::Open(_) if self.arguments => self.values += 1,
            Token::Open(b'(') => self.arguments = true,
            Token::Open(_) => self.selections += 1,
            Token::Close(b')') if self.arguments && self.values == 0 => self.arguments = false,
            Token::Close(_) if self.arguments => self.values = self.values.saturating_sub(1),
            Token::Close(_) => self.selections = self.selections.saturating_sub(1),
            Token::String | Token::Other(_) => {}
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
    /// Skips what stands between tokens; returns where the next one begins.
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
            b'"' => Token::String,
            _ => Token::Other(byte),
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
                let start = self.at;
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_'));
                if self.at - start > LONGEST_NAME {
                    return Err(format!("A number is longer than {LONGEST_NAME} signs."));
                }
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let start = self.at;
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if self.at - start > LONGEST_NAME {
                    return Err(format!("A name is longer than {LONGEST_NAME} letters."));
                }
            }
            _ => {
                self.at += 1;
                // The other bytes of a multi-byte character.
                self.skip_while(|byte| byte & 0b1100_0000 == 0b1000_0000);
            }
        }
        Ok(token)
    }

    /// An unterminated string must not hide the text after it from the scan: the parser might read that text.
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
        // Closed brackets do not count as levels.
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
            let scan = check(&around(most - 4), &Limits::default()).ok();
            assert_eq!(scan.map(|scan| scan.spaced), Some("{ a } ".into()));
            assert_eq!(code(&around(most)), Some(Code::QueryTooLarge), "{silence:?}");
        }
    }

    #[test]
    fn names_have_an_end() {
        assert_eq!(code(&"a".repeat(200)), None);
        assert_eq!(code(&"a".repeat(201)), Some(Code::GraphqlParseFailed));
        assert_eq!(code(&"1".repeat(200)), None);
        assert_eq!(code(&"1".repeat(201)), Some(Code::GraphqlParseFailed));
    }

    #[test]
    fn the_place_is_told() {
        let refusal = check("{ a\n  ä \"", &Limits::default()).unwrap_err();
        assert_eq!(refusal.at, Some(Pos { line: 2, column: 5 }));
    }

    #[test]
    fn tokens_know_their_places() {
        let text = "{ \u{1F600}\r\n  a\r\rb #\u{e4}\n,\u{feff}c } ";
        let scan = check(text, &Limits::default()).unwrap();
        let places = scan.tokens().map(|(token, Pos { line, column })| (token, line, column)).collect::<Vec<_>>();
        assert_eq!(places, [("{", 1, 1), ("\u{1F600}", 1, 3), ("a", 2, 3), ("b", 4, 1), ("c", 5, 3), ("}", 5, 5)]);
        for (offset, place) in scan.tokens.clone() {
            assert_eq!(scan.position(offset), Some(place));
        }
        assert_eq!(scan.text(), "{ \u{1F600} a b c } ");
    }

    #[test]
    fn descriptions_are_kept_from_the_parser() {
        let read = |text: &str| {
            let scan = check(text, &Limits::default()).unwrap();
            (scan.text().to_owned(), scan.descriptions().iter().map(|(text, _)| text.clone()).collect::<Vec<_>>())
        };
        for (text, spaced, descriptions) in [
            ("\"x\" query A { a }", "query A { a } ", vec!["\"x\""]),
            ("\"\"\"\u{e4}\"\"\"fragment f on A{a}", "fragment f on A { a } ", vec!["\"\"\"\u{e4}\"\"\""]),
            (
                "query(\"x\" $a: B = \"y\" \"z\" $c: D) { a }",
                "query ( $ a : B = \"y\" $ c : D ) { a } ",
                vec!["\"x\"", "\"z\""],
            ),
        ] {
            assert_eq!(read(text), (spaced.to_owned(), descriptions.into_iter().map(str::to_owned).collect()));
        }
        // A string that describes nothing stays a token, and the parser refuses it.
        for text in [
            "\"x\" { a } ",
            "\"x\" \"y\" { a } ",
            "{ a ( b : \"x\" $ c : 1 ) } ",
            "{ \"x\" query } ",
            "query ( $ a : B = \"y\" $ c : D ) { a } ",
            "query A @ b ( c : \"x\" $ d : 1 ) { a } ",
            "query \"x\" query { a } ",
            "fragment \"x\" query on A { a } ",
        ] {
            assert_eq!(read(text), (text.to_owned(), Vec::new()));
        }
    }
}
