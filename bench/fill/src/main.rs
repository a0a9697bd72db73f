//! Fills an empty Folkmoot database with made-up meetups. The same number of events makes the same rows on SQLite and
//! on PostgreSQL, so measurements on the two can be compared.

mod batch;
mod fixture;
mod random;
mod words;

use std::{error::Error, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use clap::Parser;
use entity::event;
use folkmoot::{clock::Clock, db::Db, domain::search, error::Error as Fault};
use sea_orm::{ConnectionTrait, Database, DbBackend, DbErr, EntityTrait};

use self::fixture::Fixture;

/// When all rows were written: 1 January 2026.
const WRITTEN: DateTime<Utc> = DateTime::from_timestamp_secs(1_767_225_600).unwrap();

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
    let db = Box::pin(Db::connect(&arguments.url, 1, None)).await?;
    search::bring_up_to_date::<Fault>(&db).await?;
    if event::Entity::find().one(db.reads()).await?.is_some() {
        return Err("the database has events already; give me an empty one".into());
    }
    let clock = Clock::fixed(WRITTEN);
    for batch in Fixture::new(arguments.events, WRITTEN).batches() {
        let batch = Arc::new(batch);
        db.write(&clock, move |tx| {
            let batch = Arc::clone(&batch);
            Box::pin(async move { batch.write(tx).await })
        })
        .await?;
    }
    db.close().await?;
    settle(&arguments.url).await?;
    println!("{} events in {:.1} s", arguments.events, begin.elapsed().as_secs_f64());
    Ok(())
}

/// Does at once what PostgreSQL would do later, in the middle of a measurement.
async fn settle(url: &str) -> Result<(), DbErr> {
    let db = Database::connect(url).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            db.execute_unprepared(statement).await?;
        }
    }
    db.close().await
}
