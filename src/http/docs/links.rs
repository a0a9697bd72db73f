//! Where the links of the documents lead: to pages of this server, to the repository, or nowhere.

use apollo_compiler::{Schema, schema::ExtendedType};

use super::files::{Document, PROGRAMS, documents};
use crate::http::origin;

/// The repository's address, if `Cargo.toml` names one.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The address for a link of this document; `None` if only the repository has the file, and has no address.
pub fn target(document: &Document, url: &str) -> Option<String> {
    // The documents call the server by the name that it has on the reader's machine. Here it is the one that shows them.
    if let Some(path) = url.strip_prefix(origin::DEFAULT) {
        return Some(if path.is_empty() { "/".to_owned() } else { path.to_owned() });
    }
    if url.starts_with('#') || url.contains("://") || url.starts_with("mailto:") {
        return Some(url.to_owned());
    }
    let (file, fragment) = url.split_once('#').map_or((url, None), |(file, fragment)| (file, Some(fragment)));
    let path = in_repository(document, file);
    let page = page(&path).or_else(|| {
        let is_published = !REPOSITORY.is_empty();
        is_published.then(|| format!("{}/blob/HEAD/{path}", REPOSITORY.trim_end_matches('/')))
    })?;
    Some(fragment.map_or(page.clone(), |fragment| format!("{page}#{fragment}")))
}

/// The path in the repository of a file that this document names.
fn in_repository(document: &Document, file: &str) -> String {
    let mut path: Vec<&str> = "docs".split('/').chain(document.path.split('/')).collect();
    path.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

/// The page that shows this file of the repository.
fn page(path: &str) -> Option<String> {
    match path {
        "README.md" => return Some("/docs".to_owned()),
        "schema.graphql" => return Some("/docs/schema".to_owned()),
        _ => {}
    }
    if let Some(program) = PROGRAMS.iter().find(|program| program.path == path) {
        return Some(program.address());
    }
    let path = path.strip_prefix("docs/")?;
    let path = path.strip_suffix(".md").unwrap_or(path);
    let is_named = |document: &&Document| document.path == path || document.route() == path;
    documents().find(is_named).map(|document| format!("/docs/{}", document.route()))
}

/// The place in the reference for a name that stands in code: `Event`, `Event.startsOn`, `EventStatus.CANCELLED`, or
/// a field of `Query` with arguments, as `events(first:)`.
pub fn name(schema: &Schema, code: &str) -> Option<String> {
    let anchor = match code.strip_suffix(')').and_then(|call| call.split_once('(')) {
        Some((field, _)) => format!("Query.{field}"),
        None => code.to_owned(),
    };
    let (type_name, member) = anchor.split_once('.').map_or((anchor.as_str(), None), |(name, of)| (name, Some(of)));
    let definition = schema.types.get(type_name).filter(|definition| !definition.is_built_in())?;
    let is_there = member.is_none_or(|member| match definition {
        ExtendedType::Object(object) => object.fields.contains_key(member),
        ExtendedType::Interface(interface) => interface.fields.contains_key(member),
        ExtendedType::InputObject(input) => input.fields.contains_key(member),
        ExtendedType::Enum(values) => values.values.contains_key(member),
        ExtendedType::Scalar(_) | ExtendedType::Union(_) => false,
    });
    is_there.then(|| format!("/docs/schema#{anchor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str) -> &'static Document {
        documents().find(|document| document.path == path).unwrap()
    }

    #[test]
    fn links_between_documents_are_links_between_pages() {
        let of = |path, url| target(document(path), url).unwrap_or_default();
        assert_eq!(of("cost", "errors.md"), "/docs/errors");
        assert_eq!(of("quirks", "errors.md#status"), "/docs/errors#status");
        assert_eq!(of("quirks", "decisions/0012-change-log.md"), "/docs/decisions/0012-change-log");
        assert_eq!(of("decisions/0012-change-log", "../cost.md"), "/docs/cost");
        assert_eq!(of("decisions/README", "0012-change-log.md"), "/docs/decisions/0012-change-log");
        assert_eq!(of("clients", "../schema.graphql"), "/docs/schema");
        assert_eq!(of("clients", "../README.md"), "/docs");
        assert_eq!(of("clients", "decisions/"), "/docs/decisions");
        assert_eq!(of("clients", "#relay"), "#relay");
        assert_eq!(of("import", "https://example.org/a"), "https://example.org/a");
    }

    #[test]
    fn what_only_the_repository_has_leads_there_or_nowhere() {
        let target = target(document("clients"), "../tests/clients/codegen");
        match REPOSITORY {
            "" => assert_eq!(target, None),
            address => assert!(target.unwrap().starts_with(address)),
        }
    }

    #[test]
    fn names_of_the_schema_lead_to_the_reference() {
        let definitions = crate::graphql::definitions(true, true);
        let of = |code| name(definitions.schema(), code).unwrap_or_default();
        assert_eq!(of("Event"), "/docs/schema#Event");
        assert_eq!(of("Event.startsOn"), "/docs/schema#Event.startsOn");
        assert_eq!(of("EventStatus.CANCELLED"), "/docs/schema#EventStatus.CANCELLED");
        assert_eq!(of("changes(after:)"), "/docs/schema#Query.changes");
        for other in ["Evening", "Event.name2", "String", "__Type", "changes", "f(x)", "events(first: 1) { nodes }", ""]
        {
            assert_eq!(of(other), "", "{other}");
        }
    }
}
