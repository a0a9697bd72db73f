//! The codes of errors: declared once, documented, used. `FOLKMOOT_BLESS=1` writes the tables of `docs/errors.md` anew.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use folkmoot::{
    error::{Code, Reach},
    http::CloseCode,
};

use crate::support::page::{assert_current, table};

/// Where the codes are declared; everywhere else they are used.
const DECLARATION: &str = "src/error/code.rs";

#[test]
fn the_tables_of_errors_are_current() {
    let tables = [("codes", api_codes()), ("close codes", close_codes()), ("command line", command_line_codes())];
    assert_current("docs/errors.md", &tables);
}

fn api_codes() -> String {
    let status = |code: Code| match code.reach() {
        Reach::Status(status) => Some(status.to_string()),
        Reach::Graphql => Some("as above".into()),
        Reach::CommandLine => None,
    };
    let rows = Code::ALL.iter().filter_map(|code| {
        Some(vec![format!("`{}`", code.as_str()), code.meaning().into(), status(*code)?, code.remedy().into()])
    });
    table(&["code", "meaning", "status", "what to do"], rows)
}

fn command_line_codes() -> String {
    let codes = Code::ALL.iter().filter(|code| code.reach() == Reach::CommandLine);
    let rows = codes.map(|code| vec![format!("`{}`", code.as_str()), code.meaning().into(), code.remedy().into()]);
    table(&["code", "meaning", "what to do"], rows)
}

fn close_codes() -> String {
    let rows = CloseCode::ALL.iter().map(|code| vec![code.number().to_string(), code.meaning().into()]);
    table(&["code", "meaning"], rows)
}

#[test]
fn a_code_is_found_by_its_text_and_has_a_status_that_exists() {
    for code in Code::ALL {
        assert_eq!(Code::from_text(code.as_str()), Some(*code));
        if let Some(status) = code.status() {
            assert!(reqwest::StatusCode::from_u16(status).is_ok_and(|known| known.canonical_reason().is_some()));
        }
    }
    assert_eq!(Code::from_text("bad_page"), None);
}

#[test]
fn each_code_is_used_and_none_is_written_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut used, mut written_out) = (HashSet::new(), Vec::new());
    for file in rust_files(&root.join("src")).into_iter().filter(|file| *file != root.join(DECLARATION)) {
        let text = std::fs::read_to_string(&file).unwrap();
        for code in Code::ALL {
            if text.contains(&format!("\"{}\"", code.as_str())) {
                written_out.push(format!("{}: {}", file.display(), code.as_str()));
            }
        }
        // A code that only tests name counts as unused.
        let program = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
        used.extend(lines.flat_map(names_of_codes).map(str::to_owned));
    }
    assert!(written_out.is_empty(), "write Code::… instead:\n{}", written_out.join("\n"));
    let codes = Code::ALL.iter().map(|code| format!("{code:?}"));
    let close_codes = CloseCode::ALL.iter().map(|code| format!("{code:?}"));
    let unused: Vec<_> = codes.chain(close_codes).filter(|code| !used.contains(code)).collect();
    assert!(unused.is_empty(), "declared, and used by nobody: {unused:?}");
}

/// What follows `Code::` in a line.
fn names_of_codes(line: &str) -> impl Iterator<Item = &str> {
    line.split("Code::").skip(1).filter_map(|after| after.split(|sign: char| !sign.is_alphanumeric()).next())
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                vec![path]
            } else {
                Vec::new()
            }
        })
        .collect()
}
