//! The types of nodes, for tables that refer to nodes of any type.

use sea_orm::Iterable;
use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// Declares [`NodeType`] from the list of nouns.
macro_rules! node_type {
    (
        public { $($noun:ident $module:ident $one:literal $many:literal $(search $by:literal)?;)* }
        private { $($hidden:ident $hidden_module:ident $what:literal;)* }
    ) => {
        /// A type of node, stored as the name of its GraphQL type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "PascalCase")]
        #[serde(rename_all = "PascalCase")]
        pub enum NodeType {
            $(#[doc = $one] $noun,)*
            $(#[doc = $what] $hidden,)*
        }

        impl NodeType {
            /// The name of the GraphQL type, which is also the stored value.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$noun => stringify!($noun),)*
                    $(Self::$hidden => stringify!($hidden),)*
                }
            }
        }
    };
}

crate::nouns!(node_type);

impl NodeType {
    /// The type of node with this name, spelled exactly as [`NodeType::name`] spells it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|node_type| node_type.name() == name)
    }
}

/// A set of types of nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeTypes(u16);

impl NodeTypes {
    /// All types.
    pub const ALL: Self = Self(u16::MAX);

    /// The set of these types.
    #[must_use]
    pub const fn of(types: &[NodeType]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < types.len() {
            bits |= 1 << types[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// The union of both sets.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether this set has all types of the other set.
    #[must_use]
    pub const fn hold(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// A bit for each type.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

impl FromIterator<NodeType> for NodeTypes {
    fn from_iter<T: IntoIterator<Item = NodeType>>(types: T) -> Self {
        types.into_iter().fold(Self::default(), |all, one| all.and(Self::of(&[one])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_stored_values() {
        for node_type in NodeType::iter() {
            assert_eq!(node_type.to_value(), node_type.name());
            assert_eq!(NodeType::from_name(node_type.name()), Some(node_type));
        }
        assert_eq!(NodeType::from_name("group"), None);
    }

    #[test]
    fn types_are_told_apart() {
        let some = NodeTypes::of(&[NodeType::Event, NodeType::Fundraiser]);
        let among: Vec<NodeType> = NodeType::iter().filter(|one| some.hold(NodeTypes::of(&[*one]))).collect();
        assert_eq!(among, [NodeType::Event, NodeType::Fundraiser]);
        assert_eq!(among.into_iter().collect::<NodeTypes>(), some);
        assert!(NodeTypes::ALL.hold(some) && !some.hold(NodeTypes::ALL));
    }
}
