//! Tries a write transaction again that conflicts with another one.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How often a transaction is tried, and the first pause.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);
/// A transaction is not tried again after this time: then it has waited for a connection or a lock already.
const RACE: Duration = Duration::from_secs(4);

/// Runs a transaction, and runs it again if it conflicts with another one. So it must have no effect outside of it.
pub async fn retried<T, F: Future<Output = Result<T>>>(transaction: impl Fn() -> F) -> Result<T> {
    let (mut pause, end) = (PAUSE, Instant::now() + RACE);
    for _ in 1..TRIES {
        match transaction().await {
            Err(Error::Unavailable) if Instant::now() < end => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    transaction().await
}
