//! Seaography over the bench's PostgreSQL database, as its own template serves it: no limits, no cache.

mod entities;

use std::{error::Error, sync::LazyLock};

use async_graphql::dynamic::{Schema, SchemaError};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{Router, extract::State, routing::post};
use clap::Parser;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use seaography::{Builder, BuilderContext};

/// As many connections as Folkmoot opens for reads.
const CONNECTIONS: u32 = 16;

static CONTEXT: LazyLock<BuilderContext> = LazyLock::new(BuilderContext::default);

/// Serves the bench's PostgreSQL database by Seaography.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    places: serve::Places,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { places } = Arguments::parse();
    let mut options = ConnectOptions::new(places.url);
    options.max_connections(CONNECTIONS).sqlx_logging(false).test_before_acquire(false);
    let schema = schema(Database::connect(options).await?)?;
    let routes = Router::new().route("/graphql", post(answer)).with_state(schema);
    Ok(serve::serve(places.listen, routes).await?)
}

fn schema(db: DatabaseConnection) -> Result<Schema, SchemaError> {
    let builder = entities::register_entity_modules(Builder::new(&CONTEXT, db.clone()));
    builder.set_depth_limit(None).set_complexity_limit(None).schema_builder().data(db).finish()
}

async fn answer(State(schema): State<Schema>, request: GraphQLRequest) -> GraphQLResponse {
    schema.execute(request.into_inner()).await.into()
}
