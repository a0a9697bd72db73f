//! The rules of the house that no crate boundary enforces: who may know whom. Paths are read as the compiler reads them, from
//! `use` trees and from code, macros included. What is only compiled for tests is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, ItemUse, UseTree, visit::Visit};

/// The floors, from the top. A room knows the floors below its own. Rooms of one floor do not know one another.
const FLOORS: &[&[&str]] = &[
    &["main", "lib"],
    &["cli"],
    &["http", "interchange"],
    &["config"],
    &["graphql"],
    &["graphql::schema"],
    &["graphql::live"],
    &["graphql::types"],
    &["graphql::limits"],
    &["graphql::relay"],
    &["graphql::markdown"],
    &["graphql::context"],
    &["graphql::loader", "graphql::meter", "graphql::scalar"],
    &["domain"],
    &["db"],
    &["error", "clock"],
];

/// What a room must not know although it lies below, and other crates (with `::`) that it must not know, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("error", &["::async_graphql", "::axum", "::entity", "::sea_orm"], "it is below all others"),
    ("clock", &["::async_graphql", "::axum", "::entity", "::sea_orm"], "it is below all others"),
    ("db", &["::async_graphql", "::axum", "::entity"], "it knows databases, not tables"),
    ("domain", &["::async_graphql", "::axum"], "its rules hold for HTTP and imports alike"),
    ("graphql", &["::axum"], "the API is not bound to HTTP"),
    ("http", &["::sea_orm", "::entity", "domain"], "it asks the schema, not the database"),
    ("interchange", &["::async_graphql", "::axum", "config", "graphql"], "it writes by `domain`"),
];

/// Their files may name one another: events have talks, and talks have events.
const NOUNS: &str = "graphql::types";

/// The source of each module, by its path: `db::rows`.
type Sources = BTreeMap<String, String>;

/// What is wrong with these sources, a line each.
fn faults(sources: &Sources) -> Vec<String> {
    let known: BTreeMap<&str, BTreeSet<String>> =
        sources.iter().map(|(module, source)| (module.as_str(), paths(module, source))).collect();
    let mut faults = Vec::new();
    for (module, paths) in &known {
        faults.extend(forbidden(module, paths));
        let modules = modules_of(module, paths, sources);
        faults.extend(modules.iter().filter(|other| !is_below(module, other)).map(|other| {
            format!("`{module}` knows `{other}`, which is not on a floor below it. Move what both need below both.")
        }));
    }
    let arrows: BTreeMap<&str, BTreeSet<&str>> =
        known.iter().map(|(module, paths)| (*module, modules_of(module, paths, sources))).collect();
    faults.extend(circles(&arrows));
    faults
}

fn forbidden<'a>(module: &'a str, paths: &'a BTreeSet<String>) -> impl Iterator<Item = String> + 'a {
    let rules = FORBIDDEN.iter().filter(move |(room, _, _)| is_in(module, room));
    rules.flat_map(move |(room, names, why)| {
        let names = names.iter().filter(move |name| paths.iter().any(|path| is_in(path, name)));
        names.map(move |name| format!("`{module}` knows `{name}`. `{room}` must not: {why}."))
    })
}

/// The other modules that these paths lead into. Left out are the root files of the module's own rooms, which it may
/// use.
fn modules_of<'a>(module: &str, paths: &BTreeSet<String>, sources: &'a Sources) -> BTreeSet<&'a str> {
    let target = |path: &String| sources.keys().filter(|other| is_in(path, other)).max_by_key(|other| other.len());
    let others = paths.iter().filter_map(target).map(String::as_str);
    others.filter(|other| !is_in(module, other)).collect()
}

/// Whether one module may know the other as far as floors go.
fn is_below(module: &str, other: &str) -> bool {
    let room = |module: &str| {
        let rooms = FLOORS.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (floor, *room)));
        rooms.filter(|(_, room)| is_in(module, room)).max_by_key(|(_, room)| room.len())
    };
    let (Some(from), Some(to)) = (room(module), room(other)) else { return false };
    from == to || from.0 < to.0
}

