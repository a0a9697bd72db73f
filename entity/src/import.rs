//! Runs of imports.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::Relation;

/// One run of an import.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The system of the source, such as an importer's format.
    #[sea_orm(column_type = "Text")]
    pub system: String,
    /// Which source of that system.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// Who ran it, as in the audit.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    /// When it began, UTC.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTimeUtc,
    /// Did it read all of the source, and bring all of it in?
    pub complete: bool,
}

impl ActiveModelBehavior for ActiveModel {}
