//! The rules of the house that no crate boundary enforces: who may know whom. Paths are read as the compiler reads them, from
//! `use` trees and from code, macros included. What is only compiled for tests is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, ItemExternCrate, ItemUse, UseTree, Visibility, visit::Visit};

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

/// The names of what writes rows, and the rooms that may use them. Others create, change and delete nodes by `Tx`, which forgets
/// neither version nor change log.
const WRITES: &[&str] = &[
    "insert_many",
    "update_many",
    "delete_many",
    "delete_by_id",
    "exec",
    "exec_without_returning",
    "execute_unprepared",
    "execute_raw",
    "past_the_rules",
    "upserted",
    "deleted",
];
const WRITERS: &[&str] = &["domain", "db"];

/// Rooms whose files may name one another. Events have talks, and talks have events. The table of settings names the functions of
/// defaults that depend on other settings, and these functions read the settings.
const WITH_CIRCLES: &[&str] = &["graphql::types", "config"];

/// The source of each module, by its path: `db::rows`.
type Sources = BTreeMap<String, String>;

/// What is wrong with these sources, a line each.
fn faults(sources: &Sources) -> Vec<String> {
    let mut faults = Vec::new();
    let mut read: BTreeMap<&str, Found> = BTreeMap::new();
    for (module, source) in sources {
        let found = Found::in_source(module, source);
        faults.extend(found.faults.iter().cloned());
        read.insert(module, found);
    }
    let aliases = read.values().flat_map(|found| found.aliases.clone()).collect();
    let mut arrows = BTreeSet::new();
    for (module, found) in &read {
        let paths = with_targets(&found.paths, &aliases);
        faults.extend(forbidden(module, &paths));
        for other in modules_of(module, &paths, sources) {
            if !is_below(module, other) {
                faults.push(format!(
                    "`{module}` knows `{other}`, which is not on a floor below it. Move what both need below both."
                ));
            }
            arrows.insert((*module, other));
        }
    }
    faults.extend(circles(&arrows));
    faults
}

/// These paths, and what they lead to if something on them is another name (`pub use`).
fn with_targets(paths: &BTreeSet<String>, aliases: &BTreeSet<(String, String)>) -> BTreeSet<String> {
    let mut all = paths.clone();
    loop {
        let leads = |path: &String| {
            let of_path = aliases.iter().filter(|(alias, target)| is_in(path, alias) && !is_in(target, alias));
            let targets = of_path.map(|(alias, target)| format!("{target}{}", &path[alias.len()..]));
            targets.filter(|path| !all.contains(path)).collect::<Vec<_>>()
        };
        let more: Vec<String> = all.iter().flat_map(leads).collect();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

fn forbidden<'a>(module: &'a str, paths: &'a BTreeSet<String>) -> impl Iterator<Item = String> + 'a {
    let rules = FORBIDDEN.iter().filter(move |(room, _, _)| is_in(module, room));
    rules.flat_map(move |(room, names, why)| {
        let names = names.iter().filter(move |name| paths.iter().any(|path| is_in(path, name)));
        names.map(move |name| format!("`{module}` knows `{name}`. `{room}` must not: {why}."))
    })
}

/// The other modules that these paths lead into. Not the roots of the rooms that the module is in: whoever is in a room knows it.
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

/// The circles among what is in a room. A file and the folder of its name count as one.
fn circles(arrows: &BTreeSet<(&str, &str)>) -> Vec<String> {
    let mut rooms: BTreeMap<String, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for (from, to) in arrows {
        let (ones, others): (Vec<_>, Vec<_>) = (from.split("::").collect(), to.split("::").collect());
        let common = ones.iter().zip(&others).take_while(|(one, other)| one == other).count();
        if let (Some(one), Some(other)) = (ones.get(common), others.get(common)) {
            rooms.entry(ones[..common].join("::")).or_default().entry(one).or_default().insert(other);
        }
    }
    rooms.retain(|room, _| !WITH_CIRCLES.contains(&room.as_str()));
    let circle = |(room, arrows): (&String, &BTreeMap<&str, BTreeSet<&str>>)| {
        let start = arrows.keys().find_map(|start| way_back(arrows, start))?;
        Some(format!("In `{room}` these know one another in a circle: {}", start.join(" → ")))
    };
    rooms.iter().filter_map(circle).collect()
}

/// A way from here that comes back.
fn way_back<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let (mut ways, mut seen) = (vec![vec![start]], BTreeSet::new());
    while let Some(way) = ways.pop() {
        for next in arrows.get(way.last()?).into_iter().flatten() {
            let longer = [way.as_slice(), &[*next]].concat();
            if *next == start {
                return Some(longer);
            }
            if seen.insert(*next) {
                ways.push(longer);
            }
        }
    }
    None
}

fn is_test(item: &Item) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string() == "cfg (test)"
    };
    matches!(item, Item::Mod(module) if module.attrs.iter().any(is_test))
}

