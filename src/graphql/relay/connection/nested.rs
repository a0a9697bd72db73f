//! Lists below nodes: one statement for all parents of a level.

use std::{collections::HashMap, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, dataloader::Loader};
use futures_util::future::{join_all, try_join};
use sea_orm::{
    ColumnTrait, DbBackend, ExprTrait, Order as SqlOrder, StatementBuilder,
    sea_query::{Alias, Expr, IntoIden, JoinType, Query, WithQuery},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{
    Arguments, Column, Connection, Count, CountOfList, EntityOf, ListSpec, Model, PageOf, Relation, Rows, columns,
    count_of, filter::condition, id_of, note_filter, select_page,
};
use crate::{
    db::{
        Db,
        columns::Columns,
        hints::unindexed,
        keys::{Keys, only_parent_id, parent_id},
        rows::{Child, PARENT},
        statement_cache::KeyedSelect,
    },
    error::{Error, Result},
    graphql::{
        context::{ContextExt, Now, Scope},
        meter::COUNT,
        relay::names::Names,
    },
};

/// A list below a node: one statement for all parents that ask for an equal page.
pub async fn nested<R: Relation>(
    ctx: &Context<'_>,
    parent: Uuid,
    arguments: Arguments<R::List>,
) -> Result<Connection<R::List>> {
    ctx.placed(read::<R>(ctx, parent, arguments).await)
}

async fn read<R: Relation>(
    ctx: &Context<'_>,
    parent: Uuid,
    arguments: Arguments<R::List>,
) -> Result<Connection<R::List>> {
    let page = arguments.page(R::ORDER, ctx.scope().now)?;
    note_filter::<R::List>(ctx, &page, false);
    // A filter that makes no sense is an error even if no rows are loaded. And each request notes here whether its list
    // depends on the time: the statement may have been built by an earlier request.
    let mut names = Names::default();
    page.condition(ctx.db().backend(), &mut names)?;
    let read = async {
        let Some(columns) = columns::<R::List>(ctx, page.order) else { return Ok(Rows::none()) };
        let key = Paged::<R> { parent, page: page.clone(), columns };
        Ok(ctx.load(key).await?.transpose()?.unwrap_or(Rows::none()))
    };
    let (rows, ()) = try_join(read, names.check(ctx)).await?;
    ctx.request().meter.objects(rows.rows.len());
    let counted = Counted::<R> { parent, filter: page.filter.clone(), now: page.now, relation: PhantomData };
    let count: Count = Box::new(move |_, loaders| {
        let counted = counted.clone();
        Box::pin(async move { Ok(loaders.load(counted).await?.transpose()?.unwrap_or_default()) })
    });
    Ok(Connection { page, rows, count, counted: OnceCell::new(), cost_of_count: COUNT })
}

/// One page below one parent.
struct Paged<R: Relation> {
    parent: Uuid,
    page: Arc<PageOf<R::List>>,
    columns: Columns,
}

/// The length of a list below one parent.
struct Counted<R: Relation> {
    parent: Uuid,
    filter: Option<Arc<<R::List as ListSpec>::Filter>>,
    now: Now,
    relation: PhantomData<fn() -> R>,
}

/// What the length of a list depends on, apart from its parent.
type ListOf<R> = (Option<Arc<<<R as Relation>::List as ListSpec>::Filter>>, Now);

impl<R: Relation> Clone for Paged<R> {
    fn clone(&self) -> Self {
        Self { parent: self.parent, page: self.page.clone(), columns: self.columns }
    }
}

impl<R: Relation> PartialEq for Paged<R> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.page == other.page && self.columns == other.columns
    }
}

impl<R: Relation> Eq for Paged<R> {}

impl<R: Relation> Hash for Paged<R> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.page.hash(state);
    }
}

impl<R: Relation> Clone for Counted<R> {
    fn clone(&self) -> Self {
        Self { parent: self.parent, filter: self.filter.clone(), now: self.now, relation: PhantomData }
    }
}

impl<R: Relation> PartialEq for Counted<R> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.filter == other.filter && self.now == other.now
    }
}

impl<R: Relation> Eq for Counted<R> {}

impl<R: Relation> Hash for Counted<R> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.filter.hash(state);
    }
}

/// Pages of several requests share a batch. An error in one must not fail the others, so each page has its own result.
impl<R: Relation> Loader<Paged<R>> for Db {
    type Value = Result<Rows<Model<R::List>>>;
    type Error = Error;

    async fn load(&self, keys: &[Paged<R>]) -> Result<HashMap<Paged<R>, Self::Value>> {
        let mut keys_by_page: HashMap<&Arc<PageOf<R::List>>, Vec<&Paged<R>>> = HashMap::new();
        for key in keys {
            keys_by_page.entry(&key.page).or_default().push(key);
        }
        let pages = keys_by_page.into_iter().map(|(page, keys)| async move {
            let mut parents: Vec<Uuid> = keys.iter().map(|key| key.parent).collect();
            // A parent that is asked for the same page with other columns occurs twice, and would get each row twice.
            parents.sort_unstable();
            parents.dedup();
            let columns = Columns::of_all(keys.iter().map(|key| key.columns));
            let read = read_page::<R>(self, page, columns, &parents).await;
            let rows = |key: &Paged<R>| match &read {
                Ok(rows) => rows.get(&key.parent).cloned().map(Ok),
                Err(error) => Some(Err(error.clone())),
            };
            keys.into_iter().filter_map(|key| Some((key.clone(), rows(key)?))).collect::<Vec<_>>()
        });
        Ok(join_all(pages).await.into_iter().flatten().collect())
    }
}

