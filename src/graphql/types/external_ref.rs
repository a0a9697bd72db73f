//! What other systems call a node.

use async_graphql::{Object, SelectionField};
use entity::external_ref::{self, Column, Entity, Model};
use sea_orm::QueryOrder;

use crate::{
    db::columns::Columns,
    graphql::{
        relay::children::{Table, children},
        scalar::Url,
    },
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

children! {
    /// The external references of a node.
    pub RefsOfNode of external_ref by NodeId: ExternalRef = |row| ExternalRef(row),
        sorted |select| select.order_by_asc(Column::System).order_by_asc(Column::ExternalId);
}

impl Table for Entity {
    /// The records of sources are large and for nobody.
    fn columns(_row: SelectionField<'_>) -> Columns {
        Columns::that(|column: &Column| matches!(column, Column::System | Column::ExternalId | Column::Url))
    }
}
