//! What talks are about.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A topic of a talk.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "talk_topics")]
pub struct Model {
    /// The talk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub talk_id: Uuid,
    /// The topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: Uuid,
    /// The talk.
    #[sea_orm(belongs_to, from = "talk_id", to = "id", on_delete = "Cascade")]
    pub talk: BelongsTo<super::talk::Entity>,
    /// The topic.
    #[sea_orm(belongs_to, from = "topic_id", to = "id", on_delete = "Cascade")]
    pub topic: BelongsTo<super::topic::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
