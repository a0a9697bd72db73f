//! Proposals of talks: who offered a talk, and what was decided. Only for the submitter and the organizers.

use sea_orm::entity::prelude::*;

use crate::relation::{Relation, belongs_to};

/// The submission of a talk; one a talk at most.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "talk_proposals")]
pub struct Model {
    /// Key: a UUID v7, so keys sort by creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the row was created, UTC.
    pub created_at: DateTimeUtc,
    /// When the row last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// Counts the changes from 1; a writer that names an older version is refused.
    pub version: i32,
    /// The talk on offer; unique.
    #[sea_orm(unique)]
    pub talk_id: Uuid,
    /// Who offered it; null when that person is gone.
    pub submitted_by_id: Option<Uuid>,
    /// When, UTC.
    pub submitted_at: DateTimeUtc,
    /// What the submitter told the organizers; null when nothing.
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    /// Who decided; null until then, or when that person is gone.
    pub decided_by_id: Option<Uuid>,
    /// When it was decided, UTC; null until then.
    pub decided_at: Option<DateTimeUtc>,
    /// Why, in the organizers' words; null when they gave none.
    #[sea_orm(column_type = "Text")]
    pub decision_note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(talk by TalkId);
