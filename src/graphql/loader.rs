//! Dataloaders without a clock.
//!
//! async-graphql's `Loader` trait says *what* to load; this module says *when*. A request is polled until it stalls;
//! then every key that it asked for since goes out at once: exactly one statement a relation and level, no timer. At
//! most [`IN_FLIGHT`] batches of one relation run at a time; keys that other requests add meanwhile share the next batch
//! (group commit). Answers are handed out inside the request's own task, all of a batch before the next poll, so that
//! the next level is again one batch.
//!
//! Nothing is cached across batches, and keys carry everything that the answer depends on.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    hash::Hash,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    task::{Context, Poll},
};

use async_graphql::dataloader::Loader;
use futures_util::{FutureExt, task::AtomicWaker};
use tokio::sync::oneshot;
use tracing::Instrument;

use crate::{
    db::Db,
    error::{Error, Result},
};

/// How many batches of one relation run at the same time; more would only make each smaller.
const IN_FLIGHT: usize = 2;

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
    queues: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Empty queues in front of this database.
    #[must_use]
    pub fn new(db: Db) -> Arc<Self> {
        Arc::new(Self { db, queues: RwLock::default() })
    }

    fn queue<K: Key>(&self) -> Arc<Queue<K>>
    where
        Db: Loader<K, Error = Error>,
    {
        let type_id = TypeId::of::<K>();
        let known = self.queues.read().unwrap_or_else(PoisonError::into_inner).get(&type_id).cloned();
        let queue = known.unwrap_or_else(|| {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            queues.entry(type_id).or_insert_with(|| Arc::new(Queue::<K>::new(self.db.clone()))).clone()
        });
        // The map holds under each key's type the queue of that type, so the fresh one is never built.
        queue.downcast().unwrap_or_else(|_| Arc::new(Queue::new(self.db.clone())))
    }
}

/// One request's view of the loaders.
pub struct RequestLoaders {
    shared: Arc<Loaders>,
    /// Queues that hold keys of this request which nobody has started to load.
    stalled: Mutex<Vec<Arc<dyn Start>>>,
    /// Answers that wait to be handed out in the request's own task.
    inbox: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
    waker: AtomicWaker,
}

impl RequestLoaders {
    /// The view of a new request.
    #[must_use]
    pub fn new(shared: &Arc<Loaders>) -> Arc<Self> {
        Arc::new(Self {
            shared: shared.clone(),
            stalled: Mutex::default(),
            inbox: Mutex::default(),
            waker: AtomicWaker::new(),
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
            let first = !state.waiting.iter().rev().any(|wait| Arc::ptr_eq(&wait.request, self));
            state.waiting.push(Waiting { key, request: self.clone(), answer });
            first
        };
        if first {
            lock(&self.stalled).push(queue);
        }
        answered.await.unwrap_or_else(|_| Err(Error::internal("a batch was dropped before it answered")))
    }

    /// Runs the execution of a request to its end, loading what it asks for whenever it stalls.
    pub async fn drive<F: Future>(self: Arc<Self>, execution: F) -> F::Output {
        let mut execution = pin!(execution);
        std::future::poll_fn(|context| self.poll(context, execution.as_mut())).await
    }

    fn poll<F: Future>(&self, context: &mut Context<'_>, mut execution: Pin<&mut F>) -> Poll<F::Output> {
        self.waker.register(context.waker());
        loop {
            for hand_out in std::mem::take(&mut *lock(&self.inbox)) {
                hand_out();
            }
            if let Poll::Ready(output) = execution.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            for queue in std::mem::take(&mut *lock(&self.stalled)) {
                queue.start();
            }
            if lock(&self.inbox).is_empty() {
                return Poll::Pending;
            }
        }
    }
}

struct Waiting<K, V> {
    key: K,
    request: Arc<RequestLoaders>,
    answer: oneshot::Sender<Result<Option<V>>>,
}

struct State<K, V> {
    waiting: Vec<Waiting<K, V>>,
    in_flight: usize,
}

struct Queue<K: Key>
where
    Db: Loader<K, Error = Error>,
{
    db: Db,
    state: Mutex<State<K, ValueOf<K>>>,
}

trait Start: Send + Sync {
    /// Starts a batch unless enough are running; those will take what waits when they are done.
    fn start(self: Arc<Self>);
}

impl<K: Key> Start for Queue<K>
where
    Db: Loader<K, Error = Error>,
{
    fn start(self: Arc<Self>) {
        {
            let mut state = lock(&self.state);
            if state.in_flight == IN_FLIGHT || state.waiting.is_empty() {
                return;
            }
            state.in_flight += 1;
        }
        let batches = async move {
            while let Some(batch) = self.next() {
                self.load(batch).await;
            }
        };
        // What goes wrong in the batch is logged under the request that started it.
        tokio::spawn(batches.in_current_span());
    }
}

impl<K: Key> Queue<K>
where
    Db: Loader<K, Error = Error>,
{
    fn new(db: Db) -> Self {
        Self { db, state: Mutex::new(State { waiting: Vec::new(), in_flight: 0 }) }
    }

    fn next(&self) -> Option<Vec<Waiting<K, ValueOf<K>>>> {
        let mut state = lock(&self.state);
        // Nobody reads the answers of a request that went away.
        state.waiting.retain(|wait| !wait.answer.is_closed());
        if state.waiting.is_empty() {
            state.in_flight -= 1;
            return None;
        }
        Some(std::mem::take(&mut state.waiting))
    }

    async fn load(&self, batch: Vec<Waiting<K, ValueOf<K>>>) {
        let keys: Vec<K> = batch.iter().map(|wait| wait.key.clone()).collect::<HashSet<_>>().into_iter().collect();
        let values = AssertUnwindSafe(Loader::load(&self.db, &keys))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(Error::internal("a loader panicked")));
        let mut by_request: HashMap<*const RequestLoaders, (Arc<RequestLoaders>, Vec<_>)> = HashMap::new();
        for Waiting { key, request, answer } in batch {
            let value = values.as_ref().map(|values| values.get(&key).cloned()).map_err(Clone::clone);
            by_request.entry(Arc::as_ptr(&request)).or_insert_with(|| (request, Vec::new())).1.push((answer, value));
        }
        for (request, answers) in by_request.into_values() {
            lock(&request.inbox).push(Box::new(move || {
                for (answer, value) in answers {
                    // The waiter may have gone; then nobody misses the answer.
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
