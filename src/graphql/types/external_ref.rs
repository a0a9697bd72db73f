//! What other systems call a node.

use async_graphql::Object;
use entity::external_ref::{Column, Entity, Model};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    db::{Db, columns::Columns},
    error::Result,
    graphql::{relay::children::Children, scalar::Url},
};

/// The name of a node in another system.
#[derive(Clone)]
pub struct ExternalRef(Model);

/// What another system, from which a node was imported, calls it.
#[Object]
impl ExternalRef {
    /// The system, for instance `rubyevents`.
    async fn system(&self) -> &str {
        &self.0.system
    }

    /// The node's id in that system. `node(id:)` does not take it.
    async fn id(&self) -> &str {
        &self.0.external_id
    }

    /// Its page in that system; null if it has none.
    async fn url(&self) -> Option<Url> {
        self.0.url.clone().map(Url)
    }
}

/// The external references of a node.
pub struct RefsOfNode;

impl Children for RefsOfNode {
    type Child = ExternalRef;

    async fn load(db: &Db, nodes: &[Uuid], _: Columns) -> Result<Vec<(Uuid, ExternalRef)>> {
        let select = |nodes: &[Uuid]| {
            Entity::find()
                .filter(db.is_any(Column::NodeId, nodes))
                .order_by_asc(Column::System)
                .order_by_asc(Column::ExternalId)
        };
        let refs = db.rows_of::<Self, _, _>(nodes, select).await?;
        Ok(refs.into_iter().map(|row| (row.node_id, ExternalRef(row))).collect())
    }
}
