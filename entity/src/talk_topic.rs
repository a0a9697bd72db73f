//! What talks are about.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A topic of a talk.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "talk_topics")]
pub struct Model {
    /// The talk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub talk_id: Uuid,
    /// The topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(talk by TalkId, topic by TopicId);
