//! The statement cache: each statement is built once. The text of a relation's statement is the same for all keys, and to
//! build it takes longer than the database takes to answer it.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::{DbBackend, Statement, StatementBuilder, Value, sea_query::SelectStatement};
use uuid::Uuid;

use super::{
    Db,
    columns::Columns,
    rows::{Row, Selected},
};
use crate::error::{Error, Result};

/// How many variants (pages, filters) of a relation are cached. When there are so many, each new one replaces another.
const VARIANTS: usize = 32;
/// The longest statement that is cached, with its values, in bytes of its debug form. Texts of a filter may be much longer.
const LONGEST: usize = 16 * 1024;

/// Keys that a statement holds as one value. It is an array; on SQLite, a single key is not put into an array, because SQLite
/// makes a table of each array.
pub trait Keys: 'static {
    /// Keys for which statements have the same text as for these.
    fn sample(&self, backend: DbBackend) -> &'static Self;
    /// The value.
    fn bound(&self, backend: DbBackend) -> Value;
}

impl Keys for [Uuid] {
    fn sample(&self, backend: DbBackend) -> &'static Self {
        if single_key(backend, self).is_some() { &ID } else { &[] }
    }

    fn bound(&self, backend: DbBackend) -> Value {
        if let Some(key) = single_key(backend, self) {
            return (*key).into();
        }
        if backend == DbBackend::Postgres {
            return self.to_vec().into();
        }
        // JSON holds no blobs.
        let hex: Vec<_> = self.iter().map(|key| key.simple().to_string()).collect();
        serde_json::Value::from(hex).to_string().into()
    }
}

/// Samples of a single key.
static ID: [Uuid; 1] = [Uuid::nil()];
static TEXT: [String; 1] = [String::new()];

impl Keys for [String] {
    fn sample(&self, backend: DbBackend) -> &'static Self {
        if single_key(backend, self).is_some() { &TEXT } else { &[] }
    }

    fn bound(&self, backend: DbBackend) -> Value {
        if let Some(text) = single_key(backend, self) {
            return text.as_str().into();
        }
        if backend == DbBackend::Postgres {
            self.to_vec().into()
        } else {
            serde_json::Value::from(self).to_string().into()
        }
    }
}

/// The only key, on a database that binds a single key without an array.
pub fn single_key<K>(backend: DbBackend, keys: &[K]) -> Option<&K> {
    match keys {
        [key] if backend == DbBackend::Sqlite => Some(key),
        _ => None,
    }
}

/// A statement that is cached. Other keys are bound to it each time.
#[derive(Debug)]
pub struct CachedStatement {
    statement: Statement,
    keys_at: usize,
}

impl CachedStatement {
    /// From a statement for a sample of keys. The sample is the first of equal values in it, because conditions on keys come
    /// before filters.
    fn new<K: Keys + ?Sized>(statement: Statement, sample: &K) -> Result<Self> {
        let keys = sample.bound(statement.db_backend);
        let keys_at = statement.values.iter().flat_map(|values| &values.0).position(|value| *value == keys);
        let keys_at = keys_at.ok_or_else(|| Error::internal("a statement for keys that binds none"))?;
        Ok(Self { statement, keys_at })
    }

    fn with<K: Keys + ?Sized>(&self, keys: &K) -> Statement {
        let mut statement = self.statement.clone();
        if let Some(values) = &mut statement.values {
            values.0[self.keys_at] = keys.bound(statement.db_backend);
        }
        statement
    }
}

type Variants<V> = RwLock<HashMap<V, Arc<CachedStatement>>>;

/// The statements of a database's relations, by relation and variant.
#[derive(Clone, Default)]
pub struct StatementCache(Arc<RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl StatementCache {
    fn variants<R: 'static, V: Send + Sync + 'static>(&self) -> Arc<Variants<V>> {
        let relation = TypeId::of::<(R, V)>();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&relation).cloned();
        let variants = known.unwrap_or_else(|| {
            let mut relations = self.0.write().unwrap_or_else(PoisonError::into_inner);
            relations.entry(relation).or_insert_with(|| Arc::new(Variants::<V>::default())).clone()
        });
        // The type of the variants is a part of the key, so the downcast always succeeds.
        variants.downcast().unwrap_or_default()
    }

    fn find<R: 'static, V: Variant>(
        &self,
        variant: &V,
        build: impl FnOnce() -> Result<CachedStatement>,
    ) -> Result<Arc<CachedStatement>> {
        let variants = self.variants::<R, V>();
        if let Some(cached) = variants.read().unwrap_or_else(PoisonError::into_inner).get(variant) {
            return Ok(cached.clone());
        }
        let cached = Arc::new(build()?);
        if format!("{:?}", cached.statement).len() <= LONGEST {
            let mut variants = variants.write().unwrap_or_else(PoisonError::into_inner);
            if variants.len() >= VARIANTS && !variants.contains_key(variant) {
                // Any of them goes. One that is used often is soon cached again.
                let other = variants.keys().next().cloned();
                other.and_then(|other| variants.remove(&other));
            }
            variants.insert(variant.clone(), cached.clone());
        }
        Ok(cached)
    }
}

