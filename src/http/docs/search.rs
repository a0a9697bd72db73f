//! The search over all documents and the reference: every word must stand in a section. The texts are few and small, so
//! it reads all of them.

use std::{cmp::Reverse, fmt::Write as _};

use crate::http::page::escape;

/// The longest query that is read, in bytes. What is longer is cut.
const LONGEST_QUERY: usize = 200;
/// The most words that are looked for.
const MOST_WORDS: usize = 8;
/// The most results that are shown, of the documents and of the schema each.
const MOST_RESULTS: usize = 20;
/// How much of a section a result shows, in bytes.
const EXCERPT: usize = 220;

/// A section as the search reads it.
#[derive(Debug)]
pub struct Entry {
    /// Where it is.
    pub address: String,
    /// The title of its document.
    pub document: String,
    /// Its heading.
    pub heading: String,
    /// Its words.
    pub text: String,
    /// Whether it describes a part of the schema.
    pub of_schema: bool,
    /// Heading and words in lower case, to compare. ASCII only, so that places in both are the same.
    lower: (String, String),
}

impl Entry {
    /// A section of a document.
    pub fn new(address: String, document: String, heading: String, text: String, of_schema: bool) -> Self {
        let lower = (heading.to_ascii_lowercase(), text.to_ascii_lowercase());
        Self { address, document, heading, text, of_schema, lower }
    }

    /// Whether both are the same field of two types, as `EventEdge.cursor` and `TalkEdge.cursor` are.
    fn repeats(&self, other: &Self) -> bool {
        let field = |entry: &Self| entry.heading.rsplit_once('.').map(|(_, field)| field.to_owned());
        self.text == other.text && field(self).is_some() && field(self) == field(other)
    }

    /// How well it matches; `None` if a word is missing. What has the whole query as its heading is best.
    fn rank(&self, query: &str, words: &[String]) -> Option<usize> {
        let (heading, text) = (&self.lower.0, &self.lower.1);
        let is_name = name(heading) == name(query);
        words.iter().try_fold(if is_name { 100 } else { 0 }, |sum, word| {
            let of_heading = if heading == word { 40 } else { weight(heading, word, 20, 10) };
            let of_text = weight(text, word, 3, 1);
            (of_heading + of_text > 0).then_some(sum + of_heading + of_text)
        })
    }
}

/// What a heading or a query names, in one form for `--database-url URL`, `database-url` and `database_url`.
fn name(text: &str) -> String {
    let text = text.trim();
    let flag = text.strip_prefix("--").and_then(|flag| flag.split_whitespace().next());
    flag.unwrap_or(text).to_ascii_lowercase().replace('-', "_")
}

/// What a word in a text weighs: as a whole, as a part of another, not at all.
fn weight(text: &str, word: &str, whole: usize, part: usize) -> usize {
    if has_word(text, word) {
        whole
    } else if text.contains(word) {
        part
    } else {
        0
    }
}

/// Whether a word stands in a text as a whole.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |sign: Option<char>| sign.is_some_and(is_of_word);
    text.match_indices(word).any(|(start, _)| {
        !is_letter(text[..start].chars().next_back()) && !is_letter(text[start + word.len()..].chars().next())
    })
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The words of a query, in lower case, each once.
fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in query.split(|sign| !is_of_word(sign)).filter(|word| !word.is_empty()) {
        let word = word.to_ascii_lowercase();
        if !words.contains(&word) && words.len() < MOST_WORDS {
            words.push(word);
        }
    }
    words
}

/// The part of a query that is read.
pub fn cut(query: &str) -> &str {
    &query[..query.floor_char_boundary(LONGEST_QUERY)]
}

/// The results for a query as HTML, the best first.
pub fn results(entries: &[Entry], query: &str) -> String {
    let words = words(query);
    let found = found(entries, query, &words);
    let mut html = format!("<p class=\"count\" role=\"status\">{}</p>", count(found.len(), query));
    let (of_schema, of_documents): (Vec<_>, Vec<_>) = found.into_iter().partition(|entry| entry.of_schema);
    for (name, found) in [("In the documents", of_documents), ("In the schema", of_schema)] {
        if !found.is_empty() {
            let first = if found.len() > MOST_RESULTS { format!(": the first {MOST_RESULTS}") } else { String::new() };
            let _ = write!(html, "<h2>{name}{first}</h2><ol class=\"results\">");
            html.extend(found.iter().take(MOST_RESULTS).map(|entry| result(entry, &words)));
            html.push_str("</ol>");
        }
    }
    html
}

/// The entries that have all words, the best first. Of fields that several types share there is one.
fn found<'a>(entries: &'a [Entry], query: &str, words: &[String]) -> Vec<&'a Entry> {
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<_> = entries.iter().filter_map(|entry| Some((entry.rank(query, words)?, entry))).collect();
    found.sort_by_key(|(rank, _)| Reverse(*rank));
    let mut unique: Vec<&Entry> = Vec::new();
    for (_, entry) in found {
        // Equal ones have the same rank, so the last ones are enough.
        if !unique.iter().rev().take(MOST_RESULTS).any(|other| entry.repeats(other)) {
            unique.push(entry);
        }
    }
    unique
}

