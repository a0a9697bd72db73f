//! Answers that wait until their client reads them. They are memory that it holds here, so there is a bound for all of a
//! client's together, whichever way they go. Who has reached it waits before the next answer is made.

use std::time::Duration;

use async_graphql::Response as GraphqlResponse;
use axum::body::Bytes;
use tokio::time::timeout;

use super::{
    allowance::Seat,
    client::{Client, kib},
};
use crate::error::{Code, Error, Result};

/// How long a request waits until its client has read what others answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an answer takes as long as nobody knows how large it becomes.
#[derive(Clone, Copy)]
pub struct Unread {
    kib: u32,
}

/// The room of an answer, until it is read and this is dropped.
#[derive(Default)]
pub struct Room(Vec<Seat>);

impl Unread {
    /// Answers of so many bytes at most.
    pub fn new(bytes: u64) -> Self {
        Self { kib: u32::try_from(kib(bytes).max(1)).unwrap_or(u32::MAX) }
    }

    /// Room for an answer, as soon as there is some. An error if the client does not read the others for a while.
    pub async fn room(self, client: &Client) -> Result<Room> {
        let patient = timeout(PATIENCE, client.unread.wait(self.kib)).await;
        patient.map(|seat| Room(seat.into_iter().collect())).map_err(|_| {
            let message = "Too many answers wait for you. Read them, then ask again.";
            Error::invalid(Code::TooManyOperations, message)
        })
    }

    /// The same, if there is some now.
    pub fn room_at_once(self, client: &Client) -> Option<Room> {
        client.unread.enter_many(self.kib).map(|seat| Room(vec![seat]))
    }

    /// The same, however long it takes.
    pub async fn room_in_the_end(self, client: &Client) -> Room {
        Room(client.unread.wait(self.kib).await.into_iter().collect())
    }
}

impl Room {
    /// Keeps no more than an answer of so many bytes needs.
    pub fn fit(&mut self, bytes: usize) {
        let mut kib = bytes.div_ceil(1024).max(1);
        for seat in &mut self.0 {
            let kept = seat.num_permits().min(kib);
            drop(seat.split(seat.num_permits() - kept));
            kib -= kept;
        }
    }

    /// That of both.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// These bytes, which keep their room until they are sent and dropped.
    pub fn hold(mut self, bytes: Bytes) -> Bytes {
        self.fit(bytes.len());
        Bytes::from_owner(Held { bytes, _room: self })
    }
}

/// A response, and the room that it takes.
pub struct Answered {
    /// What is answered.
    pub response: GraphqlResponse,
    /// Its room; none if there was no execution.
    pub room: Room,
}

impl From<GraphqlResponse> for Answered {
    fn from(response: GraphqlResponse) -> Self {
        Self { response, room: Room::default() }
    }
}

struct Held {
    bytes: Bytes,
    _room: Room,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::http::client::{
        Allowed,
        tests::{ALLOWED, client},
        unread,
    };

    const ANSWER: u64 = 64 * 1024;

    /// A client with four requests at work.
    fn reader() -> Client {
        client(Allowed { unread: unread(ANSWER, 4, 64), ..ALLOWED })
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_gets_no_more() {
        let (unread, client) = (Unread::new(ANSWER), reader());
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(unread.room(&client).await.unwrap());
        }
        let refused = unread.room(&client).await.err().map(|error| error.code());
        assert_eq!(refused, Some(Code::TooManyOperations));
        assert!(unread.room(&reader()).await.is_ok(), "others are not kept out");
        held.pop();
        assert!(unread.room(&client).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_takes_as_much_as_it_is_large() {
        let (unread, client) = (Unread::new(ANSWER), reader());
        let mut held = Vec::new();
        for _ in 0..448 {
            held.push(unread.room(&client).await.unwrap().hold(vec![0; 1000].into()));
        }
        assert!(unread.room(&client).await.is_ok(), "there is room for one more of any size");
        held.push(unread.room(&client).await.unwrap().hold(vec![0; 1000].into()));
        assert!(unread.room(&client).await.is_err());
        held.clear();
        assert!(unread.room(&client).await.is_ok(), "what is sent takes no room");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_without_texts_have_a_bound_as_well() {
        let (unread, client) = (Unread::new(0), client(Allowed { unread: unread(0, 4, 64), ..ALLOWED }));
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(unread.room(&client).await.unwrap());
        }
        assert!(unread.room(&client).await.is_err(), "those of four requests at work, and four more");
    }
}
