//! Typing mistakes: what was probably meant is found, on both databases the same and in the same order, and only if
//! nothing matches what was typed.

use std::collections::BTreeSet;

use entity::node_type::NodeType;
use folkmoot::domain::search;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    rows::{event, group, named, talk},
};

/// The history of two towns.
async fn history(backend: Backend) -> Option<TestApp> {
    let app = TestApp::start(backend).await?;
    let draft = json!({ "publication": "DRAFT" });
    app.load(json!({
        "groups": [
            group("Kubernetes London", json!({ "description": "Containers of all sorts" })),
            group("Kubernetes Londonderry", json!({})),
            group("Kubernetes Berlin", json!({})),
            group("Rust London", json!({})),
        ],
        "events": [
            event("Kubernetes 2023", "2023-05-04", json!({ "hosts": [{ "group": "Kubernetes London", "role": "LEAD" }] })),
            event("Kubernetes 2024", "2024-05-04", json!({})),
            event("Grafana evening", "2024-06-04", json!({ "description": "Dashboards, and Kubernetes" })),
            event("Cassandra secrets", "2024-07-04", draft),
        ],
        "talks": [
            talk("Prometheus and Grafana", json!({})),
            talk("Kubernetes from scratch", json!({ "abstract_text": "From Prometheus to Kubernetes" })),
            talk("An evening with Istio", json!({})),
            talk("Cassandra internals", json!({ "status": "PROPOSED" })),
        ],
        "people": [named("Siobhán O’Brien", json!({ "aliases": ["Shivaun"] })), named("Lucas Käldström", json!({}))],
        "venues": [named("Skills Matter", json!({}))],
        "organizations": [named("Weaveworks", json!({}))],
        "topics": [named("Kubernetes", json!({ "aliases": ["k8s"] })), named("Observability", json!({}))],
    }))
    .await;
    Some(app)
}

/// The slug of whatever node it is.
const SLUGS: &str = "... on Group { slug } ... on Event { slug } ... on Talk { slug } ... on Person { slug }
    ... on Venue { slug } ... on Organization { slug } ... on Topic { slug }";

/// The slugs of the three nodes of this type that look most like a text.
async fn near(app: &TestApp, text: &str, node_type: NodeType) -> Vec<String> {
    let mut slugs = Vec::new();
    for key in search::similar(app.db.reads(), text, node_type, 3).await.unwrap() {
        let id = folkmoot::graphql::relay::id::encode(node_type, key).0;
        let node = app.query(&format!("{{ node(id: \"{id}\") {{ {SLUGS} }} }}")).await;
        slugs.push(node["node"]["slug"].as_str().unwrap().to_owned());
    }
    slugs
}

#[rstest]
#[tokio::test]
async fn a_mistyped_slug_has_near_ones(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    for (text, node_type, slugs) in [
        ("kubernetes-lodon", NodeType::Group, &["kubernetes-london", "kubernetes-londonderry"][..]),
        ("kuberntes", NodeType::Group, &["kubernetes-berlin", "kubernetes-london", "kubernetes-londonderry"]),
        ("kubernetes-lonodn", NodeType::Event, &[]),
        ("grafna-evenign", NodeType::Event, &["grafana-evening"]),
        ("lucas-kaldstrm", NodeType::Person, &["lucas-kaldstrom"]),
        ("shivuan", NodeType::Person, &["siobhan-o-brien"]),
        ("skils-matter", NodeType::Venue, &["skills-matter"]),
        ("weavworks", NodeType::Organization, &["weaveworks"]),
        ("obsrvability", NodeType::Topic, &["observability"]),
        ("prometeus-and-grafana", NodeType::Talk, &["prometheus-and-grafana"]),
        // A node that is not public is never found.
        ("casandra-secrets", NodeType::Event, &[]),
        ("casandra-internals", NodeType::Talk, &[]),
        ("?!", NodeType::Group, &[]),
        ("", NodeType::Group, &[]),
        (&"kubernetes-".repeat(50), NodeType::Group, &[]),
    ] {
        assert_eq!(near(&app, text, node_type).await, slugs, "{text}");
    }
    let one = search::similar(app.db.reads(), "kuberntes", NodeType::Group, 1).await.unwrap();
    assert_eq!(one.len(), 1);
}

/// The names of the results. The title of a talk can be null, so it cannot stand under the same name.
const NAMES: &str = "... on Group { name } ... on Event { name } ... on Talk { title } ... on Person { name }
    ... on Venue { name } ... on Organization { name } ... on Topic { name }";

/// A search with these further arguments; its names.
async fn found(app: &TestApp, text: &str, arguments: &str) -> Vec<String> {
    let query = format!("{{ search(query: {}{arguments}) {{ nodes {{ {NAMES} }} }} }}", json!(text));
    let search = app.query(&query).await["search"].take();
    names(&search["nodes"])
}

fn names(nodes: &Value) -> Vec<String> {
    let name = |node: &Value| node["name"].as_str().or(node["title"].as_str()).unwrap().to_owned();
    nodes.as_array().unwrap().iter().map(name).collect()
}

