//! Orders of lists, and the cursors that mark a place in one.

use std::hash::Hash;

use async_graphql::{Enum, InputType};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use data_encoding::BASE64URL_NOPAD;
use sea_orm::{
    ColumnTrait, DbBackend, Value,
    sea_query::{Expr, Func},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::value::{date_literal, instant_literal, is_storable},
    error::{Code, Error, Result},
};

/// A field that a list can be ordered by.
pub trait SortField: Copy + Hash + Eq + Send + Sync + 'static {
    /// A row of the list.
    type Model;
    /// The input that names the field and the direction, see [`orders`].
    type Input: InputType + Into<OrderBy<Self>>;
    /// The order when none is asked for.
    const DEFAULT: OrderBy<Self>;
    /// How the field is compared.
    fn key(self) -> SortKey<Self::Model>;
}

/// How one field is compared and what its value in a row is.
pub struct SortKey<M> {
    /// The name inside cursors; the API's name of the field.
    pub name: &'static str,
    /// The column.
    pub column_name: &'static str,
    /// The same, qualified by its table.
    pub column: Expr,
    /// The value of a row.
    pub value: SortValue<M>,
}

/// The value by which a row is ordered. Rows without one come last in both directions.
pub enum SortValue<M> {
    /// Text that was folded when it was written; compared byte by byte on both databases.
    Text(fn(&M) -> &str),
    /// An instant that every row has.
    Always(fn(&M) -> DateTime<Utc>),
    /// An instant.
    Time(fn(&M) -> Option<DateTime<Utc>>),
    /// A calendar date.
    Date(fn(&M) -> Option<NaiveDate>),
    /// A number.
    Number(fn(&M) -> i32),
}

/// Which way a list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum OrderDirection {
    /// From small to large, from early to late, from A to Z.
    #[default]
    Asc,
    /// From large to small, from late to early, from Z to A.
    Desc,
}

/// What a list is ordered by, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy<S> {
    /// What is compared.
    pub field: S,
    /// Which way.
    pub direction: OrderDirection,
}

