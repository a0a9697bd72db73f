//! What the playground asks before it offers its examples. What they answer is tested in `tests/browser`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

const VALUES: &str = include_str!("../../playground/values.graphql");

#[rstest]
#[tokio::test]
async fn the_values_of_the_examples_are_known_and_cheap(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let (mut roots, mut cost) = (0, 0);
    for query in VALUES.split_inclusive("\n}\n").filter(|part| !part.trim().is_empty()) {
        let body = json!({ "query": query, "extensions": { "cost": true } });
        let response = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{query}");
        cost += answer["extensions"]["cost"]["requested"].as_u64().unwrap();
        roots += answer["data"].as_object().unwrap().len();
    }
    assert!(roots >= 17, "{roots} root fields");
    // A client has 1,000 points, and opens the page more than once.
    assert!(cost <= 150, "{cost} points");
}
