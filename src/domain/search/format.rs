//! The format of the documents. The database says in which format they are (`search_format`). A program of another
//! format renews all of them at its start, and a write in another format is refused. So a program that has
//! started finds all documents, until one of another format starts.
//!
//! The documents are renewed under the lock of the migrations, so only one process does it. Reads and writes of other
//! processes go on meanwhile. No write is lost:
//!
//! - The format is set under the lock of the change log, under which all writes check it and commit. So all writes of
//!   another format are committed before, and seen here, or refused.
//! - The nodes of a type are listed after the documents of the type before it were renewed. A write that hides an event
//!   hides its talks only if it finds a document of the event. So all events need their documents before talks are
//!   listed.
//! - Each chunk of nodes is a transaction that locks its nodes, as every write does at its end. The later of the two
//!   transactions sees what the earlier one wrote.

use std::time::{Duration, Instant};

use entity::{node_type::NodeTypes, search_document, search_format};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, sea_query::Expr};

use super::{
    document::FORMAT,
    index::{self, CHUNK, Extent},
    source::SEARCHABLE,
};
use crate::{
    db::{self, Db, retry::retried, transaction::Transaction},
    domain::changes,
    error::{Code, Error, Result},
};

/// The least time between two lines of the log that tell the progress.
const PROGRESS: Duration = Duration::from_secs(1);
/// How long a transaction waits for its turn beside other writers.
const PATIENCE: Duration = Duration::from_mins(1);

/// Applies the steps of the migration that are missing, and then renews the documents if they are of another format. Any
/// number of processes may call it at once.
pub async fn bring_up_to_date<E: From<DbErr> + From<Error>>(db: &Db) -> Result<(), E> {
    let renew = async || {
        // Another process may have done it while this one waited for the lock.
        if !is_current(db).await? {
            renew_all(db, Extent::Changed).await?;
        }
        Ok(())
    };
    db::migrate::up_and(db, async || Ok(is_current(db).await?), renew).await
}

/// The same, but it writes all documents, whatever the database says about them. Answers how many documents there are.
pub async fn rebuild<E: From<DbErr> + From<Error>>(db: &Db) -> Result<u64, E> {
    let mut documents = 0;
    let renew = async || {
        documents = renew_all(db, Extent::All).await?;
        Ok(())
    };
    db::migrate::up_and(db, async || Ok(false), renew).await.map(|()| documents)
}

/// Is an error if the documents of the database are of another format than those of this program. The change log must be
/// locked. Then the answer is true until the transaction ends.
pub async fn must_be_ours(db: &impl ConnectionTrait) -> Result<()> {
    if stored(db).await?.is_some_and(|stored| stored.version == FORMAT) {
        return Ok(());
    }
    let message = "Another version of Folkmoot has brought this database up to date, so this one writes nothing more. \
                   Use that version.";
    Err(Error::invalid(Code::DatabaseUpgraded, message))
}

/// Whether all documents are in the format of this program.
async fn is_current(db: &Db) -> Result<bool> {
    Ok(stored(db.writes()).await?.is_some_and(|stored| stored.version == FORMAT && stored.is_complete))
}

async fn stored(db: &impl ConnectionTrait) -> Result<Option<search_format::Model>, DbErr> {
    search_format::Entity::find_by_id(search_format::ID).one(db).await
}

/// Renews the documents of all nodes. If the process ends half-way, the next start does it again, which is cheap for the
/// documents that are renewed already. Only the holder of the lock of the migrations may do this.
async fn renew_all(db: &Db, extent: Extent) -> Result<u64> {
    transaction(db, async |tx| {
        changes::lock(tx).await?;
        Ok(set(tx, false).await?)
    })
    .await?;
    let mut progress = Progress::begin(db).await?;
    for node_type in SEARCHABLE.iter().copied() {
        let nodes = index::nodes(db.writes(), node_type).await?;
        for nodes in nodes.chunks(CHUNK) {
            transaction(db, async |tx| index::refresh_chunk(tx, node_type, nodes, extent).await).await?;
            progress.add(nodes.len());
        }
    }
    let documents = transaction(db, finish).await?;
    db.change_versions().advance(NodeTypes::ALL.bits());
    db.notify_change();
    progress.end(documents);
    Ok(documents)
}

/// Notes that all documents have the format of this program, and answers how many there are. Searches find other
/// documents now, so the caches are told.
async fn finish(tx: &Transaction) -> Result<u64> {
    index::remove_others(tx).await?;
    let documents = search_document::Entity::find().count(tx).await?;
    changes::lock(tx).await?;
    changes::touch(tx).await?;
    set(tx, true).await?;
    Ok(documents)
}

/// Writes the format of this program into the database.
async fn set(tx: &Transaction, is_complete: bool) -> Result<(), DbErr> {
    use search_format::Column;
    let row = search_format::Entity::update_many().col_expr(Column::Version, Expr::value(FORMAT));
    row.col_expr(Column::IsComplete, Expr::value(is_complete)).exec(tx).await.map(drop)
}

/// Runs one transaction, and runs it again if it conflicts with another one. Beside an import it may not get its turn for
/// a while: SQLite has one writer, and who waits looks for its turn only now and then.
async fn transaction<T>(db: &Db, work: impl AsyncFn(&Transaction) -> Result<T>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        match retried(None, || attempt(db, &work)).await {
            Err(Error::Unavailable) if Instant::now() < end => {}
            done => return done,
        }
    }
}

async fn attempt<T>(db: &Db, work: &impl AsyncFn(&Transaction) -> Result<T>) -> Result<T> {
    let tx = db.begin_write().await?;
    match work(&tx).await {
        Ok(value) => Ok(tx.commit().await.map(|()| value)?),
        Err(error) => {
            // If the rollback fails, too, the cause is the same.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

/// Tells the log how far it is. Of a database without nodes there is nothing to tell.
struct Progress {
    begin: Instant,
    told: Instant,
    done: usize,
    total: usize,
}

impl Progress {
    async fn begin(db: &Db) -> Result<Self> {
        let mut total = 0;
        for node_type in SEARCHABLE.iter().copied() {
            total += index::nodes(db.writes(), node_type).await?.len();
        }
        if total > 0 {
            tracing::info!(format = FORMAT, nodes = total, "renewing the documents of the search");
        }
        let now = Instant::now();
        Ok(Self { begin: now, told: now, done: 0, total })
    }

    fn add(&mut self, nodes: usize) {
        self.done += nodes;
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            tracing::info!(done = self.done, nodes = self.total, "renewing the documents of the search");
        }
    }

    fn end(self, documents: u64) {
        if self.total > 0 {
            let seconds = self.begin.elapsed().as_secs_f64();
            tracing::info!(documents, seconds, "renewed the documents of the search");
        }
    }
}
