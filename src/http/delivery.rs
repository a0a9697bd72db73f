//! The deliveries of a subscription. Opening it and answering each of its events is work like that of a request: it is
//! paid for, needs a permit, and has the same time limit. Waiting for the next event costs nothing.

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

/// The deliveries of one subscription, one at a time.
pub struct Deliveries {
    admission: Admission,
    /// How long one delivery may take.
    time_limit: Duration,
    client: Client,
    /// The most that one delivery may cost, in points.
    cost: u64,
    /// The part of each delivery's cost that does not depend on its data, in objects.
    kept: u64,
    meter: Arc<Meter>,
    at_work: Mutex<Option<Delivery>>,
    /// When the running delivery must be done; `None` if none runs.
    deadline: watch::Sender<Option<Instant>>,
    /// The subscription's part of its client's allowance.
    _seat: Option<Seat>,
}

/// What a running delivery holds.
struct Delivery {
    reservation: Reservation,
    /// The cost of the subscription before this delivery.
    before: u64,
    /// The cursor of the previous event; `None` for the opening of the subscription.
    after: Option<String>,
    /// The room for its answer.
    room: Room,
    _permit: Permit,
}

impl Deliveries {
    /// The deliveries of a new subscription; an error if the client has as many subscriptions as it may.
    pub fn new(app: &App, client: Client, checked: &Checked, meter: Arc<Meter>) -> Result<Arc<Self>> {
        let seat = client.streams.enter().ok_or_else(|| {
            let most = app.config.streams.client_streams;
            let message = format!("You have {most} subscriptions, as many as a client may. Complete one first.");
            Error::invalid(Code::TooManyOperations, message)
        })?;
        Ok(Arc::new(Self {
            admission: app.admission.clone(),
            time_limit: app.config.request_timeout,
            client,
            cost: checked.cost,
            kept: checked.kept,
            meter,
            at_work: Mutex::default(),
            deadline: watch::Sender::new(None),
            _seat: Some(seat),
        }))
    }

    /// Begins the first delivery, the opening, which is paid for already. It waits without a time limit like the
    /// others: after a restart all subscribers come back at once, and a client that is refused may not try again.
    pub async fn open(&self, reservation: Reservation) -> Result<()> {
        let (permit, room) = self.admission.enter_delivery(&self.client).await?;
        self.begin(Delivery { reservation, before: 0, after: None, room, _permit: permit });
        Ok(())
    }

    fn begin(&self, delivery: Delivery) {
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) = Some(delivery);
        self.deadline.send_replace(Some(Instant::now() + self.time_limit));
    }

    /// Ends the running delivery, if any: frees its permit and refunds what it did not cost. Returns the room of its
    /// answer.
    pub fn end(&self) -> Room {
        self.deadline.send_replace(None);
        let ended = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Delivery { reservation, before, room, .. }) = ended else { return Room::default() };
        reservation.refund(self.meter.cost().saturating_sub(before));
        room
    }

    /// Ends the running delivery, which took too long, and returns the error for the client. Nothing is refunded,
    /// because the actual cost is unknown.
    pub fn time_out(&self) -> Error {
        self.deadline.send_replace(None);
        let ended = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take();
        match ended.and_then(|delivery| delivery.after) {
            Some(after) => Error::Timeout.ended(after),
            None => Error::Timeout,
        }
    }

    /// Resolves when a delivery runs for too long. If it ends in time, the deadline of the next one counts.
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
                // A change of the deadline wins over the old deadline, even if that has passed as well.
                biased;
                // The sender is in `self`, so it cannot be gone.
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
            // Object costs are summed over all events before they are rounded: ten small events together are one point,
            // not ten.
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

    /// The deliveries of a client with a hundred points, at most ten points each.
    fn deliveries() -> Deliveries {
        Deliveries {
            admission: Admission::new(1, 1024),
            time_limit: Duration::from_secs(10),
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
    async fn each_pays_its_actual_cost_and_takes_a_permit() {
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
