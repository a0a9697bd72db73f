//! Sources: which one an external reference is of, and what each run of an import was.
//!
//! References of before are of the source that is called like its system. The first reference of a node is its origin,
//! because imports were the only writers.

use sea_orm_migration::prelude::*;

use crate::table::{
    add_column, create, drop, drop_column, drop_index, flag, index, run, table, text, time, unique, uuid,
};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0015_sources"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let imports = table("imports")
            .col(uuid("id").primary_key())
            .col(text("system").not_null())
            .col(text("scope").not_null())
            .col(text("actor").not_null())
            .col(time("at").not_null())
            .col(flag("complete"))
            .to_owned();
        create(manager, vec![imports], vec![index("imports", &["system", "scope"])]).await?;
        add_column(manager, "external_refs", text("scope").not_null().default("").to_owned()).await?;
        add_column(manager, "external_refs", flag("is_origin")).await?;
        add_column(manager, "external_refs", text("record")).await?;
        add_column(manager, "external_refs", uuid("import_id")).await?;
        add_column(manager, "audit", uuid("import_id")).await?;
        drop_index(manager, "external_refs", &["system", "node_type", "external_id"]).await?;
        let first = "UPDATE external_refs SET is_origin = TRUE WHERE NOT EXISTS (SELECT 1 FROM external_refs earlier \
            WHERE earlier.node_id = external_refs.node_id AND earlier.id < external_refs.id)";
        run(manager, &["UPDATE external_refs SET scope = system", first]).await?;
        manager.create_index(unique("external_refs", &["system", "scope", "node_type", "external_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "external_refs", &["system", "scope", "node_type", "external_id"]).await?;
        // Of two sources with the same key, one stays.
        let doubles = "DELETE FROM external_refs WHERE EXISTS (SELECT 1 FROM external_refs earlier \
            WHERE earlier.system = external_refs.system AND earlier.node_type = external_refs.node_type \
            AND earlier.external_id = external_refs.external_id AND earlier.id < external_refs.id)";
        run(manager, &[doubles]).await?;
        manager.create_index(unique("external_refs", &["system", "node_type", "external_id"])).await?;
        drop_column(manager, "audit", "import_id").await?;
        for column in ["import_id", "record", "is_origin", "scope"] {
            drop_column(manager, "external_refs", column).await?;
        }
        drop(manager, &["imports"]).await
    }
}
