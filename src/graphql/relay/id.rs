//! Global ids: the type's name and the key, for instance `Event_AZq3…`. Opaque to clients: they may store and compare
//! them, nothing else. A slug never holds `_`, so that an argument may take either.

use async_graphql::ID;
use data_encoding::BASE64URL_NOPAD;
use entity::node_type::NodeType;
use uuid::Uuid;

/// The global id of a node.
#[must_use]
pub fn encode(node_type: NodeType, key: Uuid) -> ID {
    ID(format!("{}_{}", node_type.name(), BASE64URL_NOPAD.encode(key.as_bytes())))
}

/// What a global id names, or `None` if it is none of ours.
#[must_use]
pub fn decode(id: &str) -> Option<(NodeType, Uuid)> {
    let (name, key) = id.split_once('_')?;
    let key = BASE64URL_NOPAD.decode(key.as_bytes()).ok()?;
    Some((NodeType::from_name(name)?, Uuid::from_slice(&key).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_names_its_type_and_key(key: u128) {
            let key = Uuid::from_u128(key);
            let id = encode(NodeType::Venue, key);
            prop_assert!(id.starts_with("Venue_"));
            prop_assert_eq!(decode(&id), Some((NodeType::Venue, key)));
        }

        #[test]
        fn anything_else_is_no_id(text: String) {
            prop_assume!(!text.contains('_'));
            prop_assert_eq!(decode(&text), None);
        }
    }
}
