//! The limit of hand-written SQL: each query of the bench is one statement, in which the database itself builds the
//! JSON of Folkmoot's answer. Nothing else is done, so this is the best that can be reached with these tables.
//!
//! The statements contain Folkmoot's rules of visibility. The search supports only queries all of whose words are
//! found; the bench sends no others.

mod answer;
mod postgres;
mod sqlite;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use axum::{Router, body::Bytes, routing::post};
use clap::Parser;
use tokio::sync::OnceCell;

use self::{postgres::Postgres, sqlite::Sqlite};

/// Folkmoot's allocator, so that the comparison is about the work and not about the allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serves the bench's queries from hand-written SQL.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    places: serve::Places,
    /// Asks the database once for each distinct request, and keeps the answer for ever: the best that a cache can
    /// reach.
    #[arg(long)]
    remember: bool,
}

/// The database that answers.
enum Database {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// The state that all requests share.
struct App {
    database: Database,
    /// Folkmoot's answer to the introspection query, after the first such request.
    introspection: OnceCell<String>,
    /// The answers by the bytes of their requests, if answers are kept.
    remembered: Option<RwLock<HashMap<Bytes, Bytes>>>,
}

#[tokio::main]
async fn main() -> answer::Result<()> {
    let arguments = Arguments::parse();
    let url = &arguments.places.url;
    let database = match url.strip_prefix("sqlite:") {
        Some(path) => Database::Sqlite(Sqlite::new(path)),
        None => Database::Postgres(Postgres::connect(url).await?),
    };
    let remembered = arguments.remember.then(RwLock::default);
    let app = App { database, introspection: OnceCell::new(), remembered };
    let routes = Router::new().route("/q/{number}", post(answer::answer));
    serve::serve(arguments.places.listen, routes.with_state(Arc::new(app))).await?;
    Ok(())
}
