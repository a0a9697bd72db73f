//! Where facts come from.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::node_type::NodeType;
use crate::relation::Relation;

/// What sort of source a fact has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProvenanceKind {
    /// Another system's data.
    #[default]
    Import,
    /// A page or a file that someone read.
    Document,
    /// Someone who was there.
    Person,
    /// Worked out from other facts.
    Derived,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Confidence {
    /// The source says so.
    #[default]
    Stated,
    /// The source says so, but not exactly.
    Approximate,
    /// The source suggests it.
    Inferred,
    /// Nobody can tell.
    Unknown,
}

/// The source of a node, or of one of its fields.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "provenance")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What sort of node it is.
    pub node_type: NodeType,
    /// The node's key.
    pub node_id: Uuid,
    /// The field it is about; null when about the whole node.
    #[sea_orm(column_type = "Text")]
    pub field: Option<String>,
    /// The source: a file, a page, a person.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// What sort of source it is.
    pub kind: ProvenanceKind,
    /// How sure the fact is.
    pub confidence: Confidence,
    /// What else to know; null when nothing.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
