//! All nodes together: the interface, the fields that each of them has, and the root fields that take any id.

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface, Object};
use entity::node_type::NodeType;
use uuid::Uuid;

use super::{
    event::Event, external_ref::ExternalRef, fundraiser::Fundraiser, group::Group, membership::Membership,
    organization::Organization, person::Person, provenance::Provenance, resource::Resource, sponsorship::Sponsorship,
    talk::Talk, topic::Topic, venue::Venue,
};
use crate::{
    db::{Db, columns::Columns},
    error::{Code, Error, Result},
    graphql::{
        relay::{
            id,
            node::{bad_id, get_whole, read},
        },
        scalar::DateTime,
    },
};

/// Declares the GraphQL object of a node: a newtype over its row, with the fields that all nodes have, those of `body`,
/// and the lists of `lists`.
macro_rules! node {
    ($(#[$meta:meta])* impl $name:ident($module:ident) $(with $lists:ident)? { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(pub std::sync::Arc<$module::Model>);

        impl From<std::sync::Arc<$module::Model>> for $name {
            fn from(row: std::sync::Arc<$module::Model>) -> Self {
                Self(row)
            }
        }

        $(#[$meta])*
        #[async_graphql::Object(cache_control(max_age = 60))]
        impl $name {
            /// The node's global id: opaque, unique among all nodes, stable for ever. `node(id:)` finds it again.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::graphql::relay::id::encode(<$module::Entity as $crate::graphql::relay::node::NodeEntity>::TYPE, self.0.id)
            }

            /// When it was first recorded here, UTC. Not when it happened.
            pub async fn created_at(&self) -> $crate::graphql::scalar::DateTime {
                $crate::graphql::scalar::DateTime(self.0.created_at)
            }

            /// When its record last changed, UTC; `createdAt` if it never did.
            pub async fn updated_at(&self) -> $crate::graphql::scalar::DateTime {
                $crate::graphql::scalar::DateTime(self.0.updated_at)
            }

            /// The number of the record's present state: 1 at first, and one more with each change.
            pub async fn version(&self) -> i32 {
                self.0.version
            }

            /// What other systems call it; empty if it was never imported.
            pub async fn external_refs(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::error::Result<Vec<$crate::graphql::types::external_ref::ExternalRef>> {
                $crate::graphql::relay::children::of::<$crate::graphql::types::external_ref::RefsOfNode>(ctx, self.0.id).await
            }

            /// Where single facts come from and how sure they are; empty if nothing special is known.
            pub async fn provenance(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::error::Result<Vec<$crate::graphql::types::provenance::Provenance>> {
                $crate::graphql::relay::children::of::<$crate::graphql::types::provenance::ProvenanceOfNode>(ctx, self.0.id).await
            }

            $($body)*

            $(
                #[graphql(flatten)]
                async fn lists(&self) -> $lists {
                    $lists { parent: self.0.id }
                }
            )?
        }
    };
}
pub(crate) use node;

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
    let (node_type, key) = id::decode(id).ok_or_else(|| bad_id(id))?;
    node_of(ctx, node_type, key).await
}

/// The public node of this type and key.
pub async fn node_of(ctx: &Context<'_>, node_type: NodeType, key: Uuid) -> Result<Option<Node>> {
    use entity as table;
    Ok(match node_type {
        NodeType::Group => get_whole::<table::group::Entity>(ctx, key).await?.map(|row| Group(row).into()),
        NodeType::Membership => {
            get_whole::<table::membership::Entity>(ctx, key).await?.map(|row| Membership(row).into())
        }
        NodeType::Event => get_whole::<table::event::Entity>(ctx, key).await?.map(|row| Event(row).into()),
        NodeType::Talk => get_whole::<table::talk::Entity>(ctx, key).await?.map(|row| Talk(row).into()),
        NodeType::Person => get_whole::<table::person::Entity>(ctx, key).await?.map(|row| Person(row).into()),
        NodeType::Organization => {
            get_whole::<table::organization::Entity>(ctx, key).await?.map(|row| Organization(row).into())
        }
        NodeType::Venue => get_whole::<table::venue::Entity>(ctx, key).await?.map(|row| Venue(row).into()),
        NodeType::Sponsorship => {
            get_whole::<table::sponsorship::Entity>(ctx, key).await?.map(|row| Sponsorship(row).into())
        }
        NodeType::Topic => get_whole::<table::topic::Entity>(ctx, key).await?.map(|row| Topic(row).into()),
        NodeType::Resource => get_whole::<table::resource::Entity>(ctx, key).await?.map(|row| Resource(row).into()),
        NodeType::Fundraiser => {
            get_whole::<table::fundraiser::Entity>(ctx, key).await?.map(|row| Fundraiser(row).into())
        }
        // Sign-ups are private.
        NodeType::Rsvp => None,
    })
}

/// The public nodes among these, by key; one statement. Merged nodes are left out.
pub async fn nodes_of(db: &Db, node_type: NodeType, keys: &[Uuid]) -> Result<HashMap<Uuid, Node>> {
    macro_rules! of {
        ($noun:ident, $node:ident) => {
            read::<entity::$noun::Entity>(db, keys, Columns::ALL)
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