/// Declares what a list can be ordered by, and the input with which clients say so. The first one is the default.
///
/// ```ignore
/// orders! {
///     /// What venues can be ordered by.
///     VenueOrderField as VenueOrder of venue by Name Asc {
///         /// Their name, without regard to accents and capitals.
///         Name "NAME" = SortName, Text(|venue| &venue.sort_name);
///     }
/// }
/// ```
///
/// Every list can be ordered by the time at which its items were recorded.
macro_rules! orders {
    (
        $(#[$meta:meta])*
        $field:ident as $input:ident of $module:ident by $default:ident $direction:ident {
            $($(#[$doc:meta])* $order:ident $name:literal = $column:ident, $kind:ident(|$row:ident| $value:expr);)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        pub enum $field {
            $($(#[$doc])* $order,)*
            /// When they were first recorded here.
            CreatedAt,
        }

        /// What a list is ordered by, and which way. Items without a date come last in both directions; equal ones are ordered by
        /// when they were first recorded, in the same direction.
        #[derive(Clone, Copy, Debug, async_graphql::InputObject)]
        pub struct $input {
            /// What to compare.
            pub field: $field,
            /// Which way; ascending unless said otherwise, even where the list by itself runs the other way.
            #[graphql(default)]
            pub direction: $crate::graphql::relay::connection::OrderDirection,
        }

        impl From<$input> for $crate::graphql::relay::connection::OrderBy<$field> {
            fn from($input { field, direction }: $input) -> Self {
                Self { field, direction }
            }
        }

        impl $crate::graphql::relay::connection::SortField for $field {
            type Model = $module::Model;
            type Input = $input;
            const DEFAULT: $crate::graphql::relay::connection::OrderBy<Self> = $crate::graphql::relay::connection::OrderBy {
                field: Self::$default,
                direction: $crate::graphql::relay::connection::OrderDirection::$direction,
            };

            fn key(self) -> $crate::graphql::relay::connection::SortKey<$module::Model> {
                use $crate::graphql::relay::connection::{SortKey, SortValue};
                match self {
                    $(Self::$order => SortKey::new($name, $module::Column::$column, SortValue::$kind(|$row| $value)),)*
                    Self::CreatedAt => {
                        SortKey::new("CREATED_AT", $module::Column::CreatedAt, SortValue::Always(|row| row.created_at))
                    }
                }
            }
        }
    };
}
pub(crate) use orders;

/// The place of a row in an ordered list: the order, the row's value in it, and its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Cursor(pub(super) String, pub(super) OrderTag, pub(super) String, pub(super) Uuid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum OrderTag {
    #[serde(rename = "+")]
    Ascending,
    #[serde(rename = "-")]
    Descending,
}

impl From<OrderDirection> for OrderTag {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Ascending,
            OrderDirection::Desc => Self::Descending,
        }
    }
}

impl Cursor {
    pub(super) fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    pub(super) fn decode<S: SortField>(text: &str, order: OrderBy<S>) -> Result<Self> {
        let bad = |message: &str| Error::invalid(Code::BadCursor, message);
        let cursor: Self = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| bad("This is not a cursor. Pass what `pageInfo` or an edge returned, unchanged."))?;
        let key = order.field.key();
        if cursor.0 != key.name || cursor.1 != order.direction.into() {
            return Err(bad("This cursor belongs to another order. Start the list again, or keep its `orderBy`."));
        }
        key.value.parse(&cursor.2).ok_or_else(|| bad("This cursor is damaged. Start the list again."))?;
        Ok(cursor)
    }
}

/// The years that both databases hold and compare alike.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

impl<M> SortValue<M> {
    /// What stands for a missing value: it sorts behind all others in this direction.
    pub(super) fn sentinel(&self, direction: OrderDirection) -> &'static str {
        match (self, direction) {
            (Self::Text(_) | Self::Number(_) | Self::Always(_), _) => "",
            (Self::Time(_), OrderDirection::Asc) => "9999-12-31T00:00:00+00:00",
            (Self::Time(_), OrderDirection::Desc) => "0001-01-01T00:00:00+00:00",
            (Self::Date(_), OrderDirection::Asc) => "9999-12-31",
            (Self::Date(_), OrderDirection::Desc) => "0001-01-01",
        }
    }

    pub(super) fn text(&self, row: &M, direction: OrderDirection) -> String {
        match self {
            Self::Text(value) => Some(value(row).to_owned()),
            Self::Always(value) => Some(value(row).to_rfc3339()),
            Self::Time(value) => value(row).map(|time| time.to_rfc3339()),
            Self::Date(value) => value(row).map(|date| date.to_string()),
            Self::Number(value) => Some(value(row).to_string()),
        }
        .unwrap_or_else(|| self.sentinel(direction).to_owned())
    }

    pub(super) fn parse(&self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Text(_) => Some(text).filter(|text| is_storable(text))?.into(),
            Self::Always(_) | Self::Time(_) => {
                let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
                Some(instant).filter(|instant| YEARS.contains(&instant.year()))?.into()
            }
            Self::Date(_) => {
                let date: NaiveDate = text.parse().ok()?;
                Some(date).filter(|date| YEARS.contains(&date.year()))?.into()
            }
            Self::Number(_) => text.parse::<i32>().ok()?.into(),
        })
    }
}

impl<M> SortKey<M> {
    /// The field of this name compares this column.
    pub fn new(name: &'static str, column: impl ColumnTrait, value: SortValue<M>) -> Self {
        Self { name, column_name: column.as_str(), column: Expr::col(column.as_column_ref()), value }
    }

    /// What is compared in this direction: exactly the expression that the migration indexed.
    pub(super) fn expression(self, backend: DbBackend, direction: OrderDirection) -> Expr {
        let sentinel = self.value.sentinel(direction);
        let literal = match self.value {
            SortValue::Text(_) | SortValue::Number(_) | SortValue::Always(_) => return self.column,
            SortValue::Time(_) => instant_literal(backend, sentinel),
            SortValue::Date(_) => date_literal(backend, sentinel),
        };
        Func::coalesce([self.column, Expr::cust(literal)]).into()
    }
}
