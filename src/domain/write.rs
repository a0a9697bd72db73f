//! The one door through which every change goes. It opens a transaction that cannot be dropped half-way, and before it
//! commits, it appends what changed to the change log and brings the search up to date. Subscriptions, sync and caches
//! follow that log.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{
    change::{self, Operation},
    node_type::NodeType,
};
use futures_util::future::BoxFuture;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, TransactionTrait};
use tracing::Instrument;
use uuid::Uuid;

use super::search;
use crate::{
    clock::Clock,
    db::Db,
    error::{Error, Result},
};

/// How often a transaction that lost a race is tried, and how long the first pause is.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);
/// Rows of one insert statement, well below the parameters that either database allows.
const ROWS: usize = 500;

/// An open write transaction.
pub struct Tx {
    connection: DatabaseTransaction,
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

/// One entry for the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Changed {
    operation: Operation,
    node_type: NodeType,
    node_id: Uuid,
    merged_into_id: Option<Uuid>,
}

impl Tx {
    /// Begins a transaction. Most callers want [`Db::write`], which also retries, commits and cannot be dropped.
    pub async fn begin(db: &Db, clock: &Clock) -> Result<Self> {
        Ok(Self::over(db.begin_write().await?, clock))
    }

    /// A part of this transaction that can be taken back alone.
    pub async fn savepoint(&self) -> Result<Self> {
        Ok(Self::over(self.connection.begin().await?, &self.clock))
    }

    fn over(connection: DatabaseTransaction, clock: &Clock) -> Self {
        Self { connection, clock: clock.clone(), now: clock.now(), changes: Mutex::default() }
    }

    /// The connection that statements of this transaction use.
    pub fn connection(&self) -> &DatabaseTransaction {
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
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if changes.seen.insert(changed) {
            changes.order.push(changed);
        }
    }

    /// Appends to the change log, refreshes the search and commits.
    pub async fn commit(self) -> Result<()> {
        let changes = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner).order;
        for rows in changes.chunks(ROWS) {
            let rows = rows.iter().map(|changed| change::ActiveModel {
                operation: Set(changed.operation),
                node_type: Set(changed.node_type),
                node_id: Set(changed.node_id),
                merged_into_id: Set(changed.merged_into_id),
                at: Set(self.now),
                ..Default::default()
            });
            change::Entity::insert_many(rows).exec_without_returning(&self.connection).await?;
        }
        // A node that took another one in may have taken its names, too.
        let ids = |changed: &Changed| [Some(changed.node_id), changed.merged_into_id].into_iter().flatten();
        let nodes: Vec<_> = changes.iter().flat_map(|changed| ids(changed).map(|id| (changed.node_type, id))).collect();
        search::refresh(&self.connection, &nodes).await?;
        Ok(self.connection.commit().await?)
    }

    /// Takes everything back.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.connection.rollback().await?)
    }
}

impl Db {
    /// Runs `work` in one transaction and commits it, or takes everything back if it fails.
    ///
    /// It runs in a task of its own: a client that goes away, or a timeout, cannot drop it between two statements (a
    /// cancelled `BEGIN` would poison a pooled PostgreSQL connection, sqlx #4393). A transaction that lost a race is run
    /// again, so `work` must have no effect outside of it.
    pub async fn write<T, W>(&self, clock: &Clock, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, Result<T>> + Send + Sync + 'static,
    {
        let (db, clock) = (self.clone(), clock.clone());
        let work = async move {
            let mut pause = PAUSE;
            for _ in 1..TRIES {
                match attempt(&db, &clock, &work).await {
                    Err(Error::Unavailable) => tokio::time::sleep(pause).await,
                    done => return done,
                }
                pause *= 2;
            }
            attempt(&db, &clock, &work).await
        };
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
            tx.roll_back().await?;
            Err(error)
        }
    }
}
