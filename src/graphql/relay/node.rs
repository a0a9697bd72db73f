//! What all nodes have in common: a key, a global id, perhaps a slug, and the rule that says who may see them.

use std::{collections::HashMap, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, ID, SelectionField, dataloader::Loader};
use entity::noun::{Noun, SlugNoun};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, ModelTrait, QueryFilter, QueryTrait, StatementBuilder,
    sea_query::{Expr, Func, Query, SelectStatement},
};
use uuid::Uuid;

use super::id;
use crate::{
    db::{
        Db,
        columns::Columns,
        keys::Keys,
        rows::{Row, narrow},
        statement_cache::KeyedSelect,
        value::is_storable,
    },
    error::{Code, Error, Result},
    graphql::context::ContextExt,
};

/// A table of nodes that the API has.
pub trait NodeEntity: Noun<Model: Row + ModelTrait + Sync> {
    /// Which columns each field of the node reads.
    fn fields() -> &'static Fields;
}

/// The GraphQL object of a node.
pub trait NodeObject: From<Arc<<Self::Entity as EntityTrait>::Model>> {
    /// Its table.
    type Entity: NodeEntity;
}

/// Which columns the fields of a node read.
pub struct Fields {
    /// The columns of each field, by its name in the API.
    columns: Vec<(String, Columns)>,
    /// The columns with which every node is read: its key, and the key of its replacement.
    always: Columns,
}

impl Fields {
    /// Of the names of fields and columns, as the row of the table has them.
    #[must_use]
    pub fn of<E: Noun>(fields: &[(&str, &[&str])]) -> Self {
        let columns = |names: &[&str]| {
            let names: Vec<&str> = names.iter().map(|name| name.trim_start_matches("r#")).collect();
            Columns::that(|column: &E::Column| names.contains(&column.as_str()))
        };
        let always: Vec<&str> = [Some(E::ID), E::SUCCESSOR].iter().flatten().map(IdenStatic::as_str).collect();
        let fields = fields.iter().map(|(field, names)| (api_name(field), columns(names)));
        Self { columns: fields.collect(), always: columns(&always) }
    }

    /// The columns that a field reads beside those that are always read. Lists and what all nodes have read no more.
    fn columns(&self, field: &str) -> Option<Columns> {
        self.columns.iter().find(|(name, _)| name == field).map(|(_, columns)| *columns)
    }
}

/// The name of a field in the API: `startsAt` for `starts_at`.
fn api_name(field: &str) -> String {
    let mut words = field.trim_start_matches("r#").split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name
}

/// The columns that the selected fields of a node read.
pub fn columns<E: NodeEntity>(node: SelectionField<'_>) -> Columns {
    let fields = E::fields();
    let selected = node.selection_set().filter_map(|field| fields.columns(field.name()));
    fields.always | Columns::of_all(selected)
}

/// The same for the nodes that the field `name` of the selection returns.
pub fn columns_within<E: NodeEntity>(parent: SelectionField<'_>, name: &str) -> Columns {
    let nodes = parent.selection_set().filter(|field| field.name() == name);
    E::fields().always | Columns::of_all(nodes.map(columns::<E>))
}

/// The columns of these names, and those with which every node is read.
pub fn columns_of<E: NodeEntity>(names: &[&str]) -> Columns {
    E::fields().always | Columns::that(|column: &E::Column| names.contains(&column.as_str()))
}

/// Loads a public node by its key, with these columns at least.
pub struct ById<E>(pub Uuid, pub Columns, PhantomData<fn() -> E>);

/// Loads a public node by its slug, with these columns at least.
pub struct BySlug<E>(pub String, pub Columns, PhantomData<fn() -> E>);

macro_rules! plain_key {
    ($key:ident, $value:ty) => {
        impl<E> $key<E> {
            /// The key of this value.
            #[must_use]
            pub fn new(value: $value, columns: Columns) -> Self {
                Self(value, columns, PhantomData)
            }
        }
        impl<E> Clone for $key<E> {
            fn clone(&self) -> Self {
                Self::new(self.0.clone(), self.1)
            }
        }
        impl<E> PartialEq for $key<E> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0 && self.1 == other.1
            }
        }
        impl<E> Eq for $key<E> {}
        impl<E> Hash for $key<E> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }
    };
}

