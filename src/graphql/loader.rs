//! Dataloaders without a delay.
//!
//! async-graphql's `Loader` trait says *what* to load; this module says *when*. A request is polled until it stalls;
//! then every key that it asked for since goes out at once: exactly one statement a relation and level. On PostgreSQL
//! one batch of a relation runs at a time; keys that other requests add meanwhile share the next one (group commit). A
//! further batch starts beside it only if it is [`SLOW`]. SQLite has no round trip that sharing would save, so there
//! each request's batch runs at once. Answers are handed out inside the request's own task, all of a batch before the
//! next poll, so that the next level is again one batch.
//!
//! Nothing is cached across batches, and keys carry everything that the answer depends on.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    hash::Hash,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_graphql::dataloader::Loader;
use futures_util::{FutureExt, task::AtomicWaker};
use sea_orm::DbBackend;
use tokio::{sync::oneshot, time::timeout};
use tracing::Instrument;

use crate::{
    db::{
        Db,
        read_set::{self, Recorder},
    },
    error::{Error, Result},
};

/// After how long a batch counts as slow and no longer holds others back. Most batches take a fraction of it.
const SLOW: Duration = Duration::from_millis(2);

/// How many bytes of text a request renders before it yields to the runtime: about ten milliseconds of work.
const TEXT_A_POLL: usize = 32 * 1024;

/// How many slow batches of one relation let another batch start: many small batches do not help a busy database.
const MOST_SLOW: usize = 3;

/// A key that [`Db`] can load in batches.
pub trait Key: Send + Sync + Hash + Eq + Clone + 'static
where
    Db: Loader<Self, Error = Error>,
{
}

impl<K: Send + Sync + Hash + Eq + Clone + 'static> Key for K where Db: Loader<K, Error = Error> {}

type ValueOf<K> = <Db as Loader<K>>::Value;

/// The queues of all relations, one set a process.
pub struct Loaders {
    db: Db,
    /// How many batches of one relation run at the same time, slow ones not counted.
    at_once: usize,
    queues: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Empty queues in front of this database.
    #[must_use]
    pub fn new(db: Db) -> Arc<Self> {
        let at_once = if db.backend() == DbBackend::Postgres { 1 } else { usize::MAX };
        Arc::new(Self { db, at_once, queues: RwLock::default() })
    }

    fn queue<K: Key>(&self) -> Arc<Queue<K>>
    where
        Db: Loader<K, Error = Error>,
    {
        let type_id = TypeId::of::<K>();
        let known = self.queues.read().unwrap_or_else(PoisonError::into_inner).get(&type_id).cloned();
        let queue = known.unwrap_or_else(|| {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            queues.entry(type_id).or_insert_with(|| Arc::new(Queue::<K>::new(self.db.clone(), self.at_once))).clone()
        });
        queue.downcast().unwrap_or_else(|_| unreachable!("the map holds under each key's type the queue of that type"))
    }
}

/// One request's view of the loaders.
pub struct RequestLoaders {
    shared: Arc<Loaders>,
    /// Queues with keys of this request for which no batch was started.
    stalled: Mutex<Vec<Arc<dyn Start>>>,
    /// Answers that wait to be handed out in the request's own task.
    inbox: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
    waker: AtomicWaker,
    /// How many bytes of text were rendered since the runtime last polled the request.
    worked: AtomicUsize,
    /// Records what the request reads, if its response may be cached.
    recorder: Option<Arc<Recorder>>,
}

impl RequestLoaders {
    /// The view of a new request.
    #[must_use]
    pub fn new(shared: &Arc<Loaders>) -> Arc<Self> {
        Self::followed(shared, None)
    }

    /// The view of a new request that records here what it reads.
    #[must_use]
    pub fn followed(shared: &Arc<Loaders>, recorder: Option<Arc<Recorder>>) -> Arc<Self> {
        Arc::new(Self {
            shared: shared.clone(),
            stalled: Mutex::default(),
            inbox: Mutex::default(),
            waker: AtomicWaker::new(),
            worked: AtomicUsize::new(0),
            recorder,
        })
    }

