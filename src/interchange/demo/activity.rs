//! What happens in the demo while its server runs, so that subscriptions and the change log have something to tell:
//!
//! - people sign up for the next evening of Lanternport Systems, and others take their names back,
//! - every fourth time, a talk signs up for the lightning night or drops out of it.
//!
//! All of it is written as an import is. It repeats after some steps, so the data does not grow. It ends when no evening
//! is left, about three months after the start.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{event::EventStatus, talk::TalkStatus};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{GROUP, write};
use crate::{
    clock::Clock,
    db::Db,
    error::Result,
    interchange::record::{Batch, Event, Talk},
};

/// How many people more than at first have signed up, one step after the other.
const SIGN_UPS: [i32; 12] = [1, 2, 1, 3, 4, 3, 5, 6, 4, 5, 3, 0];
/// One step of so many is about a talk.
const TALK_EVERY: usize = 4;

/// The demo's activity.
pub struct Activity {
    db: Db,
    clock: Clock,
    address: String,
    /// Events for which people sign up, the next one first.
    evenings: Vec<Event>,
    talks: Vec<Talk>,
    steps: usize,
}

impl Activity {
    /// For these events, and these talks, which are not written yet.
    pub(super) fn new(db: &Db, clock: &Clock, address: &str, events: &Batch, open_talks: Batch) -> Self {
        let takes_sign_ups = |event: &&Event| {
            event.status == EventStatus::Scheduled
                && event.starts_at.is_some()
                && event.hosts.first().is_some_and(|host| host.group == GROUP)
        };
        let mut evenings: Vec<Event> = events.events.iter().filter(takes_sign_ups).cloned().collect();
        evenings.sort_by_key(|event| event.starts_at);
        let (db, clock, address) = (db.clone(), clock.clone(), address.to_owned());
        Self { db, clock, address, evenings, talks: open_talks.talks, steps: 0 }
    }

    /// Takes a step at each interval, for ever. A step that fails is a line in the log.
    pub async fn run(mut self, interval: Duration) {
        let mut ticks = interval_at(Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.step().await {
                tracing::warn!(%error, "nothing happened in the demo this time");
            }
        }
    }

    /// Changes one thing.
    pub async fn step(&mut self) -> Result<()> {
        let step = self.steps;
        self.steps += 1;
        let now = self.clock.now();
        let talk = if step % TALK_EVERY == TALK_EVERY - 1 { self.talk(step / TALK_EVERY, now) } else { None };
        let events = if talk.is_none() { self.sign_up(step, now) } else { None };
        let batch =
            Batch { events: events.into_iter().collect(), talks: talk.into_iter().collect(), ..Batch::default() };
        if batch == Batch::default() { Ok(()) } else { write(&self.db, &self.clock, &self.address, [batch]).await }
    }

    /// The next evening with other sign-ups than after the step before.
    fn sign_up(&self, step: usize, now: DateTime<Utc>) -> Option<Event> {
        let mut event = self.evenings.iter().find(|event| event.starts_at > Some(now))?.clone();
        let going = event.attendance.as_mut()?.going.as_mut()?;
        *going += SIGN_UPS[step % SIGN_UPS.len()];
        Some(event)
    }

    /// A talk that signs up, or drops out. First all sign up, one after the other, then all drop out.
    fn talk(&self, turn: usize, now: DateTime<Utc>) -> Option<Talk> {
        let mut talk = self.talks.get(turn % self.talks.len().max(1))?.clone();
        self.evenings.iter().find(|event| talk.event.as_ref() == Some(&event.key) && event.starts_at > Some(now))?;
        if (turn / self.talks.len()) % 2 == 1 {
            talk.status = TalkStatus::Withdrawn;
        }
        Some(talk)
    }
}
