//! What hand-written SQL can do: each query of the bench is one statement, in which the database itself builds the JSON
//! that Folkmoot would answer. Nothing else happens, so this is the limit of what can be reached with these tables.
//!
//! What Folkmoot's rules of visibility hide is hidden here, too. The search knows only whole queries whose words are
//! somewhere; the bench asks for no others.

mod answer;
mod postgres;
mod sqlite;

use std::sync::Arc;

use axum::{Router, routing::post};
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
}

#[tokio::main]
async fn main() -> answer::Result<()> {
    let arguments = Arguments::parse();
    let url = &arguments.places.url;
    let database = match url.strip_prefix("sqlite:") {
        Some(path) => Database::Sqlite(Sqlite::new(path)),
        None => Database::Postgres(Postgres::connect(url).await?),
    };
    let routes = Router::new().route("/q/{number}", post(answer::answer));
    serve::serve(
        arguments.places.listen,
        routes.with_state(Arc::new(App { database, introspection: OnceCell::new() })),
    )
    .await?;
    Ok(())
}
