//! What a document may ask for, checked before anything is done with it.
//!
//! The parser recurses, and validation and the engine walk fragments: two spreads a level double the work with each level.
//! So three passes stand before them, each linear in the document and each ending at the first thing that is too much:
//!
//! 1. [`mod@scan`] reads the text: tokens and nesting. Then the text is parsed.
//! 2. [`shape`] counts what the document comes to with its fragments written out, each fragment once. Then it is validated.
//! 3. [`cost`] walks it along the schema: what the answer may cost.
//!
//! The first two know nothing of the request, so [`self::document`] does them once for each text. What the request brings is
//! measured by [`variables`]: the values as they come, and how often the document says them.

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
    /// Selections within one another, and lists and objects within an argument.
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
    /// Bytes of texts that people wrote which the answer may have.
    pub answer: u64,
}

/// What a request that is within the limits may come to.
#[derive(Debug)]
pub struct Checked {
    /// What the operation may cost, in points, from 1.
    pub cost: u64,
    /// How many objects the answer may hold.
    pub nodes: u64,
    /// How many objects weigh as much as what is paid whatever the answer holds.
    pub kept: u64,
}

/// How many fields an answer may hold for each object that it may hold. They take memory, some 200 bytes each.
pub const FIELDS_AN_OBJECT: u64 = 25;

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

    /// The text is no document.
    pub(super) fn unparsed(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Code::GraphqlParseFailed, message, at)
    }
}

/// Refuses an operation if it is beyond the limits. The variables have their defaults.
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
