//! Lists, the Relay path: filtered, ordered, and paged by keyset cursors, at the root and below any node.
//!
//! There is one way to page. A list is a [`ListSpec`]. For a list below a node, a [`Relation`] says which rows belong
//! to the parent, and one statement answers for all parents of a level. Every order ends in the key, so cursors are
//! stable when values are equal and when rows come and go; there is no OFFSET.

use std::{borrow::Cow, hash::Hash, sync::Arc};

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};
use entity::noun::Noun;
use futures_util::future::{BoxFuture, try_join};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, Order as SqlOrder,
    sea_query::{Alias, Condition, DynIden, Expr, IntoIden, Query, SelectStatement},
};
use serde::Deserialize;
use tokio::sync::OnceCell;

pub(crate) use self::{
    fields::{connections, filter_input, list, lists, relations, root_connections},
    order::orders,
};
use self::{filter::condition, order::Cursor};
pub use self::{
    filter::{Filter, any_of, any_text, combine, in_years, keys, nothing, sort_bounds},
    nested::nested,
    order::{OrderBy, OrderDirection, SortField, SortKey, SortValue},
    span::{DEFAULT_PAGE, LONGEST_PAGE, Span},
};
use super::{
    names::Names,
    node::{self, NodeEntity, NodeObject},
};
use crate::{
    db::{Db, columns::Columns},
    error::Result,
    graphql::{
        context::{ContextExt, Now, Scope},
        loader::RequestLoaders,
        meter::{COUNT_AT_ROOT, FilterWeight},
    },
};

mod fields;
mod filter;
mod nested;
mod order;
mod span;

/// A kind of list: what it holds, how it can be filtered and ordered.
pub trait ListSpec: Send + Sync + 'static {
    /// The GraphQL object of a row.
    type Node: OutputType + NodeObject;
    /// The `filter` argument.
    type Filter: Filter;
    /// The fields of the `orderBy` argument.
    type Sort: SortField<Model = <EntityOf<Self> as EntityTrait>::Model>;
    /// The index path from a parent that this filter names, as a [`Relation`] of that parent has one; the parent's key;
    /// and the rest of the filter.
    fn index_path(_filter: &Self::Filter, _order: Self::Sort) -> Result<Option<(IndexPath, Expr, Self::Filter)>> {
        Ok(None)
    }
}

/// The table of a list.
type EntityOf<L> = <<L as ListSpec>::Node as NodeObject>::Entity;
type Model<L> = <EntityOf<L> as EntityTrait>::Model;
type Column<L> = <EntityOf<L> as EntityTrait>::Column;

/// A list below a node.
pub trait Relation: Send + Sync + 'static {
    /// What it lists.
    type List: ListSpec;
    /// The default order of this list.
    const ORDER: OrderBy<<Self::List as ListSpec>::Sort> = <<Self::List as ListSpec>::Sort as SortField>::DEFAULT;
    /// Which rows belong to the parent with this key.
    fn belongs(parent: Expr) -> Condition;
    /// The index path from a parent to its rows in this order, if there is a table that knows both.
    fn index_path(_order: <Self::List as ListSpec>::Sort) -> Option<IndexPath> {
        None
    }
}

/// A table that joins parents to rows and has a copy of the column that the order compares. A page is read along its
/// index and stops when it is full, instead of reading and sorting all rows of the parent.
pub struct IndexPath {
    /// The table.
    pub table: DynIden,
    /// Its column of parents' keys.
    pub parent: Expr,
    /// Its column of rows' keys.
    pub row: Expr,
    /// Its copy of the column that the order compares.
    pub value: Expr,
}

/// The arguments that every list takes.
pub struct Arguments<L: ListSpec> {
    /// Only rows that pass. Shared, because filters are large and each parent has its own arguments.
    pub filter: Option<Arc<L::Filter>>,
    /// In which order.
    pub order_by: Option<OrderBy<L::Sort>>,
    /// How many from the start.
    pub first: Option<i32>,
    /// Only what comes behind this cursor.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i32>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
}