plain_key!(ById, Uuid);
plain_key!(BySlug, String);

impl<E: NodeEntity> Loader<ById<E>> for Db {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[ById<E>]) -> Result<HashMap<ById<E>, Self::Value>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let columns = Columns::of_all(keys.iter().map(|key| key.1));
        let rows = read::<E>(self, &ids, columns).await?;
        Ok(keys.iter().filter_map(|key| Some((key.clone(), rows.get(&key.0)?.clone()))).collect())
    }
}

impl<E: NodeEntity> KeyedSelect for ById<E> {
    type Key = Uuid;
    type Variant = ();
    type Row = E::Model;

    fn build((): &(), columns: Columns, ids: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        Ok(public::<E>(columns, ids.has(Expr::col(E::ID.as_column_ref()))))
    }
}

impl<E: NodeEntity + SlugNoun> KeyedSelect for BySlug<E> {
    type Key = String;
    type Variant = ();
    type Row = E::Model;

    fn build((): &(), columns: Columns, slugs: &Keys<String>) -> Result<impl StatementBuilder> {
        Ok(public::<E>(columns, slugs.has(Expr::col(E::SLUG.as_column_ref()))))
    }
}

/// The statement that reads these columns of the public rows that are wanted.
fn public<E: NodeEntity>(columns: Columns, is_wanted: Expr) -> SelectStatement {
    narrow::<E>(columns).filter(E::visible()).filter(is_wanted).into_query()
}

/// The public rows of these keys.
pub async fn read<E: NodeEntity>(db: &Db, ids: &[Uuid], columns: Columns) -> Result<HashMap<Uuid, Arc<E::Model>>> {
    let rows = db.rows_for::<ById<E>>(&(), columns, ids).await?;
    Ok(rows.into_iter().map(|row| (E::id(&row), Arc::new(row))).collect())
}

impl<E: NodeEntity + SlugNoun> Loader<BySlug<E>> for Db {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[BySlug<E>]) -> Result<HashMap<BySlug<E>, Self::Value>> {
        let slugs: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let columns = columns_of::<E>(&[E::SLUG.as_str()]) | Columns::of_all(keys.iter().map(|key| key.1));
        let rows = self.rows_for::<BySlug<E>>(&(), columns, &slugs).await?;
        let rows: HashMap<_, _> = rows.into_iter().map(|row| (E::slug(&row).to_owned(), Arc::new(row))).collect();
        Ok(keys.iter().filter_map(|key| Some((key.clone(), rows.get(&key.0)?.clone()))).collect())
    }
}

