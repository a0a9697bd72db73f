//! What is known of the sources of nodes: the runs of imports, under which key of which source a node is known, where
//! its facts come from, and the pictures that its rows refer to. These rows are no nodes.

use std::collections::HashMap;

use entity::{external_ref, image, import, provenance};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, prelude::*, sea_query::OnConflict};
use uuid::Uuid;

use super::{
    deletion::Deletion,
    parts::{Identity, Parts},
    write::Tx,
};
use crate::{db::keys::is_any, error::Result};

/// How many rows a delete statement names at most.
const ROWS: usize = 500;

/// Where the facts of a node come from.
pub const PROVENANCE: Parts<provenance::Entity> = Parts {
    owner: provenance::Column::NodeId,
    identity: Identity::Columns(&[provenance::Column::Field, provenance::Column::Source]),
    order: None,
    only_added: false,
};

impl Tx {
    /// Writes that a run of an import began. It may be written already, if nobody knows whether the commit succeeded.
    pub async fn begin_import(&self, run: import::ActiveModel) -> Result<()> {
        let once = OnConflict::column(import::Column::Id).do_nothing().to_owned();
        import::Entity::insert(run).on_conflict(once).exec_without_returning(self.connection()).await?;
        Ok(())
    }

    /// Writes that a run brought in all of its source.
    pub async fn complete_import(&self, run: Uuid) -> Result<()> {
        let update = import::Entity::update_many().col_expr(import::Column::Complete, Expr::val(true));
        update.filter(import::Column::Id.eq(run)).exec(self.connection()).await?;
        Ok(())
    }

    /// Writes references that are new.
    pub async fn add_references(&self, rows: Vec<external_ref::ActiveModel>) -> Result<()> {
        self.insert::<external_ref::Entity>(rows).await
    }

    /// Changes a reference.
    pub async fn change_reference(&self, reference: Uuid, values: external_ref::ActiveModel) -> Result<()> {
        let update = external_ref::Entity::update_many().set(values);
        update.filter(external_ref::Column::Id.eq(reference)).exec(self.connection()).await?;
        Ok(())
    }

    /// Forgets references. Their source can bring the nodes again.
    pub async fn forget_references(&self, references: &[Uuid]) -> Result<()> {
        for references in references.chunks(ROWS) {
            let backend = self.connection().get_database_backend();
            let is_forgotten = is_any(backend, external_ref::Column::Id.into_expr(), references);
            external_ref::Entity::delete_many().filter(is_forgotten).exec(self.connection()).await?;
        }
        Ok(())
    }

    /// Deletes what says where the facts of deleted nodes come from, and what their sources said of them. References
    /// stay: by them an import knows that a node was deleted.
    pub(super) async fn forget_sources(&self, deletion: &Deletion) -> Result<()> {
        let nodes: Vec<Uuid> = deletion.gone.iter().map(|(_, node)| *node).collect();
        for nodes in nodes.chunks(ROWS) {
            let backend = self.connection().get_database_backend();
            let is_gone = is_any(backend, provenance::Column::NodeId.into_expr(), nodes);
            provenance::Entity::delete_many().filter(is_gone).exec(self.connection()).await?;
            let said = external_ref::ActiveModel { record: Set(None), url: Set(None), ..Default::default() };
            let is_gone = is_any(backend, external_ref::Column::NodeId.into_expr(), nodes);
            external_ref::Entity::update_many().set(said).filter(is_gone).exec(self.connection()).await?;
        }
        Ok(())
    }

    /// Writes pictures that are new.
    pub async fn add_images(&self, rows: Vec<image::ActiveModel>) -> Result<()> {
        self.insert::<image::Entity>(rows).await
    }
}

/// The keys of the pictures at these addresses.
pub async fn images(db: &impl ConnectionTrait, urls: &[String]) -> Result<HashMap<String, Uuid>> {
    if urls.is_empty() {
        return Ok(HashMap::new());
    }
    let is_wanted = is_any(db.get_database_backend(), image::Column::Url.into_expr(), urls);
    let known = image::Entity::find().filter(is_wanted).all(db).await?;
    Ok(known.into_iter().map(|image| (image.url, image.id)).collect())
}
