//! What a document may ask for, checked before anything is done with it.
//!
//! The parser recurses. Validation and the engine walk a fragment at each of its spreads, so two spreads a level double
//! the work with each level. Three passes come before them. Each is linear in the document and stops at the first limit
//! that is exceeded:
//!
//! 1. [`mod@scan`] reads the text: tokens and nesting. Then the text is parsed.
//! 2. [`shape`] measures the document with its fragments written out, each fragment once. Then it is validated.
//! 3. [`cost`] walks it along the schema and estimates what the answer may cost.
//!
//! The first two do not depend on the request, so [`self::document`] does them once for each text. [`variables`]
//! measures what the request brings: the size of the values, and how often the document uses them.

use async_graphql::{Pos, Variables, parser::types::OperationDefinition};

pub use self::{cost::CostModel, shape::DEEPEST};
use crate::error::{Code, Error};

pub mod cost;
pub mod document;
pub mod scan;
pub mod shape;
pub mod variables;

/// How much one request may ask for. The defaults are those of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of the document.
    pub tokens: usize,
    /// Levels of nested selections, and of lists and objects within an argument.
    pub depth: usize,
    /// Aliases, fragments written out.
    pub aliases: usize,
    /// Root fields of an operation, `__typename` and fragments included.
    pub root_fields: usize,
    /// Directives, fragments written out.
    pub directives: usize,
    /// Fields, fragments and values of arguments of all operations, fragments written out.
    pub selections: usize,
    /// Objects that the answer may hold.
    pub nodes: u64,
    /// Points that the answer may cost, see `docs/cost.md`.
    pub cost: u64,
    /// Bytes of text written by people that the answer may have.
    pub answer: u64,
}

/// What a request that is within the limits may come to.
#[derive(Debug)]
pub struct Checked {
    /// What the operation may cost, in points, from 1.
    pub cost: u64,
    /// How many objects the answer may hold.
    pub nodes: u64,
    /// The part of the cost that is charged whatever the answer holds, in objects.
    pub kept: u64,
}

/// How many fields an answer may hold for each object that it may hold. They take memory, some 200 bytes each.
pub const FIELDS_AN_OBJECT: u64 = 25;

/// Why a document is not executed, and where in it.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub error: Error,
    /// Where; `None` if it is about the whole document.
    pub at: Option<Pos>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, at: None }
    }
}

impl Refusal {
    /// A refusal with this code.
    pub(super) fn new(code: Code, message: impl Into<String>, at: Option<Pos>) -> Self {
        Self { error: Error::invalid(code, message), at }
    }

    fn too_large(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::QueryTooLarge, message, at)
    }

    fn too_deep(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::QueryTooDeep, message, at)
    }

    /// The document does not fit the schema.
    pub(super) fn invalid(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::GraphqlValidationFailed, message, at)
    }

    /// The text cannot be parsed.
    pub(super) fn unparsed(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::GraphqlParseFailed, message, at)
    }
}

/// Refuses an operation that exceeds the limits. The variables include their defaults.
pub fn check(
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
    costs: &CostModel,
) -> Result<Checked, Refusal> {
    variables::check_uses(operation, variables, limits)?;
    let estimate = costs.estimate(operation, variables);
    let (cost, nodes) = (estimate.cost(), estimate.nodes());
    if nodes > limits.nodes {
        let message = format!(
            "The answer may hold {nodes} objects; {} are the most. Ask for smaller pages (`first`), or for fewer lists within lists.",
            limits.nodes
        );
        return Err(Refusal::new(Code::QueryTooExpensive, message, None));
    }
    let most_fields = limits.nodes.saturating_mul(FIELDS_AN_OBJECT);
    if estimate.fields() > most_fields {
        let message = format!(
            "The answer may hold {} fields; {most_fields} are the most. Ask for smaller pages (`first`), or for fewer fields.",
            estimate.fields()
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
    Ok(Checked { cost, nodes, kept: estimate.kept() })
}
