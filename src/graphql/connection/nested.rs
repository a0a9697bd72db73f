//! Lists below nodes: one statement for all parents of a level.

use std::{collections::HashMap, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, dataloader::Loader};
use futures_util::future::join_all;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, Iterable, Order as SqlOrder, StatementBuilder,
    sea_query::{Alias, Expr, IntoIden, JoinType, Query},
};
use uuid::Uuid;

use super::{
    Arguments, Connection, Count, CountOfList, Listed, Model, PageOf, Relation, Rows, count_of, filter::condition,
    id_of, needs_rows,
};
use crate::{
    db::{
        self, Db,
        rows::{Child, PARENT},
    },
    error::{Error, Result},
    graphql::context::{ContextExt, Now, Scope},
};

/// A list below a node: one statement for all parents that ask for an equal page.
pub async fn nested<R: Relation>(
    ctx: &Context<'_>,
    parent: Uuid,
    arguments: Arguments<R::List>,
) -> Result<Connection<R::List>> {
    let page = arguments.page(R::ORDER, ctx.scope().now)?;
    // A senseless filter is the caller's error even if nobody loads the rows. And whether the list hangs on the time is seen
    // here for each request, for its statement may have been built by an earlier one.
    page.condition(ctx.db().backend())?;
    let rows = if needs_rows(ctx) {
        let key = Paged::<R> { parent, page: page.clone() };
        ctx.load(key).await?.transpose()?.unwrap_or(Rows { rows: Vec::new(), more: false })
    } else {
        Rows { rows: Vec::new(), more: false }
    };
    ctx.request().meter.objects(rows.rows.len());
    let counted = Counted::<R> { parent, filter: page.filter.clone(), now: page.now, relation: PhantomData };
    let count: Count = Box::new(move |_, loaders| {
        let counted = counted.clone();
        Box::pin(async move { Ok(loaders.load(counted).await?.transpose()?.unwrap_or_default()) })
    });
    Ok(Connection { page, rows, count })
}

/// One page below one parent.
struct Paged<R: Relation> {
    parent: Uuid,
    page: Arc<PageOf<R::List>>,
}

/// The length of a list below one parent.
struct Counted<R: Relation> {
    parent: Uuid,
    filter: Option<Arc<<R::List as Listed>::Filter>>,
    now: Now,
    relation: PhantomData<fn() -> R>,
}

impl<R: Relation> Clone for Paged<R> {
    fn clone(&self) -> Self {
        Self { parent: self.parent, page: self.page.clone() }
    }
}

impl<R: Relation> PartialEq for Paged<R> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.page == other.page
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

/// Pages of several requests share a batch; what is wrong with one of them is no one else's business, so that each has a
/// result of its own.
impl<R: Relation> Loader<Paged<R>> for Db {
    type Value = Result<Rows<Model<R::List>>>;
    type Error = Error;

    async fn load(&self, keys: &[Paged<R>]) -> Result<HashMap<Paged<R>, Self::Value>> {
        let mut parents_by_page: HashMap<&Arc<PageOf<R::List>>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            parents_by_page.entry(&key.page).or_default().push(key.parent);
        }
        let pages = parents_by_page.into_iter().map(|(page, parents)| async move {
            let key = |parent| Paged::<R> { parent, page: page.clone() };
            match read_page::<R>(self, page, &parents).await {
                Ok(rows) => rows.into_iter().map(|(parent, rows)| (key(parent), Ok(rows))).collect::<Vec<_>>(),
                Err(error) => parents.into_iter().map(|parent| (key(parent), Err(error.clone()))).collect(),
            }
        });
        Ok(join_all(pages).await.into_iter().flatten().collect())
    }
}

/// One page below each of these parents.
async fn read_page<R: Relation>(
    db: &Db,
    page: &Arc<PageOf<R::List>>,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Rows<Model<R::List>>>> {
    let mut rows_by_parent: HashMap<Uuid, Vec<Arc<Model<R::List>>>> = HashMap::new();
    let statement = |parents: &[Uuid]| page_statement::<R>(db.backend(), page, parents);
    let rows = db.variant_rows_of::<R, Child<Model<R::List>>, _, _, _>(page, parents, statement).await?;
    for Child(parent, row) in rows {
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
async fn read_counts<R: Relation>(
    db: &Db,
    list: &(Option<Arc<<R::List as Listed>::Filter>>, Now),
    parents: &[Uuid],
) -> Result<Vec<(Uuid, i64)>> {
    let statement = |parents: &[Uuid]| {
        let (filter, now) = list;
        let condition = condition(filter.as_deref(), Scope { backend: db.backend(), now: *now })?;
        let count = count_of::<R::List>(R::belongs(db::parent_id()).add(condition));
        let statement = Query::select()
            .expr_as(db::parent_id(), Alias::new(PARENT))
            .expr_as(Expr::SubQuery(None, Box::new(count.into())), Alias::new("count"))
            .from(Alias::new("parents"))
            .to_owned();
        Ok(statement.with(db::parents(db.backend(), parents)))
    };
    let rows = db.variant_rows_of::<R, Child<CountOfList>, _, _, _>(list, parents, statement).await?;
    Ok(rows.into_iter().map(|Child(parent, CountOfList { count })| (parent, count)).collect())
}

/// One page of the relation for each parent, in one statement of constant text: on PostgreSQL a lateral join, on SQLite,
/// which has none, a correlated subquery that both find by index.
fn page_statement<R: Relation>(
    backend: DbBackend,
    page: &PageOf<R::List>,
    parents: &[Uuid],
) -> Result<impl StatementBuilder + use<R>> {
    type Entity<R> = <<R as Relation>::List as Listed>::Entity;
    let table = Entity::<R>::default().into_iden();
    let (id, sort) = (id_of::<Entity<R>>(), page.sort_expression(backend));
    let mut inner = Query::select();
    // By which columns the rows of a parent are found in order.
    let (sort_below, id_below) = if let Some(way) = R::way(page.order.field) {
        inner.from(way.table).cross_join(table.clone()).and_where(id.clone().eq(way.row.clone()));
        inner.and_where(way.parent.eq(db::parent_id()));
        (page.sort_expression_of(backend, way.value), way.row)
    } else {
        inner.from(table.clone()).cond_where(R::belongs(db::parent_id()));
        (db::unindexed(backend, sort.clone()), id.clone())
    };
    inner
        .cond_where(<R::List as Listed>::scope())
        .cond_where(page.condition(backend)?)
        .cond_where(page.bounds(backend, &sort_below, &id_below))
        .order_by_expr(sort_below, page.sql_order())
        .order_by_expr(id_below, page.sql_order())
        .limit(page.limit + 1);
    let columns = || <Entity<R> as EntityTrait>::Column::iter().map(|column| column.as_column_ref());
    let mut outer = Query::select();
    outer.expr_as(db::parent_id(), Alias::new(PARENT)).columns(columns()).from(Alias::new("parents"));
    if backend == DbBackend::Postgres {
        inner.columns(columns());
        outer.join_lateral(JoinType::InnerJoin, inner, table, Expr::cust("TRUE"));
    } else {
        inner.expr(id.clone());
        outer.join(JoinType::InnerJoin, table, id.clone().in_subquery(inner));
    }
    outer
        .order_by_expr(db::parent_id(), SqlOrder::Asc)
        .order_by_expr(sort, page.sql_order())
        .order_by_expr(id, page.sql_order());
    Ok(outer.with(db::parents(backend, parents)))
}
