//! The small lists that belong to a node (its hosts, speakers, links…): whole, in order, one statement for all parents.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

use async_graphql::{Context, SelectionField, dataloader::Loader};
use uuid::Uuid;

use super::context::ContextExt;
use crate::{
    db::{Db, columns::Columns},
    error::{Error, Result},
};

/// A small list below a node.
pub trait Parts: Send + Sync + 'static {
    /// What it holds.
    type Part: Clone + Send + Sync + 'static;
    /// The columns that are read of the node within a part, if it has one.
    fn columns(_parts: SelectionField<'_>) -> Columns {
        Columns::ALL
    }
    /// The parts of all these parents in order, each with the key of its parent; of the node within them these columns.
    fn load(
        db: &Db,
        parents: &[Uuid],
        columns: Columns,
    ) -> impl Future<Output = Result<Vec<(Uuid, Self::Part)>>> + Send;
}

/// The parts of one parent.
pub async fn of<P: Parts>(ctx: &Context<'_>, parent: Uuid) -> Result<Vec<P::Part>> {
    let loaded = ctx.load(PartsOf::<P>(parent, P::columns(ctx.field()), PhantomData)).await;
    let parts = ctx.placed(loaded)?.unwrap_or_default();
    ctx.request().meter.objects(parts.len());
    Ok(parts)
}

struct PartsOf<P>(Uuid, Columns, PhantomData<fn() -> P>);

impl<P> Clone for PartsOf<P> {
    fn clone(&self) -> Self {
        Self(self.0, self.1, PhantomData)
    }
}

impl<P> PartialEq for PartsOf<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.1 == other.1
    }
}

impl<P> Eq for PartsOf<P> {}

impl<P> Hash for PartsOf<P> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<P: Parts> Loader<PartsOf<P>> for Db {
    type Value = Vec<P::Part>;
    type Error = Error;

    async fn load(&self, keys: &[PartsOf<P>]) -> Result<HashMap<PartsOf<P>, Self::Value>> {
        let parents: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let columns = Columns::of_all(keys.iter().map(|key| key.1));
        let mut parts: HashMap<_, Vec<_>> = HashMap::with_capacity(keys.len());
        for (parent, part) in P::load(self, &parents, columns).await? {
            parts.entry(parent).or_default().push(part);
        }
        // Only keys that differ in their columns may name a parent twice.
        let is_each_once = keys.iter().all(|key| key.1 == columns);
        let mut take = |parent| if is_each_once { parts.remove(&parent) } else { parts.get(&parent).cloned() };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), take(key.0)?))).collect())
    }
}
