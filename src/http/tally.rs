//! How much of something each client has at once.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Client;

/// From how many clients on those that have nothing are forgotten.
const FEW: usize = 64;

/// Counts what each client has. Cloning it is cheap.
#[derive(Clone)]
pub struct Tally {
    most: u32,
    clients: Arc<Mutex<Clients>>,
}

#[derive(Default)]
struct Clients {
    /// What each may have yet. Seats, and who waits for one, hold it, too.
    free: HashMap<IpAddr, Arc<Semaphore>>,
    /// How many there were when those who left were forgotten last.
    kept: usize,
}

/// Some of what a client may have, until it is dropped.
pub type Seat = OwnedSemaphorePermit;

impl Tally {
    /// So many for each client.
    pub fn new(most: u32) -> Self {
        Self { most, clients: Arc::default() }
    }

    /// One more for this client; `None` if it has as many as it may.
    pub fn enter(&self, client: Client) -> Option<Seat> {
        self.enter_many(client, 1)
    }

    /// So many more for this client; `None` if it would have more than it may.
    pub fn enter_many(&self, client: Client, count: u32) -> Option<Seat> {
        self.free(client).try_acquire_many_owned(count.min(self.most)).ok()
    }

    /// So many more for this client, as soon as it may have them; not more at once than it may have in all.
    pub async fn wait(&self, client: Client, count: u32) -> Option<Seat> {
        self.free(client).acquire_many_owned(count.min(self.most)).await.ok()
    }

    fn free(&self, client: Client) -> Arc<Semaphore> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = clients.free.get(&client.network) {
            return free.clone();
        }
        if clients.free.len() >= clients.kept.max(FEW) * 2 {
            clients.free.retain(|_, free| Arc::strong_count(free) > 1);
            clients.kept = clients.free.len();
        }
        let free = Arc::new(Semaphore::new(self.most as usize));
        clients.free.insert(client.network, free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn client(n: u8) -> Client {
        Client { network: [10, 0, 0, n].into() }
    }

    #[tokio::test]
    async fn each_client_has_so_many_and_can_wait_for_more() {
        let tally = Tally::new(2);
        let seats = (tally.enter(client(1)).unwrap(), tally.enter(client(1)).unwrap());
        assert!(tally.enter(client(1)).is_none());
        assert!(tally.enter(client(2)).is_some());
        let mut waiting = Box::pin(tally.wait(client(1), 1));
        assert!((&mut waiting).now_or_never().is_none());
        drop(seats.0);
        let third = waiting.await;
        assert!(third.is_some() && tally.enter(client(1)).is_none());
        drop((seats.1, third));
        assert_eq!(tally.wait(client(1), 1000).await.unwrap().num_permits(), 2, "not more than there are");
    }

    #[test]
    fn who_left_is_forgotten() {
        let tally = Tally::new(1);
        let stays = tally.enter(client(0));
        for n in (1..=255).cycle().take(10_000) {
            drop(tally.enter(client(n)));
        }
        assert!(tally.clients.lock().unwrap().free.len() <= 2 * FEW);
        assert!(tally.enter(client(0)).is_none(), "but not who has something");
        drop(stays);
    }
}
