//! How much of something each client has at once.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::client::Client;

/// Counts what each client has. Cloning it is cheap.
#[derive(Clone)]
pub struct Tally {
    most: u32,
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// One of what a client has, until it is dropped.
pub struct Seat {
    network: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Tally {
    /// So many for each client.
    pub fn new(most: u32) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// One more for this client; `None` if it has as many as it may.
    pub fn enter(&self, client: Client) -> Option<Seat> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&client.network).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        counts.insert(client.network, count + 1);
        Some(Seat { network: client.network, counts: self.counts.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_so_many_and_who_left_is_forgotten() {
        let tally = Tally::new(2);
        let [one, other] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(|network| Client { network: network.into() });
        let seats = (tally.enter(one).unwrap(), tally.enter(one).unwrap());
        assert!(tally.enter(one).is_none());
        assert!(tally.enter(other).is_some());
        drop(seats.0);
        assert!(tally.enter(one).is_some());
        drop(seats.1);
        assert!(tally.counts.lock().unwrap().is_empty());
    }
}
