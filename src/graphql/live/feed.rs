//! The live end of the change log: one task a process reads what is new, once, and hands it to all subscribers.
//!
//! It reads at each notification, and every second regardless: a notification may be lost, and on SQLite other
//! processes send none. Without subscribers it does nothing. Each subscriber knows the number of the last change it
//! saw. One that lags behind reads what it missed from the log itself, so that nothing is lost and nothing comes twice.

use std::{collections::HashMap, sync::Arc, time::Duration};

use entity::{
    change::{self, Operation},
    node_type::NodeType,
};
use tokio::{
    sync::{Mutex, Notify, Semaphore, broadcast},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    clock::Clock,
    db::{Db, change_notifier::Listener},
    domain::changes::{self, LogPage, Wanted},
    error::Result,
    graphql::types::node::{Node, nodes_of},
};

/// How long a change may go unnoticed if the notifications fail.
const POLL: Duration = Duration::from_secs(1);
/// How many changes are read at once.
const PAGE: u64 = 200;
/// How many subscribers read from the log at a time; the others wait for their turn.
const READERS: usize = 2;

/// A change with all that its subscribers need, read once for all of them.
#[derive(Clone)]
pub struct Message {
    /// What the log says.
    pub row: change::Model,
    /// The groups of the node, now and before.
    pub groups: Vec<Uuid>,
    /// The node now, or the one that it became part of; none if it is gone or not public any more.
    pub node: Option<Node>,
    /// Up to which number deletions had been pruned from the log when this was read.
    pruned_seq: i64,
}

impl Message {
    /// Whether it is among the wanted changes.
    #[must_use]
    pub fn is_wanted(&self, wanted: &Wanted) -> bool {
        let of_type = wanted.types.as_ref().is_none_or(|types| types.contains(&self.row.node_type));
        let of_group =
            wanted.group.is_none_or(|group| changes::is_shared(self.row.node_type) || self.groups.contains(&group));
        of_type && of_group
    }
}

/// The live end of the change log.
pub struct Feed {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    /// Receives the notifications of other processes as long as the feed lives.
    _listener: Option<Listener>,
}

struct Shared {
    db: Db,
    clock: Clock,
    sender: broadcast::Sender<Arc<Message>>,
    /// The number of the last change that was sent; `None` without subscribers.
    last: Mutex<Option<i64>>,
    subscribed: Notify,
    readers: Semaphore,
}

/// A position in the log and the changes after it.
pub struct Subscriber {
    shared: Arc<Shared>,
    receiver: broadcast::Receiver<Arc<Message>>,
    wanted: Wanted,
    /// Up to which number it has read the log.
    last: i64,
    /// Up to which number deletions do not matter to it: it never saw those nodes.
    floor: i64,
    /// Changes read from the log, in reverse.
    read: Vec<Arc<Message>>,
    /// Whether the log may hold changes after `last` that the receiver will not bring.
    behind: bool,
}

impl Feed {
    /// Starts the task, which ends with the feed. A subscriber may lag `capacity` changes behind.
    #[must_use]
    pub fn start(db: &Db, clock: &Clock, capacity: usize) -> Arc<Self> {
        let shared = Arc::new(Shared {
            db: db.clone(),
            clock: clock.clone(),
            sender: broadcast::Sender::new(capacity),
            last: Mutex::new(None),
            subscribed: Notify::new(),
            readers: Semaphore::new(READERS),
        });
        let task = tokio::spawn(run(shared.clone()));
        Arc::new(Self { shared, task, _listener: Listener::start(db) })
    }