/// What a source names.
struct Found<'a> {
    module: &'a str,
    /// Absolute paths: those of this crate without `crate::`, others with `::` before them.
    paths: BTreeSet<String>,
    /// Other names that it gives, and what they stand for.
    aliases: BTreeSet<(String, String)>,
    /// What hides a path from this test.
    faults: Vec<String>,
    /// The item at hand is `pub use`.
    is_public: bool,
}

impl<'a> Found<'a> {
    fn in_source(module: &'a str, source: &str) -> Self {
        let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{module}: {error}"));
        let (paths, aliases) = (BTreeSet::new(), BTreeSet::new());
        let mut found = Self { module, paths, aliases, faults: Vec::new(), is_public: false };
        for item in file.items.iter().filter(|item| !is_test(item)) {
            found.visit_item(item);
            found.tokens(item.to_token_stream());
        }
        found
    }

    fn must_not_write(&mut self, name: &str) {
        if WRITES.contains(&name) && !WRITERS.iter().any(|room| is_in(self.module, room)) {
            self.faults
                .push(format!("`{}` writes rows by `{name}`. Rows of nouns are written by `domain`.", self.module));
        }
    }

    fn hides(&mut self, what: &str) {
        self.faults.push(format!("`{}` has {what}. Name what you mean: this test reads names.", self.module));
    }
}

