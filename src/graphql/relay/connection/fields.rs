//! Fields that are lists: their arguments, and the macros that declare them below a node and at the root.

/// The arguments of a list are described here, once; [`connections`] and [`root_connections`] put them on their fields.
macro_rules! lists {
    ($(#[$meta:meta])* $name:ident $body:tt {$($first:tt)*} [$($(#[$field_meta:meta])* $field:ident: $list:ty = |$this:ident, $ctx:ident, $arguments:ident| $page:expr,)*]) => {
        $(#[$meta])*
        #[derive(Default)]
        pub struct $name $body

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            $($first)*

            $(
                $(#[$field_meta])*
                #[graphql(cache_control(max_age = 60))]
                #[expect(clippy::too_many_arguments, reason = "they are the API's")]
                async fn $field(
                    &self,
                    $ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Only what passes this filter; everything unless said otherwise.")]
                    filter: Option<std::sync::Arc<<$list as $crate::graphql::relay::connection::ListSpec>::Filter>>,
                    #[graphql(desc = "In which order; the one that the list's description names by default.")]
                    order_by: Option<<<$list as $crate::graphql::relay::connection::ListSpec>::Sort as $crate::graphql::relay::connection::SortField>::Input>,
                    #[graphql(
                        desc = "How many from the start, 1 to 100; 20 unless said otherwise. Not together with `last`."
                    )]
                    first: Option<i32>,
                    #[graphql(desc = "Only what comes after this cursor, which a page in the same order returned.")]
                    after: Option<String>,
                    #[graphql(desc = "How many from the end, 1 to 100. They still come in the order of the list.")]
                    last: Option<i32>,
                    #[graphql(desc = "Only what comes before this cursor, which a page in the same order returned.")]
                    before: Option<String>,
                ) -> $crate::error::Result<$crate::graphql::relay::connection::Connection<$list>> {
                    let order_by = order_by.map(Into::into);
                    let ($this, $arguments) = (
                        self,
                        $crate::graphql::relay::connection::Arguments::<$list> { filter, order_by, first, after, last, before },
                    );
                    // Boxed: otherwise every field of the object, even the smallest, would take as much memory as this
                    // one.
                    Box::pin($page).await
                }
            )*
        }
    };
}
pub(crate) use lists;

/// Declares the filter of a list: its fields, and the condition of what it says. Each filter also has `and`, `or` and
/// `not`.
///
/// ```ignore
/// filter_input! {
///     /// Which venues to list.
///     VenueFilter {
///         /// In one of these cities.
///         city: Option<Vec<String>>,
///     } where |filter, scope, names| {
///         Condition::all().add_option(connection::any_text(Column::City, filter.city.as_deref())?)
///     }
/// }
/// ```
macro_rules! filter_input {
    (
        $(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }
        where |$filter:ident, $scope:ident, $names:ident| $own:block
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, async_graphql::InputObject)]
        pub struct $name {
            $($(#[$doc])* $field: $type,)*
            /// All of these filters must pass, too; an empty list changes nothing.
            and: Option<Vec<$name>>,
            /// At least one of these filters must pass; an empty list lets nothing pass.
            or: Option<Vec<$name>>,
            /// This filter must not pass. Where what it asks for is unknown, it does not pass.
            not: Option<Box<$name>>,
        }

        impl $crate::graphql::relay::connection::Filter for $name {
            fn condition(
                &self,
                $scope: $crate::graphql::context::Scope,
                $names: &mut $crate::graphql::relay::names::Names,
            ) -> $crate::error::Result<sea_orm::sea_query::Condition> {
                let $filter = self;
                let own = $own;
                $crate::graphql::relay::connection::combine(own, [&self.and, &self.or], self.not.as_deref(), $scope, $names)
            }
        }
    };
}
pub(crate) use filter_input;

/// Declares a kind of list: `list!(/// Lists of venues. Venues of Venue, VenueFilter, VenueOrderField)`. In braces may
/// follow what is special about it.
macro_rules! list {
    ($(#[$meta:meta])* $name:ident of $node:ty, $filter:ty, $sort:ty $({ $($special:tt)* })?) => {
        $(#[$meta])*
        pub struct $name;

        impl $crate::graphql::relay::connection::ListSpec for $name {
            type Node = $node;
            type Filter = $filter;
            type Sort = $sort;

            $($($special)*)?
        }
    };
}
pub(crate) use list;

/// Declares lists below a node, each with the condition of what belongs to the parent whose key is given:
/// `relations! { /// The venues of a group. VenuesOfGroup: Venues where |group| used_by(group); }`. In braces may follow
/// what is special about it.
macro_rules! relations {
    ($($(#[$meta:meta])* $name:ident: $list:ty where |$parent:ident| $belongs:expr $(, { $($special:tt)* })?;)*) => {$(
        $(#[$meta])*
        pub struct $name;

        impl $crate::graphql::relay::connection::Relation for $name {
            type List = $list;

            fn belongs($parent: sea_orm::sea_query::Expr) -> sea_orm::sea_query::Condition {
                sea_orm::sea_query::Condition::all().add($belongs)
            }

            $($($special)*)?
        }
    )*};
}
pub(crate) use relations;

/// Declares the lists below a node: an object whose fields are flattened into the node's.
macro_rules! connections {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $relation:ty,)* }) => {
        $crate::graphql::relay::connection::lists! {
            $(#[$meta])* $name { parent: uuid::Uuid } {} [$(
                $(#[$field_meta])*
                $field: <$relation as $crate::graphql::relay::connection::Relation>::List =
                    |this, ctx, arguments| $crate::graphql::relay::connection::nested::<$relation>(ctx, this.parent, arguments),
            )*]
        }
    };
}
pub(crate) use connections;

/// Declares the root fields of a noun: `one venue: Venue;` finds one by id or slug, `venues: Venues;` lists them all, and
/// `speakers: People where has_spoken();` some.
macro_rules! root_connections {
    ($(#[$meta:meta])* $name:ident {
        $(#[$one_meta:meta])* one $one:ident: $node:ty $(, id $id:tt, slug $slug:tt)?;
        $($(#[$field_meta:meta])* $field:ident: $list:ty $(where $bounds:expr)?;)*
    }) => {
        $crate::graphql::relay::connection::root_connections! {
            @one [$(#[$meta])*] $name [$(#[$one_meta])*] $one $node
            [$($id, $slug)?]
            [$(
                $(#[$field_meta])*
                $field: $list = |_this, ctx, arguments| {
                    let bounds = sea_orm::sea_query::Condition::all()$(.add($bounds))?;
                    $crate::graphql::relay::connection::root::<$list>(ctx, bounds, arguments)
                },
            )*]
        }
    };
    (@one $meta:tt $name:ident $one_meta:tt $one:ident $node:ty [] $lists:tt) => {
        $crate::graphql::relay::connection::root_connections! {
            @one $meta $name $one_meta $one $node
            ["Its global id. Pass this or `slug`, not both.", "Its slug, the word that stands for it in URLs."]
            $lists
        }
    };
    (@one [$($meta:tt)*] $name:ident [$($one_meta:tt)*] $one:ident $node:ty [$id:tt, $slug:tt] $lists:tt) => {
        $crate::graphql::relay::connection::lists! {
            $($meta)* $name {} {
                $($one_meta)*
                async fn $one(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = $id)] id: Option<async_graphql::ID>,
                    #[graphql(desc = $slug)] slug: Option<String>,
                ) -> Option<$crate::error::Result<$node>> {
                    $crate::graphql::relay::node::find::<$node>(ctx, id, slug).await
                }
            } $lists
        }
    };
}
pub(crate) use root_connections;
