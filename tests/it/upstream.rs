//! The engine's defects as `docs/upstream.md` shows them. Each test asserts **today's wrong behaviour**. A test that fails
//! after an upgrade says that upstream mended something: delete the section of the page, and what we do about it.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    EmptyMutation, EmptySubscription, Enum, InputObject, Interface, Object, Request, Response, Schema, SimpleObject,
    Union, Variables, parser::parse_query,
};
use serde_json::{Value, json};

/// The line in a query of the page that holds its variables.
const VARIABLES: &str = "# variables: ";

// What stands between these two comments is in the page, too.
// begin
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
enum Colour {
    Red,
    Green,
}

#[derive(InputObject)]
struct Size {
    width: i32,
}

#[derive(SimpleObject)]
struct Cat {
    name: String,
    nick: String,
}

#[derive(SimpleObject)]
struct Dog {
    name: String,
    age: i32,
}

#[derive(Interface)]
#[graphql(field(name = "name", ty = "&String"))]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Union)]
enum CatOrDog {
    Cat(Cat),
    Dog(Dog),
}

fn cat(number: i32) -> Cat {
    Cat { name: format!("name {number}"), nick: format!("nick {number}") }
}

struct House;

#[Object]
impl House {
    async fn cats(&self, #[graphql(default = 2)] first: i32) -> Vec<Cat> {
        (1..=first).map(cat).collect()
    }
}

struct Query;

#[Object]
impl Query {
    async fn house(&self) -> House {
        House
    }
    async fn cat(&self) -> Cat {
        cat(1)
    }
    async fn pet(&self) -> Pet {
        cat(1).into()
    }
    async fn either(&self) -> CatOrDog {
        cat(1).into()
    }
    async fn number(&self, #[graphql(default = 2)] of: Option<i32>) -> Option<i32> {
        of
    }
    async fn echo(&self, text: String) -> String {
        text
    }
    async fn colour(&self, of: Colour) -> Colour {
        of
    }
    async fn width(&self, of: Size) -> i32 {
        of.width
    }
}
// end

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/upstream.md")).unwrap()
}

/// The queries of the page with their sections and answers.
fn examples(page: &str) -> Vec<(&str, &str, Value)> {
    let mut examples = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap();
        for example in section.split("```graphql\n").skip(1) {
            let (query, after) = example.split_once("```").unwrap();
            let (_, answer) = after.split_once("```json\n").unwrap();
            let answer = answer.split("```").next().unwrap();
            examples.push((title, query, serde_json::from_str(answer).unwrap_or_else(|_| panic!("{title}: {answer}"))));
        }
    }
    examples
}

/// A response as the page writes it: data, or the last line of each message.
fn shown(response: &Response) -> Value {
    let messages = response.errors.iter().map(|error| error.message.lines().last().unwrap_or_default().trim());
    let messages: Vec<_> = messages.collect();
    if messages.is_empty() { json!({ "data": response.data }) } else { json!({ "errors": messages }) }
}

#[tokio::test]
async fn the_engine_answers_as_the_page_says() {
    let page = page();
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let examples = examples(&page);
    assert!(examples.len() >= 20, "{} examples", examples.len());
    for (title, query, answer) in examples {
        let variables = query.lines().find_map(|line| line.strip_prefix(VARIABLES)).unwrap_or("{}");
        let variables = Variables::from_json(serde_json::from_str(variables).unwrap());
        let response = schema.execute(Request::new(query).variables(variables)).await;
        assert_eq!(shown(&response), answer, "“{title}” is mended, or another defect now: {query}");
    }
}

#[test]
fn the_program_of_the_page_is_this_one() {
    let source = include_str!("upstream.rs");
    let program = source.split("\n// begin\n").nth(1).and_then(|rest| rest.split("\n// end\n").next()).unwrap();
    assert!(page().contains(program), "copy what is between `begin` and `end` into docs/upstream.md");
    assert!(page().contains("async-graphql = { version = \"=8.0.0-rc.5\""), "the page names the version it is about");
}

#[derive(Default)]
struct Counter(AtomicUsize);

#[Object]
impl Counter {
    async fn calls(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A document whose fragments each spread the next one twice.
fn doubling(levels: usize, field: &str) -> String {
    let fragment = |level: usize| format!(" fragment F{level} on Counter {{ ...F{0} ...F{0} }}", level + 1);
    let fragments: String = (0..levels).map(fragment).collect();
    format!("{{ ...F0 {field} }}{fragments} fragment F{levels} on Counter {{ calls }}")
}

#[tokio::test]
async fn a_field_is_resolved_as_often_as_it_is_selected() {
    let calls = async |query: &str| {
        let schema = Schema::new(Counter::default(), EmptyMutation, EmptySubscription);
        assert!(schema.execute(query).await.errors.is_empty());
        let next = schema.execute("{ calls }").await.data.into_json().unwrap();
        next["calls"].as_u64().unwrap() - 1
    };
    assert_eq!(calls("{ calls calls calls }").await, 3, "mended if it is 1");
    assert_eq!(calls(&doubling(6, "")).await, 64, "mended if it is 1");
}

#[test]
fn nested_values_have_no_bound_of_their_own() {
    let selections = |depth: usize| format!("{}a{}", "{a".repeat(depth), "}".repeat(depth));
    let lists = |depth: usize| format!("{{a(b: {}{})}}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{{a(b: {}1{})}}", "{c: ".repeat(depth), "}".repeat(depth));
    // The parser takes 64 levels of selections. It has room for these depths, or the test would not end.
    let parses = |text: String| {
        std::thread::Builder::new()
            .stack_size(16 << 20)
            .spawn(move || parse_query(text).is_ok())
            .unwrap()
            .join()
            .unwrap()
    };
    assert!(parses(selections(64)) && !parses(selections(66)));
    assert!(parses(lists(200)) && parses(objects(200)), "mended if these are refused");
}
