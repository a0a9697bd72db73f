//! `__schema { description }`. The engine answers it with a text of its own, so the answer is corrected after the execution.

use async_graphql::{
    Name, Value,
    parser::types::{Field, Selection, SelectionSet},
};

use super::definitions::Definitions;

/// Where the answer to an operation holds the description of the schema: the response names of `__schema` and
/// `description`.
#[derive(Clone, Debug, Default)]
pub struct DescriptionPaths(Vec<(Name, Name)>);

impl DescriptionPaths {
    /// Those of an operation, from the selections of its root.
    pub fn of(root: &SelectionSet) -> Self {
        let mut paths = Vec::new();
        for schema in fields(root, "__schema") {
            let descriptions = fields(&schema.selection_set.node, "description");
            paths.extend(descriptions.into_iter().map(|field| (response_name(schema), response_name(field))));
        }
        Self(paths)
    }

    /// Writes what the schema says of itself into the answer, where the answer has this field.
    pub fn correct(&self, data: &mut Value, definitions: &Definitions) {
        for (schema, description) in &self.0 {
            if let Value::Object(root) = data
                && let Some(Value::Object(schema)) = root.get_mut(schema)
                && let Some(value) = schema.get_mut(description)
            {
                *value = definitions.description().map_or(Value::Null, Value::from);
            }
        }
    }
}

/// The fields of this name, also those within conditions.
fn fields<'a>(set: &'a SelectionSet, name: &str) -> Vec<&'a Field> {
    set.items
        .iter()
        .flat_map(|item| match &item.node {
            Selection::Field(field) if field.node.name.node == name => vec![&field.node],
            Selection::InlineFragment(fragment) => fields(&fragment.node.selection_set.node, name),
            Selection::Field(_) | Selection::FragmentSpread(_) => Vec::new(),
        })
        .collect()
}

fn response_name(field: &Field) -> Name {
    field.response_key().node.clone()
}
