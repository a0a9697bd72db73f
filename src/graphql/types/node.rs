//! All nodes together: the interface, the fields that each of them has, and the root fields that take any id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Interface, Object};
use entity::{by_noun, node_type::NodeType, nouns};
use uuid::Uuid;

use super::{external_ref::ExternalRef, provenance::Provenance};
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

/// Declares [`Node`] from the list of nouns.
macro_rules! node_union {
    (
        public { $($noun:ident $module:ident $one:literal $many:literal $(search $by:literal)?;)* }
        private $private:tt
    ) => {
        /// What has an identity of its own: an id that never changes, and a record of when it changed. `node(id:)` finds any of
        /// them again (Relay); ask for the fields of a type in a fragment on it:
        ///
        /// ```graphql
        /// { node(id: "…") { id ... on Event { name startsOn } ... on Talk { title } } }
        /// ```
        ///
        /// What belongs to one node alone, such as the hosts of an event or the rooms of a venue, has no id.
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
            $(#[doc = $one] $noun(super::$module::$noun),)*
        }

        $(impl From<Arc<entity::$module::Model>> for Node {
            fn from(row: Arc<entity::$module::Model>) -> Self {
                super::$module::$noun(row).into()
            }
        })*
    };
}

nouns!(node_union);

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
    by_noun!(node_type, E => Ok(get_whole::<E>(ctx, key).await?.map(Node::from)), private => Ok(None))
}

/// The public nodes among these, by key; one statement. A merged node is returned as it was left.
pub async fn nodes_of(db: &Db, node_type: NodeType, keys: &[Uuid]) -> Result<HashMap<Uuid, Node>> {
    by_noun!(
        node_type,
        E => Ok(read::<E>(db, keys, Columns::ALL).await?.into_iter().map(|(key, row)| (key, row.into())).collect()),
        private => Ok(HashMap::new()),
    )
}
