//! The keys for which a statement reads rows. A statement holds them as one bound value, so its text is the same however
//! many there are. On SQLite, a single key has a text of its own, because SQLite makes a table of each array.

use std::marker::PhantomData;

use sea_orm::{
    DbBackend, ExprTrait, Value,
    sea_query::{Alias, CommonTableExpression, Expr, Func, Query, SelectStatement, WithClause},
};
use uuid::Uuid;

use super::{hints, placeholder::Placeholder};

/// A type of keys.
pub trait Key: Sized + Send + Sync + 'static {
    /// PostgreSQL's type of an array of them.
    const ARRAY: &'static str;
    /// How SQLite makes a key of the `value` of a JSON array.
    const FROM_JSON: &'static str;
    /// The value of a single key.
    fn single(&self) -> Value;
    /// The value of an array for PostgreSQL.
    fn array(keys: &[Self]) -> Value;
    /// The array for SQLite, which has no arrays but JSON.
    fn json(keys: &[Self]) -> serde_json::Value;
}

impl Key for Uuid {
    const ARRAY: &'static str = "uuid[]";
    const FROM_JSON: &'static str = "unhex(value)";

    fn single(&self) -> Value {
        (*self).into()
    }

    fn array(keys: &[Self]) -> Value {
        keys.to_vec().into()
    }

    fn json(keys: &[Self]) -> serde_json::Value {
        // JSON holds no blobs.
        keys.iter().map(|key| key.simple().to_string()).collect()
    }
}

impl Key for String {
    const ARRAY: &'static str = "text[]";
    const FROM_JSON: &'static str = "value";

    fn single(&self) -> Value {
        self.as_str().into()
    }

    fn array(keys: &[Self]) -> Value {
        keys.to_vec().into()
    }

    fn json(keys: &[Self]) -> serde_json::Value {
        keys.into()
    }
}

/// The keys of a statement: these ones, or a placeholder for those of each execution.
#[derive(Clone, Debug)]
pub struct Keys<K> {
    backend: DbBackend,
    value: Value,
    is_single: bool,
    key: PhantomData<fn() -> K>,
}

impl<K: Key> Keys<K> {
    /// These keys.
    pub fn new(backend: DbBackend, keys: &[K]) -> Self {
        let (value, is_single) = match keys {
            keys if backend == DbBackend::Postgres => (K::array(keys), false),
            [key] => (key.single(), true),
            keys => (K::json(keys).to_string().into(), false),
        };
        Self { backend, value, is_single, key: PhantomData }
    }

    /// A placeholder for keys for which the text of a statement is the same as for these.
    pub(super) fn placeholder(&self) -> Self {
        Self { backend: self.backend, value: Placeholder::Keys.into(), is_single: self.is_single, key: PhantomData }
    }

    /// The value that a statement holds.
    pub(super) fn into_value(self) -> Value {
        self.value
    }

    /// Which database the statement is for.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Whether this is one key, on a database where the statement for a single key has a text of its own.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.is_single
    }

    /// `column` is one of the keys.
    pub fn has(&self, column: impl Into<Expr>) -> Expr {
        if self.backend == DbBackend::Postgres {
            return equals_any(column, hints::unseen(K::ARRAY, self.value.clone()));
        }
        self.has_seen(column)
    }

    /// The same, but PostgreSQL sees the keys when it plans. For statements that read so many rows for each key that a
    /// plan for these very keys is worth its time.
    pub fn has_seen(&self, column: impl Into<Expr>) -> Expr {
        if self.backend == DbBackend::Postgres {
            return equals_any(column, self.bound());
        }
        if self.is_single { column.into().eq(self.bound()) } else { column.into().in_subquery(self.rows()) }
    }

    /// A row for each key.
    fn rows(&self) -> SelectStatement {
        if self.backend == DbBackend::Postgres {
            let keys = hints::unseen(K::ARRAY, self.value.clone());
            return Query::select().expr(Func::cust("unnest").arg(keys)).to_owned();
        }
        if self.is_single {
            return Query::select().expr(self.bound()).to_owned();
        }
        let elements = Func::cust("json_each").arg(self.bound());
        Query::select().expr(Expr::cust(K::FROM_JSON)).from_function(elements, "keys").to_owned()
    }

    fn bound(&self) -> Expr {
        Expr::val(self.value.clone())
    }

    /// A common table expression `parents(id)` with the keys, for statements that read something for each of them.
    #[must_use]
    pub fn parents(&self) -> WithClause {
        let mut table = CommonTableExpression::new();
        table.table_name(Alias::new("parents")).column(Alias::new("id")).query(self.rows());
        WithClause::new().cte(table).to_owned()
    }
}

/// The key of the row of [`Keys::parents`].
#[must_use]
pub fn parent_id() -> Expr {
    Expr::col((Alias::new("parents"), Alias::new("id")))
}

/// The key of the only row of [`Keys::parents`]. Rows with this key can be read in the order of an index.
#[must_use]
pub fn only_parent_id() -> Expr {
    Expr::SubQuery(None, Box::new(Query::select().expr(parent_id()).from(Alias::new("parents")).to_owned().into()))
}

/// `column` is one of these keys: one statement text and one bound value, however many keys there are.
pub fn is_any<K: Key>(backend: DbBackend, column: impl Into<Expr>, keys: &[K]) -> Expr {
    Keys::new(backend, keys).has(column)
}

fn equals_any(column: impl Into<Expr>, keys: Expr) -> Expr {
    Expr::cust_with_exprs("$1 = ANY($2)", [column.into(), keys])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_sqlite_are_hexadecimal_json_and_a_single_one_is_itself() {
        let keys = [Uuid::from_u128(1), Uuid::from_u128(0xAB)];
        let value = |backend, keys: &[Uuid]| Keys::new(backend, keys).into_value();
        let json = r#"["00000000000000000000000000000001","000000000000000000000000000000ab"]"#;
        assert_eq!(value(DbBackend::Sqlite, &keys), json.into());
        assert_eq!(value(DbBackend::Sqlite, &keys[..1]), keys[0].into());
        assert_eq!(value(DbBackend::Postgres, &keys[..1]), vec![keys[0]].into());
    }
}
