//! All limits on any document with any variables; what passes is within them.
#![no_main]

use std::sync::LazyLock;

use async_graphql::Variables;
use folkmoot::graphql::{
    self,
    limits::{self, Costs, Document, Limits},
};
use libfuzzer_sys::fuzz_target;

static COSTS: LazyLock<Costs> = LazyLock::new(|| Costs::of_schema(&graphql::sdl(), true, true));

fuzz_target!(|input: (&str, &str)| {
    let (text, variables) = input;
    let variables = Variables::from_json(serde_json::from_str(variables).unwrap_or_default());
    let limits = Limits::default();
    let Ok(document) = Document::read(text, &limits) else { return };
    if let Ok(checked) = limits::check(&document, None, &variables, &limits, &COSTS) {
        assert!(checked.cost <= limits.cost && checked.nodes <= limits.nodes);
    }
});
