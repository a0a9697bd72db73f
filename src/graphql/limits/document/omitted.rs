//! Removes the arguments whose variables have no value.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned,
    parser::types::{Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

/// Removes the arguments whose value is one of these variables.
pub fn take_away(set: &mut Positioned<SelectionSet>, omitted: &HashSet<&Name>) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let is_given = |value: &Literal| !matches!(value, Literal::Variable(name) if omitted.contains(name));
                field.node.arguments.retain(|(_, value)| is_given(&value.node));
                take_away(&mut field.node.selection_set, omitted);
            }
            Selection::InlineFragment(inline) => take_away(&mut inline.node.selection_set, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}
