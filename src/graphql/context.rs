//! What every resolver may ask of its request.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_graphql::{Context, dataloader::Loader};
use chrono::{DateTime, Utc};
use sea_orm::DbBackend;

use super::{
    loader::{Key, RequestLoaders},
    meter::Meter,
    rate_limit::RateLimit,
};
use crate::{
    db::Db,
    error::{Error, Result},
};

/// One request: its loaders, its moment and its costs.
pub struct RequestContext {
    /// The request's view of the dataloaders.
    pub loaders: Arc<RequestLoaders>,
    /// What is upcoming or past is so at this moment.
    pub moment: Arc<Moment>,
    /// Counts what it reads.
    pub meter: Arc<Meter>,
    /// What its client has left; `None` if nobody counts.
    pub rate_limit: Option<RateLimit>,
}

/// The moment at which a request is answered, to the second. That of a subscription moves on with each of its events.
#[derive(Debug)]
pub struct Moment(AtomicI64);

impl Moment {
    /// This moment.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(now.timestamp()))
    }

    /// Moves on.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp(), Ordering::Relaxed);
    }

    /// The moment as an instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap_or_default()
    }
}

impl RequestContext {
    /// The moment at which the request is answered.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.moment.now()
    }
}

/// What the translation of a filter into SQL depends on.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The database that will run it.
    pub backend: DbBackend,
    /// The moment that divides past from future.
    pub now: DateTime<Utc>,
}

/// Short ways to the request's parts.
pub trait ContextExt {
    /// The database.
    fn db(&self) -> &Db;
    /// The request.
    fn request(&self) -> &RequestContext;
    /// What filters need.
    fn scope(&self) -> Scope {
        Scope { backend: self.db().backend(), now: self.request().now() }
    }
    /// Loads through the dataloader of the key's relation; `None` if there is nothing.
    fn load<K: Key>(&self, key: K) -> impl Future<Output = Result<Option<<Db as Loader<K>>::Value>>> + Send
    where
        Db: Loader<K, Error = Error>;
}

impl ContextExt for Context<'_> {
    fn db(&self) -> &Db {
        self.data_unchecked()
    }

    fn request(&self) -> &RequestContext {
        self.data_unchecked()
    }

    async fn load<K: Key>(&self, key: K) -> Result<Option<<Db as Loader<K>>::Value>>
    where
        Db: Loader<K, Error = Error>,
    {
        self.request().loaders.load(key).await
    }
}
