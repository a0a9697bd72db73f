//! The frame of the pages under `/docs`: search, navigation, the document and its contents.

use std::fmt::Write as _;

use super::markdown::{Article, Heading};
use crate::http::page::escape;

/// What the first page says of the documents.
pub const SUMMARY: &str = "How to query this server, how to write a client for it, and how to run one.";

/// A page that the navigation leads to.
pub struct Entry {
    /// Its address.
    pub address: String,
    /// Its title.
    pub title: String,
    /// Its first sentence.
    pub summary: String,
}

/// Pages under one heading of the navigation.
pub struct Group {
    /// The heading.
    pub name: &'static str,
    /// Its pages.
    pub entries: Vec<Entry>,
}

/// A document within the frame.
pub fn document(groups: &[Group], address: &str, article: &Article) -> String {
    let contents = contents(&article.headings);
    format!(
        "<div class=\"docs band\">{}{contents}<main id=\"main\"><article>{}</article></main></div>",
        navigation(groups, address, ""),
        article.html
    )
}

/// The results of a search within the frame.
pub fn found(groups: &[Group], query: &str, results: &str) -> String {
    let navigation = navigation(groups, "", query);
    format!(
        "<div class=\"docs band\">{navigation}<main id=\"main\"><article><h1>Search</h1>{results}</article></main></div>"
    )
}

/// The first page: every document with its first sentence.
pub fn index(groups: &[Group]) -> String {
    let mut html = format!(
        "<div class=\"docs band\">{}<main id=\"main\" class=\"wide\"><article><h1>Documents</h1><p class=\"lead\">{SUMMARY}</p>",
        navigation(groups, "/docs", "")
    );
    for Group { name, entries } in groups {
        let _ = write!(html, "<h2>{name}</h2><ul class=\"cards\">");
        for Entry { address, title, summary } in entries {
            let (title, summary) = (escape(title), escape(summary));
            let _ = write!(html, "<li><a href=\"{address}\">{title}</a><p>{summary}</p></li>");
        }
        html.push_str("</ul>");
    }
    html + "</article></main></div>"
}

/// The search and all documents.
fn navigation(groups: &[Group], current: &str, query: &str) -> String {
    let mut html = format!(
        "<div class=\"side\"><div><form role=\"search\" action=\"/docs\"><label for=\"q\">Search the documents</label>\
        <input id=\"q\" name=\"q\" type=\"search\" maxlength=\"200\" value=\"{}\" autocomplete=\"off\"><button>Search</button></form>\
        <nav aria-label=\"Documents\"><details><summary>All documents</summary>",
        escape(query)
    );
    for Group { name, entries } in groups {
        let _ = write!(html, "<p class=\"group\">{name}</p><ul>");
        for Entry { address, title, .. } in entries {
            let current = if address == current { " aria-current=\"page\"" } else { "" };
            let _ = write!(html, "<li><a href=\"{address}\"{current}>{}</a></li>", escape(title));
        }
        html.push_str("</ul>");
    }
    html + "</details></nav></div></div>"
}

/// The headings of a document. Without any there is nothing to show.
fn contents(headings: &[Heading]) -> String {
    let shown: Vec<_> = headings.iter().filter(|heading| heading.level <= 3).collect();
    if shown.len() < 2 {
        return String::new();
    }
    let mut html =
        "<nav class=\"contents\" aria-label=\"On this page\" tabindex=\"0\"><details><summary>On this page</summary>\
        <p class=\"group\">On this page</p><ul>"
            .to_owned();
    for Heading { level, id, title } in shown {
        let _ = write!(html, "<li class=\"level-{level}\"><a href=\"#{id}\">{}</a></li>", escape(title));
    }
    html + "</ul></details></nav>"
}
