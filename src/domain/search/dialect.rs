//! What differs between the databases: the conditions of a search, and the statements that keep the documents.

use entity::node_type::NodeType;
use sea_orm::{
    Statement,
    sea_query::{Condition, Expr, SelectStatement},
};
use uuid::Uuid;

use super::{document::SearchDocument, rank_bucket::MatchStep};

/// The conditions and statements of a database.
pub(super) trait Dialect: Send + Sync {
    /// True for documents that have this text inside a name.
    fn is_inside(&self, text: &str) -> Expr;
    /// True for documents whose names hold this. No index helps.
    fn has_name(&self, text: &str) -> Expr;
    /// True for documents whose names hold at least one of each of these lists of texts.
    fn has_some(&self, lists: &[Vec<String>]) -> Condition;
    /// How many of these texts the names hold.
    fn in_common(&self, texts: Vec<String>) -> Expr;
    /// A match step as a query.
    fn spelled(&self, step: &MatchStep) -> String;
    /// Finds the documents that have the words of the current match step. The steps are queries that `spelled` made.
    fn look_up(&self, found: &mut SelectStatement, steps: Vec<String>);
    /// Locks these nodes. Other transactions that refresh the same nodes wait for this one, so the last of them sees
    /// the changes of all. Only the nodes in `old` can be seen by others. A database with only one writer needs no
    /// statement.
    fn lock(&self, node_type: NodeType, nodes: &[Uuid], old: &[Uuid]) -> Vec<Statement>;
    /// Creates or replaces these documents.
    fn store(&self, documents: &[SearchDocument]) -> Vec<Statement>;
    /// Deletes the documents of these nodes.
    fn remove(&self, nodes: &[Uuid]) -> Vec<Statement>;
}
