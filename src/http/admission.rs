//! A door ahead of the database: so many requests run at a time, a few wait for a moment, the others are told to come
//! back. Without it they would all wait, and answer late instead of never.
//!
//! The deliveries of subscriptions pass through it, too. They wait for as long as it takes, since nobody asked for them
//! just now, and have half of the turns at most: a change that a thousand subscribers hear of keeps nobody else out.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::error::{Error, Result};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many wait for each one that runs.
const WAITING_FOR_EACH: usize = 4;

/// The door.
#[derive(Clone)]
pub struct Admission {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    deliveries: Arc<Semaphore>,
}

/// A turn, which lasts until it is dropped.
pub struct Turn {
    _running: OwnedSemaphorePermit,
    _delivery: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// A door for so many at a time.
    pub fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS / WAITING_FOR_EACH);
        Self {
            running: Arc::new(Semaphore::new(most)),
            waiting: Arc::new(Semaphore::new(most * WAITING_FOR_EACH)),
            deliveries: Arc::new(Semaphore::new((most / 2).max(1))),
        }
    }

    /// Waits for a turn, for a moment.
    pub async fn enter(&self) -> Result<Turn> {
        let running = self.run().await?;
        Ok(Turn { _running: running, _delivery: None })
    }

    /// Waits for the turn of a delivery.
    pub async fn enter_delivery(&self) -> Result<Turn> {
        let closed = |_| Error::Overloaded;
        let delivery = self.deliveries.clone().acquire_owned().await.map_err(closed)?;
        let running = self.running.clone().acquire_owned().await.map_err(closed)?;
        Ok(Turn { _running: running, _delivery: Some(delivery) })
    }

    async fn run(&self) -> Result<OwnedSemaphorePermit> {
        match self.running.clone().try_acquire_owned() {
            Ok(turn) => return Ok(turn),
            Err(TryAcquireError::Closed) => return Err(Error::Overloaded),
            Err(TryAcquireError::NoPermits) => {}
        }
        let _place = self.waiting.try_acquire().map_err(|_| Error::Overloaded)?;
        let turn = tokio::time::timeout(PATIENCE, self.running.clone().acquire_owned()).await;
        turn.ok().and_then(std::result::Result::ok).ok_or(Error::Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn deliveries_leave_half_of_the_turns_to_others_and_wait() {
        let door = Admission::new(4);
        let first = (door.enter_delivery().await.unwrap(), door.enter_delivery().await.unwrap());
        let mut third = Box::pin(door.enter_delivery());
        assert!((&mut third).now_or_never().is_none(), "half of the turns are taken");
        let others = (door.enter().await.unwrap(), door.enter().await.unwrap());
        assert_eq!(door.enter().await.err(), Some(Error::Overloaded));
        assert!((&mut third).now_or_never().is_none(), "it is not sent away, as a request is");
        drop(first);
        assert!(third.now_or_never().is_some());
        drop(others);
    }
}
