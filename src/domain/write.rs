//! The only way to change data. A write is a transaction that cannot be dropped half-way. Before it commits, it appends
//! its changes to the change log and updates the search. Subscriptions, sync and caches follow that log.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Utc};
use entity::{
    by_noun,
    node_type::{NodeType, NodeTypes},
    noun::Noun,
};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use tracing::Instrument;
use uuid::Uuid;

use super::{
    audit::{self, Actor},
    changes::{self, Changed},
    journal::{Entry, Touched, What},
    search,
};
use crate::{
    clock::Clock,
    db::{
        Db,
        keys::is_any,
        retry::{must_be_in_time, retried},
        transaction::{Reading, Transaction},
    },
    error::{Error, Result},
};

/// How many rows an update statement changes at most.
const ROWS: usize = 500;

/// For whom a write is, when it is, and how long it may take.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Gives the time and the keys of what is written.
    pub clock: Clock,
    /// Who writes.
    pub actor: Actor,
    /// No attempt begins or commits after it. So whoever was told `TIMEOUT` has not written. `None` for no limit.
    pub deadline: Option<Instant>,
}

impl Origin {
    /// A write without a limit of time.
    #[must_use]
    pub fn new(clock: &Clock, actor: Actor) -> Self {
        Self { clock: clock.clone(), actor, deadline: None }
    }
}

impl From<&Clock> for Origin {
    /// The program itself.
    fn from(clock: &Clock) -> Self {
        Self::new(clock, Actor::System)
    }
}

/// An open write transaction.
pub struct Tx {
    db: Db,
    connection: Transaction,
    origin: Origin,
    now: DateTime<Utc>,
    journal: Mutex<Vec<Entry>>,
}

impl Tx {
    /// Begins a transaction. Most callers want [`Db::write`], which also retries, commits and cannot be dropped.
    pub async fn begin(db: &Db, origin: impl Into<Origin>) -> Result<Self> {
        let (connection, origin) = (db.begin_write().await?, origin.into());
        Ok(Self { db: db.clone(), connection, now: origin.clock.now(), origin, journal: Mutex::default() })
    }

    /// Does a part of the transaction's work. If it fails, only this part is rolled back.
    pub async fn part<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let before = self.journal().len();
        self.connection.begin_part().await?;
        match work.await {
            Ok(value) => self.connection.keep_part().await.map(|()| value).map_err(Error::from),
            Err(error) => {
                self.journal().truncate(before);
                self.connection.take_back_part().await?;
                Err(error)
            }
        }
    }

    /// Did the database roll everything back by itself? Then no statement runs in the transaction any more.
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }

    /// The transaction as others may use it: for reading. Rows are written by `create`, `change`, `delete` and
    /// `set_parts`.
    pub fn reading(&self) -> Reading<'_> {
        self.connection.reading()
    }

    pub(super) fn connection(&self) -> &Transaction {
        &self.connection
    }

    /// The transaction for those who write rows past the rules of their nouns: tests and benches. They say themselves
    /// what they did, by [`Tx::upserted`] and [`Tx::deleted`]. The house test refuses these names in the program.
    pub fn past_the_rules(&self) -> &Transaction {
        &self.connection
    }

    /// Says that a node was written past the rules.
    pub fn upserted(&self, node_type: NodeType, node_id: Uuid) {
        self.note(node_type, node_id, What::Changed(Vec::new()));
    }

    /// Says that a node was deleted past the rules.
    pub fn deleted(&self, node_type: NodeType, node_id: Uuid) {
        self.note(node_type, node_id, What::Deleted);
    }

    /// The moment of the transaction; everything it writes carries this time.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new key.
    pub fn new_id(&self) -> Uuid {
        self.origin.clock.new_id()
    }

    /// Notes that a node became part of another one.
    pub fn merged(&self, node_type: NodeType, node_id: Uuid, into: Uuid) {
        self.note(node_type, node_id, What::Merged(into));
    }

    pub(super) fn note(&self, node_type: NodeType, node_id: Uuid, what: What) {
        self.journal().push(Entry { node_type, node_id, what });
    }

    /// The journal is usable even if another task panicked with the lock.
    fn journal(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives changed nodes their new version, refreshes the search, checks its format, appends to the change log and
    /// commits. Then it notifies the caches and those who follow the log.
    ///
    /// The search and the log depend on what is public, and other transactions may be changing that. So both come last.
    /// The search locks the rows that it reads, and the log locks all of itself.
    pub async fn commit(self) -> Result<()> {
        let journal = self.journal.into_inner().unwrap_or_else(PoisonError::into_inner);
        let touched = Touched::of(journal);
        if touched.is_empty() {
            return Ok(self.connection.commit().await?);
        }
        renew(&self.connection, &touched, self.now).await?;
        audit::append(&self.connection, &self.origin.actor, &touched, self.now).await?;
        let changed: Vec<Changed> = touched.iter().flat_map(Touched::changes).collect();
        // When a node is merged into another one, that one may get its names.
        let ids = |changed: &Changed| [Some(changed.node_id), changed.merged_into_id].into_iter().flatten();
        let nodes: Vec<_> = changed.iter().flat_map(|changed| ids(changed).map(|id| (changed.node_type, id))).collect();
        let new: HashSet<Uuid> = touched.iter().filter(|node| node.is_new).map(|node| node.node_id).collect();
        search::refresh(&self.connection, &nodes, &new).await?;
        // The log is locked after the rows of the search. All transactions lock in this order, so they cannot deadlock.
        changes::lock(&self.connection).await?;
        // Before this program's documents are committed: those of another format would not be found.
        search::must_be_ours(&self.connection).await?;
        changes::append(&self.connection, &changed, &new, self.now).await?;
        must_be_in_time(self.origin.deadline)?;
        let committed = self.connection.commit().await;
        // A commit that reports an error may have succeeded, for instance if the connection broke. So the caches are
        // told first.
        self.db
            .change_versions()
            .advance(changed.iter().map(|changed| changed.node_type).collect::<NodeTypes>().bits());
        committed?;
        self.db.notify_change();
        if matches!(self.origin.actor, Actor::Import { .. }) {
            self.db.note_growth(touched.len());
        }
        Ok(())
    }

    /// Rolls everything back.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.connection.rollback().await?)
    }
}

