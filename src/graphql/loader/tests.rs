use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{join_all, ready, try_join};
use tokio::sync::Semaphore;

use super::*;

/// What the loader of a board does.
#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    Answer,
    Fail,
    Panic,
}

/// A test's record of its batches, and its control over the loader.
struct Board {
    behaviour: Mutex<Behaviour>,
    /// Batches wait here for a permit each.
    gate: Semaphore,
    batches: Mutex<Vec<Vec<u32>>>,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Board {
    /// A board and its index, which keys carry. With enough permits no batch waits.
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

/// Loaders whose requests share batches, whatever the database.
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
async fn slow_batches_let_others_run_but_only_a_few_of_them() {
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
    let requests: Vec<_> = (0..5).map(|number| tokio::spawn(request(loaders.clone(), board, vec![number]))).collect();
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
async fn a_batch_does_not_split_a_request_that_is_still_asking() {
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