    /// Follows the log after this number. Deletions up to `floor` may be pruned: the subscriber never saw those nodes.
    pub async fn subscribe(&self, after: i64, floor: i64, wanted: Wanted) -> Result<Subscriber> {
        let shared = self.shared.clone();
        let (receiver, now) = {
            // The task sends under this lock, so the receiver gets all that is sent from here on.
            let mut last = shared.last.lock().await;
            let now = match *last {
                Some(now) => now,
                None => *last.insert(changes::head(shared.db.reads()).await?.last_seq),
            };
            (shared.sender.subscribe(), now)
        };
        shared.subscribed.notify_one();
        Ok(Subscriber { shared, receiver, wanted, last: after, floor, read: Vec::new(), behind: after < now })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Subscriber {
    /// The next wanted change. `None` when the server ends; an error if the log has pruned a deletion that it may have
    /// missed.
    pub async fn next(&mut self) -> Option<Result<Arc<Message>>> {
        loop {
            if let Some(message) = self.read.pop() {
                return Some(Ok(message));
            }
            if self.behind {
                if let Err(error) = self.catch_up().await {
                    return Some(Err(error));
                }
                continue;
            }
            match self.receiver.recv().await {
                Ok(message) if message.row.seq <= self.last => {}
                Ok(message) => {
                    if let Err(error) = self.misses_nothing(message.pruned_seq) {
                        return Some(Err(error));
                    }
                    self.last = message.row.seq;
                    if message.is_wanted(&self.wanted) {
                        return Some(Ok(message));
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The clock for the moment of its changes.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    async fn catch_up(&mut self) -> Result<()> {
        let _permit = self.shared.readers.acquire().await;
        let page = changes::page(self.shared.db.reads(), self.last, &self.wanted, PAGE).await?;
        self.misses_nothing(page.head.pruned_seq)?;
        // Up to here the log holds nothing else for this subscriber.
        let last = page.rows.last().filter(|_| page.more).map_or(page.head.last_seq, |row| row.seq);
        let more = page.more;
        self.read = messages(&self.shared.db, page).await?;
        self.read.reverse();
        (self.last, self.behind) = (last, more);
        Ok(())
    }

    /// An error if deletions after its position were pruned, as after an outage that lasted longer than the log keeps
    /// them.
    fn misses_nothing(&self, pruned_seq: i64) -> Result<()> {
        if pruned_seq <= self.last.max(self.floor) { Ok(()) } else { Err(changes::too_old()) }
    }
}

async fn run(shared: Arc<Shared>) {
    let mut changes = shared.db.change_notifier().subscribe();
    loop {
        if shared.sender.receiver_count() == 0 {
            let mut last = shared.last.lock().await;
            // A subscriber may have come before the lock was taken. A later one wakes the task through `subscribed`.
            if shared.sender.receiver_count() == 0 {
                *last = None;
                drop(last);
                shared.subscribed.notified().await;
            }
            continue;
        }
        match shared.send_new().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "cannot read the change log; trying again"),
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Shared {
    /// Sends what is new. Returns whether more can be read at once.
    async fn send_new(&self) -> Result<bool> {
        let Some(last) = *self.last.lock().await else { return Ok(false) };
        let page = changes::page(self.db.reads(), last, &Wanted::default(), PAGE).await?;
        let more = page.more;
        let messages = messages(&self.db, page).await?;
        let mut last = self.last.lock().await;
        for message in messages {
            *last = Some(message.row.seq);
            // Sending fails only if there is no subscriber left.
            let _ = self.sender.send(message);
        }
        Ok(more)
    }
}

/// These changes with their nodes: a statement for each type among them, and one for their groups.
async fn messages(db: &Db, page: LogPage) -> Result<Vec<Arc<Message>>> {
    let LogPage { rows, head, .. } = page;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys: HashMap<NodeType, Vec<Uuid>> = HashMap::new();
    for row in &rows {
        keys.entry(row.node_type).or_default().extend(shown(row));
    }
    let mut nodes = HashMap::new();
    for (node_type, keys) in keys {
        nodes.extend(nodes_of(db, node_type, &keys).await?);
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.node_id).collect();
    let mut groups = changes::groups(db.reads(), &ids).await?;
    let message = |row: change::Model| {
        let node = shown(&row).and_then(|key| nodes.get(&key).cloned());
        Arc::new(Message {
            groups: groups.remove(&row.node_id).unwrap_or_default(),
            node,
            row,
            pruned_seq: head.pruned_seq,
        })
    };
    Ok(rows.into_iter().map(message).collect())
}

/// The node that a change shows.
#[must_use]
pub fn shown(row: &change::Model) -> Option<Uuid> {
    match row.operation {
        Operation::Upsert => Some(row.node_id),
        Operation::Merge => row.merged_into_id,
        Operation::Delete => None,
    }
}
