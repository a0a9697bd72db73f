//! What talks, events and groups are about.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::noun::noun;
use crate::relation::Relation;

/// A topic.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "topics")]
pub struct Model {
    /// Key: a UUID v7, so keys sort by creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the row was created, UTC.
    #[serde(deserialize_with = "crate::instant::read")]
    pub created_at: DateTimeUtc,
    /// When the row last changed, UTC.
    #[serde(deserialize_with = "crate::instant::read")]
    pub updated_at: DateTimeUtc,
    /// Counts the changes from 1; a writer that names an older version is refused.
    pub version: i32,
    /// The word that stands for the topic in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// What people call it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// What it means, in Markdown; null when nobody wrote it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// The topic to use in place of this one; null when this is the one to use.
    pub canonical_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

noun!(Topic with slug);

/// True for the topics that no other topic replaces.
#[must_use]
pub fn is_canonical() -> Expr {
    Column::CanonicalId.is_null()
}

impl Entity {
    /// The topics that no other topic replaces.
    #[must_use]
    pub fn canonical() -> Select<Self> {
        Self::find().filter(is_canonical())
    }
}