/// One page below each of these parents.
async fn read_page<R: Relation>(
    db: &Db,
    page: &Arc<PageOf<R::List>>,
    columns: Columns,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Rows<Model<R::List>>>> {
    let mut rows_by_parent: HashMap<Uuid, Vec<Arc<Model<R::List>>>> = HashMap::new();
    for Child(parent, row) in db.rows_for::<Paged<R>>(page, columns, parents).await? {
        rows_by_parent.entry(parent).or_default().push(Arc::new(row));
    }
    let rows = |(parent, rows)| (parent, Rows::from_read(rows, page.limit, page.backward));
    Ok(rows_by_parent.into_iter().map(rows).collect())
}

impl<R: Relation> Loader<Counted<R>> for Db {
    type Value = Result<i64>;
    type Error = Error;

    async fn load(&self, keys: &[Counted<R>]) -> Result<HashMap<Counted<R>, Self::Value>> {
        let mut parents_by_list: HashMap<_, Vec<Uuid>> = HashMap::new();
        for key in keys {
            parents_by_list.entry((key.filter.clone(), key.now)).or_default().push(key.parent);
        }
        let counts = parents_by_list.into_iter().map(|(list, parents)| async move {
            let (filter, now) = &list;
            let key = |parent| Counted::<R> { parent, filter: filter.clone(), now: *now, relation: PhantomData };
            match read_counts::<R>(self, &list, &parents).await {
                Ok(counts) => counts.into_iter().map(|(parent, count)| (key(parent), Ok(count))).collect::<Vec<_>>(),
                Err(error) => parents.into_iter().map(|parent| (key(parent), Err(error.clone()))).collect(),
            }
        });
        Ok(join_all(counts).await.into_iter().flatten().collect())
    }
}

/// The length of the list below each of these parents.
async fn read_counts<R: Relation>(db: &Db, list: &ListOf<R>, parents: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    let rows = db.rows_for::<Counted<R>>(list, Columns::ALL, parents).await?;
    Ok(rows.into_iter().map(|Child(parent, CountOfList { count })| (parent, count)).collect())
}

impl<R: Relation> KeyedSelect for Counted<R> {
    type Key = Uuid;
    type Variant = ListOf<R>;
    type Row = Child<CountOfList>;

    fn build((filter, now): &ListOf<R>, _: Columns, parents: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        let scope = Scope { backend: parents.backend(), now: *now };
        // Each request checks the names itself.
        let condition = condition(filter.as_deref(), scope, &mut Names::default())?;
        let count = count_of::<R::List>(R::belongs(parent_id()).add(condition));
        let statement = Query::select()
            .expr_as(parent_id(), Alias::new(PARENT))
            .expr_as(Expr::SubQuery(None, Box::new(count.into())), Alias::new("count"))
            .from(Alias::new("parents"))
            .to_owned();
        Ok(statement.with(parents.parents()))
    }
}

impl<R: Relation> KeyedSelect for Paged<R> {
    type Key = Uuid;
    type Variant = Arc<PageOf<R::List>>;
    type Row = Child<Model<R::List>>;

    fn build(page: &Self::Variant, columns: Columns, parents: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        page_statement::<R>(page, columns, parents)
    }
}

/// One page of the relation for each parent, in one statement of constant text: on PostgreSQL a lateral join, on SQLite,
/// which has none, a correlated subquery of the rows' places in the table. The page of one parent needs neither.
#[expect(clippy::disallowed_methods, reason = "`belongs` and the page's condition say which rows are public")]
fn page_statement<R: Relation>(page: &PageOf<R::List>, columns: Columns, parents: &Keys<Uuid>) -> Result<WithQuery> {
    let backend = parents.backend();
    let parent = if parents.is_single() { only_parent_id() } else { parent_id() };
    let sort = page.sort_expression(backend);
    // Each request checks the names itself.
    let condition = page.condition(backend, &mut Names::default())?;
    let (path, condition) = match R::index_path(page.order.field) {
        Some(path) => (Some((path, parent.clone())), condition),
        None => (None, R::belongs(parent.clone()).add(condition)),
    };
    let mut inner = select_page::<R::List>(backend, page, path, condition, unindexed(backend, sort.clone()));
    let columns = || columns.of::<Column<R::List>>().map(|column| column.as_column_ref());
    if parents.is_single() {
        inner.expr_as(parent, Alias::new(PARENT)).columns(columns());
        return Ok(inner.with(parents.parents()));
    }
    let (table, id) = (EntityOf::<R::List>::default().into_iden(), id_of::<EntityOf<R::List>>());
    let mut outer = Query::select();
    outer.expr_as(parent_id(), Alias::new(PARENT)).columns(columns()).from(Alias::new("parents"));
    if backend == DbBackend::Postgres {
        inner.columns(columns());
        outer.join_lateral(JoinType::InnerJoin, inner, table, Expr::cust("TRUE"));
    } else {
        let place = Expr::col((table.clone(), "rowid"));
        inner.expr(place.clone());
        outer.join(JoinType::InnerJoin, table, place.in_subquery(inner));
    }
    outer
        .order_by_expr(parent_id(), SqlOrder::Asc)
        .order_by_expr(sort, page.sql_order())
        .order_by_expr(id, page.sql_order());
    Ok(outer.with(parents.parents()))
}
