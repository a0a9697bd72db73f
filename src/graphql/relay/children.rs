//! The small lists that belong to a node (its hosts, speakers, links…): whole, in order, one statement for all parents.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

use async_graphql::{Context, SelectionField, dataloader::Loader};
use uuid::Uuid;

use crate::{
    db::{Db, columns::Columns},
    error::{Error, Result},
    graphql::context::ContextExt,
};

/// A small list below a node.
pub trait Children: Send + Sync + 'static {
    /// What it holds.
    type Child: Clone + Send + Sync + 'static;
    /// The columns that are read of the node within a child, if it has one.
    fn columns(_children: SelectionField<'_>) -> Columns {
        Columns::ALL
    }
    /// The children of all these parents in order, each with the key of its parent; of the node within them these columns.
    fn load(
        db: &Db,
        parents: &[Uuid],
        columns: Columns,
    ) -> impl Future<Output = Result<Vec<(Uuid, Self::Child)>>> + Send;
}

/// The children of one parent.
pub async fn of<C: Children>(ctx: &Context<'_>, parent: Uuid) -> Result<Vec<C::Child>> {
    let loaded = ctx.load(ChildrenOf::<C>(parent, C::columns(ctx.field()), PhantomData)).await;
    let children = ctx.placed(loaded)?.unwrap_or_default();
    ctx.request().meter.objects(children.len());
    Ok(children)
}

/// The first child of one parent, for lists of which a parent has one at most. Null without a parent.
pub async fn first<C: Children>(ctx: &Context<'_>, parent: impl Into<Option<Uuid>>) -> Option<Result<C::Child>> {
    of::<C>(ctx, parent.into()?).await.map(|children| children.into_iter().next()).transpose()
}

struct ChildrenOf<C>(Uuid, Columns, PhantomData<fn() -> C>);

impl<C> Clone for ChildrenOf<C> {
    fn clone(&self) -> Self {
        Self(self.0, self.1, PhantomData)
    }
}

impl<C> PartialEq for ChildrenOf<C> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.1 == other.1
    }
}

impl<C> Eq for ChildrenOf<C> {}

impl<C> Hash for ChildrenOf<C> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<C: Children> Loader<ChildrenOf<C>> for Db {
    type Value = Vec<C::Child>;
    type Error = Error;

    async fn load(&self, keys: &[ChildrenOf<C>]) -> Result<HashMap<ChildrenOf<C>, Self::Value>> {
        let parents: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let columns = Columns::of_all(keys.iter().map(|key| key.1));
        let mut children: HashMap<_, Vec<_>> = HashMap::with_capacity(keys.len());
        for (parent, child) in C::load(self, &parents, columns).await? {
            children.entry(parent).or_default().push(child);
        }
        // Only keys that differ in their columns may name a parent twice.
        let is_each_once = keys.iter().all(|key| key.1 == columns);
        let mut take = |parent| if is_each_once { children.remove(&parent) } else { children.get(&parent).cloned() };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), take(key.0)?))).collect())
    }
}
