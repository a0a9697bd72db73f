//! Tries a write transaction again that conflicts with another one.

use std::time::{Duration, Instant};

use crate::{
    clock::Clock,
    error::{Error, Result},
};

/// How often a transaction is tried, and the first pause.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(10);
/// A transaction is not tried again after this time: then it has waited for a connection or a lock already.
const RACE: Duration = Duration::from_secs(4);

/// Runs a transaction, and runs it again if it conflicts with another one. So it must have no effect outside of it. None
/// begins after the deadline.
pub async fn retried<T, F: Future<Output = Result<T>>>(
    deadline: Option<Instant>,
    transaction: impl Fn() -> F,
) -> Result<T> {
    let (mut pause, end, clock) = (PAUSE, Instant::now() + RACE, Clock::system());
    for _ in 1..TRIES {
        must_be_in_time(deadline)?;
        match transaction().await {
            Err(Error::Unavailable | Error::Taken(_)) if Instant::now() < end => {
                tokio::time::sleep(clock.about(pause)).await;
            }
            done => return done,
        }
        pause *= 2;
    }
    must_be_in_time(deadline)?;
    transaction().await
}

/// The error of a write whose time is over.
pub fn must_be_in_time(deadline: Option<Instant>) -> Result<()> {
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) { Err(Error::Timeout) } else { Ok(()) }
}
