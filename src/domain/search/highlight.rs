//! Highlights: a piece of a text with the matching words marked. They are made here and not in the databases, so both
//! have the same. They are no markup, so there is nothing to escape.

use std::ops::Range;

use super::{query::Query, tokens};
use crate::domain::text::{self, Letter};

/// The longest snippet, in characters.
const SNIPPET: usize = 200;
/// How much of it stands before the first match.
const LEAD: usize = 60;
/// How far a cut may move to be between two words.
const WORD: usize = 20;

/// A piece of a snippet. All fragments of a snippet together are a part of the original text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The original text.
    pub text: String,
    /// Whether it matches the query.
    pub highlighted: bool,
}

/// A snippet of a text around its first match, with all matches in it marked. If nothing matches, it is the beginning
/// of the text. No fragment is empty, and of two neighbours one is highlighted and the other is not.
#[must_use]
pub fn highlight(text: &str, query: &Query) -> Vec<Fragment> {
    let marks = marks(text, query);
    let snippet = snippet(text, marks.first());
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut add = |range: Range<usize>, highlighted| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            fragments.push(Fragment { text: text.to_owned(), highlighted });
        }
    };
    let mut at = snippet.start;
    for mark in marks.iter().filter(|mark| mark.start < snippet.end) {
        let end = mark.end.min(snippet.end);
        add(at..mark.start, false);
        add(mark.start..end, true);
        at = end;
    }
    add(at..snippet.end, false);
    fragments
}

/// The ranges that match, in order. They do not overlap or touch.
fn marks(text: &str, query: &Query) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for token in tokens::tokens(text) {
        for term in &query.terms {
            if token.text.starts_with(term.as_str()) {
                let is_one_character = term.chars().nth(1).is_none();
                let head = token.head.clone().filter(|_| is_one_character);
                found.push(head.unwrap_or_else(|| token.source.clone()));
            }
        }
    }
    if found.is_empty() {
        found = inside(text, query);
    }
    found.sort_by_key(|mark| (mark.start, mark.end));
    found.into_iter().fold(Vec::new(), |mut merged: Vec<Range<usize>>, mark| {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
        merged
    })
}

/// The ranges where the folded query is inside words.
fn inside(text: &str, query: &Query) -> Vec<Range<usize>> {
    let Some(needle) = query.inside() else { return Vec::new() };
    let needle: Vec<char> = needle.chars().collect();
    let mut letters: Vec<Letter> = Vec::new();
    for word in text::words(text) {
        if let Some(last) = letters.last() {
            let gap = last.source.end..word[0].source.start.max(last.source.end);
            letters.push(Letter { value: ' ', source: gap, follows_apostrophe: false });
        }
        letters.extend(word);
    }
    let is_match = |window: &&[Letter]| window.iter().map(|letter| letter.value).eq(needle.iter().copied());
    letters.windows(needle.len()).filter(is_match).map(tokens::span).collect()
}

/// The part of the text to show: all of it, or about [`SNIPPET`] characters around the first match.
fn snippet(text: &str, first: Option<&Range<usize>>) -> Range<usize> {
    let start = first.map_or(0, |mark| start_before(text, mark.start));
    match text[start..].char_indices().nth(SNIPPET) {
        None => {
            // There is room left: the text ends before the snippet is full.
            let earliest = text.char_indices().rev().nth(SNIPPET - 1).map_or(0, |(at, _)| at);
            if earliest < start && first.is_some() {
                after_space(text, earliest, start)..text.len()
            } else {
                start..text.len()
            }
        }
        Some((length, _)) => {
            let end = start + length;
            let last = first.map_or(start, |mark| mark.end.min(end));
            start..before_space(text, last, end)
        }
    }
}

fn start_before(text: &str, mark: usize) -> usize {
    let start = text[..mark].char_indices().rev().nth(LEAD - 1).map_or(0, |(at, _)| at);
    after_space(text, start, mark)
}

