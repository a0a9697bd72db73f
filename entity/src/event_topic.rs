//! What events are about.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A topic of an event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "event_topics")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId, topic by TopicId);