/// What a page depends on, apart from its parent: equal pages of many parents are one statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Page<F, S> {
    filter: Option<Arc<F>>,
    order: OrderBy<S>,
    limit: u64,
    backward: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
    now: Now,
}

type PageOf<L> = Page<<L as ListSpec>::Filter, <L as ListSpec>::Sort>;

impl<L: ListSpec> Arguments<L> {
    fn page(self, default: OrderBy<L::Sort>, now: Now) -> Result<Arc<PageOf<L>>> {
        let order = self.order_by.unwrap_or(default);
        let cursor = |text: Option<String>| text.map(|text| Cursor::decode(&text, order)).transpose();
        let Span { limit, backward } = Span::new(self.first, self.last)?;
        let (after, before) = (cursor(self.after)?, cursor(self.before)?);
        Ok(Arc::new(Page { filter: self.filter, order, limit, backward, after, before, now }))
    }
}

impl<F: Filter, S: SortField> Page<F, S> {
    fn condition(&self, backend: DbBackend, names: &mut Names) -> Result<Condition> {
        condition(self.filter.as_deref(), Scope { backend, now: self.now }, names)
    }

    /// The rows behind or before the cursors.
    fn bounds(&self, backend: DbBackend, sort: &Expr, id: &Expr) -> Condition {
        let forward = self.order.direction == OrderDirection::Asc;
        let bound = |cursor: &Cursor, greater: bool| {
            let value = self.order.field.key().value.parse(&cursor.2).unwrap_or_else(|| cursor.2.as_str().into());
            let row = Expr::tuple([sort.clone(), id.clone()]);
            let place = Expr::tuple([Expr::val(value.clone()), Expr::val(cursor.3)]);
            let behind = if greater { row.gt(place) } else { row.lt(place) };
            if backend != DbBackend::Sqlite {
                return behind;
            }
            // SQLite seeks in an index of expressions only by a plain comparison, and else reads it from the start.
            behind.and(if greater { sort.clone().gte(value) } else { sort.clone().lte(value) })
        };
        Condition::all()
            .add_option(self.after.as_ref().map(|cursor| bound(cursor, forward)))
            .add_option(self.before.as_ref().map(|cursor| bound(cursor, !forward)))
    }

    /// The order of the statement: a page from the end reads the list backwards.
    fn sql_order(&self) -> SqlOrder {
        if (self.order.direction == OrderDirection::Asc) == self.backward { SqlOrder::Desc } else { SqlOrder::Asc }
    }

    fn sort_expression(&self, backend: DbBackend) -> Expr {
        self.order.field.key().expression(backend, self.order.direction)
    }

    /// The same for a copy of the column.
    fn sort_expression_of(&self, backend: DbBackend, column: Expr) -> Expr {
        SortKey { column, ..self.order.field.key() }.expression(backend, self.order.direction)
    }
}

/// The rows of one page in the order of the list, and whether more follow in the direction of reading.
struct Rows<M> {
    rows: Vec<Arc<M>>,
    more: bool,
}

impl<M> Clone for Rows<M> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), more: self.more }
    }
}

impl<M> Rows<M> {
    fn none() -> Self {
        Self { rows: Vec::new(), more: false }
    }

    /// From the rows as read, up to one more than the page holds.
    fn from_read(mut rows: Vec<Arc<M>>, limit: u64, backward: bool) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if backward {
            rows.reverse();
        }
        Self { rows, more }
    }
}

/// Counts a list by this database and these loaders.
type Count = Box<dyn Fn(Db, Arc<RequestLoaders>) -> BoxFuture<'static, Result<i64>> + Send + Sync>;

/// A page of a list.
pub struct Connection<L: ListSpec> {
    page: Arc<PageOf<L>>,
    rows: Rows<Model<L>>,
    /// Counts the whole list, if `totalCount` is selected.
    count: Count,
    counted: OnceCell<Result<i64>>,
    /// In points.
    cost_of_count: u64,
}

/// A row and its place in the list.
pub struct Edge<L: ListSpec> {
    row: Arc<Model<L>>,
    order: OrderBy<L::Sort>,
}

