//! Decides whether cached responses are still valid. For this, one task a process follows the change log.
//!
//! A process counts its own commits before they are acknowledged ([`crate::db::change_versions`]). The task reads the
//! commits of other processes from the log, at each notification and several times a second regardless. A response
//! depends on the types of nodes that invalidate the tables it was read from, and is valid until one of them changes.
//! While the log cannot be read, no cached response is used.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, SubsecRound, Utc};
use entity::{change_log, node_type::NodeTypes, table::invalidated_by};
use tokio::{task::JoinHandle, time::Instant};

use crate::{
    clock::Clock,
    db::{Db, change_versions::ChangeVersions, read_set::ReadSet},
    domain::{changes, event},
    error::{Error, Result},
};

/// How often the log is read if there is no notification.
const POLL: Duration = Duration::from_millis(300);
/// How long a reading of the log counts as current, in milliseconds.
const CURRENT: u64 = 1000;
/// How long the query for the next change of a phase may take; the response waits for it.
const A_WHILE: Duration = Duration::from_millis(200);

/// Follows the change log until it is dropped.
pub struct CacheInvalidator {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    db: Db,
    clock: Clock,
    start: Instant,
    /// Until when the last reading counts as current, in milliseconds from `start`.
    current_until: AtomicU64,
}

/// What a response depends on.
#[derive(Clone, Debug)]
pub struct Dependencies {
    /// The change version before its first read.
    since: u64,
    types: NodeTypes,
    /// The seconds in which it is valid; `None` if it does not depend on the time.
    seconds: Option<Range<i64>>,
}

impl CacheInvalidator {
    /// Starts the task. Until it has read the log once, it is not current.
    #[must_use]
    pub fn start(db: &Db, clock: &Clock) -> Self {
        let (db, clock) = (db.clone(), clock.clone());
        let shared = Arc::new(Shared { db, clock, start: Instant::now(), current_until: AtomicU64::new(0) });
        let task = tokio::spawn(follow(shared.clone()));
        Self { shared, task }
    }

    /// Whether it knows of all that was committed anywhere until a second ago.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.shared.now() < self.shared.current_until.load(Ordering::SeqCst)
    }

    /// The present change version. It must be read before a response reads anything.
    #[must_use]
    pub fn change_version(&self) -> u64 {
        self.change_versions().current()
    }

    /// The dependencies of a response that was executed at this moment, began at this version and has this read set;
    /// `None` if they are unknown.
    pub async fn dependencies(
        &self,
        since: u64,
        moment: DateTime<Utc>,
        read_set: &ReadSet,
    ) -> Result<Option<Dependencies>> {
        let types = read_set.tables.iter().flat_map(|tables| tables.iter()).map(|table| invalidated_by(table));
        let Some(types) = types.collect::<Option<Vec<_>>>().filter(|_| !read_set.is_unknown) else { return Ok(None) };
        let types = types.into_iter().fold(NodeTypes::default(), NodeTypes::and);
        // As in the execution: an event that begins later in this second has not begun yet.
        let moment = moment.trunc_subsecs(0);
        let mut until = read_set.until;
        if read_set.is_timed {
            let transition =
                tokio::time::timeout(A_WHILE, event::next_transition(self.shared.db.reads(), moment)).await;
            let transition = transition.map_err(|_| Error::Unavailable)??.unwrap_or(DateTime::<Utc>::MAX_UTC);
            until = Some(until.map_or(transition, |until| until.min(transition)));
        }
        let seconds = until.map(|until| moment.timestamp()..first_second_from(until));
        Ok(Some(Dependencies { since, types, seconds }))
    }

    /// Whether a response with these dependencies is still valid.
    #[must_use]
    pub fn holds(&self, dependencies: &Dependencies) -> bool {
        let is_same_time = |seconds: &Range<i64>| seconds.contains(&self.shared.clock.now().timestamp());
        self.change_versions().are_unchanged(dependencies.types.bits(), dependencies.since)
            && dependencies.seconds.as_ref().is_none_or(is_same_time)
    }

    fn change_versions(&self) -> &ChangeVersions {
        self.shared.db.change_versions()
    }
}

impl Drop for CacheInvalidator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The first whole second at or after this moment: requests know the time to the second.
fn first_second_from(moment: DateTime<Utc>) -> i64 {
    moment.timestamp() + i64::from(moment.timestamp_subsec_nanos() > 0)
}

async fn follow(shared: Arc<Shared>) {
    let mut changes = shared.db.change_notifier().subscribe();
    let (mut known, mut is_away) = (None, false);
    loop {
        match shared.read(known.as_ref()).await {
            Ok(head) => (known, is_away) = (Some(head), false),
            Err(error) if !is_away => {
                tracing::warn!(%error, "cannot read the change log; until it can be, no cached response is used");
                is_away = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Shared {
    /// Notes what is new in the log, and returns the log's head.
    async fn read(&self, known: Option<&change_log::Model>) -> Result<change_log::Model> {
        let begin = self.now();
        let after = known.map_or(i64::MAX, |known| known.last_seq);
        let (head, changed) = changes::types_since(self.db.reads(), after).await?;
        let goes_on = known.is_some_and(|known| {
            // Otherwise it is another log, or it has pruned deletions that this process has not read.
            known.epoch == head.epoch && known.last_seq <= head.last_seq && head.pruned_seq <= known.last_seq
        });
        self.db.change_versions().advance(if goes_on { changed } else { NodeTypes::ALL }.bits());
        self.current_until.store(begin + CURRENT, Ordering::SeqCst);
        Ok(head)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
