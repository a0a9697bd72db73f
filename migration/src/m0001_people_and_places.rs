//! People, organizations and venues.

use sea_orm_migration::prelude::*;

use crate::table::{
    PartialDate, Then, count, create, double, drop, filled, index, integer, key, node, table, text, unique, uuid,
};

const TABLES: &[&str] = &[
    "images",
    "people",
    "person_aliases",
    "person_links",
    "person_private",
    "organizations",
    "affiliations",
    "venues",
    "rooms",
];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0001_people_and_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[expect(clippy::too_many_lines, reason = "a list of tables")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            table("images")
                .col(uuid("id").primary_key())
                .col(text("url").not_null())
                .col(count("width"))
                .col(count("height"))
                .col(text("alt").not_null())
                .to_owned(),
            node("people")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("bio"))
                .col(text("pronouns"))
                .col(uuid("avatar_id"))
                .col(uuid("merged_into_id"))
                .foreign_key(&mut key("avatar_id", "images", Then::SetNull))
                .foreign_key(&mut key("merged_into_id", "people", Then::SetNull))
                .check(Expr::col("merged_into_id").is_null().or(Expr::col("merged_into_id").ne(Expr::col("id"))))
                .to_owned(),
            table("person_aliases")
                .col(uuid("id").primary_key())
                .col(uuid("person_id").not_null())
                .col(text("name").not_null())
                .col(text("match_name").not_null())
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .to_owned(),
            table("person_links")
                .col(uuid("id").primary_key())
                .col(uuid("person_id").not_null())
                .col(integer("position").not_null())
                .col(text("kind").not_null())
                .col(text("url").not_null())
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .to_owned(),
            table("person_private")
                .col(uuid("person_id").primary_key())
                .col(text("email"))
                .col(text("account"))
                .col(text("notes"))
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .to_owned(),
            node("organizations")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("website"))
                .col(uuid("logo_id"))
                .foreign_key(&mut key("logo_id", "images", Then::SetNull))
                .to_owned(),
            table("affiliations")
                .col(uuid("id").primary_key())
                .col(uuid("person_id").not_null())
                .col(uuid("organization_id").not_null())
                .col(text("title"))
                .partial_date("starts_on", "starts_on_precision")
                .partial_date("ends_on", "ends_on_precision")
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .foreign_key(&mut key("organization_id", "organizations", Then::Cascade))
                .to_owned(),
            node("venues")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("address"))
                .col(text("city"))
                .col(text("country"))
                .col(double("latitude"))
                .col(double("longitude"))
                .col(count("capacity"))
                .col(text("accessibility"))
                .col(uuid("organization_id"))
                .foreign_key(&mut key("organization_id", "organizations", Then::SetNull))
                .check(Expr::col("latitude").is_null().eq(Expr::col("longitude").is_null()))
                .check(Expr::col("latitude").between(-90, 90))
                .check(Expr::col("longitude").between(-180, 180))
                .to_owned(),
            table("rooms")
                .col(uuid("id").primary_key())
                .col(uuid("venue_id").not_null())
                .col(integer("position").not_null())
                .col(text("name").not_null())
                .col(count("capacity"))
                .foreign_key(&mut key("venue_id", "venues", Then::Cascade))
                .to_owned(),
        ];
        let indexes = vec![
            unique("people", &["slug"]),
            index("people", &["sort_name", "id"]),
            index("people", &["created_at", "id"]),
            filled("people", "merged_into_id"),
            index("people", &["avatar_id"]),
            unique("person_aliases", &["person_id", "name"]),
            index("person_aliases", &["match_name"]),
            unique("person_links", &["person_id", "position"]),
            unique("person_private", &["account"]),
            unique("person_private", &["email"]),
            unique("organizations", &["slug"]),
            index("organizations", &["sort_name", "id"]),
            index("organizations", &["created_at", "id"]),
            index("organizations", &["logo_id"]),
            index("affiliations", &["person_id", "id"]),
            index("affiliations", &["organization_id", "person_id"]),
            unique("venues", &["slug"]),
            index("venues", &["sort_name", "id"]),
            index("venues", &["created_at", "id"]),
            index("venues", &["city", "sort_name", "id"]),
            index("venues", &["organization_id", "sort_name", "id"]),
            unique("rooms", &["venue_id", "position"]),
        ];
        create(manager, tables, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
