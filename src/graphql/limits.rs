//! What a document may ask for, checked before anything is done with it.
//!
//! The engine's own parser recurses, and its checks walk a fragment again wherever it is spread: two spreads a level
//! double the work with each level. So three passes stand before it, each linear in the document and each ending at the
//! first thing that is wrong:
//!
//! 1. [`mod@scan`] reads the text: tokens and nesting; [`variables`] the values. Then the text is parsed.
//! 2. [`shape`] counts what the document comes to with its fragments written out, each fragment once.
//! 3. [`cost`] walks it along the schema: fields that do not exist, and what the answer may cost.
//!
//! The first two know nothing of the request, so [`document`] does them once for each text.

use async_graphql::{
    Pos, Positioned, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, VariableDefinition},
};

pub use self::{
    cost::{Costs, SEARCH, points},
    document::{Document, ReadDocuments},
};
use crate::error::{Code, Error};

mod cost;
pub mod document;
pub mod scan;
mod shape;
pub mod variables;

/// How much one request may ask for. The defaults are what `README.md` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of the document.
    pub tokens: usize,
    /// Selections within one another, and lists and objects within an argument.
    pub depth: usize,
    /// Aliases, fragments written out.
    pub aliases: usize,
    /// Root fields of an operation, `__typename` and fragments included.
    pub root_fields: usize,
    /// Directives, fragments written out.
    pub directives: usize,
    /// Fields and spreads of all operations, fragments written out.
    pub selections: usize,
    /// Objects that the answer may hold.
    pub nodes: u64,
    /// Points that the answer may cost, see `docs/cost.md`.
    pub cost: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 5000,
            depth: 20,
            aliases: 30,
            root_fields: 20,
            directives: 50,
            selections: 10_000,
            nodes: 10_000,
            cost: 1000,
        }
    }
}

/// A request that is within the limits.
#[derive(Debug)]
pub struct Checked {
    /// Whether its operation reads, writes or subscribes; `None` if it is not clear which one is meant.
    pub operation: Option<OperationType>,
    /// What the operation may cost, in points, from 1.
    pub cost: u64,
    /// How many objects the answer may hold.
    pub nodes: u64,
}

/// Why a document is not executed, and where in it.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub error: Error,
    /// Where; `None` if it is about the whole.
    pub at: Option<Pos>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, at: None }
    }
}

impl Refusal {
    fn new(code: Code, message: impl Into<String>, at: Option<Pos>) -> Self {
        Self { error: Error::invalid(code, message), at }
    }

    fn too_large(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::QueryTooLarge, message, at)
    }

    fn too_deep(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::QueryTooDeep, message, at)
    }

    fn invalid(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::GraphqlValidationFailed, message, at)
    }

    fn unparsed(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::GraphqlParseFailed, message, at)
    }
}

/// Refuses a request for a document if it is beyond the limits. `name` and `variables` are those of the request.
pub fn check(
    document: &Document,
    name: Option<&str>,
    variables: &Variables,
    limits: &Limits,
    costs: &Costs,
) -> Result<Checked, Refusal> {
    let document = document.parsed();
    all_given(document, name, variables)?;
    variables::check_uses(document, variables, limits)?;
    let estimate = costs.estimate(document, name, variables)?;
    let (cost, nodes) = (estimate.cost(), estimate.nodes());
    if nodes > limits.nodes {
        let message = format!(
            "The answer may hold {nodes} objects; {} are the most. Ask for smaller pages (`first`), or for fewer lists within lists.",
            limits.nodes
        );
        return Err(Refusal::new(Code::QueryTooExpensive, message, None));
    }
    if cost > limits.cost {
        let message = format!(
            "The request may cost {cost} points; {} are the most. Ask for smaller pages (`first`) and fewer `totalCount`s.",
            limits.cost
        );
        return Err(Refusal::new(Code::QueryTooExpensive, message, None));
    }
    let operation = selected(document, name).map(|operation| operation.ty);
    Ok(Checked { operation, cost, nodes })
}

/// The operation that a request means.
fn selected<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let operation = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| known == name))?,
        None => operations.next().filter(|_| operations.next().is_none())?,
    };
    Some(&operation.1.node)
}

/// Each variable that needs a value has one. The engine asks only where a variable is used.
fn all_given(document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> Result<(), Refusal> {
    let definitions = selected(document, name).into_iter().flat_map(|operation| &operation.variable_definitions);
    for Positioned { pos, node: VariableDefinition { name, var_type, default_value, .. } } in definitions {
        let is_given = match variables.get(&name.node) {
            Some(value) => *value != Value::Null,
            None => default_value.is_some(),
        };
        if !is_given && !var_type.node.nullable {
            let message = format!("The variable `${}` needs a value of the type `{}`.", name.node, var_type.node);
            return Err(Refusal::invalid(message, Some(*pos)));
        }
    }
    Ok(())
}

/// The parser draws a picture of several lines; what it expected stands in the last one.
fn not_graphql(error: &ServerError) -> Refusal {
    let expected = error.message.rsplit(" = ").next().filter(|text| !text.contains('\n')).unwrap_or_default().trim();
    let message = if expected.is_empty() {
        format!("The document is not GraphQL: {}", error.message.lines().next().unwrap_or_default())
    } else {
        format!("The document is not GraphQL: {}.", expected.replace('_', " "))
    };
    Refusal::unparsed(message, error.locations.first().copied())
}
