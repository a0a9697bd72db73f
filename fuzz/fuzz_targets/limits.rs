//! Applies all limits to any document with any variables. What passes is within the limits.
#![no_main]

use std::sync::LazyLock;

use folkmoot::graphql::{
    self,
    limits::{
        self, CostModel, Limits,
        document::{Definitions, Document},
    },
};
use libfuzzer_sys::fuzz_target;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| graphql::definitions(true, true));
static COSTS: LazyLock<CostModel> = LazyLock::new(|| CostModel::of_schema(DEFINITIONS.schema()));

fuzz_target!(|input: (&str, &str)| {
    let (text, variables) = input;
    let limits = Limits::default();
    let Ok(document) = Document::read(text, &limits, &DEFINITIONS) else { return };
    let Ok(operation) = document.operation(None) else { return };
    let variables = serde_json::from_str(variables).unwrap_or_default();
    let Ok(variables) = operation.coerce(variables, &DEFINITIONS) else { return };
    if let Ok(checked) = limits::check(operation.definition(), &variables, &limits, &COSTS) {
        assert!(checked.cost <= limits.cost && checked.nodes <= limits.nodes);
    }
    let _ = operation.executable(&variables);
});
