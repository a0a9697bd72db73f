//! Which groups a node belongs to, or has belonged to. It is for clients that follow the changes of one group: they
//! must learn that a node has left it, too.

use sea_orm::entity::prelude::*;

use crate::relation::Relation;

/// A node of a group. The node may be deleted, so no column is a foreign key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_groups")]
pub struct Model {
    /// The node.
    #[sea_orm(primary_key, auto_increment = false)]
    pub node_id: Uuid,
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
