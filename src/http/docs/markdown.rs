//! Markdown of this repository to HTML: documents with anchors and sections, and descriptions of the schema.
//!
//! The texts are our own. HTML in them is left out, for GitHub would show it and we need none.

use std::collections::HashSet;

use comrak::{
    Anchorizer, Arena, Options, format_html,
    nodes::{Node, NodeValue},
    parse_document,
};
use url::form_urlencoded;

use super::{files, highlight};
use crate::http::page::escape;

/// Where links lead.
pub struct Links<'a> {
    /// The address for the target of a link; without one, the link is shown as text.
    pub target: &'a dyn Fn(&str) -> Option<String>,
    /// The address for a name of the schema that stands in code, as `Event.startsAt` does.
    pub name: &'a dyn Fn(&str) -> Option<String>,
}

/// A document as a page shows it.
#[derive(Debug, Default)]
pub struct Article {
    /// Its first heading, without markup.
    pub title: String,
    /// Its first sentence.
    pub summary: String,
    /// Its body.
    pub html: String,
    /// Its headings below the title.
    pub headings: Vec<Heading>,
    /// What the search finds.
    pub sections: Vec<Section>,
    /// Its blocks of GraphQL, each with the place of its section.
    pub queries: Vec<(usize, String)>,
}

/// A heading of a document.
#[derive(Clone, Debug)]
pub struct Heading {
    /// 2 to 6.
    pub level: u8,
    /// Its anchor.
    pub id: String,
    /// Its text, without markup.
    pub title: String,
}

/// A part of a document that the search finds: what stands below a heading, or a row of a table.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its anchor; empty for the beginning of the document.
    pub id: String,
    /// Its heading, without markup.
    pub title: String,
    /// Its words, without markup.
    pub text: String,
}

/// Renders a document.
pub fn article(text: &str, links: &Links<'_>) -> Article {
    let (arena, options) = (Arena::new(), options());
    let root = parse_document(&arena, text, &options);
    drop_html(root);
    let mut article = Article::default();
    let (mut anchors, mut taken) = (Anchorizer::new(), heading_ids(root));
    for block in root.children() {
        let level = heading_level(block);
        if let Some(level) = level {
            let title = words(block);
            let id = if level == 1 { String::new() } else { anchors.anchorize(&title) };
            article.sections.push(Section { id: id.clone(), title: title.clone(), text: String::new() });
            if level == 1 {
                article.title = title;
            } else {
                article.headings.push(Heading { level, id, title });
            }
        } else {
            article.note(block);
            article.index(block, &mut taken);
        }
        let html = match (level, article.headings.last()) {
            (Some(2..), Some(heading)) => heading_html(block, heading, links, &options),
            _ => block_html(block, links, &options),
        };
        article.html.push_str(&html);
    }
    article
}

/// Renders a description of the schema.
pub fn description(text: &str, links: &Links<'_>) -> String {
    let (arena, options) = (Arena::new(), options());
    let root = parse_document(&arena, text, &options);
    drop_html(root);
    root.children().map(|block| block_html(block, links, &options)).collect()
}

/// The words of a text, without markup.
pub fn plain(text: &str) -> String {
    let arena = Arena::new();
    words(parse_document(&arena, text, &options()))
}

/// The address at which the playground shows this query; `None` if it cannot be run as it is.
pub fn playground_link(query: &str) -> Option<String> {
    let is_operation = ["{", "query ", "subscription "].iter().any(|start| query.trim_start().starts_with(start));
    // `…` stands for a value that the reader has to know.
    let can_run = is_operation && !query.contains('…');
    let query = || form_urlencoded::Serializer::new(String::new()).append_pair("query", query.trim_end()).finish();
    can_run.then(|| format!("/playground?{}", query()))
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    // For the anchors of rows. `drop_html` leaves no other HTML.
    options.render.r#unsafe = true;
    options
}

fn drop_html<'a>(root: Node<'a>) {
    let is_html = |node: &Node<'a>| matches!(node.data().value, NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_));
    let html: Vec<Node<'a>> = root.descendants().filter(is_html).collect();
    for node in html {
        node.detach();
    }
}

fn heading_level(block: Node<'_>) -> Option<u8> {
    match &block.data().value {
        NodeValue::Heading(heading) => Some(heading.level),
        _ => None,
    }
}