fn result(entry: &Entry, words: &[String]) -> String {
    let place = if entry.of_schema || entry.heading == entry.document { "" } else { entry.document.as_str() };
    format!(
        "<li><a href=\"{}\">{}</a> <small>{}</small><p>{}</p></li>",
        entry.address,
        marked(&entry.heading, words),
        escape(place),
        marked(excerpt(entry, words), words)
    )
}

fn count(count: usize, query: &str) -> String {
    let query = escape(query);
    match count {
        0 => format!("Nothing has all words of “{query}”. Try fewer, or only the beginning of a word."),
        1 => format!("1 place has “{query}”."),
        count => format!("{count} places have “{query}”."),
    }
}

/// The part of a section's text around the first word that it has.
fn excerpt<'a>(entry: &'a Entry, words: &[String]) -> &'a str {
    let first = words.iter().filter_map(|word| entry.lower.1.find(word.as_str())).min().unwrap_or_default();
    let start = entry.text.floor_char_boundary(first.saturating_sub(EXCERPT / 3));
    // From the beginning of a word.
    let start = entry.text[..start].rfind(' ').map_or(0, |space| space + 1);
    let end = entry.text.floor_char_boundary(start + EXCERPT);
    let end = if end < entry.text.len() { entry.text[..end].rfind(' ').unwrap_or(end).max(start) } else { end };
    entry.text[start..end].trim()
}

/// A text as HTML with the words in it marked.
fn marked(text: &str, words: &[String]) -> String {
    let (lower, mut html, mut from) = (text.to_ascii_lowercase(), String::new(), 0);
    while let Some((start, length)) = next(&lower, from, words) {
        let _ = write!(html, "{}<mark>{}</mark>", escape(&text[from..start]), escape(&text[start..start + length]));
        from = start + length;
    }
    html + &escape(&text[from..])
}

/// The next place of a word, the longest word of those that begin there.
fn next(lower: &str, from: usize, words: &[String]) -> Option<(usize, usize)> {
    let places = words.iter().filter_map(|word| Some((from + lower[from..].find(word.as_str())?, word.len())));
    places.min_by_key(|(start, length)| (*start, Reverse(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(heading: &str, text: &str) -> Entry {
        Entry::new("/docs/x".to_owned(), "Document".to_owned(), heading.to_owned(), text.to_owned(), false)
    }

    #[test]
    fn a_field_that_several_types_share_is_found_once() {
        let of_schema = |heading: &str| Entry { of_schema: true, ..entry(heading, "The place in the list.") };
        let html = results(&[of_schema("AEdge.cursor"), of_schema("BEdge.cursor"), of_schema("B.after")], "list");
        assert_eq!(html.matches("<li>").count(), 2, "{html}");
        assert!(html.contains("<h2>In the schema</h2>") && !html.contains("In the documents"), "{html}");
    }

    #[test]
    fn a_heading_is_better_than_a_text_and_all_words_must_be_there() {
        let entries =
            [entry("Other", "how the cost of cost is counted"), entry("Cost", "of a request"), entry("No", "x")];
        let html = results(&entries, "COST");
        assert!(html.starts_with("<p class=\"count\" role=\"status\">2 places have “COST”.</p>"), "{html}");
        assert!(html.find("<mark>Cost</mark>").unwrap() < html.find("the <mark>cost</mark>").unwrap(), "{html}");
        assert!(results(&entries, "cost request").contains("1 place has"));
        assert!(results(&entries, "cost zebra").contains("Nothing has all words"));
    }

    #[test]
    fn what_is_asked_and_found_is_text() {
        let html = results(&[entry("<i>", "a <script> & more")], "<script>");
        assert!(
            html.contains("“&lt;script&gt;”") && html.contains("a &lt;<mark>script</mark>&gt; &amp; more"),
            "{html}"
        );
        assert!(!html.contains("<script") && !html.contains("<i>"), "{html}");
    }

    #[test]
    fn results_are_bounded() {
        let entries: Vec<_> = (0..100).map(|_| entry("Wide", &"wide text ".repeat(1000))).collect();
        let html = results(&entries, "wide");
        assert_eq!(html.matches("<li>").count(), MOST_RESULTS);
        assert!(html.contains("100 places") && html.len() < 30_000, "{}", html.len());
        for query in ["", " ", "…", "“”", &"é".repeat(5_000), &"a b ".repeat(5_000)] {
            assert!(results(&entries, query).len() < 30_000);
        }
    }

    #[test]
    fn an_excerpt_shows_the_word() {
        let text = format!("{} needle {}", "é ".repeat(500), "ß ".repeat(500));
        let html = results(&[entry("Hay", &text)], "needle");
        assert!(html.contains("<mark>needle</mark>") && html.len() < 1_000, "{html}");
    }
}