/// Whether a path is this module or leads into it.
fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The circles among files, nouns excepted: each file that depends on itself through others, with the path.
fn circles(arrows: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let is_noun = |module: &str| is_in(module, NOUNS);
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for start in arrows.keys().filter(|module| !is_noun(module)) {
        let mut ways = vec![vec![*start]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let Some(next) = way.last().and_then(|last| arrows.get(last)) else { continue };
            if next.contains(start) && told.insert(way.iter().copied().collect::<BTreeSet<_>>()) {
                circles.push(format!("These files know one another in a circle: {} → {start}", way.join(" → ")));
            }
            ways.extend(
                next.iter().filter(|other| seen.insert(**other)).map(|other| [way.as_slice(), &[*other]].concat()),
            );
        }
    }
    circles
}

/// The absolute paths that the source of a module names: those of this crate without `crate::`, others with `::` before them.
fn paths(module: &str, source: &str) -> BTreeSet<String> {
    let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut found = Found { module, paths: BTreeSet::new() };
    for item in file.items.iter().filter(|item| !is_test(item)) {
        found.visit_item(item);
        found.tokens(item.to_token_stream());
    }
    found.paths
}

fn is_test(item: &Item) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string() == "cfg (test)"
    };
    matches!(item, Item::Mod(module) if module.attrs.iter().any(is_test))
}

struct Found<'a> {
    module: &'a str,
    paths: BTreeSet<String>,
}

impl Visit<'_> for Found<'_> {
    fn visit_item_use(&mut self, item: &ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }
}

