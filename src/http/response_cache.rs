//! Cached responses: an equal request gets the same bytes as an earlier one, as long as an execution would return the
//! same.
//!
//! A response is found by its document, operation, variables and audience. Whether it is still valid is decided by
//! [`crate::graphql::live::cache_invalidator`]. Of equal requests that arrive while none is cached, one is executed and
//! the others wait for it.

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

/// The cache's own memory for each response, approximately.
const ENTRY: usize = 512;

/// All cached responses.
#[derive(Clone)]
pub struct ResponseCache(Arc<Inner>);

struct Inner {
    invalidator: CacheInvalidator,
    entries: Cache<Arc<Key>, Entry>,
    /// Executions whose response is to be cached. The receiver is notified when the execution ends.
    flights: Mutex<HashMap<Arc<Key>, watch::Receiver<()>>>,
}

/// Everything that a response depends on, apart from the data and the time.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Key {
    document: Arc<str>,
    operation: Option<String>,
    /// As JSON.
    variables: String,
    audience: Audience,
}

/// Who may see a response.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Audience {
    Public,
}

#[derive(Clone)]
enum Entry {
    Cached(Arc<CachedResponse>),
    /// The response can never be cached, because its dependencies are unknown. Equal requests are executed each time,
    /// and do not wait for each other.
    Uncacheable,
}

/// A response without errors, as it is sent.
pub struct CachedResponse {
    /// Its JSON.
    pub body: Bytes,
    /// How long its fields allow others to cache it.
    pub hints: CacheControl,
    /// What its execution cost.
    pub costs: RequestCost,
    etag: OnceLock<String>,
    dependencies: Dependencies,
}

/// The cost of a request, in points.
#[derive(Clone, Copy, Debug)]
pub struct RequestCost {
    /// The most that it could cost; reserved before the execution.
    pub requested: u64,
    /// What it did cost.
    pub actual: u64,
}

/// An answer before it becomes an HTTP response.
pub enum Answer {
    /// From the cache, or just cached.
    Cached(Arc<CachedResponse>, Room),
    /// Executed, and not cached.
    Fresh(Box<Answered>),
}

/// The result of a look into the cache.
pub enum Lookup {
    /// Its answer.
    Cached(Arc<CachedResponse>),
    /// No response. Execute the request, and cache its response if there is a flight.
    Nothing(Option<Flight>),
}

impl Key {
    /// The key of a request by an anonymous client.
    pub fn new(document: Arc<str>, operation: Option<String>, variables: &Map<String, Value>) -> Option<Self> {
        let variables = if variables.is_empty() { String::new() } else { serde_json::to_string(variables).ok()? };
        Some(Self { document, operation, variables, audience: Audience::Public })
    }
}

impl CachedResponse {
    /// The `ETag` of its body.
    pub fn etag(&self) -> &str {
        self.etag.get_or_init(|| validators::etag(&self.body))
    }
}

/// The memory that an entry takes, in bytes.
fn weight(key: &Key, entry: &Entry) -> u32 {
    let body = if let Entry::Cached(cached) = entry { cached.body.len() } else { 0 };
    let operation = key.operation.as_ref().map_or(0, String::len);
    u32::try_from(key.document.len() + operation + key.variables.len() + body + ENTRY).unwrap_or(u32::MAX)
}

impl ResponseCache {
    /// Caches responses of `bytes` bytes in all; `None` if that is zero.
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

    /// Looks for a response. If an equal request is being executed, waits once for its end.
    pub async fn find(&self, key: Key) -> Lookup {
        if let Some(found) = self.look(&key) {
            return found;
        }
        let key = Arc::new(key);
        match self.begin(&key) {
            // Another flight may have ended between the two looks.
            Ok(flight) => self.look(&key).unwrap_or_else(|| {
                tracing::debug!(answer = "miss");
                Lookup::Nothing(Some(flight))
            }),
            Err(mut other) => {
                // Nothing is ever sent. The channel closes when the flight ends, whether it succeeded or not.
                let _ = other.changed().await;
                self.look(&key).unwrap_or(Lookup::Nothing(None))
            }
        }
    }

    /// Looks without waiting; `None` if the cache knows nothing.
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

    /// Begins a flight; the error is the receiver of the one that is under way.
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

    /// Ignores poisoning: the map is consistent, since each change of it is one call.
    fn flights(&self) -> MutexGuard<'_, HashMap<Arc<Key>, watch::Receiver<()>>> {
        self.0.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An execution whose response is to be cached. It ends when it is dropped, so nobody waits for a request that was
/// cancelled.
pub struct Flight {
    cache: ResponseCache,
    key: Arc<Key>,
    since: u64,
    recorder: Arc<Recorder>,
    _end: watch::Sender<()>,
}

impl Flight {
    /// Records what the execution reads.
    pub fn recorder(&self) -> Arc<Recorder> {
        self.recorder.clone()
    }

    /// Finishes the answer of an execution at `moment`, and caches it if it is still valid.
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
        // The copy has no spare capacity, so it takes as much memory as the cache counts.
        let body = Bytes::copy_from_slice(&body);
        answered.room.fit(body.len());
        let cached =
            CachedResponse { body, hints: answered.response.cache_control, costs, etag: OnceLock::new(), dependencies };
        let cached = Arc::new(cached);
        if invalidator.is_current() && invalidator.holds(&cached.dependencies) {
            entries.insert(self.key.clone(), Entry::Cached(cached.clone()));
            // Evicts at once what exceeds the limit. The cache would do it later, and many large answers may come at
            // once.
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