/// Gives the changed nodes their new version. A node that changed in several ways gets one.
async fn renew(db: &Transaction, touched: &[Touched], now: DateTime<Utc>) -> Result<()> {
    let mut nodes: HashMap<NodeType, Vec<Uuid>> = HashMap::new();
    for node in touched.iter().filter(|node| !node.is_new && !node.is_gone && !node.fields.is_empty()) {
        nodes.entry(node.node_type).or_default().push(node.node_id);
    }
    for (node_type, nodes) in nodes {
        for nodes in nodes.chunks(ROWS) {
            by_noun!(node_type, E => {
                let is_changed = is_any(db.get_database_backend(), E::ID.into_expr(), nodes);
                let update = E::update_many().col_expr(E::VERSION, Expr::col(E::VERSION).add(1));
                update.col_expr(E::UPDATED_AT, Expr::val(now)).filter(is_changed).exec(db).await?;
            });
        }
    }
    Ok(())
}

impl Db {
    /// Runs `work` in one transaction and commits it. If `work` fails, everything is rolled back.
    ///
    /// It runs in a task of its own. So a client that goes away, or a timeout, cannot drop it between two statements: a
    /// cancelled `BEGIN` would poison a pooled PostgreSQL connection (sqlx #4393). A transaction that conflicts with
    /// another one is run again. So `work` must have no effect outside of it.
    pub async fn write<T, W>(&self, origin: impl Into<Origin>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, Result<T>> + Send + Sync + 'static,
    {
        let (db, origin) = (self.clone(), origin.into());
        let work = async move { retried(origin.deadline, || attempt(&db, &origin, &work)).await };
        tokio::spawn(work.in_current_span()).await.unwrap_or_else(|panic| Err(Error::internal(panic)))
    }
}

async fn attempt<T, W>(db: &Db, origin: &Origin, work: &W) -> Result<T>
where
    W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, Result<T>>,
{
    let tx = Tx::begin(db, origin.clone()).await?;
    match work(&tx).await {
        Ok(value) => tx.commit().await.map(|()| value),
        Err(error) => {
            // If the rollback fails, too, the cause is the same.
            let _ = tx.roll_back().await;
            Err(error)
        }
    }
}
