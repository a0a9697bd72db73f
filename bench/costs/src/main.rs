//! Sends generated requests to a server in this process and compares what each took with the points that it was charged.
//!
//! `costs sqlite:ruby.db`, or `costs postgres://… --postmaster 1234`. Prints the worst of each kind, and fails if a
//! bound is exceeded. The server has one thread, so anything that blocks the thread is noticed.

mod allocator;
mod generate;
mod probe;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use clap::Parser;
use folkmoot::{clock::Clock, config, db::Db, graphql, http};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    generate::Generator,
    probe::{Probe, Taken},
};

/// How long a request may block a thread.
const MOST_HELD: Duration = Duration::from_millis(250);
/// How much it may allocate, in bytes.
const MOST_ALLOCATED: u64 = 64_000_000;
/// How much CPU time it may use for each point.
const MOST_A_POINT: Duration = Duration::from_millis(4);
/// How many requests are sent first, without being measured. They fill caches, open connections, and make each
/// connection read and plan most statements for the first time.
const WARMING: usize = 2_000;
/// How many of the worst are printed.
const WORST: usize = 10;

/// Compares what requests take with what they are charged.
#[derive(Parser)]
struct Arguments {
    /// The database.
    database: String,
    /// How many requests.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// The seed of the requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often all requests are sent, each time by a new process. Other work of the machine can only add to what a
    /// request takes, so the least of the measurements counts.
    #[arg(long, default_value_t = 2)]
    runs: usize,
    /// Writes what each request took as a line of JSON, and compares nothing.
    #[arg(long)]
    raw: bool,
    /// The process of PostgreSQL whose children serve the bench.
    #[arg(long)]
    postmaster: Option<u32>,
}

/// A request and its measurements.
#[derive(Deserialize, Serialize)]
struct Measured {
    query: String,
    requested: u64,
    actual: u64,
    bytes: usize,
    taken: Taken,
}

impl Measured {
    fn a_point(&self) -> Duration {
        self.taken.cpu / u32::try_from(self.actual.max(1)).unwrap_or(u32::MAX)
    }
}

impl Measured {
    /// Keeps the less of two measurements of the same request.
    fn least(&mut self, other: &Self) {
        assert_eq!(self.query, other.query, "each run sends the same requests");
        self.actual = self.actual.min(other.actual);
        self.taken = self.taken.least(&other.taken);
    }
}

fn main() {
    let arguments = Arguments::parse();
    if arguments.raw {
        return measure(&arguments);
    }
    let mut measured = run();
    for _ in 1..arguments.runs {
        for (one, other) in measured.iter_mut().zip(run()) {
            one.least(&other);
        }
    }
    println!("{} requests", measured.len());
    let total: Duration = measured.iter().map(|one| one.taken.cpu).sum();
    let points: u64 = measured.iter().map(|one| one.actual).sum();
    let requested: u64 = measured.iter().map(|one| one.requested).sum();
    println!(
        "{points} of {requested} points charged, {:?} a point on average",
        total / u32::try_from(points).unwrap_or(u32::MAX)
    );
    let mut is_good = worst(&measured, "held a thread", |one| one.taken.held, |held| *held <= MOST_HELD);
    is_good &= worst(&measured, "allocated, bytes", |one| one.taken.allocated, |bytes| *bytes <= MOST_ALLOCATED);
    is_good &= worst(&measured, "processor a point", Measured::a_point, |time| *time <= MOST_A_POINT);
    std::process::exit(i32::from(!is_good));
}

/// Sends all requests from a new process for each run, so that no run finds what an earlier one kept in memory, such as
/// rendered texts.
fn run() -> Vec<Measured> {
    let program = std::env::current_exe().expect("this program");
    let run = Command::new(program).args(std::env::args_os().skip(1)).arg("--raw").stderr(Stdio::inherit()).output();
    let run = run.expect("another of its kind");
    assert!(run.status.success(), "it failed");
    let lines = String::from_utf8(run.stdout).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("what a request took")).collect()
}

