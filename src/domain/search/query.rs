//! What somebody typed, as data: no sign in it is an operator.

use super::tokens;
use crate::{
    domain::text,
    error::{Code, Error, Result},
};

/// The longest query, in characters as typed.
pub const MAX_CHARACTERS: usize = 200;
/// The most words in a query.
pub const MAX_WORDS: usize = 16;
/// The shortest text that is looked for inside words. Both databases index sequences of three characters.
const INSIDE: usize = 3;

/// A query that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The whole query, folded.
    pub(super) folded: String,
    /// Every hit must have all of these. Each is the beginning of a token of the hit.
    pub(super) terms: Vec<String>,
}

impl Query {
    /// Reads the query of a list's filter. Without letters and digits it is an error and not an empty list:
    /// `events(filter: {query: "?!"})` would otherwise look as if there were no events.
    pub fn parse(text: &str) -> Result<Self> {
        let message = "The search text has neither letters nor digits. Name at least one, or leave `query` out.";
        Self::typed(text)?.ok_or_else(|| bad(message))
    }

    /// Reads what somebody typed so far. Capitals, accents and punctuation do not matter; the signs of `C++` and `C#`
    /// do. `None` if there is neither a letter nor a digit yet: it finds nothing.
    pub fn typed(text: &str) -> Result<Option<Self>> {
        if text.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(bad(format!("The search text is too long: at most {MAX_CHARACTERS} characters.")));
        }
        let folded = text::fold(text);
        if folded.split(' ').count() > MAX_WORDS {
            return Err(bad(format!("The search text has too many words: at most {MAX_WORDS}.")));
        }
        Ok((!folded.is_empty()).then(|| Self::of_folded(folded)))
    }

    /// A query of words that are folded already.
    pub(super) fn of_folded(folded: String) -> Self {
        Self { terms: tokens::terms(&folded), folded }
    }

    /// The query as text to look for inside names. `None` if it is too short for that index.
    pub(super) fn inside(&self) -> Option<&str> {
        let longest = self.folded.split(|sign: char| !sign.is_alphanumeric()).map(|run| run.chars().count()).max();
        (longest >= Some(INSIDE)).then_some(&self.folded)
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::invalid(Code::BadSearch, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_without_words_find_nothing_and_filter_nothing() {
        for text in ["", "  ", "\"", "'*'", "\0", "🎉🎉", "%_", "\u{301}", "\u{202e}"] {
            assert_eq!(Query::parse(text).unwrap_err().code(), Code::BadSearch, "{text:?}");
            assert_eq!(Query::typed(text).unwrap(), None, "{text:?}");
        }
    }

    #[test]
    fn long_queries_are_refused() {
        for text in ["🎉".repeat(2500), "a".repeat(201), "ab ".repeat(17)] {
            assert_eq!(Query::parse(&text).unwrap_err().code(), Code::BadSearch);
            assert_eq!(Query::typed(&text).unwrap_err().code(), Code::BadSearch);
        }
        assert!(Query::parse(&"京".repeat(200)).is_ok());
        assert!(Query::parse(&"ab ".repeat(16)).is_ok());
    }

    #[test]
    fn only_what_is_long_enough_is_looked_for_inside() {
        assert_eq!(Query::parse("erne").unwrap().inside(), Some("erne"));
        assert_eq!(Query::parse("go c++").unwrap().inside(), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_a_clear_error(text: String) {
            match Query::parse(&text) {
                Ok(query) => {
                    prop_assert!(!query.terms.is_empty());
                    prop_assert_eq!(&query.terms, &tokens::terms(&text));
                }
                Err(error) => prop_assert_eq!(error.code(), Code::BadSearch),
            }
        }
    }
}
