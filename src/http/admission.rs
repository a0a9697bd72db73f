//! A door ahead of the database: so many requests run at a time, a few wait for a moment, the others are told to come
//! back. Without it they would all wait, and answer late instead of never.

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
}

impl Admission {
    /// A door for so many at a time.
    pub fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS / WAITING_FOR_EACH);
        Self { running: Arc::new(Semaphore::new(most)), waiting: Arc::new(Semaphore::new(most * WAITING_FOR_EACH)) }
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit> {
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
