//! The only way to change data. A write is a transaction that cannot be dropped half-way. Before it commits, it appends
//! its changes to the change log and updates the search. Subscriptions, sync and caches follow that log.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use entity::{
    change::Operation,
    node_type::{NodeType, NodeTypes},
};
use futures_util::future::BoxFuture;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    changes::{self, Changed},
    search,
};
use crate::{
    clock::Clock,
    db::{Db, retry::retried, transaction::Transaction},
    error::{Error, Result},
};

/// An open write transaction.
pub struct Tx {
    db: Db,
    connection: Transaction,
    clock: Clock,
    now: DateTime<Utc>,
    changes: Mutex<Changes>,
}

/// What changed so far, in order and each change once.
#[derive(Default)]
struct Changes {
    order: Vec<Changed>,
    seen: HashSet<Changed>,
}

impl Changes {
    fn forget_after(&mut self, count: usize) {
        for forgotten in self.order.drain(count..) {
            self.seen.remove(&forgotten);
        }
    }
}

impl Tx {
    /// Begins a transaction. Most callers want [`Db::write`], which also retries, commits and cannot be dropped.
    pub async fn begin(db: &Db, clock: &Clock) -> Result<Self> {
        let (connection, now) = (db.begin_write().await?, clock.now());
        Ok(Self { db: db.clone(), connection, clock: clock.clone(), now, changes: Mutex::default() })
    }

    /// Does a part of the transaction's work. If it fails, only this part is rolled back.
    pub async fn part<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let before = self.changes().order.len();
        self.connection.begin_part().await?;
        match work.await {
            Ok(value) => self.connection.keep_part().await.map(|()| value).map_err(Error::from),
            Err(error) => {
                self.changes().forget_after(before);
                self.connection.take_back_part().await?;
                Err(error)
            }
        }
    }

    /// Did the database roll everything back by itself? Then no statement runs in the transaction any more.
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }

    /// The connection that statements of this transaction use.
    pub fn connection(&self) -> &Transaction {
        &self.connection
    }

    /// The moment of the transaction; everything it writes carries this time.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new key.
    pub fn new_id(&self) -> Uuid {
        self.clock.new_id()
    }

    /// Notes that a node was created or changed, or that one of its parts was.
    pub fn upserted(&self, node_type: NodeType, node_id: Uuid) {
        self.changed(Changed { operation: Operation::Upsert, node_type, node_id, merged_into_id: None });
    }

    /// Notes that a node was deleted.
    pub fn deleted(&self, node_type: NodeType, node_id: Uuid) {
        self.changed(Changed { operation: Operation::Delete, node_type, node_id, merged_into_id: None });
    }

    /// Notes that a node became part of another one.
    pub fn merged(&self, node_type: NodeType, node_id: Uuid, into: Uuid) {
        self.changed(Changed { operation: Operation::Merge, node_type, node_id, merged_into_id: Some(into) });
    }

    fn changed(&self, changed: Changed) {
        let mut changes = self.changes();
        if changes.seen.insert(changed) {
            changes.order.push(changed);
        }
    }

    /// The changes are usable even if another task panicked with the lock.
    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refreshes the search, checks its format, appends to the change log and commits. Then it notifies the caches and
    /// those who follow the log.
    ///
    /// The search and the log depend on what is public, and other transactions may be changing that. So both come last.
    /// The search locks the rows that it reads, and the log locks all of itself.
    pub async fn commit(self) -> Result<()> {
        let changed = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner).order;
        if changed.is_empty() {
            return Ok(self.connection.commit().await?);
        }
        // When a node is merged into another one, that one may get its names.
        let ids = |changed: &Changed| [Some(changed.node_id), changed.merged_into_id].into_iter().flatten();
        let nodes: Vec<_> = changed.iter().flat_map(|changed| ids(changed).map(|id| (changed.node_type, id))).collect();
        search::refresh(&self.connection, &nodes).await?;
        // The log is locked after the rows of the search. All transactions lock in this order, so they cannot deadlock.
        changes::lock(&self.connection).await?;
        // Before this program's documents are committed: those of another format would not be found.
        search::must_be_ours(&self.connection).await?;
        changes::append(&self.connection, &changed, self.now).await?;
        let committed = self.connection.commit().await;
        // A commit that reports an error may have succeeded, for instance if the connection broke. So the caches are
        // told first.
        self.db
            .change_versions()
            .advance(changed.iter().map(|changed| changed.node_type).collect::<NodeTypes>().bits());
        committed?;
        self.db.notify_change();
        Ok(())
    }

    /// Rolls everything back.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.connection.rollback().await?)
    }
}

impl Db {
    /// Runs `work` in one transaction and commits it. If `work` fails, everything is rolled back.
    ///
    /// It runs in a task of its own. So a client that goes away, or a timeout, cannot drop it between two statements: a
    /// cancelled `BEGIN` would poison a pooled PostgreSQL connection (sqlx #4393). A transaction that conflicts with
    /// another one is run again. So `work` must have no effect outside of it.
    pub async fn write<T, W>(&self, clock: &Clock, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, Result<T>> + Send + Sync + 'static,
    {
        let (db, clock) = (self.clone(), clock.clone());
        let work = async move { retried(|| attempt(&db, &clock, &work)).await };
        tokio::spawn(work.in_current_span()).await.unwrap_or_else(|panic| Err(Error::internal(panic)))
    }
}

async fn attempt<T, W>(db: &Db, clock: &Clock, work: &W) -> Result<T>
where
    W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, Result<T>>,
{
    let tx = Tx::begin(db, clock).await?;
    match work(&tx).await {
        Ok(value) => tx.commit().await.map(|()| value),
        Err(error) => {
            // If the rollback fails, too, the cause is the same.
            let _ = tx.roll_back().await;
            Err(error)
        }
    }
}
