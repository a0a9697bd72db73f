//! The deliveries of a subscription. To open it and to answer each of its events is work like a request's: it is paid
//! for, has a permit, and may take as long. To wait for the next event is none.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{sync::watch, time::Instant};

use super::{
    App,
    admission::{Admission, Permit},
    allowance::Seat,
    client::Client,
    rate_limiter::{self, Reservation},
    unread::Room,
};
use crate::{
    error::{Code, Error, Result},
    graphql::{context::Gate, limits::Checked, meter::Meter},
};

/// The deliveries of one subscription, one after the other.
pub struct Deliveries {
    admission: Admission,
    /// How long one may take.
    patience: Duration,
    client: Client,
    /// What one of them may cost.
    cost: u64,
    /// How many objects weigh as much as what each of them pays whatever it holds.
    kept: u64,
    meter: Arc<Meter>,
    at_work: Mutex<Option<Delivery>>,
    /// Until when the one at work must be done.
    deadline: watch::Sender<Option<Instant>>,
    /// The subscription among those of its client.
    _seat: Option<Seat>,
}

/// What one takes while it is at work.
struct Delivery {
    reservation: Reservation,
    /// What the subscription had cost before.
    before: u64,
    /// The cursor of the event before; none where the subscription begins.
    after: Option<String>,
    /// Where its answer goes.
    room: Room,
    _permit: Permit,
}

impl Deliveries {
    /// Those of a subscription of this client; an error if it has as many as it may.
    pub fn new(app: &App, client: Client, checked: &Checked, meter: Arc<Meter>) -> Result<Arc<Self>> {
        let seat = client.streams.enter().ok_or_else(|| {
            let most = app.config.streams.client_streams;
            let message = format!("You have {most} subscriptions, as many as a client may. Complete one first.");
            Error::invalid(Code::TooManyOperations, message)
        })?;
        Ok(Arc::new(Self {
            admission: app.admission.clone(),
            patience: app.config.request_timeout,
            client,
            cost: checked.cost,
            kept: checked.kept,
            meter,
            at_work: Mutex::default(),
            deadline: watch::Sender::new(None),
            _seat: Some(seat),
        }))
    }

    /// Begins with the opening of the subscription, which is paid for already. It waits like the others: after a restart all
    /// subscribers come back at once, and one that is sent away may not try again.
    pub async fn open(&self, reservation: Reservation) -> Result<()> {
        let (permit, room) = self.admission.enter_delivery(&self.client).await?;
        self.begin(Delivery { reservation, before: 0, after: None, room, _permit: permit });
        Ok(())
    }

    fn begin(&self, delivery: Delivery) {
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) = Some(delivery);
        self.deadline.send_replace(Some(Instant::now() + self.patience));
    }

    /// Ends the one at work, if any: its permit is free, and what it did not cost is given back. The room of its answer.
    pub fn end(&self) -> Room {
        self.deadline.send_replace(None);
        let ended = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Delivery { reservation, before, room, .. }) = ended else { return Room::default() };
        reservation.refund(self.meter.cost().saturating_sub(before));
        room
    }

    /// Ends the one at work, which took too long, and says what its client is told. Nothing is given back: nobody knows what it
    /// came to.
    pub fn time_out(&self) -> Error {
        self.deadline.send_replace(None);
        let ended = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take();
        match ended.and_then(|delivery| delivery.after) {
            Some(after) => Error::Timeout.ended(after),
            None => Error::Timeout,
        }
    }

    /// Resolves when one is at work for too long. It may have ended before: then the time of the next one counts.
    pub async fn overdue(&self) {
        let mut deadline = self.deadline.subscribe();
        loop {
            let until = *deadline.borrow_and_update();
            let is_over = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // A deadline that was lifted or set anew is none any more, even if its time is over as well.
                biased;
                // The sender lives as long as this.
                _ = deadline.changed() => {}
                () = is_over => return,
            }
        }
    }
}

impl Gate for Deliveries {
    fn enter(&self, after: String) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let reservation = rate_limiter::reserve(&self.client, 0)?.raise(self.cost).await?;
            // What its objects come to is counted over all events: ten small ones are a point, not ten.
            let before = self.meter.so_far();
            let (permit, room) = self.admission.enter_delivery(&self.client).await?;
            self.meter.next_answer(self.kept);
            self.begin(Delivery { reservation, before, after: Some(after), room, _permit: permit });
            Ok(())
        })
    }

    fn rest(&self) {
        drop(self.end());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::http::client::tests::{ALLOWED, client};

    /// Those of a client with a hundred points, of ten at most each.
    fn deliveries() -> Deliveries {
        Deliveries {
            admission: Admission::new(1, 1024),
            patience: Duration::from_secs(10),
            client: client(ALLOWED),
            cost: 10,
            kept: 0,
            meter: Arc::default(),
            at_work: Mutex::default(),
            deadline: watch::Sender::new(None),
            _seat: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_pays_what_it_came_to_and_takes_turns() {
        let deliveries = deliveries();
        deliveries.open(rate_limiter::reserve(&deliveries.client, 10).unwrap()).await.unwrap();
        assert!(
            deliveries.admission.enter_delivery(&deliveries.client).now_or_never().is_none(),
            "the opening has the only permit"
        );
        deliveries.rest();
        assert!(deliveries.admission.enter().await.is_ok(), "who waits for an event has none");
        let mut told = 0;
        let refused = loop {
            match deliveries.enter(String::new()).await {
                Ok(()) => deliveries.meter.objects(10),
                Err(error) => break error,
            }
            deliveries.end();
            told += 1;
        };
        assert_eq!(told, 90, "99 points were left, and ten are wanted each time");
        assert_eq!(refused, Error::RateLimited { retry_after: 1 });
        assert!(deliveries.admission.enter().await.is_ok(), "who is refused has no permit");
    }

    #[tokio::test(start_paused = true)]
    async fn small_ones_share_a_point() {
        let deliveries = deliveries();
        for _ in 0..500 {
            deliveries.enter(String::new()).await.unwrap();
            deliveries.meter.objects(1);
            deliveries.end();
        }
        assert!(rate_limiter::reserve(&deliveries.client, 50).is_ok(), "500 objects are 50 points");
        assert!(rate_limiter::reserve(&deliveries.client, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn only_one_at_work_can_be_overdue() {
        let deliveries = deliveries();
        let mut overdue = Box::pin(deliveries.overdue());
        assert!((&mut overdue).now_or_never().is_none());
        tokio::time::advance(Duration::from_secs(1000)).await;
        assert!((&mut overdue).now_or_never().is_none(), "nothing is at work");
        deliveries.enter(String::new()).await.unwrap();
        assert!((&mut overdue).now_or_never().is_none());
        deliveries.rest();
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!((&mut overdue).now_or_never().is_none(), "it came to its end before");
        deliveries.enter(String::new()).await.unwrap();
        assert!((&mut overdue).now_or_never().is_none());
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(overdue.now_or_never().is_some());
        deliveries.end();
        assert!(deliveries.overdue().now_or_never().is_none());
    }
}
