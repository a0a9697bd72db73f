//! Other words for a topic.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// Another name of a topic.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "topic_aliases")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The topic it means.
    pub topic_id: Uuid,
    /// The name as people write it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), unique: a word means one topic.
    #[sea_orm(unique, column_type = "Text")]
    pub match_name: String,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(topic by TopicId);
