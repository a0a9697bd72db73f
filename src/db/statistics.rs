//! PostgreSQL's statistics of its tables, while an import runs. PostgreSQL keeps the plan of a prepared statement until the
//! statistics of a table change. A plan that was made when the tables were empty reads them as a whole later. PostgreSQL
//! renews statistics by itself only once a minute, when an import may be over.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

/// The statistics are renewed when so many nodes have been written.
const FIRST: u64 = 500;
/// They are renewed again each time when the number has grown by this factor.
const GROWTH: u64 = 4;

/// Renews the statistics from few rows. They tell how large the tables are; an import renews all of them at its end.
const ANALYZE: &str = "SET LOCAL default_statistics_target = 10; ANALYZE";

/// Counts the nodes that imports of this process wrote.
#[derive(Clone, Debug, Default)]
pub(super) struct Growth(Arc<AtomicU64>);

impl Growth {
    /// Adds nodes that were written. Renews the statistics if it is time. Nobody waits for that: a plan of before is only
    /// slow.
    pub fn add(&self, nodes: usize, writes: &DatabaseConnection) {
        if writes.get_database_backend() != DbBackend::Postgres || !self.is_due(nodes as u64) {
            return;
        }
        let writes = writes.clone();
        tokio::spawn(async move {
            if let Err(error) = writes.execute_unprepared(ANALYZE).await {
                tracing::warn!(%error, "the statistics of the tables are old, so the import may be slow");
            }
        });
    }

    fn is_due(&self, nodes: u64) -> bool {
        let before = self.0.fetch_add(nodes, Ordering::Relaxed);
        renewals(before) < renewals(before + nodes)
    }
}

/// How often the statistics are renewed until so many nodes are written.
fn renewals(nodes: u64) -> u32 {
    (nodes / FIRST).checked_ilog(GROWTH).map_or(0, |times| times + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_renewed_more_and_more_rarely() {
        let growth = Growth::default();
        let due: Vec<u64> = (1..=100).map(|hundreds| hundreds * 100).filter(|_| growth.is_due(100)).collect();
        assert_eq!(due, [500, 2000, 8000]);
    }
}