    /// Loads one value, together with whatever else the request asks for before it stalls. `None` if there is none.
    pub async fn load<K: Key>(self: &Arc<Self>, key: K) -> Result<Option<ValueOf<K>>>
    where
        Db: Loader<K, Error = Error>,
    {
        let queue = self.shared.queue::<K>();
        let (answer, answered) = oneshot::channel();
        let first = {
            let mut state = lock(&queue.state);
            let first = !state.asked.iter().rev().any(|wait| Arc::ptr_eq(&wait.request, self));
            state.asked.push(Waiting { key, request: self.clone(), answer });
            first
        };
        if first {
            lock(&self.stalled).push(queue);
        }
        // Tokio makes a task yield after 128 answers, which would split a level of more rows into several batches.
        let answered = tokio::task::unconstrained(answered).await;
        answered.unwrap_or_else(|_| Err(Error::internal("a batch was dropped before it answered")))
    }

    /// Runs the execution of a request to its end, loading what it asks for whenever it stalls.
    pub async fn drive<F: Future>(self: Arc<Self>, execution: F) -> F::Output {
        // Declared first, so dropped after the execution, however that ends.
        let _ending = Ending(self.clone());
        let mut execution = pin!(read_set::record(self.recorder.clone(), execution));
        std::future::poll_fn(|context| self.poll(context, execution.as_mut())).await
    }

