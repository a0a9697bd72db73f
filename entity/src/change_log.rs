//! How far the change log is. The table has one row, which every commit that changes a public node locks. So the
//! numbers of the log are in the order of the commits. Numbers of a sequence are not.

use sea_orm::entity::prelude::*;

use crate::relation::Relation;

/// The one row.
pub const ID: i32 = 1;

/// How far the change log is.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_log")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The number of the last change.
    pub last_seq: i64,
    /// The greatest number of a deletion or merge that was forgotten.
    pub pruned_seq: i64,
    /// A random number that names this log. When it changes, all clients begin anew.
    pub epoch: i64,
}

impl ActiveModelBehavior for ActiveModel {}