/// The next beginning of a word at or after `at`, if there is one close by and not after `latest`.
fn after_space(text: &str, at: usize, latest: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let near = text[at..latest].char_indices().take(WORD);
    near.filter(|(_, sign)| sign.is_whitespace()).map(|(gap, sign)| at + gap + sign.len_utf8()).next().unwrap_or(at)
}

/// The last end of a word at or before `at`, if there is one close by and not before `earliest`.
fn before_space(text: &str, earliest: usize, at: usize) -> usize {
    let near = text[earliest..at].char_indices().rev().take(WORD);
    near.filter(|(_, sign)| sign.is_whitespace()).map(|(gap, _)| earliest + gap).next().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, query: &str) -> String {
        let fragments = highlight(text, &Query::parse(query).unwrap());
        fragments.iter().map(|f| if f.highlighted { format!("[{}]", f.text) } else { f.text.clone() }).collect()
    }

    #[test]
    fn whole_words_of_the_original_are_marked() {
        for (text, query, expected) in [
            ("Running Kubernetes at scale", "kube", "Running [Kubernetes] at scale"),
            ("Käldström, Lucas", "kald", "[Käldström], Lucas"),
            ("e\u{301}te\u{301}!", "ete", "[e\u{301}te\u{301}]!"),
            ("O’Brien’s talk", "obrien", "[O’Brien’s] talk"),
            ("O’Brien", "brien", "O’[Brien]"),
            ("The eﬃcient Straße", "efficient STRASSE", "The [eﬃcient] [Straße]"),
            ("東京都でKubernetes", "京都 k", "東[京都]で[Kubernetes]"),
            ("東京都", "京", "東[京]都"),
            ("ﾎﾟｯﾄﾞ入門", "ポッド", "[ﾎﾟｯﾄﾞ]入門"),
            ("C, C++ and C#", "c++", "C, [C++] and C#"),
            ("<b>Go</b> & \"Rust\"", "rust b", "<[b]>Go</[b]> & \"[Rust]\""),
            ("Kubernetes", "ernet", "Kub[ernet]es"),
            ("Meet the makers", "the makers", "Meet [the] [makers]"),
            ("nothing here", "absent", "nothing here"),
            ("", "absent", ""),
        ] {
            assert_eq!(shown(text, query), expected, "{text} / {query}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words_around_the_first_match() {
        let text = format!("{} the Needle lies here {}", "hay stack ".repeat(100), "more straw ".repeat(100));
        let snippet = shown(&text, "needle");
        assert!(snippet.chars().count() <= SNIPPET + 2, "{snippet}");
        assert!(snippet.contains("the [Needle] lies here more straw"), "{snippet}");
        assert!(snippet.starts_with("stack ") || snippet.starts_with("hay "), "{snippet}");
        assert!(snippet.ends_with("straw") || snippet.ends_with("more"), "{snippet}");
    }

    #[test]
    fn a_match_at_the_end_keeps_what_stands_before_it() {
        let text = format!("{}needle", "hay ".repeat(100));
        assert!(shown(&text, "needle").chars().count() > SNIPPET - WORD);
    }

    proptest! {
        #[test]
        fn a_snippet_is_a_short_part_of_the_original(text in r"(\PC|[aé 東がß'’ﬃ\u{301}\n]){0,400}", query in r"[aé東かsf]{1,3}") {
            let fragments = highlight(&text, &Query::parse(&query).unwrap());
            let whole: String = fragments.iter().map(|fragment| fragment.text.as_str()).collect();
            prop_assert!(text.contains(&whole));
            prop_assert!(whole.chars().count() <= SNIPPET);
            prop_assert!(fragments.iter().all(|fragment| !fragment.text.is_empty()));
            prop_assert!(fragments.windows(2).all(|pair| pair[0].highlighted != pair[1].highlighted));
        }

        #[test]
        fn no_text_breaks_it(text: String, query: String) {
            if let Ok(query) = Query::parse(&query) {
                let whole: String = highlight(&text, &query).into_iter().map(|fragment| fragment.text).collect();
                prop_assert!(text.contains(&whole));
            }
        }
    }
}
