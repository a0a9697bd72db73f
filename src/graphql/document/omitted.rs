//! Takes arguments away whose variables have no value.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

/// Takes the arguments away that are one of these variables.
pub fn take_away(document: &mut ExecutableDocument, omitted: &HashSet<&Name>) {
    if let async_graphql::parser::types::DocumentOperations::Single(operation) = &mut document.operations {
        within(&mut operation.node.selection_set, omitted);
    }
    for fragment in document.fragments.values_mut() {
        within(&mut fragment.node.selection_set, omitted);
    }
}

fn within(set: &mut Positioned<SelectionSet>, omitted: &HashSet<&Name>) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let is_given = |value: &Literal| !matches!(value, Literal::Variable(name) if omitted.contains(name));
                field.node.arguments.retain(|(_, value)| is_given(&value.node));
                within(&mut field.node.selection_set, omitted);
            }
            Selection::InlineFragment(inline) => within(&mut inline.node.selection_set, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}
