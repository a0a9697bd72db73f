//! The API, one noun a file: its type, its queries, its inputs and its loader keys. [`schema`] puts them together.
//!
//! Reads only; writes go to `domain`. Nothing here knows HTTP.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use async_graphql::{
    Context, EmptyMutation, ID, Interface, MergedObject, MergedSubscription, Object, SDLExportOptions, Schema,
    SchemaBuilder, ValidationMode,
};
use entity::node_type::NodeType;

use self::{
    document::Definitions, event::Event, external_ref::ExternalRef, feed::Feed, fundraiser::Fundraiser, group::Group,
    membership::Membership, organization::Organization, person::Person, provenance::Provenance, resource::Resource,
    scalar::DateTime, sponsorship::Sponsorship, talk::Talk, topic::Topic, venue::Venue,
};
use crate::{
    db::{Db, columns::Columns},
    error::{Code, Error, Result},
};

pub mod affiliation;
pub mod agenda_item;
pub mod attendance_summary;
pub mod change;
pub mod connection;
pub mod context;
pub mod document;
pub mod event;
pub mod event_host;
pub mod external_ref;
pub mod feed;
pub mod follower;
pub mod fundraiser;
pub mod group;
pub mod group_year;
pub mod id;
pub mod image;
pub mod limits;
pub mod loader;
pub mod markdown;
pub mod membership;
pub mod meter;
pub mod names;
pub mod node;
pub mod organization;
pub mod parts;
pub mod person;
pub mod provenance;
pub mod rate_limit;
pub mod resource;
pub mod scalar;
pub mod search;
pub mod sponsorship;
pub mod talk;
pub mod talk_speaker;
pub mod topic;
pub mod venue;

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
    group::GroupQueries,
    event::EventQueries,
    talk::TalkQueries,
    person::PersonQueries,
    venue::VenueQueries,
    organization::OrganizationQueries,
    topic::TopicQueries,
    search::SearchQueries,
    rate_limit::RateLimitQueries,
    change::ChangeQueries,
);

/// Everything that can be followed as it happens, over a WebSocket at `/graphql/ws` (the protocol
/// `graphql-transport-ws`) or as server-sent events at `/graphql/stream` (`graphql-sse`). After a broken connection, go
/// on from the last `cursor` that you saw: `changes(after:)`.
#[derive(Default, MergedSubscription)]
pub struct Subscription(change::ChangeSubscriptions);

/// The schema with everything in it.
pub type FolkmootSchema = Schema<Query, EmptyMutation, Subscription>;

/// Builds the schema over this database and its feed. It validates nothing: [`document`] does. Nor does it limit anything
/// that `limits` has let pass; the translation of a fragment on a union adds a level.
#[must_use]
pub fn schema(db: Db, feed: Arc<Feed>) -> FolkmootSchema {
    let builder = builder().validation_mode(ValidationMode::Fast).limit_recursive_depth(2 * limits::DEEPEST);
    builder.data(db).data(feed).finish()
}

/// What the schema defines; it may be asked about itself, and name what looks like a wrong name, or not.
#[must_use]
pub fn definitions(introspection: bool, suggestions: bool) -> Definitions {
    static READ: LazyLock<Definitions> = LazyLock::new(|| {
        // `tests/it/schema.rs` holds what the engine writes to be a schema.
        Definitions::read(&sdl()).unwrap_or_else(|cause| unreachable!("the schema is none: {cause}"))
    });
    READ.with(introspection, suggestions)
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
#[must_use]
pub fn sdl() -> String {
    builder()
        .finish()
        .sdl_with_options(SDLExportOptions::new().include_specified_by().use_space_ident().indent_width(2))
}

fn builder() -> SchemaBuilder<Query, EmptyMutation, Subscription> {
    Schema::build(Query::default(), EmptyMutation, Subscription::default())
}

/// What has an identity of its own: an id that never changes, and a record of when it changed. `node(id:)` finds any of
/// them again (Relay); ask for the fields of a type in a fragment on it:
///
/// ```graphql
/// { node(id: "…") { id ... on Event { name startsOn } ... on Talk { title } } }
/// ```
///
/// What belongs to one node alone, such as the hosts of an event or the rooms of a venue, has no id.
#[expect(clippy::duplicated_attributes, reason = "two fields of one type are no duplicates")]
#[derive(Clone, Interface)]
#[graphql(
    field(
        name = "id",
        ty = "ID",
        desc = "The node's global id: opaque, unique among all nodes, stable for ever. Store it, do not build it."
    ),
    field(name = "created_at", ty = "DateTime", desc = "When it was first recorded here, UTC. Not when it happened."),
    field(
        name = "updated_at",
        ty = "DateTime",
        desc = "When its record last changed, UTC; `createdAt` if it never did."
    ),
    field(
        name = "version",
        ty = "i32",
        desc = "The number of the record's present state: 1 at first, and one more with each change."
    ),
    field(
        name = "external_refs",
        ty = "Result<Vec<ExternalRef>>",
        desc = "What other systems call it; empty if it was never imported."
    ),
    field(
        name = "provenance",
        ty = "Result<Vec<Provenance>>",
        desc = "Where single facts come from and how sure they are; empty if nothing special is known."
    )
)]
pub enum Node {
    /// A community.
    Group(Group),
    /// A role in a group.
    Membership(Membership),
    /// A gathering.
    Event(Event),
    /// A talk.
    Talk(Talk),
    /// A human being.
    Person(Person),
    /// A company or another body.
    Organization(Organization),
    /// A place.
    Venue(Venue),
    /// What an organization gave.
    Sponsorship(Sponsorship),
    /// A subject.
    Topic(Topic),
    /// A recording, slides and the like.
    Resource(Resource),
    /// A collection for others.
    Fundraiser(Fundraiser),
}