    /// Yields to the runtime if the request has rendered enough text since it was last polled. Otherwise other tasks
    /// would wait, and the request could not be timed out.
    pub async fn pause(&self, bytes: usize) {
        std::future::poll_fn(|context| {
            if self.worked.load(Ordering::Relaxed) < TEXT_A_POLL {
                self.worked.fetch_add(bytes, Ordering::Relaxed);
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    fn poll<F: Future>(&self, context: &mut Context<'_>, mut execution: Pin<&mut F>) -> Poll<F::Output> {
        self.waker.register(context.waker());
        self.worked.store(0, Ordering::Relaxed);
        loop {
            let inbox = std::mem::take(&mut *lock(&self.inbox));
            for hand_out in inbox {
                hand_out();
            }
            if let Poll::Ready(output) = execution.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            let stalled = std::mem::take(&mut *lock(&self.stalled));
            for queue in stalled {
                queue.start(self);
            }
            if lock(&self.inbox).is_empty() {
                return Poll::Pending;
            }
        }
    }
}

/// On drop, removes the keys that a request asked for and never loaded, because it failed or was dropped first.
struct Ending(Arc<RequestLoaders>);

impl Drop for Ending {
    fn drop(&mut self) {
        let stalled = std::mem::take(&mut *lock(&self.0.stalled));
        for queue in stalled {
            queue.forget(&self.0);
        }
    }
}

struct Waiting<K, V> {
    key: K,
    request: Arc<RequestLoaders>,
    answer: oneshot::Sender<Result<Option<V>>>,
}

struct State<K, V> {
    /// Keys of requests that are still asking. A batch that took some of them now would leave the rest for a second
    /// batch.
    asked: Vec<Waiting<K, V>>,
    /// Keys for the next batch.
    waiting: Vec<Waiting<K, V>>,
    /// Batches that run, and how many of them are slow.
    in_flight: usize,
    slow: usize,
}

struct Queue<K: Key>
where
    Db: Loader<K, Error = Error>,
{
    db: Db,
    at_once: usize,
    state: Mutex<State<K, ValueOf<K>>>,
}

trait Start: Send + Sync {
    /// Starts a batch with all that the request asked for, unless enough are running. One of those then loads it when
    /// it is done.
    fn start(self: Arc<Self>, request: &RequestLoaders);
    /// Drops what the request asked for.
    fn forget(&self, request: &RequestLoaders);
}

impl<K: Key> Start for Queue<K>
where
    Db: Loader<K, Error = Error>,
{
    fn start(self: Arc<Self>, request: &RequestLoaders) {
        let first = {
            let state = &mut *lock(&self.state);
            state.waiting.extend(state.asked.extract_if(.., |wait| std::ptr::eq(Arc::as_ptr(&wait.request), request)));
            self.begin(state)
        };
        if let Some(first) = first {
            self.run(first);
        }
    }

    fn forget(&self, request: &RequestLoaders) {
        lock(&self.state).asked.retain(|wait| !std::ptr::eq(Arc::as_ptr(&wait.request), request));
    }
}

impl<K: Key> Queue<K>
where
    Db: Loader<K, Error = Error>,
{
    fn new(db: Db, at_once: usize) -> Self {
        Self { db, at_once, state: Mutex::new(State { asked: Vec::new(), waiting: Vec::new(), in_flight: 0, slow: 0 }) }
    }

    /// Loads this batch, and then the keys that were queued meanwhile.
    fn run(self: Arc<Self>, first: Vec<Waiting<K, ValueOf<K>>>) {
        let batches = async move {
            let mut next = Some(first);
            while let Some(batch) = next {
                let mut load = pin!(self.load(batch));
                if timeout(SLOW, load.as_mut()).await.is_err() {
                    let other = {
                        let state = &mut *lock(&self.state);
                        state.slow += 1;
                        self.begin(state)
                    };
                    if let Some(other) = other {
                        self.clone().run(other);
                    }
                    load.await;
                    lock(&self.state).slow -= 1;
                }
                next = self.next();
                if next.is_some() {
                    // Lets a request with its answers go on. The next batch runs in a task of its own.
                    tokio::task::yield_now().await;
                }
            }
        };
        // Errors of the batch are logged under the request that started it.
        let mut batches = Box::pin(batches.in_current_span());
        // SQLite answers within this poll, and no other thread has to wake up. A batch that waits gets a task of its
        // own: a request that is dropped must not cancel what others asked for.
        if batches.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::spawn(batches);
        }
    }

    /// Ends a batch, and takes the waiting keys as the next one.
    fn next(&self) -> Option<Vec<Waiting<K, ValueOf<K>>>> {
        let state = &mut *lock(&self.state);
        state.in_flight -= 1;
        self.begin(state)
    }

    /// Takes the waiting keys, if another batch may run.
    fn begin(&self, state: &mut State<K, ValueOf<K>>) -> Option<Vec<Waiting<K, ValueOf<K>>>> {
        if state.in_flight >= self.at_once.saturating_add(state.slow.min(MOST_SLOW)) {
            return None;
        }
        // Answers for a dropped request are not needed.
        state.waiting.retain(|wait| !wait.answer.is_closed());
        if state.waiting.is_empty() {
            return None;
        }
        state.in_flight += 1;
        Some(std::mem::take(&mut state.waiting))
    }

    async fn load(&self, batch: Vec<Waiting<K, ValueOf<K>>>) {
        let keys: Vec<K> = batch.iter().map(|wait| wait.key.clone()).collect::<HashSet<_>>().into_iter().collect();
        // If no two waiters share a key, values are moved instead of cloned.
        let is_shared = keys.len() < batch.len();
        let recorder = batch.iter().any(|wait| wait.request.recorder.is_some()).then(Arc::<Recorder>::default);
        let mut values = AssertUnwindSafe(read_set::record(recorder.clone(), Loader::load(&self.db, &keys)))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(Error::internal("a loader panicked")));
        let mut by_request: HashMap<*const RequestLoaders, (Arc<RequestLoaders>, Vec<_>)> = HashMap::new();
        for Waiting { key, request, answer } in batch {
            let take = |values: &mut HashMap<K, _>| {
                if is_shared { values.get(&key).cloned() } else { values.remove(&key) }
            };
            let value = values.as_mut().map(take).map_err(|error| error.clone());
            by_request.entry(Arc::as_ptr(&request)).or_insert_with(|| (request, Vec::new())).1.push((answer, value));
        }
        for (request, answers) in by_request.into_values() {
            if let (Some(own), Some(batch)) = (&request.recorder, &recorder) {
                own.absorb(batch);
            }
            lock(&request.inbox).push(Box::new(move || {
                for (answer, value) in answers {
                    // Sending fails only if the waiter was dropped.
                    let _ = answer.send(value);
                }
            }));
            request.waker.wake();
        }
    }
}

/// A poisoned lock only means that another request panicked between two whole steps; the data is sound.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
