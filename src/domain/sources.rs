//! What is known of the sources of nodes: under which key of which source a node is known, where its facts come from,
//! and the pictures that its rows refer to. These rows are no nodes.

use std::collections::HashMap;

use entity::{external_ref, image, provenance};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, prelude::*};
use uuid::Uuid;

use super::{deletion::Deletion, write::Tx};
use crate::{db::keys::is_any, error::Result};

impl Tx {
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

    /// Deletes what says where the facts of deleted nodes come from. References stay: by them an import knows that a
    /// node was deleted.
    pub(super) async fn forget_sources(&self, deletion: &Deletion) -> Result<()> {
        let nodes: Vec<Uuid> = deletion.gone.iter().map(|(_, node)| *node).collect();
        if nodes.is_empty() {
            return Ok(());
        }
        let is_gone = is_any(self.connection().get_database_backend(), provenance::Column::NodeId.into_expr(), &nodes);
        provenance::Entity::delete_many().filter(is_gone).exec(self.connection()).await?;
        Ok(())
    }

    /// The pictures at these addresses. What is not known yet is written, with a key.
    pub async fn images(&self, wanted: HashMap<String, image::ActiveModel>) -> Result<HashMap<String, Uuid>> {
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let urls: Vec<String> = wanted.keys().cloned().collect();
        let is_wanted = is_any(self.connection().get_database_backend(), image::Column::Url.into_expr(), &urls);
        let known = image::Entity::find().filter(is_wanted).all(self.connection()).await?;
        let mut images: HashMap<String, Uuid> = known.into_iter().map(|image| (image.url, image.id)).collect();
        let mut new = Vec::new();
        for (url, row) in wanted {
            images.entry(url).or_insert_with(|| {
                let id = self.new_id();
                new.push(image::ActiveModel { id: Set(id), ..row });
                id
            });
        }
        self.insert::<image::Entity>(new).await?;
        Ok(images)
    }
}