/// Where a page stands in its list (Relay).
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether more follows after this page.
    pub has_next_page: bool,
    /// Whether something stands before this page.
    pub has_previous_page: bool,
    /// The cursor of the page's first item; null if the page is empty. For the page before, pass it as `before`, with
    /// `last`.
    pub start_cursor: Option<String>,
    /// The cursor of the page's last item; null if the page is empty. For the next page, pass it as `after`.
    pub end_cursor: Option<String>,
}

impl<L: ListSpec> TypeName for Connection<L> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", L::Node::type_name()).into()
    }
}

impl<L: ListSpec> TypeName for Edge<L> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", L::Node::type_name()).into()
    }
}

/// A page of a list (Relay connection). Ask for `nodes`, or for `edges` where you need a cursor for each item. The next
/// page is the one `after` this page's `pageInfo.endCursor`.
#[Object(name_type)]
impl<L: ListSpec> Connection<L> {
    /// The items of the page, each with its cursor.
    async fn edges(&self) -> Vec<Edge<L>> {
        self.rows.rows.iter().map(|row| Edge { row: row.clone(), order: self.page.order }).collect()
    }

    /// The items of the page, for those who need no cursor for each.
    async fn nodes(&self) -> Vec<L::Node> {
        self.rows.rows.iter().map(|row| row.clone().into()).collect()
    }

    /// Where the page stands in the list, and whether there is more.
    async fn page_info(&self) -> PageInfo {
        let Page { backward, after, before, .. } = &*self.page;
        let cursor = |row: &Arc<Model<L>>| cursor_of::<L>(row, self.page.order).encode();
        PageInfo {
            has_next_page: if *backward { before.is_some() } else { self.rows.more },
            has_previous_page: if *backward { self.rows.more } else { after.is_some() },
            start_cursor: self.rows.rows.first().map(cursor),
            end_cursor: self.rows.rows.last().map(cursor),
        }
    }

    /// How many items the whole list has after its filter, all pages together. It costs points of its own, and only
    /// where it is selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        // Once, even if it is selected under several aliases.
        let counted = self.counted.get_or_init(|| {
            ctx.request().meter.points(self.cost_of_count);
            (self.count)(ctx.db().clone(), ctx.request().loaders.clone())
        });
        ctx.placed(counted.await.clone())
    }
}

/// An item of a page and its place in the list (Relay edge).
#[Object(name_type)]
impl<L: ListSpec> Edge<L> {
    /// The place of the item in the list, for `after` and `before`. Opaque; it stays good when items come and go.
    async fn cursor(&self) -> String {
        cursor_of::<L>(&self.row, self.order).encode()
    }

    /// The item.
    async fn node(&self) -> L::Node {
        self.row.clone().into()
    }
}

fn cursor_of<L: ListSpec>(row: &Model<L>, order: OrderBy<L::Sort>) -> Cursor {
    let key = order.field.key();
    let value = key.value.text(row, order.direction);
    Cursor(key.name.to_owned(), order.direction.into(), value, EntityOf::<L>::id(row))
}

/// The columns that the selection of a list needs; `None` if it needs no rows, for instance only `totalCount`.
fn columns<L: ListSpec>(ctx: &Context<'_>, order: OrderBy<L::Sort>) -> Option<Columns> {
    let mut needed = None;
    let mut need = |columns| needed = Some(needed.map_or(columns, |needed| needed | columns));
    for field in ctx.field().selection_set() {
        match field.name() {
            "nodes" => need(node::columns::<EntityOf<L>>(field)),
            "edges" => need(node::columns_within::<EntityOf<L>>(field, "node")),
            "pageInfo" => need(node::columns_of::<EntityOf<L>>(&[])),
            _ => {}
        }
    }
    // Cursors hold the compared value.
    let compared = node::columns_of::<EntityOf<L>>(&[order.field.key().column_name]);
    needed.map(|columns| columns | compared)
}

fn id_of<E: NodeEntity>() -> Expr {
    Expr::col(E::ID.as_column_ref())
}