impl Found<'_> {
    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.path(before, &name.ident.to_string()),
            UseTree::Rename(rename) => self.path(before, &rename.ident.to_string()),
            UseTree::Glob(_) => self.path(before, "self"),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }

    fn path(&mut self, before: &[String], last: &str) {
        let mut segments = before.to_vec();
        if last != "self" {
            segments.push(last.to_owned());
        }
        self.add(&segments);
    }

    /// Paths in code: `crate::db::rows`, `$crate::db::rows`, `super::rows`, `sea_orm::Value`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                token => {
                    self.add(&std::mem::take(&mut path));
                    colons = 0;
                    match token {
                        TokenTree::Ident(ident) => path.push(ident.to_string()),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.add(&path);
    }

    fn add(&mut self, segments: &[String]) {
        let Some((first, rest)) = segments.split_first() else { return };
        let mut room: Vec<&str> = self.module.split("::").collect();
        let mut rest = rest;
        match first.as_str() {
            "crate" => room.clear(),
            "self" => {}
            "super" => {
                room.pop();
                while let Some((_, further)) = rest.split_first().filter(|(next, _)| *next == "super") {
                    room.pop();
                    rest = further;
                }
            }
            // A name in scope, which a `use` brought there.
            _ if rest.is_empty() => return,
            // Another crate, or a module of this one.
            _ => {
                self.paths.insert(format!("::{}", segments.join("::")));
                room.push(first);
            }
        }
        room.extend(rest.iter().map(String::as_str));
        self.paths.insert(room.join("::"));
    }
}

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut sources, mut folders) = (Sources::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                let module = module.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("::");
                sources.insert(module, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    sources
}

#[test]
fn every_file_knows_only_what_lies_below_and_none_knows_itself() {
    let sources = sources();
    assert!(sources.len() > 100, "the sources were not found");
    let faults = faults(&sources);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn few_files_are_long() {
    const LONG: usize = 450;
    let long = |(module, source): (String, String)| Some(module).filter(|_| source.lines().count() > LONG);
    let long: Vec<_> = sources().into_iter().filter_map(long).collect();
    assert!(long.len() <= 2, "{long:?} have more than {LONG} lines. Give what belongs together a file of its own.");
}

#[test]
fn the_room_of_the_api_has_few_files_beside_its_rooms() {
    let beside = |module: &String| module.strip_prefix("graphql::").is_some_and(|rest| !rest.contains("::"));
    let beside: Vec<_> = sources().into_keys().filter(beside).collect();
    assert!(beside.len() <= 12, "{beside:?}");
}

/// Small source trees with one fault each, which the rules above find.
mod examples {
    use super::*;

    fn faults_of(sources: &[(&str, &str)]) -> Vec<String> {
        faults(&sources.iter().map(|(module, source)| ((*module).to_owned(), (*source).to_owned())).collect())
    }

    fn is_faulty(sources: &[(&str, &str)], words: &str) {
        let faults = faults_of(sources);
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
    }

    #[test]
    fn an_arrow_that_runs_up_is_seen_in_a_tree_of_several_lines() {
        let rows = "use crate::{\n    error::Error,\n    domain::{\n        self,\n        event,\n    },\n};";
        is_faulty(
            &[("db::rows", rows), ("domain", ""), ("domain::event", ""), ("error", "")],
            "`db::rows` knows `domain::event`",
        );
    }

    #[test]
    fn an_arrow_that_runs_up_is_seen_in_code_and_in_macros() {
        let code = "fn f() { let _ = [crate::http::serve()]; }";
        is_faulty(&[("domain::event", code), ("http", "")], "`domain::event` knows `http`");
        let of_macro = "macro_rules! node { ($name:ident) => { fn f() -> $crate::graphql::types::node::Node {} } }";
        let sources = [("graphql::relay::id", of_macro), ("graphql::types::node", "")];
        is_faulty(&sources, "`graphql::relay::id` knows `graphql::types::node`");
    }

    #[test]
    fn an_arrow_by_super_and_one_with_another_name_are_seen() {
        is_faulty(&[("graphql::context", "use super::types as t;"), ("graphql::types", "")], "knows `graphql::types`");
        is_faulty(&[("db", "use crate::domain as d;"), ("domain", "")], "`db` knows `domain`");
        is_faulty(&[("db", "use crate::domain::*;"), ("domain", "")], "`db` knows `domain`");
    }

    #[test]
    fn neighbours_on_a_floor_do_not_know_one_another() {
        is_faulty(&[("http", "use crate::interchange::Batch;"), ("interchange", "")], "`http` knows `interchange`");
    }

    #[test]
    fn a_circle_is_seen_however_long_it_is() {
        let sources = [
            ("http::a", "use super::b::B;"),
            ("http::b", "use crate::http::c;"),
            ("http::c", "fn f(a: super::a::A) {}"),
            ("http::d", "use super::a;"),
        ];
        is_faulty(&sources, "http::a → http::b → http::c → http::a");
        assert_eq!(faults_of(&sources).len(), 1, "it is told once: {:?}", faults_of(&sources));
    }

    #[test]
    fn a_forbidden_crate_is_seen() {
        is_faulty(&[("http::page", "use sea_orm::{EntityTrait, Value};")], "`http::page` knows `::sea_orm`");
        is_faulty(&[("error", "fn f() -> axum::Router {}")], "`error` knows `::axum`");
    }

    #[test]
    fn allowed_paths_are_no_faults() {
        let sources = [
            ("http", "mod page; use page::show; pub struct App;"),
            ("http::page", "use super::App; use crate::error::Error; fn f() { let sea_orm = 1; } // crate::cli"),
            ("graphql::types::event", "use super::talk::Talk;"),
            ("graphql::types::talk", "use super::event::Event;"),
            ("db::pool", "use rusqlite::config; fn f() -> config::DbConfig {}"),
            ("config", ""),
            ("db::rows", "const TEXT: &str = \"crate::http\"; #[cfg(test)] mod tests { use crate::http; }"),
            ("error", ""),
            ("cli", ""),
        ];
        assert_eq!(faults_of(&sources), Vec::<String>::new());
    }
}

#[test]
fn the_schema_file_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written == folkmoot::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
}

/// The documents of the repository, with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "docs/decisions", "bench", "tests/clients", "tests/browser"];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(root.join(folder)).ok()).flatten().flatten();
    let documents = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|is| is == "md"));
    documents.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn links_in_documents_lead_to_files() {
    let mut dead = Vec::new();
    for (path, text) in documents() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !is_elsewhere && !path.parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

/// Records of decisions describe their own time, so their paths may be outdated.
#[test]
fn paths_in_documents_lead_to_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dead = Vec::new();
    for (path, text) in
        documents().into_iter().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "decisions"))
    {
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = [
                "src/graphql/",
                "src/http/",
                "src/domain/",
                "src/db/",
                "src/interchange/",
                "tests/",
                "entity/src/",
                "docs/",
            ]
            .iter()
            .any(|room| code.starts_with(room));
            let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
            if is_path && is_plain && code.contains('.') && !root.join(code).exists() {
                dead.push(format!("{}: {code}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}
