//! The documents of the repository that the program holds: `docs/*.md` and `docs/decisions/*.md`, as they are.

/// A document.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// Its path below `docs/`, without `.md`.
    pub path: &'static str,
    /// Its Markdown.
    pub text: &'static str,
}

impl Document {
    /// Its path below `/docs/`. A folder's `README` has the path of the folder.
    pub fn route(&self) -> &'static str {
        self.path.strip_suffix("/README").unwrap_or(self.path)
    }
}

/// The documents with these paths.
macro_rules! documents {
    ($($path:literal)*) => {
        &[$(Document { path: $path, text: include_str!(concat!("../../../docs/", $path, ".md")) }),*]
    };
}

/// A program to copy, which a document names.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its path in the repository.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Program {
    /// The name of its file.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Where the server shows it.
    pub fn address(&self) -> String {
        format!("/docs/programs/{}", self.name())
    }
}

/// The programs with these paths.
macro_rules! programs {
    ($($path:literal)*) => {
        &[$(Program { path: $path, text: include_str!(concat!("../../../", $path)) }),*]
    };
}

/// A whole program for each client.
pub const PROGRAMS: &[Program] = programs! {
    "examples/clients/fetch.js"
    "examples/clients/apollo.js"
    "examples/clients/urql.js"
    "examples/clients/relay.js"
    "examples/clients/events.py"
    "examples/clients/package.json"
    "src/http/home/events.ts"
    "src/http/home/events.swift"
    "src/http/home/events.kt"
};

/// The documents for readers, in the groups of the navigation.
pub const GROUPS: &[(&str, &[Document])] = &[
    ("Begin", documents! { "quick-start" "concepts" "queries" }),
    ("Write a client", documents! { "clients" "errors" "cost" "quirks" }),
    ("Run a server", documents! { "import" "operation" "settings" "security" }),
    ("How it is made", documents! { "decisions/README" "upstream" }),
];

/// What was decided, and why. [The list of them](GROUPS) is in the navigation.
pub const DECISIONS: &[Document] = documents! {
    "decisions/0001-own-loader-scheduler"
    "decisions/0002-global-ids"
    "decisions/0003-keyset-with-sentinels"
    "decisions/0004-one-statement-for-all-parents"
    "decisions/0005-enums-are-checked-text"
    "decisions/0006-left-out-of-the-read-side"
    "decisions/0007-small-lists-are-plain"
    "decisions/0008-search-tokenises-in-rust"
    "decisions/0009-playground-from-npm"
    "decisions/0010-own-http-mapping"
    "decisions/0011-own-postgres-for-tests"
    "decisions/0012-change-log"
    "decisions/0013-own-accept-loop"
    "decisions/0014-sqlite-on-the-asking-thread"
    "decisions/0015-answer-cache"
    "decisions/0016-starts-are-copied-by-triggers"
    "decisions/0017-postgresql-keeps-connections-at-hand"
    "decisions/0018-only-selected-columns"
    "decisions/0019-sqlite-maps-its-file"
    "decisions/0020-the-executor-stays"
    "decisions/0021-apollo-compiler-decides-validity"
    "decisions/0022-mistyped-searches-are-corrected"
    "decisions/0023-names-in-filters-must-be-known"
    "decisions/0024-costs-are-estimated-and-metered-by-one-rule"
    "decisions/0025-no-images-from-elsewhere"
    "decisions/0026-a-client-waits-for-itself"
    "decisions/0027-settings-are-one-table"
    "decisions/0028-the-search-has-a-format"
    "decisions/0029-a-noun-is-declared-once"
    "decisions/0030-rows-are-written-in-one-place"
    "decisions/0031-a-record-is-compared-with-what-its-source-said-last"
};

/// All documents.
pub fn documents() -> impl Iterator<Item = &'static Document> {
    GROUPS.iter().flat_map(|(_, documents)| *documents).chain(DECISIONS)
}

/// The answers to the queries of `docs/queries.md`, by the file's name.
macro_rules! answers {
    ($($name:literal)*) => {
        &[$((concat!($name, ".json"), include_str!(concat!("../../../docs/queries/", $name, ".json")))),*]
    };
}

/// The answers to the queries of `docs/queries.md` on the demo data, by the name of their file.
const ANSWERS: &[(&str, &str)] = answers! {
    "01-home-page"
    "02-event-page"
    "03-speaker-page"
    "04-past-events"
    "05-cancelled-and-why"
    "06-sponsors"
    "07-talks-about-a-topic"
    "08-page-by-page"
    "09-years-in-numbers"
    "10-how-sure-is-that"
    "11-search"
};

/// The answer in `docs/queries` with this file name.
pub fn answer(name: &str) -> Option<&'static str> {
    ANSWERS.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The names of the files in this folder of the repository with this ending, without it.
    fn names(folder: &str, ending: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        files.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
    }

    #[test]
    fn every_document_of_the_repository_is_held() {
        let decisions = names("docs/decisions", ".md").into_iter().map(|name| format!("decisions/{name}"));
        for path in names("docs", ".md").into_iter().chain(decisions) {
            assert!(documents().any(|document| document.path == path), "docs/{path}.md is not in files.rs");
        }
        for name in names("docs/queries", ".json") {
            assert!(answer(&format!("{name}.json")).is_some(), "docs/queries/{name}.json is not in files.rs");
        }
    }
}
