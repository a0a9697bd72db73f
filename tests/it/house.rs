//! The rules of the house that no crate boundary enforces: who may import whom.

use std::path::{Path, PathBuf};

/// A layer, and what its files must not name.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "error",
        &["async_graphql", "axum", "entity::", "crate::domain", "crate::graphql", "crate::http", "crate::interchange"],
    ),
    ("domain", &["async_graphql", "axum", "crate::graphql", "crate::http", "crate::cli", "crate::interchange"]),
    ("graphql", &["axum", "crate::http", "crate::cli", "crate::interchange"]),
    ("http", &["sea_orm", "entity::", "crate::domain", "crate::interchange", "crate::cli"]),
    ("interchange", &["async_graphql", "axum", "crate::graphql", "crate::http", "crate::cli"]),
    (
        "db",
        &["async_graphql", "axum", "entity::", "crate::domain", "crate::graphql", "crate::http", "crate::interchange"],
    ),
];

#[test]
fn layers_import_only_what_lies_below() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut trespasses = Vec::new();
    let mut files_seen = 0;
    for (layer, forbidden) in FORBIDDEN {
        for file in files_of(&source, layer) {
            files_seen += 1;
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for name in forbidden.iter().filter(|name| line.contains(*name)) {
                    trespasses.push(format!("{}:{}: {layer} must not know {name}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(files_seen > 30, "the layers were not found");
    assert!(trespasses.is_empty(), "{}", trespasses.join("\n"));
}

fn files_of(source: &Path, layer: &str) -> Vec<PathBuf> {
    let mut files = vec![source.join(layer).with_extension("rs")];
    let mut folders = vec![source.join(layer)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.retain(|file| file.exists());
    files
}

#[test]
fn the_schema_file_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written == folkmoot::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
}
