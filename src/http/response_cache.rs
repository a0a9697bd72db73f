//! Cached responses: a client that asks what somebody asked before gets the same bytes, as long as an execution would give
//! the same.
//!
//! An answer is found by its document, operation, variables and who may see it. Whether it still holds is for
//! [`crate::graphql::live::cache_invalidator`] to say. Of equal requests that arrive while nobody has the answer, one is executed and the
//! others wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use async_graphql::CacheControl;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use moka::sync::Cache;
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::{
    response::json,
    unread::{Answered, Room},
    validators,
};
use crate::{
    clock::Clock,
    db::{Db, read_set::Recorder},
    graphql::live::cache_invalidator::{CacheInvalidator, Dependencies},
};

/// What the cache itself needs for each answer, about.
const ENTRY: usize = 512;

/// All cached responses.
#[derive(Clone)]
pub struct ResponseCache(Arc<Inner>);

struct Inner {
    invalidator: CacheInvalidator,
    entries: Cache<Arc<Key>, Entry>,
    /// What is being executed; who waits for it hears when it ends.
    flights: Mutex<HashMap<Arc<Key>, watch::Receiver<()>>>,
}

/// What a response depends on, apart from the data and the time.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Key {
    document: Arc<str>,
    operation: Option<String>,
    /// As JSON.
    variables: String,
    audience: Audience,
}

/// Who may see an answer.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Audience {
    Public,
}

#[derive(Clone)]
enum Entry {
    Cached(Arc<CachedResponse>),
    /// Nobody can say how long its answer holds: it is executed each time, and nobody waits for another's.
    Uncacheable,
}

/// A response without errors, as it is sent.
pub struct CachedResponse {
    /// Its JSON.
    pub body: Bytes,
    /// What its fields say of how long others may cache it.
    pub hints: CacheControl,
    /// What its costs were.
    pub costs: RequestCost,
    etag: OnceLock<String>,
    dependencies: Dependencies,
}

/// What a request costs, in points.
#[derive(Clone, Copy, Debug)]
pub struct RequestCost {
    /// At most.
    pub requested: u64,
    /// In fact.
    pub actual: u64,
}

/// An answer as HTTP has it.
pub enum Answer {
    /// Finished, and perhaps sent before.
    Cached(Arc<CachedResponse>, Room),
    /// Just executed.
    Fresh(Box<Answered>),
}

/// What the cache knows of a request.
pub enum Lookup {
    /// Its answer.
    Cached(Arc<CachedResponse>),
    /// Nothing: it is to be executed, and its response to be cached if there is a flight.
    Nothing(Option<Flight>),
}

impl Key {
    /// The key of a request that anybody may make.
    pub fn new(document: Arc<str>, operation: Option<String>, variables: &Map<String, Value>) -> Option<Self> {
        let variables = if variables.is_empty() { String::new() } else { serde_json::to_string(variables).ok()? };
        Some(Self { document, operation, variables, audience: Audience::Public })
    }
}

impl CachedResponse {
    /// The validator of its body.
    pub fn etag(&self) -> &str {
        self.etag.get_or_init(|| validators::etag(&self.body))
    }
}

/// What an entry needs in memory.
fn weight(key: &Key, entry: &Entry) -> u32 {
    let body = if let Entry::Cached(cached) = entry { cached.body.len() } else { 0 };
    let operation = key.operation.as_ref().map_or(0, String::len);
    u32::try_from(key.document.len() + operation + key.variables.len() + body + ENTRY).unwrap_or(u32::MAX)
}

impl ResponseCache {
    /// Caches responses of so many bytes in all; `None` if that is none.
    pub fn start(db: &Db, clock: &Clock, bytes: u64) -> Option<Self> {
        let entries =
            || Cache::builder().max_capacity(bytes).weigher(|key: &Arc<Key>, entry| weight(key, entry)).build();
        (bytes > 0).then(|| {
            Self(Arc::new(Inner {
                invalidator: CacheInvalidator::start(db, clock),
                entries: entries(),
                flights: Mutex::default(),
            }))
        })
    }

