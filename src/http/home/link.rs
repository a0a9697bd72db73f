//! Texts of the data, and links with queries, as HTML.

use url::form_urlencoded::byte_serialize;

use crate::{error::steers, http::page::escape};

/// A text that people wrote: escaped, and without signs that steer the page.
pub fn text(text: &str) -> String {
    escape(&text.replace(steers, " "))
}

/// The address of the playground with this query in it.
pub fn playground(query: &str) -> String {
    format!("/playground?query={}", byte_serialize(query.as_bytes()).collect::<String>())
}