/// The words below a node, with single spaces between them.
fn words(root: Node<'_>) -> String {
    let mut words = String::new();
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::CodeBlock(code) => words.extend([" ", &code.literal]),
            NodeValue::Paragraph
            | NodeValue::TableCell
            | NodeValue::Item(_)
            | NodeValue::SoftBreak
            | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Article {
    /// Notes the first sentence, and the queries.
    fn note(&mut self, block: Node<'_>) {
        match &block.data().value {
            NodeValue::Paragraph if self.summary.is_empty() => {
                let words = words(block);
                let end = words.find(". ").map_or(words.len(), |end| end + 1);
                words[..end].clone_into(&mut self.summary);
            }
            NodeValue::CodeBlock(code) if code.info == "graphql" && !self.sections.is_empty() => {
                self.queries.push((self.sections.len() - 1, code.literal.clone()));
            }
            _ => {}
        }
    }

    /// Adds a block to the sections. A row of a table that begins with one name gets an anchor and a section of its own.
    fn index(&mut self, block: Node<'_>, taken: &mut HashSet<String>) {
        let is_table = matches!(block.data().value, NodeValue::Table(_));
        if !is_table {
            return self.add(&words(block));
        }
        for row in block.children() {
            let Some((name, code)) = named(row, taken) else {
                self.add(&words(row));
                continue;
            };
            let text =
                row.children().skip(1).map(words).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" · ");
            self.sections.push(Section { id: name.clone(), title: words(code), text });
            // A long name may break after `_`, a flag nowhere.
            let text = escape(&words(code));
            let class = if text.contains('_') { "" } else { " class=\"whole\"" };
            let html = format!("<code id=\"{name}\"{class}>{}</code>", text.replace('_', "_<wbr>"));
            code.data_mut().value = NodeValue::HtmlInline(html);
        }
    }

    /// Adds words to the section that a heading began last.
    fn add(&mut self, words: &str) {
        let heading = self.headings.last().map_or("", |heading| heading.id.as_str());
        if let Some(section) = self.sections.iter_mut().rfind(|section| section.id == heading) {
            section.text.push_str(words);
            section.text.push(' ');
        }
    }
}

/// The anchor for a table's row that begins with nothing but code, and this code.
fn named<'a>(row: Node<'a>, taken: &mut HashSet<String>) -> Option<(String, Node<'a>)> {
    let code = row.first_child()?.first_child().filter(|code| code.next_sibling().is_none())?;
    let NodeValue::Code(value) = &code.data().value else { return None };
    let name = value.literal.trim_start_matches('-').split_whitespace().next()?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let mut ids = [name.to_owned(), format!("row-{name}")].into_iter();
    let id = ids.find(|id| is_name && taken.insert(id.clone()))?;
    Some((id, code))
}

/// The anchors of all headings.
fn heading_ids(root: Node<'_>) -> HashSet<String> {
    let mut anchors = Anchorizer::new();
    let below_title = |block: &Node<'_>| heading_level(block).is_some_and(|level| level > 1);
    root.children().filter(below_title).map(|heading| anchors.anchorize(&words(heading))).collect()
}

fn html(node: Node<'_>, options: &Options<'_>) -> String {
    let mut html = String::new();
    // A text that is written into memory does not fail.
    let _ = format_html(node, options, &mut html);
    html
}

fn heading_html(block: Node<'_>, heading: &Heading, links: &Links<'_>, options: &Options<'_>) -> String {
    lead(block, links);
    let Heading { level, id, title } = heading;
    let inner: String = block.children().map(|child| html(child, options)).collect();
    let label = escape(title);
    format!(
        "<h{level} id=\"{id}\">{inner}<a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to “{label}”\">#</a></h{level}>\n"
    )
}

fn block_html(block: Node<'_>, links: &Links<'_>, options: &Options<'_>) -> String {
    if let Some(answer) = answer(block) {
        return format!(
            "<details><summary>The answer on the demo data</summary><pre tabindex=\"0\"><code>{}</code></pre></details>\n",
            highlight::html("json", answer.trim_end())
        );
    }
    lead(block, links);
    match &block.data().value {
        NodeValue::CodeBlock(code) => code_html(&code.info, &code.literal),
        NodeValue::Table(_) => {
            format!(
                "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">{}</div>\n",
                html(block, options)
            )
        }
        _ => html(block, options),
    }
}

/// A block of code. A query has a link that opens it in the playground.
fn code_html(language: &str, code: &str) -> String {
    let link = playground_link(code).filter(|_| language == "graphql");
    let link = link.map(|link| format!("<a href=\"{}\">Open in the playground</a>", escape(&link))).unwrap_or_default();
    format!(
        "<div class=\"code\"><pre tabindex=\"0\"><code>{}</code></pre>{link}</div>\n",
        highlight::html(language, code.trim_end())
    )
}