    /// Looks for an answer. If an equal request is being executed, its end is waited for, once.
    pub async fn find(&self, key: Key) -> Lookup {
        if let Some(found) = self.look(&key) {
            return found;
        }
        let key = Arc::new(key);
        match self.begin(&key) {
            // Another flight may have landed since the look.
            Ok(flight) => self.look(&key).unwrap_or_else(|| {
                tracing::debug!(answer = "miss");
                Lookup::Nothing(Some(flight))
            }),
            Err(mut other) => {
                // Nothing is ever sent: the flight ends, whatever became of it.
                let _ = other.changed().await;
                self.look(&key).unwrap_or(Lookup::Nothing(None))
            }
        }
    }

    /// What can be said at once.
    fn look(&self, key: &Key) -> Option<Lookup> {
        let Inner { invalidator, entries, .. } = &*self.0;
        if !invalidator.is_current() {
            tracing::debug!(answer = "aside");
            return Some(Lookup::Nothing(None));
        }
        match entries.get(key) {
            Some(Entry::Cached(cached)) if invalidator.holds(&cached.dependencies) => {
                tracing::debug!(answer = "hit");
                Some(Lookup::Cached(cached))
            }
            Some(Entry::Cached(_)) => {
                tracing::debug!(answer = "stale");
                entries.invalidate(key);
                None
            }
            Some(Entry::Uncacheable) => {
                tracing::debug!(answer = "uncacheable");
                Some(Lookup::Nothing(None))
            }
            None => None,
        }
    }

    /// Begins to execute, or says whose end to wait for.
    fn begin(&self, key: &Arc<Key>) -> Result<Flight, watch::Receiver<()>> {
        let mut flights = self.flights();
        if let Some(other) = flights.get(key) {
            return Err(other.clone());
        }
        let (end, ended) = watch::channel(());
        flights.insert(key.clone(), ended);
        let since = self.0.invalidator.change_version();
        Ok(Flight { cache: self.clone(), key: key.clone(), since, recorder: Arc::default(), _end: end })
    }

    /// A poisoned lock only means that another request panicked between two whole steps.
    fn flights(&self) -> MutexGuard<'_, HashMap<Arc<Key>, watch::Receiver<()>>> {
        self.0.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An execution whose response is to be cached. It ends when it is dropped: nobody waits for a request that went away.
pub struct Flight {
    cache: ResponseCache,
    key: Arc<Key>,
    since: u64,
    recorder: Arc<Recorder>,
    _end: watch::Sender<()>,
}

impl Flight {
    /// Where the execution is to record what it reads.
    pub fn recorder(&self) -> Arc<Recorder> {
        self.recorder.clone()
    }

    /// Finishes the answer of an execution that was of this moment, and caches it if it holds.
    pub async fn land(self, mut answered: Answered, moment: DateTime<Utc>, costs: RequestCost) -> Answer {
        let Inner { invalidator, entries, .. } = &*self.cache.0;
        let fresh = |answered| Answer::Fresh(Box::new(answered));
        let response = &answered.response;
        let (true, Ok(body)) = (response.errors.is_empty(), json(response)) else { return fresh(answered) };
        let dependencies = match invalidator.dependencies(self.since, moment, &self.recorder.read_set()).await {
            Ok(Some(dependencies)) => dependencies,
            Ok(None) => {
                entries.insert(self.key.clone(), Entry::Uncacheable);
                return fresh(answered);
            }
            Err(error) => {
                tracing::debug!(%error, "nobody could say how long an answer holds");
                return fresh(answered);
            }
        };
        // A copy is as long as it counts; what wrote the answer left room behind it.
        let body = Bytes::copy_from_slice(&body);
        answered.room.fit(body.len());
        let cached =
            CachedResponse { body, hints: answered.response.cache_control, costs, etag: OnceLock::new(), dependencies };
        let cached = Arc::new(cached);
        if invalidator.is_current() && invalidator.holds(&cached.dependencies) {
            entries.insert(self.key.clone(), Entry::Cached(cached.clone()));
            // What no longer fits goes now. It would go a little later, and many large answers may come at once.
            entries.run_pending_tasks();
        }
        Answer::Cached(cached, answered.room)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cache.flights().remove(&self.key);
    }
}
