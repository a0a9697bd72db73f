//! Answers a request.

use std::{borrow::Cow, error::Error, sync::Arc};

use async_graphql::{EmptyMutation, Schema};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use folkmoot::{
    domain::search,
    graphql::schema::{Query, Subscription},
};
use sea_orm::DbBackend;
use serde::Deserialize;

use crate::{App, Database};

/// Any error: the bench only needs to see that there was one.
pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The same body that Folkmoot gets. The path tells which query is meant. The query's text is only used for the schema
/// (Q8).
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    query: Cow<'a, str>,
    #[serde(borrow)]
    variables: Option<Variables<'a>>,
}

/// All variables of the bench's queries.
#[derive(Default, Deserialize)]
struct Variables<'a> {
    #[serde(borrow)]
    slug: Option<Cow<'a, str>>,
    #[serde(borrow)]
    after: Option<Cow<'a, str>>,
    #[serde(borrow)]
    query: Option<Cow<'a, str>>,
    #[serde(borrow)]
    group: Option<Cow<'a, str>>,
    status: Option<Vec<&'a str>>,
}

/// Answers the query of this number.
pub async fn answer(State(app): State<Arc<App>>, Path(number): Path<usize>, body: Bytes) -> Response {
    match remembered(&app, number, body).await {
        Ok(Some(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn remembered(app: &App, number: usize, body: Bytes) -> Result<Option<Bytes>> {
    let Some(answers) = &app.remembered else { return Ok(text(app, number, &body).await?.map(Bytes::from)) };
    if let Some(known) = answers.read().map_err(|_| "a panic")?.get(&body) {
        return Ok(Some(known.clone()));
    }
    let answer = text(app, number, &body).await?.map(Bytes::from);
    if let Some(answer) = &answer {
        // The body may be a slice of a larger buffer.
        answers.write().map_err(|_| "a panic")?.insert(Bytes::copy_from_slice(&body), answer.clone());
    }
    Ok(answer)
}

async fn text(app: &App, number: usize, body: &[u8]) -> Result<Option<String>> {
    let Request { query, variables } = serde_json::from_slice(body)?;
    let variables = variables.unwrap_or_default();
    match number {
        1..=4 | 6 | 7 => {}
        5 => return Ok(Some(r#"{"data":{"__typename":"Query"}}"#.to_owned())),
        8 => return Ok(Some(app.introspection.get_or_try_init(|| introspect(&query)).await?.clone())),
        _ => return Ok(None),
    }
    let parameters = parameters(&app.database, number, &variables)?;
    let columns = match &app.database {
        Database::Postgres(postgres) => postgres.run(number, &parameters).await?,
        Database::Sqlite(sqlite) => sqlite.run(number, &parameters)?,
    };
    Ok(Some(if number == 4 { page(&columns) } else { columns.concat() }))
}

/// Folkmoot's answer to an introspection query, which never changes.
async fn introspect(query: &str) -> Result<String> {
    let schema = Schema::new(Query::default(), EmptyMutation, Subscription::default());
    Ok(serde_json::to_string(&schema.execute(query).await)?)
}

/// The parameters of a statement, all as text.
fn parameters(database: &Database, number: usize, variables: &Variables) -> Result<Vec<String>> {
    let given = |variable: &Option<Cow<str>>| variable.as_ref().map(ToString::to_string).ok_or("a variable is missing");
    Ok(match number {
        4 => place(&given(&variables.after)?)?.into(),
        6 => search(database, &given(&variables.query)?)?.into(),
        7 => vec![given(&variables.group)?, serde_json::to_string(&variables.status)?],
        _ => vec![given(&variables.slug)?],
    })
}

/// The instant and the key in one of Folkmoot's cursors.
fn place(cursor: &str) -> Result<[String; 2]> {
    let json = BASE64URL_NOPAD.decode(cursor.as_bytes())?;
    let (_, _, instant, key) = serde_json::from_slice::<(&str, &str, String, String)>(&json)?;
    Ok([instant, key])
}

/// The parameters of a search: its match steps, as Folkmoot computes them.
fn search(database: &Database, query: &str) -> Result<[String; 3]> {
    let backend = match database {
        Database::Postgres(_) => DbBackend::Postgres,
        Database::Sqlite(_) => DbBackend::Sqlite,
    };
    let (steps, by_name, name) = search::outline(backend, &search::Query::parse(query)?);
    Ok([serde_json::to_string(&steps)?, by_name.to_string(), name])
}

/// The page of a list: its nodes, whether more follow, and the cursor of the last one.
fn page(columns: &[String]) -> String {
    let [nodes, more, place] = columns else { return String::new() };
    let cursor = BASE64URL_NOPAD.encode(place.as_bytes());
    format!(r#"{{"data":{{"events":{{"nodes":{nodes},"pageInfo":{{"hasNextPage":{more},"endCursor":"{cursor}"}}}}}}}}"#)
}
