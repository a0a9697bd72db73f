//! Fields that are lists: their arguments, and the macros that declare them below a node and at the root.

/// The arguments of a list are described here, once; [`connections`] and [`root_connections`] put them on their fields.
macro_rules! lists {
    ($(#[$meta:meta])* $name:ident $body:tt [$($(#[$field_meta:meta])* $field:ident: $list:ty = |$this:ident, $ctx:ident, $arguments:ident| $page:expr,)*]) => {
        $(#[$meta])*
        pub struct $name $body

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
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

/// Declares the lists below a node: an object whose fields are flattened into the node's.
macro_rules! connections {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $relation:ty,)* }) => {
        $crate::graphql::relay::connection::lists! {
            $(#[$meta])* $name { parent: uuid::Uuid } [$(
                $(#[$field_meta])*
                $field: <$relation as $crate::graphql::relay::connection::Relation>::List =
                    |this, ctx, arguments| $crate::graphql::relay::connection::nested::<$relation>(ctx, this.parent, arguments),
            )*]
        }
    };
}
pub(crate) use connections;

/// Declares the lists of a noun at the root, each with the bounds of what it lists.
macro_rules! root_connections {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $list:ty, $bounds:expr,)* }) => {
        $crate::graphql::relay::connection::lists! {
            $(#[$meta])* $name {} [$(
                $(#[$field_meta])*
                $field: $list = |_this, ctx, arguments| $crate::graphql::relay::connection::root::<$list>(ctx, $bounds, arguments),
            )*]
        }
    };
}
pub(crate) use root_connections;
