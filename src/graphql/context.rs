//! What every resolver may ask of its request.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_graphql::{Context, QueryPathNode, QueryPathSegment, dataloader::Loader};
use chrono::{DateTime, Utc};
use entity::event;
use futures_util::future::BoxFuture;
use sea_orm::DbBackend;

use super::{
    loader::{Key, RequestLoaders},
    meter::{Budget, Meter},
};
use crate::{
    db::{Db, read_set},
    domain::event::{Phase, next_transition_of, phase},
    error::{Error, Result, Step},
};

/// Holds each event of a subscription back until it may be sent. The transport that serves the subscription owns it.
pub trait Gate: Send + Sync {
    /// Waits until the next event may be sent. An error ends the subscription. Its client resumes after this cursor,
    /// which is that of the previous event.
    fn enter(&self, after: String) -> BoxFuture<'_, Result<()>>;
    /// No event is ready: the subscription waits from now on.
    fn rest(&self);
}

/// One request: its loaders, its moment and its costs.
pub struct RequestContext {
    /// The request's view of the dataloaders.
    pub loaders: Arc<RequestLoaders>,
    /// The moment that divides past from upcoming.
    pub moment: Arc<Moment>,
    /// Counts what it reads.
    pub meter: Arc<Meter>,
    /// The gate of its events, if it is a subscription that is charged for each event.
    pub gate: Option<Arc<dyn Gate>>,
    budget: Option<Budget>,
}

impl RequestContext {
    /// A request at this moment. `budget` is what its client has left; `None` without a rate limit.
    #[must_use]
    pub fn new(loaders: Arc<RequestLoaders>, now: DateTime<Utc>, meter: Arc<Meter>, budget: Option<Budget>) -> Self {
        Self { loaders, moment: Arc::new(Moment::new(now)), meter, gate: None, budget }
    }

    /// The same request with this gate for its events.
    #[must_use]
    pub fn gated(self, gate: Option<Arc<dyn Gate>>) -> Self {
        Self { gate, ..self }
    }

    /// The moment at which the request is answered.
    #[must_use]
    pub fn now(&self) -> Now {
        self.moment.now()
    }

    /// What its client has left; `None` without a rate limit.
    pub fn budget(&self) -> Option<&Budget> {
        read_set::note_unknown();
        self.budget.as_ref()
    }
}

/// The moment at which a request is answered, to the second. In a subscription it advances with each event.
#[derive(Debug)]
pub struct Moment(AtomicI64);

impl Moment {
    fn new(now: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(now.timestamp()))
    }

    /// Advances to this moment.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp(), Ordering::Relaxed);
    }

    fn now(&self) -> Now {
        Now(DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap_or_default())
    }
}

/// A moment that can be passed on. Reading it is noted in the read set, so that the response cache knows how long the
/// response is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Now(DateTime<Utc>);

impl Now {
    /// The phase of this event at the moment.
    #[must_use]
    pub fn phase(self, event: &event::Model) -> Phase {
        read_set::note_until(next_transition_of(event, self.0).unwrap_or(DateTime::<Utc>::MAX_UTC));
        phase(event, self.0)
    }

    /// The instant with which a statement compares the events.
    #[must_use]
    pub fn among_events(self) -> DateTime<Utc> {
        read_set::note_time();
        self.0
    }
}

/// What the translation of a filter into SQL depends on.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The database that will run it.
    pub backend: DbBackend,
    /// The moment that divides past from future.
    pub now: Now,
}

/// Shortcuts to the parts of the request.
pub trait ContextExt {
    /// The database.
    fn db(&self) -> &Db;
    /// The request.
    fn request(&self) -> &RequestContext;
    /// Adds the path of the current field to an error. The engine loses it in lists (docs/upstream.md).
    fn placed<T>(&self, result: Result<T>) -> Result<T>;
    /// What the translation of filters depends on.
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

    fn placed<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.at(|| path(self.path_node.as_ref())))
    }

    async fn load<K: Key>(&self, key: K) -> Result<Option<<Db as Loader<K>>::Value>>
    where
        Db: Loader<K, Error = Error>,
    {
        self.request().loaders.load(key).await
    }
}

/// The path from the root of the response to a field.
fn path(field: Option<&QueryPathNode<'_>>) -> Vec<Step> {
    let mut path = Vec::new();
    let mut node = field;
    while let Some(QueryPathNode { parent, segment }) = node {
        path.push(match segment {
            QueryPathSegment::Name(name) => Step::Field((*name).to_owned()),
            QueryPathSegment::Index(index) => Step::Item(*index),
        });
        node = *parent;
    }
    path.reverse();
    path
}
