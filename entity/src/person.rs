//! People: speakers, organizers and guests. A person need not have an account.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::noun::noun;
use crate::relation::{Relation, belongs_to};

/// The public data of a person. E-mail and notes are in `person_private`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "people")]
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
    /// The word that stands for the person in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// The name as the person writes it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// A few words about the person, in Markdown; null when nobody wrote any.
    #[sea_orm(column_type = "Text")]
    pub bio: Option<String>,
    /// The pronouns the person asks for; null when not said.
    #[sea_orm(column_type = "Text")]
    pub pronouns: Option<String>,
    /// The portrait; null when there is none.
    pub avatar_id: Option<Uuid>,
    /// The person into whom this one was merged; null for everyone else. The old id and slug still find that person.
    pub merged_into_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(image by AvatarId);

noun!(Person with slug, merged: merged_into_id = MergedIntoId);

/// True for people who were not merged into someone else.
#[must_use]
pub fn is_living() -> Expr {
    Column::MergedIntoId.is_null()
}

impl Entity {
    /// The people who were not merged into someone else.
    #[must_use]
    pub fn living() -> Select<Self> {
        Self::find().filter(is_living())
    }
}
