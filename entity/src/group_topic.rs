//! What groups are about.

use sea_orm::entity::prelude::*;

use crate::relation::{Relation, belongs_to};

/// A topic of a group.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "group_topics")]
pub struct Model {
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: Uuid,
    /// The topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(group by GroupId, topic by TopicId);