/// Sends all requests to a server, one after the other, and writes what each took.
fn measure(arguments: &Arguments) {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (address, probe) = server.block_on(start(arguments));
    let schema = graphql::definitions(true, true);
    let samples = samples(address);
    let mut generator = Generator::new(schema.schema(), arguments.seed, &samples);
    for _ in 0..WARMING {
        ask(address, &generator.request(), &json!(false));
    }
    let (mut measured, mut refused) = (0, 0);
    while measured < arguments.requests {
        let query = generator.request();
        let dry = ask(address, &query, &json!("dryRun")).0;
        let Some(requested) = dry["extensions"]["cost"]["requested"].as_u64() else {
            refused += 1;
            if refused < 4 {
                eprintln!("refused: {query}\n  {dry}");
            }
            continue;
        };
        let before = probe.begin();
        let (answer, bytes) = ask(address, &query, &json!(true));
        let taken = probe.end(&before);
        let actual = answer["extensions"]["cost"]["actual"].as_u64().unwrap_or(1);
        let one = Measured { query, requested, actual, bytes, taken };
        println!("{}", serde_json::to_string(&one).expect("plain values"));
        measured += 1;
        if measured % 1000 == 0 {
            eprintln!("{measured} requests");
        }
    }
    eprintln!("{measured} requests, {refused} others refused");
    server.shutdown_background();
}

/// Prints the worst ten. Returns whether the very worst is within its bound.
fn worst<T: Ord + Copy + std::fmt::Debug>(
    measured: &[Measured],
    what: &str,
    of: impl Fn(&Measured) -> T,
    is_good: impl Fn(&T) -> bool,
) -> bool {
    let mut order: Vec<&Measured> = measured.iter().collect();
    order.sort_by_key(|one| std::cmp::Reverse(of(one)));
    let beyond = order.iter().filter(|one| !is_good(&of(one))).count();
    println!("\n{what}: {beyond} beyond the bound");
    for one in order.iter().take(WORST) {
        let query: String = one.query.chars().take(600).collect();
        println!(
            "  {:?} ({} of {} points, {:?}, {} bytes) {query}",
            of(one),
            one.actual,
            one.requested,
            one.taken,
            one.bytes
        );
    }
    beyond == 0
}

async fn start(arguments: &Arguments) -> (SocketAddr, Probe) {
    let settings = config::Settings { rate_limit: Some(0), ..config::Settings::default() };
    let config = config::Config::try_from(settings).expect("the defaults are right");
    let db = Db::connect(&arguments.database, 4, None).await.expect("the database");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = http::App::new(db, Clock::system(), &config);
    tokio::spawn(async move { http::serve(listener, app, &config, std::future::pending()).await });
    (address, Probe::start(arguments.postmaster))
}

/// Ids and slugs of existing nodes.
fn samples(address: SocketAddr) -> Value {
    let query = "{ groups(first: 100) { nodes { id slug } } events(first: 100) { nodes { id slug } }
        talks(first: 100) { nodes { id slug } } people(first: 100) { nodes { id slug } }
        topics(first: 100) { nodes { id slug } } venues(first: 100) { nodes { id slug } }
        organizations(first: 100) { nodes { id slug } } }";
    ask(address, query, &json!(false)).0["data"].take()
}

fn ask(address: SocketAddr, query: &str, cost: &Value) -> (Value, usize) {
    let body = json!({ "query": query, "extensions": { "cost": cost } }).to_string();
    let mut socket = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body.as_bytes())).expect("a request");
    let mut answer = Vec::with_capacity(16 * 1024);
    socket.read_to_end(&mut answer).expect("an answer");
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let bytes = answer.len() - start;
    (serde_json::from_slice(&answer[start..]).unwrap_or(Value::Null), bytes)
}
