//! Dataloaders without a delay.
//!
//! async-graphql's `Loader` trait says *what* to load; this module says *when*. A request is polled until it stalls;
//! then every key that it asked for since goes out at once: exactly one statement a relation and level. On PostgreSQL one
//! batch of a relation runs at a time; keys that other requests add meanwhile share the next one (group commit). Only
//! behind a [`SLOW`] batch is there room for another. On SQLite there is no way to another process that sharing would save,
//! and a request that waits for nobody answers at once. Answers are handed out inside the request's own task, all of a batch
//! before the next poll, so that the next level is again one batch.
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

/// After how long a batch is slow, and keeps others waiting no longer: most take a part of it.
const SLOW: Duration = Duration::from_millis(2);

/// How many bytes of text a request renders at a time: some ten milliseconds.
const TEXT_A_TURN: usize = 32 * 1024;

/// How many slow batches of one relation make room for others: a busy database is not helped by many small ones.
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
    /// How many batches of one relation run at the same time, slow ones apart.
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
    /// Queues that hold keys of this request which nobody has started to load.
    stalled: Mutex<Vec<Arc<dyn Start>>>,
    /// Answers that wait to be handed out in the request's own task.
    inbox: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
    waker: AtomicWaker,
    /// How many bytes of text were worked on since the runtime gave the request its turn.
    worked: AtomicUsize,
    /// What the request reads, if somebody wants to know.
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
        // Tokio makes a task pause after 128 answers; a level of more rows would fall apart into several batches.
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

    /// Waits for the request's next turn if it has worked on enough text in this one: others want to go on, too, and a request
    /// that never pauses cannot be timed out.
    pub async fn pause(&self, bytes: usize) {
        std::future::poll_fn(|context| {
            if self.worked.load(Ordering::Relaxed) < TEXT_A_TURN {
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

/// Takes back what a request asked for and never came to load, because it failed or went away first.
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
    /// Keys of requests that are still asking: a batch that takes some of them now would leave the others for a second.
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
    /// Starts a batch with all that the request asked for, unless enough are running; those will take what waits when
    /// they are done.
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

    /// Loads this batch, and then whatever came to wait for it.
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
                    // Who has its answer goes on; what others asked for meanwhile is for a task of its own.
                    tokio::task::yield_now().await;
                }
            }
        };
        // What goes wrong in the batch is logged under the request that started it.
        let mut batches = Box::pin(batches.in_current_span());
        // SQLite answers at once, and no other thread has to wake up. What has to wait is nobody's in particular: a request
        // that goes away must not take along what others asked for.
        if batches.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::spawn(batches);
        }
    }

    /// What waits when a batch is over.
    fn next(&self) -> Option<Vec<Waiting<K, ValueOf<K>>>> {
        let state = &mut *lock(&self.state);
        state.in_flight -= 1;
        self.begin(state)
    }

    /// What waits, if there is room for a batch.
    fn begin(&self, state: &mut State<K, ValueOf<K>>) -> Option<Vec<Waiting<K, ValueOf<K>>>> {
        if state.in_flight >= self.at_once.saturating_add(state.slow.min(MOST_SLOW)) {
            return None;
        }
        // Nobody reads the answers of a request that went away.
        state.waiting.retain(|wait| !wait.answer.is_closed());
        if state.waiting.is_empty() {
            return None;
        }
        state.in_flight += 1;
        Some(std::mem::take(&mut state.waiting))
    }

    async fn load(&self, batch: Vec<Waiting<K, ValueOf<K>>>) {
        let keys: Vec<K> = batch.iter().map(|wait| wait.key.clone()).collect::<HashSet<_>>().into_iter().collect();
        // A key that one waiter has asked for needs no copy of its value.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::{join_all, ready, try_join};
    use tokio::sync::Semaphore;

    use super::*;

    /// What loading does on a board.
    #[derive(Clone, Copy, PartialEq)]
    enum Behaviour {
        Answer,
        Fail,
        Panic,
    }

    /// What a test sees of its loader.
    struct Board {
        behaviour: Mutex<Behaviour>,
        /// Batches wait here for a permit each.
        gate: Semaphore,
        batches: Mutex<Vec<Vec<u32>>>,
        running: AtomicUsize,
        most_running: AtomicUsize,
    }

    impl Board {
        /// A board and its place, which keys carry. With an open gate nothing waits.
        fn new(permits: usize) -> (usize, Arc<Self>) {
            let board = Arc::new(Self {
                behaviour: Mutex::new(Behaviour::Answer),
                gate: Semaphore::new(permits),
                batches: Mutex::default(),
                running: AtomicUsize::new(0),
                most_running: AtomicUsize::new(0),
            });
            let mut boards = lock(&BOARDS);
            boards.push(board.clone());
            (boards.len() - 1, board)
        }

        /// The keys of each batch so far, in order.
        fn batches(&self) -> Vec<Vec<u32>> {
            lock(&self.batches).clone()
        }
    }

    const OPEN: usize = 1_000_000;

    static BOARDS: Mutex<Vec<Arc<Board>>> = Mutex::new(Vec::new());

    /// A number; its value is ten times as much. From a hundred on there is none.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Number {
        board: usize,
        number: u32,
    }

    impl Loader<Number> for Db {
        type Value = u32;
        type Error = Error;

        async fn load(&self, keys: &[Number]) -> Result<HashMap<Number, u32>> {
            let board = lock(&BOARDS)[keys[0].board].clone();
            let mut numbers: Vec<u32> = keys.iter().map(|key| key.number).collect();
            numbers.sort_unstable();
            lock(&board.batches).push(numbers);
            let running = board.running.fetch_add(1, Ordering::SeqCst) + 1;
            board.most_running.fetch_max(running, Ordering::SeqCst);
            board.gate.acquire().await.unwrap().forget();
            board.running.fetch_sub(1, Ordering::SeqCst);
            let behaviour = *lock(&board.behaviour);
            match behaviour {
                Behaviour::Answer => {
                    let known = keys.iter().filter(|key| key.number < 100);
                    Ok(known.map(|key| (key.clone(), key.number * 10)).collect())
                }
                Behaviour::Fail => Err(Error::Unavailable),
                Behaviour::Panic => panic!("a loader that panics, as the test wants it"),
            }
        }
    }

    /// Such as share batches, whatever the database.
    async fn loaders() -> Arc<Loaders> {
        let db = Db::connect("sqlite::memory:", 1, None).await.unwrap();
        Arc::new(Loaders { db, at_once: 1, queues: RwLock::default() })
    }

    /// One request that asks for these numbers at once.
    async fn request(loaders: Arc<Loaders>, board: usize, numbers: Vec<u32>) -> Vec<Result<Option<u32>>> {
        let request = RequestLoaders::new(&loaders);
        let keys = numbers.into_iter().map(|number| request.load(Number { board, number }));
        request.clone().drive(join_all(keys)).await
    }

    /// How many keys wait, and how many batches run.
    fn queued(loaders: &Loaders) -> (usize, usize) {
        let queue = loaders.queue::<Number>();
        let state = lock(&queue.state);
        (state.asked.len() + state.waiting.len(), state.in_flight)
    }

    /// Lets the other tasks of a single-threaded test run until this holds.
    async fn until(what: impl Fn() -> bool) {
        for _ in 0..1000 {
            if what() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("this never came to be");
    }

    #[tokio::test]
    async fn what_a_request_asks_for_at_once_is_one_batch_and_equal_keys_are_loaded_once() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        let answers = request(loaders.clone(), board, vec![3, 1, 3, 100, 2, 1]).await;
        assert_eq!(answers, [Some(30), Some(10), Some(30), None, Some(20), Some(10)].map(Ok));
        assert_eq!(seen.batches(), [[1, 2, 3, 100]]);
        assert_eq!(queued(&loaders), (0, 0));
    }

    #[tokio::test]
    async fn a_level_is_one_batch_however_many_rows_it_has() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        let request = RequestLoaders::new(&loaders);
        // Tokio makes a task pause after 128 steps; a pause is not the end of a level.
        let rows = (0..1000).map(|number| {
            let request = &request;
            async move {
                request.load(Number { board, number }).await.unwrap();
                request.load(Number { board, number: number + 1000 }).await.unwrap();
            }
        });
        request.clone().drive(join_all(rows)).await;
        let sizes: Vec<usize> = seen.batches().iter().map(Vec::len).collect();
        assert_eq!(sizes, [1000, 1000]);
    }

    #[tokio::test]
    async fn a_batch_that_fails_gives_each_waiter_the_error() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        *lock(&seen.behaviour) = Behaviour::Fail;
        assert_eq!(request(loaders.clone(), board, vec![1, 2, 2]).await, vec![Err(Error::Unavailable); 3]);
        *lock(&seen.behaviour) = Behaviour::Answer;
        assert_eq!(request(loaders.clone(), board, vec![1]).await, [Ok(Some(10))]);
        assert_eq!(queued(&loaders), (0, 0));
    }

    #[tokio::test]
    async fn a_loader_that_panics_gives_each_waiter_an_error_and_goes_on() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        *lock(&seen.behaviour) = Behaviour::Panic;
        for _ in 0..3 {
            assert_eq!(request(loaders.clone(), board, vec![1, 2, 3]).await, vec![Err(Error::Internal); 3]);
        }
        *lock(&seen.behaviour) = Behaviour::Answer;
        assert_eq!(request(loaders.clone(), board, vec![1]).await, [Ok(Some(10))]);
        assert_eq!(queued(&loaders), (0, 0));
    }

    #[tokio::test]
    async fn under_load_one_batch_runs_and_the_others_keys_share_the_next_one() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(0));
        tokio::time::pause();
        let ask = |number| tokio::spawn(request(loaders.clone(), board, vec![number, number + 50]));
        let requests: Vec<_> = (0..20).map(ask).collect();
        until(|| queued(&loaders) == (38, 1)).await;
        assert_eq!(seen.batches(), [[0, 50]], "the first one goes at once, alone");

        seen.gate.add_permits(OPEN);
        for (number, request) in (0..).zip(requests) {
            let answers = request.await.unwrap();
            assert_eq!(answers, [Ok(Some(number * 10)), Ok(Some((number + 50) * 10))]);
        }
        let batches = seen.batches();
        assert_eq!(batches.len(), 2);
        assert_eq!(batches[1].len(), 38, "all that waited went together");
        assert_eq!(seen.most_running.load(Ordering::SeqCst), 1);
        until(|| queued(&loaders) == (0, 0)).await;
    }

    #[tokio::test]
    async fn nobody_waits_long_for_a_slow_batch_but_many_of_them_make_no_more_room() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(0));
        tokio::time::pause();
        let ask = |number| tokio::spawn(request(loaders.clone(), board, vec![number]));
        let mut requests = vec![ask(0)];
        until(|| seen.batches().len() == 1).await;
        for number in 1..=MOST_SLOW {
            requests.push(ask(u32::try_from(number).unwrap()));
            until(|| queued(&loaders) == (1, number)).await;
            tokio::time::advance(SLOW * 2).await;
            until(|| queued(&loaders) == (0, number + 1)).await;
        }
        requests.extend([ask(50), ask(51)]);
        until(|| queued(&loaders).0 == 2).await;
        tokio::time::advance(SLOW * 100).await;
        assert_eq!(queued(&loaders), (2, MOST_SLOW + 1));

        seen.gate.add_permits(OPEN);
        for (number, request) in [0, 1, 2, 3, 50, 51].into_iter().zip(requests) {
            assert_eq!(request.await.unwrap(), [Ok(Some(number * 10))]);
        }
        assert_eq!(seen.batches(), [vec![0], vec![1], vec![2], vec![3], vec![50, 51]]);
        until(|| queued(&loaders) == (0, 0)).await;
    }

    #[tokio::test]
    async fn a_request_that_goes_away_leaves_nothing_behind() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(0));
        tokio::time::pause();
        let requests: Vec<_> =
            (0..5).map(|number| tokio::spawn(request(loaders.clone(), board, vec![number]))).collect();
        until(|| queued(&loaders) == (4, 1)).await;
        for request in requests {
            request.abort();
            assert!(request.await.unwrap_err().is_cancelled());
        }
        seen.gate.add_permits(OPEN);
        until(|| queued(&loaders) == (0, 0)).await;
        assert_eq!(seen.batches(), [[0]], "what nobody waits for is not loaded");
        assert_eq!(request(loaders.clone(), board, vec![7]).await, [Ok(Some(70))], "and the queue works");
    }

    #[tokio::test]
    async fn a_request_that_fails_before_it_stalls_leaves_nothing_behind() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        let request = RequestLoaders::new(&loaders);
        let number = request.load(Number { board, number: 1 });
        let failed = request.clone().drive(try_join(number, ready(Err(Error::Timeout)))).await;
        assert_eq!(failed.map(|(number, ())| number), Err(Error::Timeout));
        assert_eq!((queued(&loaders), seen.batches()), ((0, 0), vec![]));
    }

    #[tokio::test]
    async fn a_request_that_goes_away_takes_nothing_from_the_others() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(0));
        tokio::time::pause();
        let gone = tokio::spawn(request(loaders.clone(), board, vec![1, 2]));
        until(|| seen.batches().len() == 1).await;
        let stays = tokio::spawn(request(loaders.clone(), board, vec![2, 3]));
        let late = tokio::spawn(request(loaders.clone(), board, vec![3, 4]));
        until(|| queued(&loaders).0 == 4).await;
        gone.abort();
        seen.gate.add_permits(OPEN);
        assert_eq!(stays.await.unwrap(), [Ok(Some(20)), Ok(Some(30))]);
        assert_eq!(late.await.unwrap(), [Ok(Some(30)), Ok(Some(40))]);
    }

    #[tokio::test]
    async fn a_batch_takes_no_request_apart_that_is_still_asking() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        let request = RequestLoaders::new(&loaders);
        let queue = loaders.queue::<Number>();
        let first = request.load(Number { board, number: 1 });
        let second = request.load(Number { board, number: 2 });
        let mut both = pin!(futures_util::future::join(first, async {
            // Another request's batch is done at this very moment, on another thread, and looks for the next one.
            lock(&queue.state).in_flight += 1;
            assert!(queue.next().is_none(), "half of what a request asks for is no batch");
            second.await
        }));
        let answers = request.clone().drive(both.as_mut()).await;
        assert_eq!(answers, (Ok(Some(10)), Ok(Some(20))));
        assert_eq!(seen.batches(), [[1, 2]]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_requests_on_many_threads_all_get_their_answers() {
        let (loaders, (board, seen)) = (loaders().await, Board::new(OPEN));
        let requests: Vec<_> = (0..2000_u32)
            .map(|n| tokio::spawn(request(loaders.clone(), board, vec![n % 100, (n + 1) % 100, n % 100])))
            .collect();
        for (n, request) in (0..).zip(requests) {
            let [a, b] = [n % 100, (n + 1) % 100].map(|number| Ok(Some(number * 10)));
            assert_eq!(request.await.unwrap(), [a.clone(), b, a]);
        }
        assert!(seen.most_running.load(Ordering::SeqCst) <= 1 + MOST_SLOW);
        while queued(&loaders) != (0, 0) {
            tokio::task::yield_now().await;
        }
    }
}
