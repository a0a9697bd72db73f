//! Hints for the planners, all in one place. PostgreSQL plans by statistics and by the values that it sees. SQLite has no
//! statistics and guesses; where it would begin at the wrong end, a hint guides it. A hint changes no result.
//!
//! [`super::keys::Keys`] hides keys from PostgreSQL by [`unseen`], and shows them where each execution reads many rows.

use sea_orm::{DbBackend, Value, sea_query::Expr};

/// An array that PostgreSQL does not see when it plans. If a statement looks cheaper with these few keys than with
/// unknown ones, PostgreSQL makes a new plan for each execution, which takes longer than the execution. The cast to an
/// array is needed, because `ANY` takes a subquery for a table.
pub(super) fn unseen(array: &str, keys: Value) -> Expr {
    Expr::cust_with_values(format!("(SELECT $1)::{array}"), [keys])
}

/// The same value, but SQLite cannot use an index for its order. With the index, SQLite would read the whole table in
/// that order to find the few rows of a parent, and would run the subquery that finds the parent once for each row.
/// SQLite does not know the cost of that, because it has no statistics.
#[must_use]
pub fn unindexed(backend: DbBackend, value: Expr) -> Expr {
    if backend == DbBackend::Sqlite { Expr::cust_with_exprs("+ ?", [value]) } else { value }
}

/// The same condition, with the hint for SQLite that many rows meet it. Without the hint, SQLite expects that any
/// equality with an index finds few rows. With it, SQLite begins with another condition if there is one, and else still
/// uses the index.
#[must_use]
pub fn low_selectivity(backend: DbBackend, condition: Expr) -> Expr {
    if backend == DbBackend::Sqlite { Expr::cust_with_exprs("likelihood(?, 0.1)", [condition]) } else { condition }
}