/// Everything but the keys that a relation's statement depends on, the moment too: its text, and its values that are no keys.
/// A request whose statement is cached does not build it. So it must not note anything while it builds, for instance that it
/// depends on the time.
pub trait Variant: Hash + Eq + Clone + Send + Sync + 'static {}

impl<V: Hash + Eq + Clone + Send + Sync + 'static> Variant for V {}

impl Db {
    /// All rows that the relation `R` finds for these keys. `select` builds the statement once, with a sample of keys. So each
    /// statement needs an `R` of its own.
    pub async fn rows_of<R: 'static, K: Keys + ?Sized, S: Selected>(
        &self,
        keys: &K,
        select: impl FnOnce(&K) -> S,
    ) -> Result<Vec<S::Row>> {
        let select = |keys: &K| Ok(select(keys).into_query());
        self.variant_rows_of::<R, _, _, _, SelectStatement>(&(), Columns::ALL, keys, select).await
    }

    /// The same for a relation whose statement has variants and reads these columns.
    pub async fn variant_rows_of<R: 'static, T: Row, K: Keys + ?Sized, V: Variant, S: StatementBuilder>(
        &self,
        variant: &V,
        columns: Columns,
        keys: &K,
        build: impl FnOnce(&K) -> Result<S>,
    ) -> Result<Vec<T>> {
        let sample = keys.sample(self.backend());
        let build = || CachedStatement::new(build(sample)?.build(&self.backend()), sample);
        // The text for a single key may be another one. The sample then has a single key, too.
        let variant = (variant.clone(), columns, size_of_val(sample) == 0);
        let cached = self.statement_cache.find::<R, _>(&variant, build)?;
        self.reads.rows(cached.with(keys), columns).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(backend: DbBackend, keys: &[String]) -> Statement {
        Statement::from_sql_and_values(backend, "…", ["first".into(), keys.bound(backend), "[]".into(), "".into()])
    }

    #[test]
    fn keys_are_bound_anew_where_they_stood() {
        let keys = ["a", "b\"", "c"].map(str::to_owned);
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            for keys in [&keys[..1], &keys[..2], &keys] {
                let sample = keys.sample(backend);
                let cached = CachedStatement::new(statement(backend, sample), sample).unwrap();
                assert_eq!(cached.with(keys), statement(backend, keys));
                assert_eq!(cached.with(keys), statement(backend, keys), "twice");
            }
        }
    }

    #[test]
    fn a_statement_without_keys_is_an_error() {
        let statement = Statement::from_string(DbBackend::Sqlite, "SELECT 1");
        assert_eq!(CachedStatement::new::<[Uuid]>(statement, &[]).err(), Some(Error::Internal));
    }

    #[test]
    fn keys_of_sqlite_are_hexadecimal_json_and_a_single_one_is_itself() {
        let keys = [Uuid::from_u128(1), Uuid::from_u128(0xAB)];
        let json = r#"["00000000000000000000000000000001","000000000000000000000000000000ab"]"#;
        assert_eq!(keys.bound(DbBackend::Sqlite), json.into());
        assert_eq!(keys[..1].bound(DbBackend::Sqlite), keys[0].into());
        assert_eq!(keys[..1].bound(DbBackend::Postgres), vec![keys[0]].into());
    }

    #[test]
    fn each_relation_and_variant_is_built_once_and_the_cache_is_bounded() {
        struct One;
        struct Other;
        let (cache, mut built) = (StatementCache::default(), 0);
        let mut find = |is_one: bool, variant: usize| {
            let build = || {
                built += 1;
                CachedStatement::new::<[String]>(statement(DbBackend::Sqlite, &[]), &[])
            };
            if is_one {
                cache.find::<One, _>(&variant, build).unwrap();
            } else {
                cache.find::<Other, _>(&variant, build).unwrap();
            }
            built
        };
        assert_eq!([find(true, 0), find(true, 0), find(false, 0), find(true, 1), find(true, 1)], [1, 1, 2, 3, 3]);
        for variant in 0..VARIANTS {
            find(true, variant);
        }
        assert_eq!(find(true, VARIANTS), VARIANTS + 2);
        assert_eq!(find(true, VARIANTS), VARIANTS + 2);
        assert_eq!(cache.variants::<One, usize>().read().unwrap().len(), VARIANTS);
    }

    #[test]
    fn a_long_statement_is_not_cached() {
        let cache = StatementCache::default();
        let build = || {
            let values = ["[]".into(), "x".repeat(LONGEST).into()];
            CachedStatement::new::<[String]>(Statement::from_sql_and_values(DbBackend::Sqlite, "? ?", values), &[])
        };
        cache.find::<(), _>(&0, build).unwrap();
        assert_eq!(cache.variants::<(), i32>().read().unwrap().len(), 0);
    }
}
