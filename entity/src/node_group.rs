//! Which groups a node belongs to or has belonged to, for those who follow the changes of one group: somebody must tell
//! them, too, that a node has left it.

use sea_orm::entity::prelude::*;

/// A node of a group. The node may be gone, so nothing here is a foreign key.
#[sea_orm::model]
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
