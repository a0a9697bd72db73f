//! The statement cache: each statement is built once. The text of a relation's statement is the same for all keys, and to
//! build it takes longer than the database takes to answer it.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::{DbBackend, Statement, StatementBuilder};

use super::{
    Db,
    columns::Columns,
    keys::{Key, Keys},
    placeholder::{Bound, Placeholder, Placeholders},
    read_set,
    rows::Row,
};
use crate::error::{Error, Result};

/// How many variants (pages, filters) of a statement are cached. When there are so many, each new one replaces another.
const VARIANTS: usize = 32;
/// The longest statement that is cached, with its values, in bytes of its debug form. Texts of a filter may be much
/// longer.
const LONGEST: usize = 16 * 1024;

/// A statement that reads rows for keys. The type is what it is cached by.
pub trait KeyedSelect: 'static {
    /// The type of the keys.
    type Key: Key;
    /// What the statement depends on beside its columns and keys: `()` for most.
    type Variant: Variant;
    /// What is read.
    type Row: Row;

    /// Builds the statement from these arguments, and from nothing else: not from the time, a setting or the data.
    /// `keys` stands for the keys of each execution. A request whose statement is cached does not build it, so what
    /// building would note in the read set is never noted.
    fn build(variant: &Self::Variant, columns: Columns, keys: &Keys<Self::Key>) -> Result<impl StatementBuilder>;
}

/// What tells the statements of a [`KeyedSelect`] apart, beside its columns: its text, and its values that are no keys.
pub trait Variant: Hash + Eq + Clone + Send + Sync + 'static {}

impl<V: Hash + Eq + Clone + Send + Sync + 'static> Variant for V {}

/// A statement that is cached. Other values are bound to its placeholders each time.
#[derive(Debug)]
struct CachedStatement {
    statement: Statement,
    placeholders: Placeholders,
}

impl CachedStatement {
    fn build<S: KeyedSelect>(variant: &S::Variant, columns: Columns, keys: &Keys<S::Key>) -> Result<Self> {
        let build = || Ok::<_, Error>(S::build(variant, columns, keys)?.build(&keys.backend()));
        let statement = read_set::unrecorded(build)?;
        Ok(Self { placeholders: Placeholders::of(&statement), statement })
    }

    fn bind(&self, bound: &Bound) -> Statement {
        let mut statement = self.statement.clone();
        self.placeholders.bind(&mut statement, bound);
        statement
    }
}

/// Variants of a statement, with its columns and whether it is for a single key.
type Variants<V> = RwLock<HashMap<(V, Columns, bool), Arc<CachedStatement>>>;

/// The cached statements of a database, by type and variant.
#[derive(Clone, Default)]
pub struct StatementCache(Arc<RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl StatementCache {
    fn variants<S: KeyedSelect>(&self) -> Arc<Variants<S::Variant>> {
        let select = TypeId::of::<S>();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&select).cloned();
        let variants = known.unwrap_or_else(|| {
            let mut selects = self.0.write().unwrap_or_else(PoisonError::into_inner);
            selects.entry(select).or_insert_with(|| Arc::new(Variants::<S::Variant>::default())).clone()
        });
        // The type of the variants follows from the key, so the downcast always succeeds.
        variants.downcast().unwrap_or_default()
    }

    fn find<S: KeyedSelect>(
        &self,
        variant: &S::Variant,
        columns: Columns,
        keys: &Keys<S::Key>,
    ) -> Result<Arc<CachedStatement>> {
        let variants = self.variants::<S>();
        let key = (variant.clone(), columns, keys.is_single());
        if let Some(cached) = variants.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(cached.clone());
        }
        let cached = Arc::new(CachedStatement::build::<S>(variant, columns, &keys.placeholder())?);
        if !cached.placeholders.has(Placeholder::Keys) {
            return Err(Error::internal(format!("the statement of {} binds no keys", type_name::<S>())));
        }
        if format!("{:?}", cached.statement).len() <= LONGEST {
            let mut variants = variants.write().unwrap_or_else(PoisonError::into_inner);
            if variants.len() >= VARIANTS && !variants.contains_key(&key) {
                // Any of them goes. One that is used often is soon cached again.
                let other = variants.keys().next().cloned();
                other.and_then(|other| variants.remove(&other));
            }
            variants.insert(key, cached.clone());
        }
        Ok(cached)
    }

    /// The statement for these keys. Debug builds compare it with one that is built for these very keys.
    fn statement<S: KeyedSelect>(
        &self,
        backend: DbBackend,
        variant: &S::Variant,
        columns: Columns,
        keys: &[S::Key],
    ) -> Result<Statement> {
        let keys = Keys::new(backend, keys);
        let cached = self.find::<S>(variant, columns, &keys)?;
        let anew = cfg!(debug_assertions).then(|| CachedStatement::build::<S>(variant, columns, &keys)).transpose()?;
        let bound = Bound { keys: keys.into_value(), viewer: None };
        let statement = cached.bind(&bound);
        if let Some(anew) = anew {
            let name = type_name::<S>();
            assert_eq!(statement, anew.bind(&bound), "the statement of {name} depends on more than its arguments");
        }
        Ok(statement)
    }
}

