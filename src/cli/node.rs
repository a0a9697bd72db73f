//! A node as commands name it.

use entity::node_type::NodeType;
use sea_orm::Iterable;
use uuid::Uuid;

use super::Failure;
use crate::{db::Db, domain::noun::key_of_slug, graphql::relay::id};

/// The type and key of a node that is named by its id, or by its type and slug. A node with an id may be gone.
pub async fn find(db: &Db, name: &str) -> Result<(NodeType, Uuid), Failure> {
    if let Some(node) = id::decode(name) {
        return Ok(node);
    }
    let unknown = || format!("`{name}` is neither an id nor a type and a slug, such as `talk/opening-words`");
    let (type_name, slug) = name.split_once('/').ok_or_else(unknown)?;
    let named = |node_type: &NodeType| node_type.name().eq_ignore_ascii_case(type_name);
    let node_type = NodeType::iter().find(named).ok_or_else(unknown)?;
    let key = key_of_slug(db, node_type, slug).await?;
    Ok((node_type, key.ok_or_else(|| format!("there is no {} `{slug}`", node_type.name()))?))
}