/// Finds one node by the `id` or the `slug` of a singular field, and reads what is selected of it.
pub async fn find<N: NodeObject<Entity: SlugNoun>>(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Option<Result<N>> {
    let found = ctx.placed(look_up::<N::Entity>(ctx, id, slug).await);
    found.map(|row| row.map(N::from)).transpose()
}

async fn look_up<E: NodeEntity + SlugNoun>(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Result<Option<Arc<E::Model>>> {
    let columns = columns::<E>(ctx.field());
    let found = match (id, slug) {
        (Some(id), None) => match NodeRef::parse::<E>(&id)? {
            NodeRef::Id(key) => ctx.load(ById::<E>::new(key, columns)).await?,
            NodeRef::Slug(_) => return Err(bad_id(&id)),
        },
        (None, Some(slug)) if !is_storable(&slug) => None,
        (None, Some(slug)) => ctx.load(BySlug::<E>::new(slug, columns)).await?,
        _ => return Err(Error::invalid(Code::BadArguments, "Pass `id` or `slug`, and only one of them.")),
    };
    follow::<E>(ctx, found, columns).await
}

/// The node of this key, or the one that replaced it, with the columns that are selected. For fields that return it.
/// Null without a key.
pub async fn by_key<N: NodeObject>(ctx: &Context<'_>, key: impl Into<Option<Uuid>>) -> Option<Result<N>> {
    let found = get_with::<N::Entity>(ctx, key.into()?, columns::<N::Entity>(ctx.field())).await;
    found.map(|row| row.map(N::from)).transpose()
}

/// The same with the whole row of a node, for fields that return nodes of any type.
pub async fn get_whole<E: NodeEntity>(ctx: &Context<'_>, key: Uuid) -> Result<Option<Arc<E::Model>>> {
    get_with::<E>(ctx, key, Columns::ALL).await
}

async fn get_with<E: NodeEntity>(ctx: &Context<'_>, key: Uuid, columns: Columns) -> Result<Option<Arc<E::Model>>> {
    let found = match ctx.load(ById::<E>::new(key, columns)).await {
        Ok(found) => follow::<E>(ctx, found, columns).await,
        Err(error) => Err(error),
    };
    ctx.placed(found)
}

/// How many merges in a row are followed. A cycle of merges would be a defect, and ends here.
const LONGEST_SUCCESSION: usize = 8;

async fn follow<E: NodeEntity>(
    ctx: &Context<'_>,
    found: Option<Arc<E::Model>>,
    columns: Columns,
) -> Result<Option<Arc<E::Model>>> {
    let Some(mut row) = found else { return Ok(None) };
    ctx.request().meter.objects(1);
    for _ in 0..LONGEST_SUCCESSION {
        let Some(successor) = E::successor(&row) else { return Ok(Some(row)) };
        let Some(next) = ctx.load(ById::<E>::new(successor, columns)).await? else { return Ok(None) };
        row = next;
    }
    Ok(None)
}

/// What an `id` or filter argument names: a node of this type by global id, or one by its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeRef {
    /// By key.
    Id(Uuid),
    /// By slug.
    Slug(String),
}

impl NodeRef {
    /// The key of the named row, or of the one that replaced it, as an expression.
    pub fn key<E: NodeEntity + SlugNoun>(self) -> Expr {
        let id = Expr::col(E::ID.as_column_ref());
        let (key, named) = match (E::SUCCESSOR, self) {
            (None, Self::Id(key)) => return Expr::val(key),
            (None, Self::Slug(slug)) => (id, E::SLUG.eq(slug)),
            (Some(successor), name) => {
                let named = match name {
                    Self::Id(key) => E::ID.eq(key),
                    Self::Slug(slug) => E::SLUG.eq(slug),
                };
                (Func::coalesce([Expr::col(successor.as_column_ref()), id]).into(), named)
            }
        };
        let lookup = Query::select().expr(key).from(E::default()).and_where(named).to_owned();
        Expr::SubQuery(None, Box::new(lookup.into()))
    }

    /// Reads an argument that takes a global id or a slug.
    pub fn parse<E: NodeEntity>(text: &str) -> Result<Self> {
        match id::decode(text) {
            Some((node_type, key)) if node_type == E::TYPE => Ok(Self::Id(key)),
            Some((node_type, _)) => Err(Error::invalid(
                Code::BadId,
                format!("This id is of the type `{}`, not `{}`.", node_type.name(), E::TYPE.name()),
            )),
            None if text.contains('_') || text.is_empty() || !is_storable(text) => Err(bad_id(text)),
            None => Ok(Self::Slug(text.to_owned())),
        }
    }
}

/// The key of the node that a filter's argument names, as an expression. [`super::names::Names`] checks that it exists.
pub fn key<E: NodeEntity + SlugNoun>(argument: Option<&ID>) -> Result<Option<Expr>> {
    argument.map(|text| Ok(NodeRef::parse::<E>(text)?.key::<E>())).transpose()
}

/// The error for a text that is no id of ours.
#[must_use]
pub fn bad_id(text: &str) -> Error {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).collect();
    let slug = if text.is_empty() || text.contains('_') { "" } else { " A slug is passed as `slug`, or to a filter." };
    let shown = if text.is_empty() { "An empty text".to_owned() } else { format!("`{shown}`") };
    let message = format!("{shown} is not an id. Ids are what `id` fields return; do not build them yourself.{slug}");
    Error::invalid(Code::BadId, message)
}
