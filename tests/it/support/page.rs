//! Tables of the documentation that follow from the code.

use std::{fmt::Write as _, path::Path};

/// Compares the tables of a page with what the code says. With `FOLKMOOT_BLESS` they are written anew instead.
pub fn assert_current(page: &str, tables: &[(&str, String)]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let written = std::fs::read_to_string(&file).unwrap();
    let current = tables.iter().fold(written.clone(), |page, (name, table)| with_table(&page, name, table));
    if std::env::var_os("FOLKMOOT_BLESS").is_some() {
        std::fs::write(&file, &current).unwrap();
        return;
    }
    assert!(written == current, "{page} is old; run: FOLKMOOT_BLESS=1 cargo test --test it are_current\n{current}");
}

/// The page with what stands between the two comments of this name replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let begin = page.find(&format!("<!-- begin: {name},")).unwrap_or_else(|| panic!("no table of {name}"));
    let begin = begin + page[begin..].find('\n').unwrap() + 1;
    let end = begin + page[begin..].find(&format!("<!-- end: {name} -->")).unwrap();
    format!("{}{table}{}", &page[..begin], &page[end..])
}

/// A table in Markdown.
pub fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        assert!(row.iter().all(|cell| !cell.contains(['|', '\n'])), "a cell would break the table: {row:?}");
        writeln!(table, "| {} |", row.join(" | ")).unwrap();
    }
    table
}
