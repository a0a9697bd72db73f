//! The values of variables. They are held to limits as documents are: on their number, on their depth, and on how often
//! the document uses them.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{Directive, Field, OperationDefinition, Selection, SelectionSet},
};
use serde_json::{Map, Value as Json};

use super::{Limits, Refusal};

/// Refuses values that are too many or too deep, before they are coerced.
pub fn check(variables: &Map<String, Json>, limits: &Limits) -> Result<(), Refusal> {
    let mut count = 0;
    variables.values().try_for_each(|value| measure(value, 0, &mut count, limits))
}

fn measure(value: &Json, depth: usize, count: &mut usize, limits: &Limits) -> Result<(), Refusal> {
    *count += 1;
    if *count > limits.tokens {
        let message = format!("The variables hold more than {} values. Ask for less at a time.", limits.tokens);
        return Err(Refusal::too_large(message, None));
    }
    if !matches!(value, Json::Array(_) | Json::Object(_)) {
        return Ok(());
    }
    if depth == limits.depth {
        let message = format!("A variable nests deeper than {} levels.", limits.depth);
        return Err(Refusal::too_deep(message, None));
    }
    let mut inner = |value| measure(value, depth + 1, count, limits);
    match value {
        Json::Array(items) => items.iter().try_for_each(&mut inner),
        Json::Object(fields) => fields.values().try_for_each(&mut inner),
        _ => Ok(()),
    }
}

/// Refuses an operation that repeats the values of its variables too often: the engine copies a value at each use. The
/// variables include their defaults.
pub fn check_uses(operation: &OperationDefinition, variables: &Variables, limits: &Limits) -> Result<(), Refusal> {
    let sizes = variables.iter().map(|(name, value)| (name, size(value))).collect();
    let mut uses = Uses { sizes, total: 0 };
    uses.set(&operation.selection_set);
    if uses.total <= limits.tokens {
        return Ok(());
    }
    let message = format!(
        "With its variables written out, the document has more than {} values. Use large ones in fewer places.",
        limits.tokens
    );
    Err(Refusal::too_large(message, None))
}

/// How many values a value holds, itself included.
pub fn size(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

struct Uses<'a> {
    sizes: HashMap<&'a Name, usize>,
    total: usize,
}

impl<'a> Uses<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>) {
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.node.directives);
                    self.set(&inline.node.selection_set);
                }
                // A document that was read has its fragments written out.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, field: &'a Field) {
        self.arguments(&field.arguments);
        self.directives(&field.directives);
        self.set(&field.selection_set);
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            self.arguments(&directive.node.arguments);
        }
    }

    fn arguments(&mut self, arguments: &[(Positioned<Name>, Positioned<async_graphql_value::Value>)]) {
        for (_, value) in arguments {
            // Copies the literal, which is as long as the document at the most.
            let _ = value.node.clone().into_const_with(|variable| {
                self.total = self.total.saturating_add(self.sizes.get(&variable).copied().unwrap_or(1));
                Ok::<_, Infallible>(Value::Null)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        error::Code,
        graphql::{definitions, limits::document::Document},
    };

    fn code(variables: Json) -> Option<Code> {
        let Json::Object(variables) = variables else { panic!("variables are an object") };
        check(&variables, &Limits::default()).err().map(|refusal| refusal.error.code())
    }

    #[test]
    fn values_are_bounded_in_number_and_depth() {
        assert_eq!(code(json!({ "a": vec![0; 4999] })), None);
        assert_eq!(code(json!({ "a": vec![0; 5000] })), Some(Code::QueryTooLarge));
        let nested = |depth: usize| {
            (0..depth).fold(json!(1), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({ "not": inner }) })
        };
        assert_eq!(code(json!({ "a": nested(20) })), None);
        assert_eq!(code(json!({ "a": nested(21) })), Some(Code::QueryTooDeep));
    }

    #[test]
    fn large_values_stand_in_few_places() {
        let definitions = definitions(true, true);
        let is_within = |document: &str, variables: Json| {
            let document = Document::read(document, &Limits::default(), &definitions).unwrap();
            let operation = document.operation(None).unwrap();
            let Json::Object(variables) = variables else { panic!("variables are an object") };
            let variables = operation.coerce(variables, &definitions).unwrap();
            check_uses(operation.definition(), &variables, &Limits::default()).is_ok()
        };
        let uses = |count: usize, in_fragment: usize| {
            let fields = |name: &str, count| -> String {
                (0..count).map(|n| format!("{name}{n}: nodes(ids: $a) {{ id }} ")).collect::<Vec<_>>().concat()
            };
            let document = format!(
                "query($a: [ID!]!) {{ {} ...f }} fragment f on Query {{ {} }}",
                fields("a", count),
                fields("b", in_fragment)
            );
            is_within(&document, json!({ "a": vec!["x"; 499] }))
        };
        assert!(uses(5, 5));
        assert!(!uses(6, 5));
        assert!(!uses(5, 6));
        let default = |count: usize| {
            let list = "\"x\" ".repeat(499);
            let uses = (0..count).map(|n| format!("a{n}: nodes(ids: $a) {{ id }} ")).collect::<Vec<_>>().concat();
            is_within(&format!("query($a: [ID!]! = [{list}]) {{ {uses} }}"), json!({}))
        };
        assert!(default(10));
        assert!(!default(11));
    }
}
