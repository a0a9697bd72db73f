//! Colours for blocks of code: comments, texts, and words that mean something. Not a parser: what it does not know stays
//! plain.

use crate::http::page::escape;

/// Languages in which `#` begins a comment.
const WITH_COMMENTS: &[&str] = &["graphql", "sh", "toml", "yaml"];
/// Languages in which `"` encloses a text.
const WITH_TEXTS: &[&str] = &["graphql", "js", "json", "toml", "ts", "yaml"];
/// Words that GraphQL and JSON know.
const KEYWORDS: &[&str] = &["query", "subscription", "mutation", "fragment", "on", "true", "false", "null"];

/// The code as HTML.
pub fn html(language: &str, code: &str) -> String {
    let (mut html, mut rest, mut before) = (String::new(), code, None);
    while !rest.is_empty() {
        let (length, class) = token(language, rest, before);
        let (text, after) = rest.split_at(length);
        match class {
            Some(class) => html.extend(["<span class=\"", class, "\">", &escape(text), "</span>"]),
            None => html.push_str(&escape(text)),
        }
        before = text.chars().next_back();
        rest = after;
    }
    html
}

/// The length of what stands at the beginning, and its class. It is never empty.
fn token(language: &str, rest: &str, before: Option<char>) -> (usize, Option<&'static str>) {
    let is_first = before.is_none_or(char::is_whitespace);
    let mut signs = rest.chars();
    match signs.next() {
        Some('#') if is_first && WITH_COMMENTS.contains(&language) => {
            (rest.find('\n').unwrap_or(rest.len()), Some("comment"))
        }
        Some('"') if WITH_TEXTS.contains(&language) => text(language, rest),
        Some(sign) if is_of_word(sign) || sign == '$' => {
            let length = rest.find(|sign| !is_of_word(sign) && sign != '$').unwrap_or(rest.len());
            (length, word(language, &rest[..length]))
        }
        sign => (sign.map_or(0, char::len_utf8), None),
    }
}

/// A text in quotes, on one line. In JSON it may be a key.
fn text(language: &str, rest: &str) -> (usize, Option<&'static str>) {
    let mut is_escaped = false;
    let end = rest[1..].find(|sign| {
        let ends = (sign == '"' && !is_escaped) || sign == '\n';
        is_escaped = sign == '\\' && !is_escaped;
        ends
    });
    let Some(length) = end.map(|end| end + 2).filter(|length| rest[..*length].ends_with('"')) else { return (1, None) };
    let is_key = language == "json" && rest[length..].starts_with(':');
    (length, Some(if is_key { "key" } else { "text" }))
}

fn word(language: &str, word: &str) -> Option<&'static str> {
    if !matches!(language, "graphql" | "json") {
        return None;
    }
    let is_value = word.starts_with(|sign: char| sign.is_ascii_digit())
        || (word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    match word {
        _ if word.starts_with('$') || KEYWORDS.contains(&word) => Some("key"),
        _ if is_value => Some("text"),
        _ => None,
    }
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_graphql_and_json_have_classes() {
        let shown = html("graphql", "query A($id: ID) { # why\n  event(slug: \"a \\\" b\", phase: [PAST]) { name } }");
        for part in [
            "<span class=\"key\">query</span> A(<span class=\"key\">$id</span>",
            "<span class=\"comment\"># why</span>\n",
            "<span class=\"text\">&quot;a \\&quot; b&quot;</span>",
            "[<span class=\"text\">PAST</span>]",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let shown = html("json", "{ \"a\": \"b\", \"c\": [1, null] }");
        assert!(
            shown
                .starts_with("{ <span class=\"key\">&quot;a&quot;</span>: <span class=\"text\">&quot;b&quot;</span>, "),
            "{shown}"
        );
    }

    #[test]
    fn nothing_is_lost_whatever_it_is() {
        for code in ["", "\"", "\"open\n\"x", "a#b # c", "é …\u{202e}\"\\", "<script>", "$", "`#"] {
            for language in ["graphql", "json", "sh", "rust", ""] {
                let text: String = html(language, code)
                    .split('<')
                    .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
                    .collect();
                assert_eq!(text, escape(code), "{language} {code:?}");
            }
        }
    }
}
