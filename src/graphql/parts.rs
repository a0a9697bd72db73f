//! The small lists that belong to a node (its hosts, speakers, links…): whole, in order, one statement for all parents.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

use async_graphql::{Context, dataloader::Loader};
use uuid::Uuid;

use super::context::ContextExt;
use crate::{
    db::Db,
    error::{Error, Result},
};

/// A small list below a node.
pub trait Parts: Send + Sync + 'static {
    /// What it holds.
    type Part: Clone + Send + Sync + 'static;
    /// The parts of all these parents in order, each with the key of its parent.
    fn load(db: &Db, parents: &[Uuid]) -> impl Future<Output = Result<Vec<(Uuid, Self::Part)>>> + Send;
}

/// The parts of one parent.
pub async fn of<P: Parts>(ctx: &Context<'_>, parent: Uuid) -> Result<Vec<P::Part>> {
    let parts = ctx.load(PartsOf::<P>(parent, PhantomData)).await?.unwrap_or_default();
    ctx.request().meter.objects(parts.len());
    Ok(parts)
}

struct PartsOf<P>(Uuid, PhantomData<fn() -> P>);

impl<P> Clone for PartsOf<P> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}

impl<P> PartialEq for PartsOf<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
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
        let mut parts: HashMap<_, Vec<_>> = HashMap::with_capacity(keys.len());
        for (parent, part) in P::load(self, &parents).await? {
            parts.entry(PartsOf(parent, PhantomData)).or_default().push(part);
        }
        Ok(parts)
    }
}
