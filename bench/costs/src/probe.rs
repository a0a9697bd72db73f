//! Measures what a request takes, from inside the process.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};

use crate::allocator;

/// Watches the runtime that starts it, and the processes of PostgreSQL.
pub struct Probe {
    /// The longest that the runtime's thread worked without running another task, in nanoseconds.
    held: Arc<AtomicU64>,
    postmaster: Option<u32>,
    client: String,
}

/// The state before a request.
pub struct Before {
    allocated: u64,
    cpu: Duration,
}

/// What a request took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Taken {
    /// The longest time without running another task.
    pub held: Duration,
    /// Allocated bytes.
    pub allocated: u64,
    /// CPU time of the server and the database.
    pub cpu: Duration,
}

impl Taken {
    /// The less of two measurements, for each field.
    pub fn least(&self, other: &Self) -> Self {
        Self {
            held: self.held.min(other.held),
            allocated: self.allocated.min(other.allocated),
            cpu: self.cpu.min(other.cpu),
        }
    }
}

impl Probe {
    /// Starts to watch. The calling thread is the one of the client.
    pub fn start(postmaster: Option<u32>) -> Self {
        allocator::leave_out_this_thread();
        let held = Arc::<AtomicU64>::default();
        tokio::spawn({
            let held = held.clone();
            async move {
                let mut last = worked();
                loop {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    let now = worked();
                    held.fetch_max(now - last, Ordering::Relaxed);
                    last = now;
                }
            }
        });
        let client = fs::read_link("/proc/thread-self").map(|path| path.display().to_string()).unwrap_or_default();
        Self { held, postmaster, client: client.rsplit('/').next().unwrap_or_default().to_owned() }
    }

    /// Called before a request.
    pub fn begin(&self) -> Before {
        self.held.store(0, Ordering::Relaxed);
        Before { allocated: allocator::allocated(), cpu: self.cpu() }
    }

    /// Called after it.
    pub fn end(&self, before: &Before) -> Taken {
        // The watching task runs only after what blocked the thread.
        std::thread::sleep(Duration::from_millis(2));
        Taken {
            held: Duration::from_nanos(self.held.load(Ordering::Relaxed)),
            allocated: allocator::allocated() - before.allocated,
            cpu: self.cpu().saturating_sub(before.cpu),
        }
    }

    /// The CPU time of the server's threads, and of the processes of PostgreSQL that serve them, so far.
    fn cpu(&self) -> Duration {
        let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let own = tasks.filter(|task| task.file_name().to_string_lossy() != self.client.as_str());
        let own: u64 = own.map(|task| used(&task.path().join("schedstat").display().to_string())).sum();
        let theirs: u64 = self.backends().iter().map(|id| used(&format!("/proc/{id}/schedstat"))).sum();
        Duration::from_nanos(own + theirs)
    }

    fn backends(&self) -> Vec<u32> {
        let Some(postmaster) = self.postmaster else { return Vec::new() };
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|id| id.parse().ok()).filter(|id| serves(*id)).collect()
    }
}

/// Whether a process of PostgreSQL serves a connection. Such a process is named after its client's host and port,
/// `127.0.0.1(40962)`. The work of the others (checkpoints, vacuum) does not depend on the requests.
fn serves(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|name| name.contains('('))
}

/// The CPU time of the calling thread, in nanoseconds.
fn worked() -> u64 {
    u64::try_from(ThreadTime::now().as_duration().as_nanos()).unwrap_or(u64::MAX)
}

/// The CPU time in a `schedstat` file, in nanoseconds.
fn used(path: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or_default()
}
