//! Where else a person is found on the web.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A link on a person's page.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "person_links")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose link it is.
    #[sea_orm(unique_key = "person_position")]
    pub person_id: Uuid,
    /// Place in the list of the person's links, ascending.
    #[sea_orm(unique_key = "person_position")]
    pub position: i32,
    /// What the link leads to, in one word: a site's name, or `website`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// The address.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// Whose link it is.
    #[sea_orm(belongs_to, from = "person_id", to = "id", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
