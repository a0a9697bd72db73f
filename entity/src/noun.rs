//! Nouns: what has an identity of its own. `nouns!` is their list. From it follow the types of nodes, the union of
//! nodes, and the types of changes and of search.

use sea_orm::{ColumnTrait, EntityTrait, prelude::Uuid, sea_query::Condition};

use crate::node_type::NodeType;

/// Hands the list of nouns to a macro: `nouns!(then)` is `then! { public { … } private { … } }`.
///
/// A line has the noun's type, its module in every layer, what it is, and what its changes are about. If search finds
/// it, it also says by which texts. The texts are descriptions of the API. Nothing of a private noun is in the API.
///
/// Events come before talks: a talk is only public with its event.
#[macro_export]
macro_rules! nouns {
    ($then:ident) => { $crate::nouns!([$then]); };
    ([$($then:tt)+] $($with:tt)*) => {
        $($then)+! {
            $($with)*
            public {
                Group group "A community." "Communities." search "Groups, by name and description.";
                Membership membership "A role in a group." "Roles in groups.";
                Event event "A gathering." "Gatherings." search "Events, by name and description.";
                Talk talk "A talk." "Talks." search "Talks, by title and abstract.";
                Person person "A human being." "People." search "People, by name, aliases and bio.";
                Organization organization "A company or another body." "Companies and other bodies." search "Organizations, by name.";
                Venue venue "A place." "Places." search "Venues, by name, address and city.";
                Sponsorship sponsorship "What an organization gave." "What organizations gave.";
                Topic topic "A subject." "Subjects." search "Topics, by name and aliases.";
                Resource resource "A recording, slides and the like." "Recordings, slides and the like.";
                Fundraiser fundraiser "A collection for others." "Collections for others.";
            }
            private {
                Rsvp rsvp "A sign-up.";
            }
        }
    };
}

/// The same with those nouns only that search finds: `then! { Group group "A community." "Groups, by …"; … }`.
#[macro_export]
macro_rules! searchable_nouns {
    ($then:ident) => { $crate::nouns!([$crate::searchable_nouns] $then []); };
    ($then:ident [$($found:tt)*] public { $noun:ident $module:ident $one:literal $many:literal search $by:literal; $($rest:tt)* } $($private:tt)*) => {
        $crate::searchable_nouns! { $then [$($found)* $noun $module $one $by;] public { $($rest)* } $($private)* }
    };
    ($then:ident $found:tt public { $noun:ident $module:ident $one:literal $many:literal; $($rest:tt)* } $($private:tt)*) => {
        $crate::searchable_nouns! { $then $found public { $($rest)* } $($private)* }
    };
    ($then:ident [$($found:tt)*] public {} $($private:tt)*) => { $then! { $($found)* } };
}

/// Evaluates an expression with the table of a type of node: `by_noun!(node_type, E => find::<E>(id))`. The expression
/// stands for tables that are public; for the others `private` does, or the same expression if there is none.
#[macro_export]
macro_rules! by_noun {
    ($node_type:expr, $entity:ident => $do:expr $(, private => $private:expr)? $(,)?) => {
        $crate::nouns!([$crate::by_noun] @match ($node_type) ($entity => $do) ($($private)?))
    };
    (
        @match ($node_type:expr) ($entity:ident => $do:expr) ($private:expr)
        public { $($noun:ident $module:ident $one:literal $many:literal $(search $by:literal)?;)* }
        private { $($hidden:ident $hidden_module:ident $what:literal;)* }
    ) => {
        match $node_type {
            $($crate::node_type::NodeType::$noun => {
                type $entity = $crate::$module::Entity;
                $do
            })*
            $($crate::node_type::NodeType::$hidden)|* => $private,
        }
    };
    (
        @match ($node_type:expr) ($entity:ident => $do:expr) ()
        public { $($noun:ident $module:ident $one:literal $many:literal $(search $by:literal)?;)* }
        private { $($hidden:ident $hidden_module:ident $what:literal;)* }
    ) => {
        match $node_type {
            $($crate::node_type::NodeType::$noun => {
                type $entity = $crate::$module::Entity;
                $do
            })*
            $($crate::node_type::NodeType::$hidden => {
                type $entity = $crate::$hidden_module::Entity;
                $do
            })*
        }
    };
}