/// How many nodes one `nodes` field fetches.
const MOST_IDS: usize = 100;

/// The root fields that take any id.
#[derive(Default)]
pub struct NodeQueries;

#[Object]
impl NodeQueries {
    /// The node with this global id, of whichever type; null if there is none, or none that is public.
    #[graphql(cache_control(max_age = 60))]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id, as any node returned it.")] id: ID,
    ) -> Option<Result<Node>> {
        load(ctx, &id).await.transpose()
    }

    /// The nodes with these global ids, in the order of the ids; null in the place of one that does not exist or is not
    /// public.
    #[graphql(cache_control(max_age = 60))]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their global ids, 100 at most. More is the error `TOO_MANY_IDS`.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > MOST_IDS {
            let message = format!("`ids` has {} entries; ask for {MOST_IDS} at a time.", ids.len());
            return Err(Error::invalid(Code::TooManyIds, message));
        }
        let nodes = ids.iter().map(|id| async { load(ctx, id).await.transpose() });
        Ok(futures_util::future::join_all(nodes).await)
    }
}

/// The public node that a global id names.
async fn load(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let (node_type, key) = id::decode(id).ok_or_else(|| node::bad_id(id))?;
    node_of(ctx, node_type, key).await
}

/// The public node of this type and key.
pub async fn node_of(ctx: &Context<'_>, node_type: NodeType, key: uuid::Uuid) -> Result<Option<Node>> {
    use entity as table;
    Ok(match node_type {
        NodeType::Group => node::get_whole::<table::group::Entity>(ctx, key).await?.map(|row| Group(row).into()),
        NodeType::Membership => {
            node::get_whole::<table::membership::Entity>(ctx, key).await?.map(|row| Membership(row).into())
        }
        NodeType::Event => node::get_whole::<table::event::Entity>(ctx, key).await?.map(|row| Event(row).into()),
        NodeType::Talk => node::get_whole::<table::talk::Entity>(ctx, key).await?.map(|row| Talk(row).into()),
        NodeType::Person => node::get_whole::<table::person::Entity>(ctx, key).await?.map(|row| Person(row).into()),
        NodeType::Organization => {
            node::get_whole::<table::organization::Entity>(ctx, key).await?.map(|row| Organization(row).into())
        }
        NodeType::Venue => node::get_whole::<table::venue::Entity>(ctx, key).await?.map(|row| Venue(row).into()),
        NodeType::Sponsorship => {
            node::get_whole::<table::sponsorship::Entity>(ctx, key).await?.map(|row| Sponsorship(row).into())
        }
        NodeType::Topic => node::get_whole::<table::topic::Entity>(ctx, key).await?.map(|row| Topic(row).into()),
        NodeType::Resource => {
            node::get_whole::<table::resource::Entity>(ctx, key).await?.map(|row| Resource(row).into())
        }
        NodeType::Fundraiser => {
            node::get_whole::<table::fundraiser::Entity>(ctx, key).await?.map(|row| Fundraiser(row).into())
        }
        // Sign-ups are nobody's but their person's.
        NodeType::Rsvp => None,
    })
}

/// The public nodes among these, by key; one statement. Nodes that became part of others are not among them.
pub async fn nodes_of(db: &Db, node_type: NodeType, keys: &[uuid::Uuid]) -> Result<HashMap<uuid::Uuid, Node>> {
    macro_rules! of {
        ($noun:ident, $node:ident) => {
            node::read::<entity::$noun::Entity>(db, keys, Columns::ALL)
                .await?
                .into_iter()
                .map(|(key, row)| (key, $node(row).into()))
                .collect()
        };
    }
    Ok(match node_type {
        NodeType::Group => of!(group, Group),
        NodeType::Membership => of!(membership, Membership),
        NodeType::Event => of!(event, Event),
        NodeType::Talk => of!(talk, Talk),
        NodeType::Person => of!(person, Person),
        NodeType::Organization => of!(organization, Organization),
        NodeType::Venue => of!(venue, Venue),
        NodeType::Sponsorship => of!(sponsorship, Sponsorship),
        NodeType::Topic => of!(topic, Topic),
        NodeType::Resource => of!(resource, Resource),
        NodeType::Fundraiser => of!(fundraiser, Fundraiser),
        NodeType::Rsvp => HashMap::new(),
    })
}