impl Db {
    /// All rows that `S` finds for these keys: of this variant of its statement, with these columns.
    pub async fn rows_for<S: KeyedSelect>(
        &self,
        variant: &S::Variant,
        columns: Columns,
        keys: &[S::Key],
    ) -> Result<Vec<S::Row>> {
        let statement = self.statement_cache.statement::<S>(self.backend(), variant, columns, keys)?;
        self.reads.rows(statement, columns).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sea_orm::{
        ExprTrait, Value,
        sea_query::{Expr, Query, SelectStatement},
    };
    use uuid::Uuid;

    use super::{super::placeholder::viewer, *};

    const BACKENDS: [DbBackend; 2] = [DbBackend::Sqlite, DbBackend::Postgres];

    /// A select that has a filter before its keys, names the keys twice, and a viewer between them.
    fn select<K: Key>(filter: &str, keys: &Keys<K>) -> SelectStatement {
        Query::select()
            .column("column")
            .from("table")
            .and_where(Expr::col("filtered").eq(filter))
            .and_where(keys.has(Expr::col("one")))
            .and_where(Expr::col("seen_by").eq(viewer()))
            .and_where(keys.has_seen(Expr::col("other")))
            .to_owned()
    }

    struct OfTexts;

    impl KeyedSelect for OfTexts {
        type Key = String;
        type Variant = String;
        type Row = String;

        fn build(filter: &String, _: Columns, keys: &Keys<String>) -> Result<impl StatementBuilder> {
            Ok(select(filter, keys))
        }
    }

    struct Other;

    impl KeyedSelect for Other {
        type Key = String;
        type Variant = String;
        type Row = String;

        fn build(filter: &String, _: Columns, keys: &Keys<String>) -> Result<impl StatementBuilder> {
            Ok(Query::select().expr(Expr::val(filter.as_str())).and_where(keys.has(Expr::col("other"))).to_owned())
        }
    }

    fn cached<S: KeyedSelect>(cache: &StatementCache) -> usize {
        cache.variants::<S>().read().unwrap().len()
    }

    #[test]
    fn keys_and_viewer_are_bound_wherever_they_stand_and_nothing_else_is() {
        let keys = ["a", "b\"", "c"].map(str::to_owned);
        // Filters that look like keys, an empty list of keys, or a placeholder.
        for (backend, filter) in BACKENDS.into_iter().flat_map(|backend| ["", "a", "[]", "K"].map(|f| (backend, f))) {
            for keys in [&keys[..1], &keys[..2], &keys, &[]] {
                let keys = Keys::new(backend, keys);
                let cached = CachedStatement::build::<OfTexts>(&filter.into(), Columns::ALL, &keys.placeholder());
                let me = Uuid::from_u128(7);
                for viewer in [None, Some(me)] {
                    let bound = Bound { keys: keys.clone().into_value(), viewer };
                    let statement = cached.as_ref().unwrap().bind(&bound);
                    let keys = &bound.keys;
                    let values: [Value; 4] = [filter.into(), keys.clone(), viewer.into(), keys.clone()];
                    assert_eq!(statement.values.unwrap().0, values);
                }
            }
        }
    }

    #[test]
    fn a_cached_statement_is_the_one_for_its_very_keys() {
        for backend in BACKENDS {
            let cache = StatementCache::default();
            for keys in [&["a", "b"][..], &["c"], &["d", "e", "f"], &["g"], &[]] {
                let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
                let cached = cache.statement::<Other>(backend, &"a".into(), Columns::ALL, &keys).unwrap();
                let built = CachedStatement::build::<Other>(&"a".into(), Columns::ALL, &Keys::new(backend, &keys));
                assert_eq!(cached, built.unwrap().statement);
            }
        }
    }

    struct WithoutKeys;

    impl KeyedSelect for WithoutKeys {
        type Key = Uuid;
        type Variant = ();
        type Row = Uuid;

        fn build((): &(), _: Columns, _: &Keys<Uuid>) -> Result<impl StatementBuilder> {
            Ok(Query::select().expr(Expr::val(1)).and_where(Expr::col("seen_by").eq(viewer())).to_owned())
        }
    }

    #[test]
    fn a_statement_without_keys_is_an_error() {
        let statement = StatementCache::default().statement::<WithoutKeys>(DbBackend::Sqlite, &(), Columns::ALL, &[]);
        assert_eq!(statement.err(), Some(Error::Internal));
    }

    struct Counting;

    static BUILT: AtomicUsize = AtomicUsize::new(0);

    impl KeyedSelect for Counting {
        type Key = Uuid;
        type Variant = ();
        type Row = Uuid;

        fn build((): &(), _: Columns, keys: &Keys<Uuid>) -> Result<impl StatementBuilder> {
            let built = i32::try_from(BUILT.fetch_add(1, Ordering::Relaxed)).unwrap();
            Ok(Query::select().expr(Expr::val(built)).and_where(keys.has(Expr::col("one"))).to_owned())
        }
    }

    #[cfg(debug_assertions)]
    #[test]
    #[should_panic(expected = "Counting depends on more than its arguments")]
    fn a_statement_that_depends_on_something_else_is_noticed() {
        let _ = StatementCache::default().statement::<Counting>(DbBackend::Sqlite, &(), Columns::ALL, &[]);
    }

    #[test]
    fn each_select_and_variant_is_built_once_and_the_cache_is_bounded() {
        let cache = StatementCache::default();
        let find = |variant: usize, columns, keys: &[String]| {
            let keys = Keys::new(DbBackend::Sqlite, keys);
            cache.find::<OfTexts>(&variant.to_string(), columns, &keys).unwrap()
        };
        let (some, other) = (Columns::ALL, Columns::of_all([]));
        let first = find(0, some, &[]);
        assert!(Arc::ptr_eq(&first, &find(0, some, &["a".into(), "b".into()])));
        assert!(!Arc::ptr_eq(&first, &find(0, some, &["a".into()])), "for a single key");
        assert!(!Arc::ptr_eq(&first, &find(0, other, &[])), "with other columns");
        assert!(!Arc::ptr_eq(&first, &find(1, some, &[])));
        let another = cache.find::<Other>(&"0".into(), some, &Keys::new(DbBackend::Sqlite, &[])).unwrap();
        assert_ne!(first.statement, another.statement);
        assert_eq!([cached::<OfTexts>(&cache), cached::<Other>(&cache)], [4, 1]);
        for variant in 0..2 * VARIANTS {
            let found = find(variant, some, &[]);
            assert!(Arc::ptr_eq(&found, &find(variant, some, &[])));
        }
        assert_eq!(cached::<OfTexts>(&cache), VARIANTS);
    }

    #[test]
    fn a_long_statement_is_not_cached() {
        let cache = StatementCache::default();
        let variant = "x".repeat(LONGEST);
        cache.statement::<OfTexts>(DbBackend::Sqlite, &variant, Columns::ALL, &["a".into()]).unwrap();
        assert_eq!(cached::<OfTexts>(&cache), 0);
    }

    struct Noting;

    impl KeyedSelect for Noting {
        type Key = Uuid;
        type Variant = ();
        type Row = Uuid;

        fn build((): &(), _: Columns, keys: &Keys<Uuid>) -> Result<impl StatementBuilder> {
            read_set::note_time();
            Ok(Query::select().column("column").and_where(keys.has(Expr::col("one"))).to_owned())
        }
    }

    #[tokio::test]
    async fn what_building_notes_is_not_recorded_the_first_time_either() {
        let recorder = Arc::new(read_set::Recorder::default());
        let work = async { StatementCache::default().statement::<Noting>(DbBackend::Sqlite, &(), Columns::ALL, &[]) };
        read_set::record(Some(recorder.clone()), work).await.unwrap();
        assert!(!recorder.read_set().is_timed);
    }
}
