//! Fills an empty Folkmoot database with made-up meetups. The same number of events makes the same rows, on SQLite and
//! on PostgreSQL: what is measured on one can be measured on the other.

mod batch;
mod random;
mod words;
mod world;

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use clap::Parser;
use entity::event;
use folkmoot::{
    clock::Clock,
    db::{Db, migrate},
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use self::world::World;

/// When everything is said to have been written: 1 January 2026.
const WRITTEN: DateTime<Utc> = DateTime::from_timestamp_secs(1_767_225_600).unwrap();
/// How long the vacuum may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Fills an empty database with made-up meetups, the same ones each time.
#[derive(Parser)]
struct Arguments {
    /// The database: `sqlite:PATH` or `postgres://…`.
    #[arg(long)]
    url: String,
    /// How many events. There are three times as many talks, and a group for 400.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(400..=1_000_000))]
    events: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let (arguments, begin) = (Arguments::parse(), Instant::now());
    let db = Box::pin(Db::connect_with_timeout(&arguments.url, 1, PATIENCE, None)).await?;
    migrate::up(&db, &Clock::system()).await?;
    if event::Entity::find().one(db.reads()).await?.is_some() {
        return Err("the database has events already; give me an empty one".into());
    }
    let clock = Clock::fixed(WRITTEN);
    for batch in World::new(arguments.events, WRITTEN).batches() {
        let batch = Arc::new(batch);
        db.write(&clock, move |tx| {
            let batch = Arc::clone(&batch);
            Box::pin(async move { batch.write(tx).await })
        })
        .await?;
    }
    settle(&db).await?;
    db.close().await?;
    println!("{} events in {:.1} s", arguments.events, begin.elapsed().as_secs_f64());
    Ok(())
}

/// Does now what PostgreSQL would do by and by, in the middle of a measurement.
async fn settle(db: &Db) -> Result<(), sea_orm::DbErr> {
    if db.backend() == DbBackend::Postgres {
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            db.reads().execute_unprepared(statement).await?;
        }
    }
    Ok(())
}
