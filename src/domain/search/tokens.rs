//! Cuts text into the tokens that both databases index: words, and pairs of characters in scripts without spaces
//! between words.

use std::ops::Range;

use crate::domain::text::{self, Letter};

/// The longest token. Longer ones are cut, in texts and in queries.
const TOKEN_LETTERS: usize = 64;
/// The shortest part after an apostrophe that becomes a token of its own. A genitive `'s` is shorter.
const TAIL_LETTERS: usize = 3;

/// A token, and its place in the original text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub text: String,
    pub source: Range<usize>,
    /// The bytes of the first character alone, if the token is cut from a script without spaces.
    pub head: Option<Range<usize>>,
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for word in text::words(text) {
        for run in runs(&word) {
            if is_spaceless(run[0].value) {
                // The last character is a token of its own, so that a query for it finds it.
                tokens.extend((0..run.len()).map(|at| pair(&run[at..run.len().min(at + 2)])));
                continue;
            }
            tokens.push(whole(run));
            // "L'architecture" is also found as "architecture".
            let tails = (1..run.len()).filter(|at| run[*at].follows_apostrophe);
            tokens.extend(tails.map(|at| &run[at..]).filter(|tail| tail.len() >= TAIL_LETTERS).map(whole));
        }
    }
    tokens
}

/// The terms of a query, each only once. A term is the beginning of a token.
pub(super) fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut add = |letters: &[Letter]| {
        let term = spell(letters);
        if !terms.contains(&term) {
            terms.push(term);
        }
    };
    for word in text::words(text) {
        for run in runs(&word) {
            if is_spaceless(run[0].value) && run.len() > 1 {
                run.windows(2).for_each(&mut add);
            } else {
                add(run);
            }
        }
    }
    terms
}

fn runs(word: &[Letter]) -> impl Iterator<Item = &[Letter]> {
    word.chunk_by(|left, right| is_spaceless(left.value) == is_spaceless(right.value))
}

fn whole(letters: &[Letter]) -> Token {
    Token { text: spell(letters), source: span(letters), head: None }
}

fn pair(letters: &[Letter]) -> Token {
    Token { text: spell(letters), source: span(letters), head: Some(letters[0].source.clone()) }
}

fn spell(letters: &[Letter]) -> String {
    letters.iter().take(TOKEN_LETTERS).map(|letter| letter.value).collect()
}

/// The bytes from the first to the last of these letters.
pub(super) fn span(letters: &[Letter]) -> Range<usize> {
    match letters {
        [first, .., last] => first.source.start..last.source.end,
        [only] => only.source.clone(),
        [] => 0..0,
    }
}

/// Thai, Lao, Burmese, Khmer, kana, ideographs; and Hangul, whose words carry their particles.
fn is_spaceless(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3100}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        assert_eq!(spelled("東京都でKubernetes入門"), ["東京", "京都", "都で", "で", "kubernetes", "入門", "門"]);
        assert_eq!(terms("東京都"), ["東京", "京都"]);
        assert_eq!(terms("京"), ["京"]);
    }

    #[test]
    fn a_word_is_found_without_its_article() {
        assert_eq!(spelled("L’été d'O'Brien’s"), ["lete", "ete", "dobriens", "obriens", "briens"]);
        assert_eq!(terms("L’été"), ["lete"]);
    }

    #[test]
    fn a_term_counts_once() {
        assert_eq!(terms("C++ c++ Straße STRASSE"), ["c++", "strasse"]);
    }

    #[test]
    fn endless_words_are_cut() {
        let word = "a".repeat(5000);
        assert_eq!(spelled(&word), ["a".repeat(TOKEN_LETTERS)]);
        assert_eq!(terms(&word), ["a".repeat(TOKEN_LETTERS)]);
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_itself(text: String) {
            let tokens = spelled(&text);
            for term in terms(&text) {
                prop_assert!(tokens.iter().any(|token| token.starts_with(&term)), "{}", term);
            }
        }

        #[test]
        fn tokens_need_no_quotes(text: String) {
            for token in spelled(&text) {
                prop_assert!(!token.contains([' ', '\'', '"', '\\', '\0', '%', '_', '\n']), "{}", token);
                prop_assert!(!token.is_empty());
            }
        }
    }
}