#[rstest]
#[tokio::test]
async fn a_mistyped_search_finds_what_is_meant(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    for (typed, meant) in [
        // A letter is missing, doubled, swapped, wrong; at the end, within, at the beginning.
        ("kubernets", "kubernetes"),
        ("kubernneetes", "kubernetes"),
        ("kuberntes", "kubernetes"),
        ("kubarnetes", "kubernetes"),
        ("gubernetes", "kubernetes"),
        ("Kubernétas", "kubernetes"),
        ("prometeus", "prometheus"),
        ("grafna", "grafana"),
        ("isito", "istio"),
        ("obrein", "obrien"),
        ("kaldstrm", "kaldstrom"),
        ("shivuan", "siobhan"),
        // Several words: one wrong, two wrong, one still being typed, a short one.
        ("kubernetes lodon", "kubernetes london"),
        ("kubernets lodon", "kubernetes london"),
        ("lond kuberntes", "lond kubernetes"),
        ("kuberntes 2024", "kubernetes 2024"),
        ("prometeus and graf", "prometheus and graf"),
        // A word of which no name has the rest: only the beginning was typed.
        ("kubrn", "kubernetes"),
    ] {
        let expected = found(&app, meant, "").await;
        assert!(!expected.is_empty(), "{meant}");
        assert_eq!(found(&app, typed, "").await, expected, "{typed}");
    }
    // Whole words in names come first, as ever.
    let talk = "Kubernetes from scratch";
    let found = found(&app, "kuberntes", "").await;
    assert_eq!(found[0], "Kubernetes");
    assert!(found.iter().position(|name| name == talk) < found.iter().position(|name| name == "Grafana evening"));
}

#[rstest]
#[tokio::test]
async fn a_text_unlike_any_name_finds_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    for text in [
        "kubernetes 2025",
        "k9s",
        "grfn",
        "terraform",
        "kuberntes paris",
        "casandra",
        "cassandra",
        "secrest",
        &"kuberntes ".repeat(9),
        &"k".repeat(41),
    ] {
        assert_eq!(found(&app, text, "").await, [""; 0], "{text}");
    }
}

#[rstest]
#[tokio::test]
async fn what_was_typed_comes_before_what_might_be_meant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "groups": [
        group("Kubernetes", json!({})), group("Kubernauts", json!({})),
        group("Other", json!({ "description": "We say kubernets" })), group("Xkuberntesx", json!({})),
    ] }))
    .await;
    // A text that has it, and a name that has it inside, keep names that are like it away.
    assert_eq!(found(&app, "kubernets", "").await, ["Other"]);
    assert_eq!(found(&app, "kuberntes", "").await, ["Xkuberntesx"]);
    assert_eq!(found(&app, "kuberntess", "").await, ["Kubernetes"]);
    // They do so whatever their type: what is meant does not depend on `types`.
    assert_eq!(found(&app, "kubernets", ", types: [EVENT]").await, [""; 0]);
}

/// Groups with names of two words that are much alike; of some beginnings there are more than candidates.
async fn alike(backend: Backend) -> Option<TestApp> {
    let app = TestApp::start(backend).await?;
    let names = (0..500).map(|number| format!("{} {}", word(number), word(number * 7 + 3)));
    let groups: Vec<_> = names.collect::<BTreeSet<_>>().into_iter().map(|name| group(&name, json!({}))).collect();
    assert!(groups.len() > 400);
    app.load(json!({ "groups": groups })).await;
    Some(app)
}

/// One of 512 words.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 8] = ["kan", "kar", "kas", "ken", "ker", "kol", "kun", "kus"];
    [1, 8, 64].map(|place| SYLLABLES[number / place % 8]).concat()
}