/// Notes the cost of a filter. It is charged whatever it finds, even if the field fails.
fn note_filter<L: ListSpec>(ctx: &Context<'_>, page: &PageOf<L>, at_root: bool) {
    if page.filter.is_some() {
        let arguments = ctx.field().arguments().unwrap_or_default();
        let filter = arguments.iter().find(|(name, _)| name == "filter");
        let weight = filter.map(|(_, value)| FilterWeight::of(value, "filter")).unwrap_or_default();
        ctx.request().meter.points(weight.points(at_root));
    }
}

/// A list at the root, of the rows within `bounds`.
pub async fn root<L: ListSpec>(ctx: &Context<'_>, bounds: Condition, arguments: Arguments<L>) -> Result<Connection<L>> {
    ctx.placed(read_root(ctx, bounds, arguments).await)
}

async fn read_root<L: ListSpec>(
    ctx: &Context<'_>,
    bounds: Condition,
    arguments: Arguments<L>,
) -> Result<Connection<L>> {
    let scope = ctx.scope();
    let page = arguments.page(L::Sort::DEFAULT, scope.now)?;
    note_filter::<L>(ctx, &page, true);
    let mut names = Names::default();
    let condition = bounds.clone().add(page.condition(scope.backend, &mut names)?);
    let read = async {
        let Some(columns) = columns::<L>(ctx, page.order) else { return Ok(Rows::none()) };
        let along = page.filter.as_deref().map_or(Ok(None), |filter| L::index_path(filter, page.order.field))?;
        let (path, condition) = match along {
            Some((path, parent, rest)) => {
                // The names of the whole filter were noted above.
                let rest = filter::condition(Some(&rest), scope, &mut Names::default())?;
                (Some((path, parent)), bounds.add(rest))
            }
            None => (None, condition.clone()),
        };
        let sort = page.sort_expression(scope.backend);
        let mut select = select_page::<L>(scope.backend, &page, path, condition, sort);
        select.columns(columns.of::<Column<L>>().map(|column| column.as_column_ref()));
        let rows: Vec<Model<L>> = ctx.db().rows(&select, columns).await?;
        Ok(Rows::from_read(rows.into_iter().map(Arc::new).collect(), page.limit, page.backward))
    };
    let (rows, ()) = try_join(read, names.check(ctx)).await?;
    ctx.request().meter.objects(rows.rows.len());
    let count: Count = Box::new(move |db, _| {
        let select = count_of::<L>(condition.clone());
        Box::pin(async move {
            let counts = db.rows::<CountOfList>(&select, Columns::ALL).await?;
            Ok(counts.first().map(|row| row.count).unwrap_or_default())
        })
    });
    Ok(Connection { page, rows, count, counted: OnceCell::new(), cost_of_count: COUNT_AT_ROOT })
}

/// The statement for the rows of a page, in order and without columns. It reads along an index path from a parent if
/// there is one.
fn select_page<L: ListSpec>(
    backend: DbBackend,
    page: &PageOf<L>,
    path: Option<(IndexPath, Expr)>,
    condition: Condition,
    sort: Expr,
) -> SelectStatement {
    let (table, id) = (EntityOf::<L>::default().into_iden(), id_of::<EntityOf<L>>());
    let mut select = Query::select();
    // The columns by which the rows are ordered and the page is found.
    let (sort, id) = if let Some((path, parent)) = path {
        select.from(path.table).cross_join(table).and_where(id.eq(path.row.clone())).and_where(path.parent.eq(parent));
        (page.sort_expression_of(backend, path.value), path.row)
    } else {
        select.from(table);
        (sort, id)
    };
    select
        .cond_where(EntityOf::<L>::current())
        .cond_where(condition)
        .cond_where(page.bounds(backend, &sort, &id))
        .order_by_expr(sort, page.sql_order())
        .order_by_expr(id, page.sql_order())
        .limit(page.limit + 1);
    select
}

#[derive(Deserialize)]
struct CountOfList {
    count: i64,
}

/// The statement that counts a list, to be read as a [`CountOfList`].
fn count_of<L: ListSpec>(condition: Condition) -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("count(*)"), Alias::new("count"))
        .from(EntityOf::<L>::default())
        .cond_where(EntityOf::<L>::current())
        .cond_where(condition)
        .to_owned()
}
