//! The schema: what can be asked and what can be followed, put together from its parts.

use std::sync::{Arc, LazyLock};

use async_graphql::{
    EmptyMutation, MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder, ValidationMode,
};

use super::{
    limits::{self, document::Definitions},
    live::{
        change::{ChangeQueries, ChangeSubscriptions},
        feed::Feed,
    },
    types::{
        event::EventQueries, group::GroupQueries, node::NodeQueries, organization::OrganizationQueries,
        person::PersonQueries, rate_limit::RateLimitQueries, search::SearchQueries, talk::TalkQueries,
        topic::TopicQueries, venue::VenueQueries,
    },
};
use crate::db::Db;

/// Everything that can be asked. Begin with one thing, with a list or with `search`, and follow the fields from there:
///
/// ```graphql
/// { group(slug: "kubernetes-london") { name events(first: 3) { nodes { name startsOn venue { name } } } } }
/// ```
///
/// - One thing: `group`, `event`, `talk`, `person`, `venue`, `organization` and `topic` take an `id` or a `slug`.
///   `node` takes any id.
/// - Lists: `groups`, `events` and the others take `filter`, `orderBy`, `first` and `after`, here and below any node,
///   and answer in pages.
/// - Changes: `changes` tells those who keep a copy what is new.
///
/// Only what is public is here. A draft is in no list and in no count, and asking for it by its id gives null. Null
/// also stands for what nobody knows; the description of each field says which it is.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQueries,
    GroupQueries,
    EventQueries,
    TalkQueries,
    PersonQueries,
    VenueQueries,
    OrganizationQueries,
    TopicQueries,
    SearchQueries,
    RateLimitQueries,
    ChangeQueries,
);

/// Everything that can be followed as it happens, over a WebSocket at `/graphql/ws` (the protocol
/// `graphql-transport-ws`) or as server-sent events at `/graphql/stream` (`graphql-sse`). After a broken connection, go
/// on from the last `cursor` that you saw: `changes(after:)`.
#[derive(Default, MergedSubscription)]
pub struct Subscription(ChangeSubscriptions);

/// What the schema says of itself as a whole: in SDL above `schema { … }`, in introspection as `__schema { description }`.
pub const DESCRIPTION: &str = "\
The history of meetups as a graph: groups hold events, events hold talks, talks have speakers. Whatever is public can be
read without a key.

- Begin at `Query`: one thing by its slug or id, a list with `filter`, `orderBy`, `first` and `after`, or `search`.
- Null is what nobody knows or wrote down, and the description of each field says when. Dates are as exact as they are
  known: see `PartialDate`.
- `Subscription` tells each change as it happens, and `changes` what happened since a cursor.
- Each error has a `message` for people and an `extensions.code` for programs.";

/// The schema with everything in it.
pub type FolkmootSchema = Schema<Query, EmptyMutation, Subscription>;

/// Builds the schema over this database and its feed. It does not validate: [`limits::document`] does. It does not
/// limit either: `limits` has done so, and the translation of a fragment on a union adds a level.
#[must_use]
pub fn schema(db: Db, feed: Arc<Feed>) -> FolkmootSchema {
    let builder = builder().validation_mode(ValidationMode::Fast).limit_recursive_depth(2 * limits::DEEPEST);
    builder.data(db).data(feed).finish()
}

/// The definitions of the schema, with introspection and suggestions allowed or not.
#[must_use]
pub fn definitions(introspection: bool, suggestions: bool) -> Definitions {
    static READ: LazyLock<Definitions> = LazyLock::new(|| {
        // `tests/it/schema.rs` makes sure that the engine writes a valid schema.
        Definitions::read(&sdl()).unwrap_or_else(|cause| unreachable!("the schema is none: {cause}"))
    });
    READ.with(introspection, suggestions)
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident().indent_width(2);
    // The engine knows no description of the schema itself.
    let described = format!("\n\"\"\"\n{DESCRIPTION}\n\"\"\"\nschema {{\n");
    builder().finish().sdl_with_options(options).replacen("\nschema {\n", &described, 1)
}

fn builder() -> SchemaBuilder<Query, EmptyMutation, Subscription> {
    Schema::build(Query::default(), EmptyMutation, Subscription::default())
}