/// A word with a mistake.
fn mistyped(number: usize) -> String {
    let mut letters: Vec<char> = word(number).chars().collect();
    let at = number % 8;
    match number % 4 {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, 'x'),
        2 => letters[at] = 'x',
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

#[tokio::test]
async fn both_databases_take_a_mistyped_word_for_the_same_one() {
    let sqlite = alike(Backend::Sqlite).await.unwrap();
    let Some(postgres) = alike(Backend::Postgres).await else { return };
    let mut answered = 0;
    for number in (0..512).step_by(13) {
        for text in [mistyped(number), format!("{} {}", mistyped(number), word(number * 7 + 3))] {
            let answer = found(&sqlite, &text, ", first: 100").await;
            assert_eq!(found(&postgres, &text, ", first: 100").await, answer, "{text}");
            let slugs = near(&sqlite, &text, NodeType::Group).await;
            assert_eq!(near(&postgres, &text, NodeType::Group).await, slugs, "{text}");
            answered += usize::from(!answer.is_empty() && !slugs.is_empty());
        }
    }
    assert!(answered > 60, "{answered}");
}

#[rstest]
#[tokio::test]
async fn pages_counts_and_types_are_those_of_what_is_meant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = history(backend).await else { return };
    let all = found(&app, "kubernetes", "").await;
    let count = app.query("{ search(query: \"kuberntes\", first: 1) { totalCount } }").await;
    assert_eq!(count["search"]["totalCount"], all.len());
    for (size, place, cursor, next) in
        [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")]
    {
        let (mut read, mut bound) = (Vec::new(), String::new());
        loop {
            let page = format!("pageInfo {{ {cursor} {next} }} nodes {{ {NAMES} }}");
            let query = format!("{{ search(query: \"kuberntes\", {size}: 2{bound}) {{ {page} }} }}");
            let search = app.query(&query).await["search"].take();
            let names = names(&search["nodes"]);
            read = if size == "first" { [read, names].concat() } else { [names, read].concat() };
            if search["pageInfo"][next] == false {
                break;
            }
            bound = format!(", {place}: {}", search["pageInfo"][cursor]);
        }
        assert_eq!(read, all, "{size}");
    }
    assert_eq!(found(&app, "kuberntes", ", types: [TOPIC]").await, ["Kubernetes"]);
    assert_eq!(found(&app, "kuberntes", ", types: [VENUE]").await, [""; 0]);
    // The page behind the last one is empty, and not another search.
    let end = app.query("{ search(query: \"grafana\") { pageInfo { endCursor } totalCount } }").await;
    let behind = format!(
        "{{ search(query: \"grafana\", after: {}) {{ totalCount nodes {{ {NAMES} }} }} }}",
        end["search"]["pageInfo"]["endCursor"]
    );
    assert_eq!(app.query(&behind).await["search"], json!({ "totalCount": end["search"]["totalCount"], "nodes": [] }));
}

#[rstest]
#[tokio::test]
async fn the_word_that_is_meant_is_highlighted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    let fragments = "{ text highlighted }";
    let query = format!(
        "{{ search(query: \"grafna prometeus\") {{ edges {{ highlight {{ title {fragments} text {fragments} }} }} }} }}"
    );
    let edges = app.query(&query).await["search"]["edges"].take();
    let plain = |text: &str| json!({ "text": text, "highlighted": false });
    let marked = |text: &str| json!({ "text": text, "highlighted": true });
    let title = [marked("Prometheus"), plain(" and "), marked("Grafana")];
    assert_eq!(edges, json!([{ "highlight": { "title": title, "text": null } }]));
}

#[rstest]
#[tokio::test]
async fn a_search_that_finds_something_looks_for_nothing_similar(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = history(backend).await else { return };
    let searches = async |text: &str| {
        let query = format!("{{ search(query: \"{text}\") {{ nodes {{ __typename }} }} }}");
        let statements = app.statements_of(&query).await.1;
        statements.into_iter().filter(|statement| statement.contains("search_documents")).collect::<Vec<_>>()
    };
    // One statement for words; another one for texts inside names, if no word matches.
    assert_eq!(searches("kubernetes").await.len(), 1);
    assert_eq!(searches("kubernet").await.len(), 1);
    assert_eq!(searches("ubernet").await.len(), 2);
    // If nothing is found, a third one looks for what was meant, and a fourth one searches for it.
    assert_eq!(searches("terraform").await.len(), 3);
    assert_eq!(searches("kuberntes").await.len(), 4);
    // Too short for mistakes.
    assert_eq!(searches("xy").await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn lists_take_words_as_they_are(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    let count = async |text: &str| {
        app.query(&format!("{{ groups(filter: {{ query: \"{text}\" }}) {{ totalCount }} }}")).await["groups"]["totalCount"]
            .take()
    };
    assert_eq!((count("kubernetes").await, count("kuberntes").await), (json!(3), json!(0)));
}

#[rstest]
#[tokio::test]
async fn signs_alone_find_nothing_while_somebody_types(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = history(backend).await else { return };
    let page = "totalCount nodes { __typename } edges { cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let nothing = json!({
        "totalCount": 0, "nodes": [], "edges": [],
        "pageInfo": { "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null },
    });
    for text in ["", " ", "?!", "\"", "#", "++", "🎉", "\u{301}"] {
        let (search, statements) =
            app.statements_of(&format!("{{ search(query: {}) {{ {page} }} }}", json!(text))).await;
        assert_eq!(search["search"], nothing, "{text:?}");
        assert_eq!(statements, [""; 0], "{text:?}");
    }
    // Errors in the page arguments are reported all the same, and so is a text that is too long.
    for (arguments, code) in [
        ("query: \"?\", first: 0".to_owned(), "BAD_PAGE"),
        ("query: \"?\", after: \"x\"".to_owned(), "BAD_CURSOR"),
        (format!("query: \"{}\"", "?".repeat(201)), "BAD_SEARCH"),
        (format!("query: \"{}\"", "ab ".repeat(17)), "BAD_SEARCH"),
    ] {
        assert_eq!(app.error(&format!("{{ search({arguments}) {{ totalCount }} }}")).await.0, code, "{arguments}");
    }
    // A filter without a word is an error: an empty list would look as if no nodes existed.
    for list in ["groups", "events", "talks", "people", "venues", "organizations", "topics"] {
        let (code, message) = app.error(&format!("{{ {list}(filter: {{ query: \"?!\" }}) {{ totalCount }} }}")).await;
        assert_eq!((code.as_str(), message.contains("leave `query` out")), ("BAD_SEARCH", true), "{list}");
    }
}
