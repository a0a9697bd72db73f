//! A limit on how much of something a client may hold at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit for one client.
pub struct Allowance {
    most: u32,
    free: Arc<Semaphore>,
}

/// A part of a client's allowance. It is held until it is dropped.
pub type Seat = OwnedSemaphorePermit;

impl Allowance {
    /// An allowance of `most`, of which nothing is held.
    pub fn new(most: u32) -> Self {
        Self { most, free: Arc::new(Semaphore::new(most as usize)) }
    }

    /// Takes one; `None` if the client holds as many as it may.
    pub fn enter(&self) -> Option<Seat> {
        self.enter_many(1)
    }

    /// Takes `count`; `None` if the client would then hold more than it may.
    pub fn enter_many(&self, count: u32) -> Option<Seat> {
        self.free.clone().try_acquire_many_owned(count.min(self.most)).ok()
    }

    /// Takes `count` as soon as the allowance has them; if that is more than the whole allowance, takes the whole
    /// allowance.
    pub async fn wait(&self, count: u32) -> Option<Seat> {
        self.free.clone().acquire_many_owned(count.min(self.most)).await.ok()
    }

    /// Whether nothing is held.
    pub fn is_whole(&self) -> bool {
        self.free.available_permits() == self.most as usize
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_client_has_so_many_and_can_wait_for_more() {
        let allowance = Allowance::new(2);
        let seats = (allowance.enter().unwrap(), allowance.enter().unwrap());
        assert!(allowance.enter().is_none());
        let mut waiting = Box::pin(allowance.wait(1));
        assert!((&mut waiting).now_or_never().is_none());
        drop(seats.0);
        let third = waiting.await;
        assert!(third.is_some() && allowance.enter().is_none());
        drop((seats.1, third));
        assert!(allowance.is_whole());
        assert_eq!(allowance.wait(1000).await.unwrap().num_permits(), 2, "not more than there are");
    }
}
