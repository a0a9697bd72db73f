//! What hand-written SQL can do: each query of the bench is one statement, in which the database itself builds the JSON
//! that Folkmoot would answer. Nothing else happens, so this is the limit of what can be reached with these tables.
//!
//! What Folkmoot's rules of visibility hide is hidden here, too. The search knows only whole queries whose words are
//! somewhere; the bench asks for no others.

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

/// Folkmoot's allocator, too: what is compared is what is done and not whose memory it is done in.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serves the bench's queries from hand-written SQL.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    places: serve::Places,
    /// Asks the database once for each request and gives equal ones the same answer for ever: what a cache can reach.
    #[arg(long)]
    remember: bool,
}

/// Who answers.
enum Database {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// What all requests share.
struct App {
    database: Database,
    /// Folkmoot's schema, when somebody has asked for it.
    introspection: OnceCell<String>,
    /// The answers by the bytes of their requests, if they are to be remembered.
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
