//! The GraphQL objects of nodes, and the enums of their fields. A field is declared together with the columns that it
//! reads.

use chrono::NaiveDate;

use crate::graphql::scalar::{BigInt, Date, DateTime, Url};

/// A value of the API that shows the value of a column.
pub trait FromColumn<'a, C> {
    /// The value that shows this one.
    fn from_column(value: &'a C) -> Self;
}

macro_rules! from_column {
    ($($column:ty as $shown:ty: |$value:ident| $show:expr;)*) => {$(
        impl<'a> FromColumn<'a, $column> for $shown {
            fn from_column($value: &'a $column) -> Self {
                $show
            }
        }
    )*};
}

from_column! {
    bool as bool: |value| *value;
    i32 as i32: |value| *value;
    Option<i32> as Option<i32>: |value| *value;
    Option<f64> as Option<f64>: |value| *value;
    Option<i64> as Option<BigInt>: |value| value.map(BigInt);
    String as &'a str: |value| value;
    Option<String> as Option<&'a str>: |value| value.as_deref();
    String as Url: |value| Url(value.clone());
    Option<String> as Option<Url>: |value| value.clone().map(Url);
    chrono::DateTime<chrono::Utc> as DateTime: |value| DateTime(*value);
    Option<chrono::DateTime<chrono::Utc>> as Option<DateTime>: |value| value.map(DateTime);
    Option<NaiveDate> as Option<Date>: |value| value.map(Date);
}

/// Declares the GraphQL object of a node: a newtype over its row, with the fields that all nodes have, these fields, and
/// the lists of `with`.
///
/// - `column city: Option<&str>;` shows the column of its name.
/// - `enum status: EventStatus;` does so for an enum of the API.
/// - `markdown description;` is a text that people wrote, in the form that the client asks for.
/// - `date founded_on, founded_on_precision;` is a date of which perhaps only the month or the year is known.
/// - `node venue: Venue = venue_id;` is the node whose key the column has. Null if there is none.
/// - `children hosts: HostsOfEvent;` is a small list below the node.
/// - `child avatar: ImageById = avatar_id;` is the first entry of such a list.
/// - An `async fn` names the columns that it reads: `#[reads(starts_at, over_at)]`.
///
/// A test asks for each field alone, and fails if it reads a column that is not declared.
macro_rules! node {
    ($(#[$meta:meta])* $name:ident($module:ident) $(with $lists:ident)? { $($fields:tt)* }) => {
        $crate::graphql::types::object::node! {
            @fields { [$(#[$meta])*] $name $module [$($lists)?] }
            []
            [created_at(created_at) updated_at(updated_at) version(version)]
            $($fields)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* column $field:ident: $type:ty; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(&self) -> $type {
                    $crate::graphql::types::object::FromColumn::from_column(&self.0.$field)
                }
            ]
            [$($reads)* $field($field)]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* enum $field:ident: $type:ty; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(&self) -> $type {
                    self.0.$field.into()
                }
            ]
            [$($reads)* $field($field)]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* markdown $field:ident; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(default, desc = "Whether as Markdown, as safe HTML or as plain text.")]
                    format: $crate::graphql::markdown::TextFormat,
                ) -> Option<$crate::graphql::scalar::Markdown> {
                    $crate::graphql::markdown::field(ctx, self.0.$field.as_deref(), format).await
                }
            ]
            [$($reads)* $field($field)]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* date $field:ident, $precision:ident; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(&self) -> Option<$crate::graphql::scalar::PartialDate> {
                    $crate::graphql::scalar::PartialDate::from_columns(self.0.$field, self.0.$precision)
                }
            ]
            [$($reads)* $field($field $precision)]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* node $field:ident: $node:ty = $key:ident; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(&self, ctx: &async_graphql::Context<'_>) -> Option<$crate::error::Result<$node>> {
                    $crate::graphql::relay::node::by_key::<$node>(ctx, self.0.$key).await
                }
            ]
            [$($reads)* $field($key)]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* children $field:ident: $children:ty; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> $crate::error::Result<Vec<<$children as $crate::graphql::relay::children::Children>::Child>> {
                    $crate::graphql::relay::children::of::<$children>(ctx, self.0.id).await
                }
            ]
            [$($reads)* $field()]
            $($rest)*
        }
    };
    (@fields $head:tt [$($made:tt)*] [$($reads:tt)*] $(#[doc = $doc:literal])* child $field:ident: $children:ty = $key:ident; $($rest:tt)*) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> Option<$crate::error::Result<<$children as $crate::graphql::relay::children::Children>::Child>> {
                    $crate::graphql::relay::children::first::<$children>(ctx, self.0.$key).await
                }
            ]
            [$($reads)* $field($key)]
            $($rest)*
        }
    };
    (
        @fields $head:tt [$($made:tt)*] [$($reads:tt)*]
        $(#[doc = $doc:literal])* $(#[reads($($column:ident),*)])? async fn $field:ident($($arguments:tt)*) -> $type:ty $body:block
        $($rest:tt)*
    ) => {
        $crate::graphql::types::object::node! {
            @fields $head
            [$($made)*
                $(#[doc = $doc])*
                async fn $field($($arguments)*) -> $type $body
            ]
            [$($reads)* $field($($($column)*)?)]
            $($rest)*
        }
    };
    (@fields { [$($meta:tt)*] $name:ident $module:ident [$($lists:ident)?] } [$($made:tt)*] [$($field:ident($($column:ident)*))*]) => {
        $($meta)*
        #[derive(Clone)]
        pub struct $name(pub std::sync::Arc<$module::Model>);

        impl From<std::sync::Arc<$module::Model>> for $name {
            fn from(row: std::sync::Arc<$module::Model>) -> Self {
                Self(row)
            }
        }

        impl $crate::graphql::relay::node::NodeObject for $name {
            type Entity = $module::Entity;
        }

        impl $crate::graphql::relay::node::NodeEntity for $module::Entity {
            fn fields() -> &'static $crate::graphql::relay::node::Fields {
                static FIELDS: std::sync::LazyLock<$crate::graphql::relay::node::Fields> = std::sync::LazyLock::new(|| {
                    $crate::graphql::relay::node::Fields::of::<$module::Entity>(&[
                        $((stringify!($field), &[$(stringify!($column)),*])),*
                    ])
                });
                &FIELDS
            }
        }

        /// Each column that a field declares is one of the row.
        const _: fn(&$module::Model) = |row| {
            $($(let _ = &row.$column;)*)*
        };

        $($meta)*
        #[async_graphql::Object(cache_control(max_age = 60))]
        impl $name {
            /// The node's global id: opaque, unique among all nodes, stable for ever. `node(id:)` finds it again.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::graphql::relay::id::encode(<$module::Entity as entity::noun::Noun>::TYPE, self.0.id)
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

            $($made)*

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

/// Declares enums of the API, each with the enum of the columns that it shows: `GroupStatus shows "group::GroupStatus"`.
macro_rules! enums {
    ($($(#[$meta:meta])* $name:ident shows $stored:literal { $($(#[$doc:meta])* $value:ident,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(remote = $stored)]
        pub enum $name {
            $($(#[$doc])* $value,)*
        }
    )*};
}
pub(crate) use enums;
