use serde_json::json;

use super::*;
use crate::graphql::{
    definitions,
    limits::{Limits, document::Document},
    meter::FILTER_AT_ROOT,
};

fn estimate(query: &str, variables: serde_json::Value) -> Estimate {
    let definitions = definitions(true, true);
    let document = Document::read(query, &Limits::default(), &definitions).unwrap();
    let operation = document.operation(None).unwrap();
    let serde_json::Value::Object(variables) = variables else { panic!("variables are an object") };
    let variables = operation.coerce(variables, &definitions).unwrap();
    let costs = CostModel::of_schema(definitions.schema());
    costs.estimate(operation.definition(), &variables)
}

fn objects(query: &str) -> u64 {
    let estimate = estimate(query, json!({}));
    assert_eq!(estimate.described, 0);
    estimate.objects
}

#[test]
fn lists_count_by_the_size_of_their_pages() {
    assert_eq!(objects("{ __typename }"), 0);
    assert_eq!(objects("{ event(slug: \"x\") { name } }"), 1);
    assert_eq!(objects("{ events { nodes { name } pageInfo { endCursor } } }"), 20);
    assert_eq!(objects("{ events(first: 7) { edges { cursor node { name } } } }"), 7);
    assert_eq!(objects("{ events(last: 7) { nodes { venue { name } } } }"), 14);
    assert_eq!(objects("{ events(first: 100) { nodes { talks(first: 99) { nodes { title } } } } }"), 10_000);
    assert_eq!(objects("{ event(slug: \"x\") { hosts { group { name } } } }"), 1 + 3 * 2);
    assert_eq!(objects("{ nodes(ids: [\"a\", \"b\"]) { id } }"), 2);
    assert_eq!(objects("{ changes(first: 9) { nodes { cursor } pageInfo { endCursor } } }"), 9);
    assert_eq!(objects("{ events(first: 5) { ...page } } fragment page on EventConnection { nodes { id } }"), 5);
    // What is out of bounds is refused when the field runs.
    assert_eq!(objects("{ events(first: 1000000) { nodes { id } } }"), 100);
}

#[test]
fn page_sizes_may_be_variables() {
    let query = "query($first: Int = 5) { events(first: $first) { nodes { id } } }";
    assert_eq!(estimate(query, json!({ "first": 50 })).objects, 50);
    assert_eq!(estimate(query, json!({})).objects, 5);
    let ids = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(estimate(ids, json!({ "ids": ["a", "b", "c"] })).objects, 3);
}

#[test]
fn of_fragments_on_single_types_the_dearest_counts() {
    let query = "{ search(query: \"x\", first: 10) { nodes {
        ... on Event { venue { id } } ... on Talk { event { venue { id } } } ... on Node { id } } } }";
    let estimate = estimate(query, json!({}));
    assert_eq!((estimate.objects, estimate.points), (30, SEARCH));
    // An event is a node, too.
    let both = "{ search(query: \"x\", first: 10) { nodes {
        ... on Event { a: talks(first: 50) { nodes { id } } }
        ... on Node { ... on Event { b: talks(first: 50) { nodes { id } } } } } } }";
    assert_eq!(objects(both), 10 + 10 * 50 + 10 * 50);
}

#[test]
fn counts_and_searches_cost_points() {
    assert_eq!(estimate("{ events { totalCount } }", json!({})).points, COUNT_AT_ROOT);
    assert_eq!(objects("{ events { pageInfo { endCursor } } }"), 20);
    assert_eq!(estimate("{ changes(types: [TALK]) { pageInfo { endCursor } } }", json!({})).points, CHOSEN_CHANGES);
    assert_eq!(estimate("{ groups(first: 9) { nodes { talks { totalCount } } } }", json!({})).points, 9);
    assert_eq!(estimate("{ __typename }", json!({})).cost(), 1);
    assert_eq!(points(101, 3), 14);
}

#[test]
fn a_long_name_counts_as_several_fields() {
    let aliased = |letters: usize| {
        let query = format!("{{ talks(first: 10) {{ nodes {{ {}: title }} }} }}", "a".repeat(letters));
        estimate(&query, json!({})).fields
    };
    assert_eq!(aliased(1), aliased(32));
    assert_eq!(aliased(33), aliased(32) + 10);
    assert_eq!(aliased(199), aliased(32) + 60);
}

#[test]
fn equal_fields_are_one() {
    let titles = |count: usize| {
        let query = format!(
            "{{ talks(first: 10) {{ nodes {{ {} ...f ... on Node {{ ...f }} }} }} }} fragment f on Talk {{ title event {{ name }} }}",
            "title event { id } ".repeat(count)
        );
        estimate(&query, json!({}))
    };
    assert_eq!((titles(1).objects, titles(1).fields), (20, titles(500).fields));
    assert_eq!(titles(500).objects, 20);
}

#[test]
fn leaves_cost_whatever_the_answer_holds() {
    let variants = |count: usize| {
        let variables = (0..count).map(|n| format!("$v{n}: Boolean!, ")).collect::<Vec<_>>().concat();
        let fields = (0..count).map(|n| format!("title @skip(if: $v{n}) ")).collect::<Vec<_>>().concat();
        let values = (0..count).map(|n| (format!("v{n}"), json!(true))).collect();
        let query = format!("query({variables}) {{ talks(first: 10) {{ nodes {{ {fields} }} }} }}");
        estimate(&query, serde_json::Value::Object(values))
    };
    assert_eq!((variants(49).kept(), variants(50).kept(), variants(50).nodes()), (0, 10, 20));
}

#[test]
fn texts_to_render_weigh_as_objects() {
    let rendered = |argument: &str| {
        estimate(&format!("{{ talks(first: 10) {{ nodes {{ abstract{argument} }} }} }}"), json!({})).rendered
    };
    assert_eq!((rendered(""), rendered("(format: MARKDOWN)"), rendered("(format: HTML)")), (0, 0, 10));
    let query = "query($f: TextFormat!) { talks(first: 10) { nodes { abstract(format: $f) } } }";
    assert_eq!(estimate(query, json!({ "f": "MARKDOWN" })).rendered, 0);
    assert_eq!(estimate(query, json!({ "f": "PLAIN" })).rendered, 10);
}

#[test]
fn filters_cost_by_their_values_and_words() {
    let filter = |text: &str| estimate(&format!("{{ events(filter: {text}) {{ nodes {{ id }} }} }}"), json!({})).points;
    assert_eq!(filter("{ phase: [PAST] }"), 1 + FILTER_AT_ROOT);
    assert_eq!(filter("{ query: \"big fish\" }"), 9 + FILTER_AT_ROOT);
    let long = format!("{{ or: [{}] }}", "{ phase: PAST } ".repeat(20));
    assert_eq!(filter(&long), 9 + FILTER_AT_ROOT);
    let query = "query($f: EventFilter!, $q: String) { events(filter: { and: [$f, { query: $q }] }) { nodes { id } } }";
    let values = json!({ "f": { "or": vec![json!({ "query": "x" }); 20] }, "q": "big fish" });
    assert_eq!(estimate(query, values).points, 22 * 4 + 10 + FILTER_AT_ROOT);
}

#[test]
fn an_introspection_costs_a_little_and_a_bomb_too_much() {
    let fields = |inner: &str| format!("fields {{ type {{ name {inner} }} }}");
    let query = |inner: &str| format!("{{ __schema {{ types {{ name {inner} }} }} }}");
    assert!(estimate(&query(&fields("")), json!({})).cost() < 50);
    assert!(estimate(&query(&fields(&fields(&fields(&fields(""))))), json!({})).cost() > 1000);
}