impl Visit<'_> for Found<'_> {
    fn visit_item_use(&mut self, item: &ItemUse) {
        self.is_public = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_item_extern_crate(&mut self, item: &ItemExternCrate) {
        self.hides(&format!("`{}`", item.to_token_stream()));
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
            UseTree::Name(name) => self.path(before, &name.ident.to_string(), &name.ident.to_string()),
            UseTree::Rename(rename) => self.path(before, &rename.ident.to_string(), &rename.rename.to_string()),
            UseTree::Glob(_) if before.iter().all(|segment| ["crate", "self", "super"].contains(&segment.as_str())) => {
                self.hides("a `use` of all names of a room");
            }
            UseTree::Glob(_) => self.path(before, "self", "self"),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }

    fn path(&mut self, before: &[String], last: &str, name: &str) {
        let mut segments = before.to_vec();
        if last != "self" {
            segments.push(last.to_owned());
        }
        if segments.iter().all(|segment| ["crate", "self", "super"].contains(&segment.as_str())) {
            return self.hides("another name for a room");
        }
        let Some(path) = self.add(&segments) else { return };
        if self.is_public {
            let name = if name == "self" { segments.last().map_or(name, String::as_str) } else { name };
            let alias = format!("{}::{name}", self.module);
            // It may be a module of this one.
            if path.starts_with("::") {
                self.aliases.insert((alias.clone(), format!("{}{path}", self.module)));
            }
            self.aliases.insert((alias, path));
        }
    }

    /// Paths in code: `crate::db::rows`, `$crate::db::rows`, `super::rows`, `sea_orm::Value`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut colons, mut is_attribute) = (0, false);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    self.must_not_write(&ident.to_string());
                    path.push(ident.to_string());
                    colons = 0;
                }
                token => {
                    self.add(&std::mem::take(&mut path));
                    colons = 0;
                    let is_hash = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
                    match token {
                        TokenTree::Ident(ident) => {
                            self.must_not_write(&ident.to_string());
                            path.push(ident.to_string());
                        }
                        TokenTree::Group(group) if is_attribute => {
                            self.texts(group.stream());
                            self.tokens(group.stream());
                        }
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                    is_attribute = is_hash;
                }
            }
        }
        self.add(&path);
    }

    /// Paths in the texts of an attribute: `#[serde(with = "crate::db::rows")]`.
    fn texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.texts(group.stream()),
                TokenTree::Literal(text) if text.to_string().starts_with("\"crate::") => {
                    let text = text.to_string();
                    self.add(&text.trim_matches('"').split("::").map(str::to_owned).collect::<Vec<_>>());
                }
                _ => {}
            }
        }
    }

    /// Notes a path, and returns it as it is noted.
    fn add(&mut self, segments: &[String]) -> Option<String> {
        let segments: Vec<&str> = segments.iter().map(|segment| segment.trim_start_matches("r#")).collect();
        let (first, mut rest) = segments.split_first()?;
        let mut room: Vec<&str> = self.module.split("::").collect();
        match *first {
            "crate" => room.clear(),
            "self" => {}
            "super" => {
                room.pop();
                while let Some((_, further)) = rest.split_first().filter(|(next, _)| **next == "super") {
                    room.pop();
                    rest = further;
                }
            }
            // A name in scope, which a `use` brought there.
            _ if rest.is_empty() => return None,
            // Another crate, or a module of this one.
            _ => {
                let outside = format!("::{}", segments.join("::"));
                self.paths.insert([room.as_slice(), &segments].concat().join("::"));
                self.paths.insert(outside.clone());
                return Some(outside);
            }
        }
        room.extend(rest);
        let path = room.join("::");
        self.paths.insert(path.clone());
        Some(path)
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

/// Small houses with one fault each: the rules above see it.
mod examples {
    use super::*;

    #[test]
    fn rows_are_written_in_one_place() {
        let write = "fn f(db: &Db) { event::Entity::update_many().exec(db); }";
        is_faulty(&[("interchange::store", write)], "`interchange::store` writes rows by `update_many`");
        is_faulty(&[("http", "fn f(db: &Db) { db.execute_unprepared(SQL); }")], "writes rows by `execute_unprepared`");
        assert!(faults_of(&[("domain::noun", write)]).is_empty());
    }

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
        is_faulty(&sources, "In `http` these know one another in a circle: a → b → c → a");
        assert_eq!(faults_of(&sources).len(), 1, "it is told once: {:?}", faults_of(&sources));
    }

    #[test]
    fn a_circle_by_the_root_of_another_room_is_seen() {
        let sources = [
            ("http::client", "use super::server::timeouts::T;"),
            ("http::server", "use super::client::Client;"),
            ("http::server::timeouts", "use super::S;"),
        ];
        is_faulty(&sources, "In `http` these know one another in a circle: client → server → client");
    }

    #[test]
    fn another_name_hides_nothing() {
        let root = "pub use types::event::Event; pub use sea_orm::Value as Cell;";
        let sources = [("graphql", root), ("graphql::loader", "use super::Event;"), ("graphql::types::event", "")];
        is_faulty(&sources, "`graphql::loader` knows `graphql::types::event`");
        let sources = [("db", "pub use sea_orm::Value as Cell;"), ("http", "fn f(cell: crate::db::Cell) {}")];
        is_faulty(&sources, "`http` knows `::sea_orm`");
        for hidden in ["use crate as c;", "use crate::*;", "use super::super::*;", "extern crate axum as web;"] {
            is_faulty(&[("db::rows", hidden)], "Name what you mean");
        }
        is_faulty(&[("db", "#[serde(with = \"crate::cli::f\")] struct S;"), ("cli", "")], "`db` knows `cli`");
        is_faulty(&[("db", "fn f() { crate::r#http::f() }"), ("http", "")], "`db` knows `http`");
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

/// Records of decisions speak of their time.
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