/// The answer that a paragraph shows which is nothing but a link to it.
fn answer(block: Node<'_>) -> Option<&'static str> {
    let link = block.first_child().filter(|link| words(block).trim_end_matches('.') == words(link))?;
    match &link.data().value {
        NodeValue::Link(link) => files::answer(link.url.strip_prefix("queries/")?),
        _ => None,
    }
}

/// Makes the links below a node lead somewhere, and links the names of the schema.
fn lead<'a>(root: Node<'a>, links: &Links<'_>) {
    let nodes: Vec<Node<'a>> = root.descendants().collect();
    for node in nodes {
        let link = match &node.data().value {
            NodeValue::Link(link) => Some(link.url.clone()),
            _ => None,
        };
        if let Some(url) = link {
            lead_link(node, (links.target)(&url));
            continue;
        }
        if let Some(html) = name_html(node, links) {
            node.data_mut().value = NodeValue::HtmlInline(html);
        }
    }
}

fn lead_link<'a>(node: Node<'a>, target: Option<String>) {
    if let Some(target) = target {
        if let NodeValue::Link(link) = &mut node.data_mut().value {
            link.url = target;
        }
        return;
    }
    let text: Vec<Node<'a>> = node.children().collect();
    for part in text {
        node.insert_before(part);
    }
    node.detach();
}

/// A name of the schema as a link to where it is described.
fn name_html(node: Node<'_>, links: &Links<'_>) -> Option<String> {
    let is_link = |node: Node<'_>| matches!(node.data().value, NodeValue::Link(_) | NodeValue::Heading(_));
    let NodeValue::Code(code) = &node.data().value else { return None };
    let address = (links.name)(&code.literal).filter(|_| !node.ancestors().skip(1).any(is_link))?;
    Some(format!("<a href=\"{}\"><code>{}</code></a>", escape(&address), escape(&code.literal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: Links<'_> = Links {
        target: &|url| (!url.starts_with("src/")).then(|| format!("/to/{url}")),
        name: &|name| (name == "Event").then(|| "/docs/schema#Event".to_owned()),
    };

    #[test]
    fn headings_have_anchors_as_on_github() {
        let article =
            article("# A page\n\nFirst.\n\n## What `first` does\n\nOne & two.\n\n## What first does\n", &LINKS);
        assert_eq!(article.title, "A page");
        let ids: Vec<_> = article.headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["what-first-does", "what-first-does-1"]);
        assert!(
            article.html.contains("<h2 id=\"what-first-does\">What <code>first</code> does<a "),
            "{}",
            article.html
        );
        let texts: Vec<_> = article.sections.iter().map(|section| section.text.trim()).collect();
        assert_eq!(texts, ["First.", "One & two.", ""]);
    }

    #[test]
    fn links_lead_somewhere_or_are_text() {
        let html = description("[a](errors.md) [`b`](src/b.rs) `Event` [`Event`](c) `Evening`", &LINKS);
        let expected = "<p><a href=\"/to/errors.md\">a</a> <code>b</code> <a href=\"/docs/schema#Event\"><code>Event</code></a> \
            <a href=\"/to/c\"><code>Event</code></a> <code>Evening</code></p>\n";
        assert_eq!(html, expected);
    }

    #[test]
    fn a_query_opens_in_the_playground() {
        let html = description("```graphql\n{ events { totalCount } }\n```\n\n```json\n{ \"a\": 1 }\n```", &LINKS);
        assert_eq!(html.matches("Open in the playground").count(), 1, "{html}");
        assert!(html.contains("href=\"/playground?query=%7B+events+%7B+totalCount+%7D+%7D\""), "{html}");
        assert_eq!(playground_link("{ node(id: \"…\") { id } }"), None);
        assert_eq!(playground_link("type Event { name: String }"), None);
    }

    #[test]
    fn the_answer_to_a_query_is_shown() {
        let html = description("[The answer](queries/09-years-in-numbers.json).", &LINKS);
        assert!(html.starts_with("<details><summary>The answer on the demo data</summary>"), "{html}");
        let html = description("See [the answer](queries/09-years-in-numbers.json).", &LINKS);
        assert!(!html.contains("<details>"), "{html}");
    }

    #[test]
    fn rows_that_begin_with_a_name_are_found_by_it() {
        let article = article(
            "# T\n\n| a | b | c |\n| --- | --- | --- |\n| `--log FILTER` | what | x |\n| two words | x | |\n",
            &LINKS,
        );
        assert!(article.html.contains("<code id=\"log\" class=\"whole\">--log FILTER</code>"), "{}", article.html);
        let row = &article.sections[1];
        assert_eq!((row.id.as_str(), row.title.as_str(), row.text.as_str()), ("log", "--log FILTER", "what · x"));
        assert!(article.sections[0].text.contains("two words x"));
    }

    #[test]
    fn no_html_of_a_text_is_html_of_the_page() {
        let html = description("a <b>b</b> <script>c</script>\n\n<!-- d -->\n\n`<i>`", &LINKS);
        assert_eq!(html, "<p>a b c</p>\n<p><code>&lt;i&gt;</code></p>\n");
    }
}
