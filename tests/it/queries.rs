//! The example queries of `docs/queries` and their answers on the demo data. `FOLKMOOT_BLESS=1` writes the answers anew.

use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/queries")
}

/// The names of all queries.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = files.filter_map(|file| file.strip_suffix(".graphql").map(str::to_owned)).collect();
    names.sort();
    names
}

#[rstest]
#[tokio::test]
async fn the_answers_in_the_documentation_are_true(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    // History does not change any more: these are the answers of every later day, too.
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    assert!(names().len() >= 10, "{:?}", names());
    for name in names() {
        let query = std::fs::read_to_string(folder().join(&name).with_extension("graphql")).unwrap();
        let answer = app.answer(&query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{name}");
        let file = folder().join(&name).with_extension("json");
        // As text: fields come in the order of the query.
        let mut answer = pretty(&app, &query).await;
        answer.push('\n');
        if std::env::var_os("FOLKMOOT_BLESS").is_some() {
            std::fs::write(&file, &answer).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(written == answer, "{name} answers otherwise now; FOLKMOOT_BLESS=1 writes it down:\n{answer}");
    }
}

/// The fenced blocks of a language, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    page.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[rstest]
#[tokio::test]
async fn the_quirks_are_as_described(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let page = std::fs::read_to_string(folder().with_file_name("quirks.md")).unwrap();
    let (queries, answers) = (blocks(&page, "graphql"), blocks(&page, "json"));
    assert!(queries.len() >= 10);
    assert_eq!(queries.len(), answers.len(), "an answer for each query");
    for (query, answer) in queries.iter().zip(&answers) {
        let actual = app.answer(query, json!({})).await;
        let described: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(actual.get("errors").is_some(), described.get("errors").is_some(), "{query}{actual:#}");
        assert!(holds(&actual, &described), "{query}{actual:#}");
    }
}

#[rstest]
#[tokio::test]
async fn the_first_answers_are_true(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    for page in ["../README.md", "quick-start.md"] {
        let page = std::fs::read_to_string(folder().with_file_name(page)).unwrap();
        let commands = blocks(&page, "sh").into_iter().filter(|block| block.starts_with("curl "));
        let command = commands.collect::<Vec<_>>().concat();
        let body = command.split_once("-d '").unwrap().1.trim_end().strip_suffix('\'').unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let described: Value = serde_json::from_str(&blocks(&page, "json").concat()).unwrap();
        assert_eq!(app.answer(body["query"].as_str().unwrap(), json!({})).await, described);
    }
}

#[test]
fn the_readme_is_short_and_its_picture_small() {
    let readme = std::fs::read_to_string(folder().with_file_name("../README.md")).unwrap();
    assert!(readme.lines().count() < 150);
    let picture = std::fs::read_to_string(folder().with_file_name("folkmoot.svg")).unwrap();
    assert!(picture.len() < 60_000 && readme.contains("(docs/folkmoot.svg)"));
    assert!(!picture.contains("<script") && !picture.contains("href"), "nothing is loaded or run");
}

/// Whether a value has all that the description says.
fn holds(actual: &Value, described: &Value) -> bool {
    match (actual, described) {
        (Value::Object(actual), Value::Object(described)) => {
            described.iter().all(|(key, value)| actual.get(key).is_some_and(|actual| holds(actual, value)))
        }
        (Value::Array(actual), Value::Array(described)) => {
            actual.len() == described.len() && actual.iter().zip(described).all(|(one, other)| holds(one, other))
        }
        _ => actual == described,
    }
}

/// The answer as people read it, its fields in the order in which they came.
async fn pretty(app: &TestApp, query: &str) -> String {
    let response = app.http().post(app.url("/graphql")).json(&json!({ "query": query })).send().await.unwrap();
    indented(&response.text().await.unwrap())
}

/// JSON with line breaks; what fits a line stays on it.
fn indented(json: &str) -> String {
    let (mut out, mut depth, mut in_text, mut escaped) = (String::new(), 0, false, false);
    let bytes = json.chars().collect::<Vec<_>>();
    for (index, character) in bytes.iter().copied().enumerate() {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        if in_text {
            out.push(character);
            in_text = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '"' => {
                in_text = true;
                out.push('"');
            }
            '{' | '[' => {
                out.push(character);
                if !matches!(bytes.get(index + 1), Some('}' | ']')) {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                if !matches!(bytes.get(index.wrapping_sub(1)), Some('{' | '[')) {
                    depth -= 1;
                    line(&mut out, depth);
                }
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            character => out.push(character),
        }
    }
    out
}

#[test]
fn the_page_explains_every_query_and_embeds_it_as_it_is() {
    let page = std::fs::read_to_string(folder().with_extension("md")).unwrap();
    for name in names() {
        let query = std::fs::read_to_string(folder().join(&name).with_extension("graphql")).unwrap();
        assert!(page.contains(&format!("```graphql\n{query}```\n")), "{name} is not embedded as it is");
        assert!(page.contains(&format!("(queries/{name}.json)")), "no link to the answer of {name}");
    }
    assert_eq!(page.matches("```graphql\n").count(), names().len(), "a query that is no file is not tested");
}

#[test]
fn answers_are_indented_without_changing_them() {
    let json = r#"{"a":[],"b":{},"c":[{"d":"x, \"y\": {z}\\"},null,1.5]}"#;
    let out = indented(json);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), serde_json::from_str::<Value>(json).unwrap());
    assert!(out.contains("\n    {\n      \"d\": \"x, \\\"y\\\": {z}\\\\\"\n    },\n"), "{out}");
}