/// The table of a noun.
pub trait Noun: EntityTrait {
    /// The type of its nodes.
    const TYPE: NodeType;
    /// The column of the key.
    const ID: Self::Column;
    /// The column of the time of the creation.
    const CREATED_AT: Self::Column;
    /// The column of the time of the last change.
    const UPDATED_AT: Self::Column;
    /// The column that counts the changes.
    const VERSION: Self::Column;
    /// The column with the key of the row that replaced this one: a merged person is replaced by the one it became part
    /// of.
    const SUCCESSOR: Option<Self::Column> = None;
    /// How its rows belong to groups. Nouns that belong to no group have none: whoever follows a group sees them, too.
    const GROUPS: &'static [GroupPath] = &[];
    /// The key of a row.
    fn id(row: &Self::Model) -> Uuid;
    /// Which rows everybody may see. Rows that were replaced are among them: their ids lead to their successors.
    fn visible() -> Condition;
    /// The key of the row that replaced this one.
    fn successor(_row: &Self::Model) -> Option<Uuid> {
        None
    }
    /// Which rows everybody may see as they are: those that were not replaced.
    fn current() -> Condition {
        Self::visible().add_option(Self::SUCCESSOR.map(|successor| successor.is_null()))
    }
}

/// The table of a noun that has slugs.
pub trait SlugNoun: Noun {
    /// The column of the slug.
    const SLUG: Self::Column;
    /// The slug of a row.
    fn slug(row: &Self::Model) -> &str;
}

/// How a row belongs to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupPath {
    /// This column of its own has the key of the group.
    Column(&'static str),
    /// It is an event: its hosts are the groups.
    Hosts,
    /// Its `event_id` names an event, and the hosts of that are the groups.
    HostsOfEvent,
    /// Its `talk_id` names a talk, and that has a group.
    GroupOfTalk,
    /// Its `talk_id` names a talk at an event, and the hosts of that are the groups.
    HostsOfTalk,
}

/// Declares the table of a file as that of a noun: `noun!(Event with slug, visible: is_published(), groups:
/// [GroupPath::Hosts])`. Without `visible` everybody may see all rows. With `merged: merged_into_id = MergedIntoId`
/// that column names the row that replaces one.
macro_rules! noun {
    ($noun:ident with slug $($rest:tt)*) => {
        $crate::noun::noun!($noun $($rest)*);

        impl $crate::noun::SlugNoun for Entity {
            const SLUG: Column = Column::Slug;

            fn slug(row: &Model) -> &str {
                &row.slug
            }
        }
    };
    ($noun:ident $(, merged: $into:ident = $column:ident)? $(, visible: $visible:expr)? $(, groups: [$($path:expr),*])?) => {
        impl $crate::noun::Noun for Entity {
            const TYPE: $crate::node_type::NodeType = $crate::node_type::NodeType::$noun;
            const ID: Column = Column::Id;
            const CREATED_AT: Column = Column::CreatedAt;
            const UPDATED_AT: Column = Column::UpdatedAt;
            const VERSION: Column = Column::Version;
            $(const GROUPS: &'static [$crate::noun::GroupPath] = &[$($path),*];)?
            $(const SUCCESSOR: Option<Column> = Some(Column::$column);)?

            fn id(row: &Model) -> sea_orm::prelude::Uuid {
                row.id
            }

            fn visible() -> sea_orm::sea_query::Condition {
                sea_orm::sea_query::Condition::all()$(.add($visible))?
            }

            $(fn successor(row: &Model) -> Option<sea_orm::prelude::Uuid> {
                row.$into
            })?
        }
    };
}
pub(crate) use noun;
