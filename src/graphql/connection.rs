//! Lists, the Relay way: filtered, ordered, and paged by keyset cursors, at the root and below any node.
//!
//! There is one way to page. A list is a [`Listed`]; where it hangs below a node, a [`Relation`] says which rows belong
//! to the parent, and one statement answers for all parents of a level. Every order ends in the key, so cursors are
//! stable when values are equal and when rows come and go; there is no OFFSET.

use std::{borrow::Cow, collections::HashMap, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{
    Context, Enum, InputObject, InputType, Object, OutputType, SimpleObject, TypeName, dataloader::Loader,
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::{BoxFuture, join_all};
use sea_orm::ConnectionTrait;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ExprTrait, FromQueryResult, Iterable, Order as SqlOrder, QueryFilter,
    QueryOrder, QuerySelect, StatementBuilder, Value,
    sea_query::{Alias, Condition, Expr, Func, IntoIden, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    context::{ContextExt, Scope},
    event::EventOrderField,
    group::GroupOrderField,
    loader::RequestLoaders,
    node::NodeEntity,
    organization::OrganizationOrderField,
    person::PersonOrderField,
    sponsorship::SponsorshipOrderField,
    talk::TalkOrderField,
    topic::TopicOrderField,
    venue::VenueOrderField,
};
use crate::{
    db::{self, Db},
    error::{Error, Result},
};

/// How many rows a page has unless asked for more or fewer.
pub const DEFAULT_PAGE: u64 = 20;
/// How many rows a page can have.
pub const LONGEST_PAGE: u64 = 100;

/// A kind of list: what it holds, how it can be filtered and ordered.
pub trait Listed: Send + Sync + 'static {
    /// The table.
    type Entity: NodeEntity;
    /// The GraphQL object of a row.
    type Node: OutputType + From<Arc<<Self::Entity as EntityTrait>::Model>>;
    /// The `filter` argument.
    type Filter: Filter;
    /// The fields of the `orderBy` argument.
    type Sort: SortField<Model = <Self::Entity as EntityTrait>::Model>;
    /// Which rows the list holds before any filter.
    fn scope() -> Condition {
        Self::Entity::visible()
    }
}

type Model<L> = <<L as Listed>::Entity as EntityTrait>::Model;

/// A list below a node.
pub trait Relation: Send + Sync + 'static {
    /// What it lists.
    type List: Listed;
    /// The order of this list unless asked for another.
    const ORDER: OrderBy<<Self::List as Listed>::Sort> = <<Self::List as Listed>::Sort as SortField>::DEFAULT;
    /// Which rows belong to the parent with this key.
    fn belongs(parent: Expr) -> Condition;
}

/// A `filter` argument.
pub trait Filter: InputType + Clone + Hash + Eq + Send + Sync + 'static {
    /// The rows that pass, or why the filter makes no sense.
    fn condition(&self, scope: Scope) -> Result<Condition>;
}

/// How many filters `and` and `or` take, and how many values a list in a filter; databases bound both.
const MOST_FILTERS: usize = 20;
const MOST_VALUES: usize = 500;

fn bound(name: &str, length: usize, most: usize) -> Result<()> {
    if length > most {
        return Err(Error::invalid("BAD_FILTER", format!("`{name}` has {length} entries; {most} are the most.")));
    }
    Ok(())
}

/// Combines what a filter itself says with its `and`, `or` and `not`. An empty `or` asks for nothing.
pub fn combine<F: Filter>(
    own: Condition,
    [and, or]: [&Option<Vec<F>>; 2],
    not: Option<&F>,
    scope: Scope,
) -> Result<Condition> {
    for (name, filters) in [("and", and), ("or", or)] {
        bound(name, filters.as_ref().map_or(0, Vec::len), MOST_FILTERS)?;
    }
    let mut all = own;
    for filter in and.iter().flatten() {
        all = all.add(filter.condition(scope)?);
    }
    let mut any = Condition::any();
    for filter in or.iter().flatten() {
        // As an expression: a condition that asks for nothing would vanish, and with it what it lets pass.
        any = any.add(Expr::from(filter.condition(scope)?));
    }
    if !any.is_empty() {
        all = all.add(any);
    }
    // What is unknown does not pass a filter, so it passes `not`; NOT alone would leave it unknown and drop it.
    let fails = |filter: &F| {
        let passes = Expr::from(filter.condition(scope)?);
        Ok::<_, Error>(Expr::from(Func::coalesce([passes, Expr::cust("FALSE")])).not())
    };
    Ok(all.add_option(not.map(fails).transpose()?))
}

/// The column holds one of these values of the API; nothing passes an empty list.
pub fn any_of<A: Copy, D: Into<Value>>(
    column: impl ColumnTrait,
    values: Option<&[A]>,
    stored: impl Fn(A) -> D,
) -> Result<Option<Expr>> {
    let Some(values) = values else { return Ok(None) };
    bound(column.as_str(), values.len(), MOST_VALUES)?;
    Ok(Some(column.is_in(values.iter().map(|value| stored(*value)))))
}

/// The column holds one of these texts.
pub fn any_text(column: impl ColumnTrait, texts: Option<&[String]>) -> Result<Option<Expr>> {
    let Some(texts) = texts else { return Ok(None) };
    bound(column.as_str(), texts.len(), MOST_VALUES)?;
    Ok(Some(column.is_in(texts.iter().filter(|text| db::is_storable(text)))))
}

/// The column holds a day of one of these years; nothing passes an empty list.
pub fn in_years(column: impl ColumnTrait, years: Option<&[i32]>) -> Result<Option<Expr>> {
    let Some(years) = years else { return Ok(None) };
    bound("year", years.len(), MOST_FILTERS)?;
    let year = |year: &i32| {
        let first = NaiveDate::from_ymd_opt(*year, 1, 1).filter(|_| (1..=9999).contains(year));
        let last = NaiveDate::from_ymd_opt(*year, 12, 31);
        let message = format!("{year} is no year; write four digits.");
        first.zip(last).ok_or_else(|| Error::invalid("BAD_FILTER", message))
    };
    let days = years.iter().map(year).collect::<Result<Vec<_>>>()?;
    let none = Expr::cust("1 = 0");
    Ok(Some(days.into_iter().fold(none, |any, (first, last)| any.or(column.between(first, last)))))
}

/// A field that a list can be ordered by.
pub trait SortField: InputType + Copy + Hash + Eq + Send + Sync + 'static {
    /// A row of the list.
    type Model;
    /// The order when none is asked for.
    const DEFAULT: OrderBy<Self>;
    /// How the field is compared.
    fn key(self) -> SortKey<Self::Model>;
}

/// How one field is compared and what its value in a row is.
pub struct SortKey<M> {
    /// The name inside cursors; the API's name of the field.
    pub name: &'static str,
    /// The column, qualified by its table.
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

/// What a list is ordered by, and which way. Items without a date come last in both directions; equal ones are ordered by
/// when they were first recorded, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, InputObject)]
#[graphql(
    concrete(name = "EventOrder", params(EventOrderField)),
    concrete(name = "GroupOrder", params(GroupOrderField)),
    concrete(name = "OrganizationOrder", params(OrganizationOrderField)),
    concrete(name = "PersonOrder", params(PersonOrderField)),
    concrete(name = "SponsorshipOrder", params(SponsorshipOrderField)),
    concrete(name = "TalkOrder", params(TalkOrderField)),
    concrete(name = "TopicOrder", params(TopicOrderField)),
    concrete(name = "VenueOrder", params(VenueOrderField))
)]
pub struct OrderBy<S: InputType> {
    /// What to compare.
    pub field: S,
    /// Which way; ascending unless said otherwise, even where the list by itself runs the other way.
    #[graphql(default)]
    pub direction: OrderDirection,
}

/// The arguments that every list takes.
pub struct Arguments<L: Listed> {
    /// Only rows that pass.
    pub filter: Option<L::Filter>,
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
struct Page<F, S: InputType> {
    filter: Option<F>,
    order: OrderBy<S>,
    limit: u64,
    backward: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
    now: DateTime<Utc>,
}

type PageOf<L> = Page<<L as Listed>::Filter, <L as Listed>::Sort>;

/// The place of a row in an ordered list: the order, the row's value in it, and its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Cursor(String, OrderTag, String, Uuid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum OrderTag {
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
    fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    fn decode<S: SortField>(text: &str, order: OrderBy<S>) -> Result<Self> {
        let bad = |message: &str| Error::invalid("BAD_CURSOR", message);
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
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

impl<M> SortValue<M> {
    /// What stands for a missing value: it sorts behind all others in this direction.
    fn sentinel(&self, direction: OrderDirection) -> &'static str {
        match (self, direction) {
            (Self::Text(_) | Self::Number(_) | Self::Always(_), _) => "",
            (Self::Time(_), OrderDirection::Asc) => "9999-12-31T00:00:00+00:00",
            (Self::Time(_), OrderDirection::Desc) => "0001-01-01T00:00:00+00:00",
            (Self::Date(_), OrderDirection::Asc) => "9999-12-31",
            (Self::Date(_), OrderDirection::Desc) => "0001-01-01",
        }
    }

    fn text(&self, row: &M, direction: OrderDirection) -> String {
        match self {
            Self::Text(value) => Some(value(row).to_owned()),
            Self::Always(value) => Some(value(row).to_rfc3339()),
            Self::Time(value) => value(row).map(|time| time.to_rfc3339()),
            Self::Date(value) => value(row).map(|date| date.to_string()),
            Self::Number(value) => Some(value(row).to_string()),
        }
        .unwrap_or_else(|| self.sentinel(direction).to_owned())
    }

    fn parse(&self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Text(_) => Some(text).filter(|text| db::is_storable(text))?.into(),
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
        Self { name, column: Expr::col(column.as_column_ref()), value }
    }

    /// What is compared in this direction: exactly the expression that the migration indexed.
    fn expression(self, backend: DbBackend, direction: OrderDirection) -> Expr {
        let sentinel = self.value.sentinel(direction);
        let literal = match self.value {
            SortValue::Text(_) | SortValue::Number(_) | SortValue::Always(_) => return self.column,
            SortValue::Time(_) => db::instant_literal(backend, sentinel),
            SortValue::Date(_) => db::date_literal(backend, sentinel),
        };
        Func::coalesce([self.column, Expr::cust(literal)]).into()
    }
}

impl<L: Listed> Arguments<L> {
    fn page(self, default: OrderBy<L::Sort>, now: DateTime<Utc>) -> Result<PageOf<L>> {
        let order = self.order_by.unwrap_or(default);
        let cursor = |text: Option<String>| text.map(|text| Cursor::decode(&text, order)).transpose();
        let Span { limit, backward } = Span::new(self.first, self.last)?;
        let (after, before) = (cursor(self.after)?, cursor(self.before)?);
        Ok(Page { filter: self.filter, order, limit, backward, after, before, now })
    }
}

/// How many rows a page has, and at which end of the list it starts.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// How many rows.
    pub limit: u64,
    /// Whether it starts at the end.
    pub backward: bool,
}

impl Span {
    /// What the arguments `first` and `last` ask for.
    pub fn new(first: Option<i32>, last: Option<i32>) -> Result<Self> {
        match (first, last) {
            (Some(_), Some(_)) => {
                Err(Error::invalid("BAD_PAGE", "Pass `first` or `last`, not both: a page starts at one end."))
            }
            (None, Some(last)) => Ok(Self { limit: page_size("last", last)?, backward: true }),
            (Some(first), None) => Ok(Self { limit: page_size("first", first)?, backward: false }),
            (None, None) => Ok(Self { limit: DEFAULT_PAGE, backward: false }),
        }
    }
}

fn page_size(name: &str, size: i32) -> Result<u64> {
    u64::try_from(size).ok().filter(|size| (1..=LONGEST_PAGE).contains(size)).ok_or_else(|| {
        Error::invalid(
            "BAD_PAGE",
            format!("`{name}` is {size}; a page has 1 to {LONGEST_PAGE} rows. Page on with a cursor."),
        )
    })
}

impl<F: Filter, S: SortField> Page<F, S> {
    fn condition(&self, backend: DbBackend) -> Result<Condition> {
        condition(self.filter.as_ref(), Scope { backend, now: self.now })
    }

    /// The rows behind or before the cursors.
    fn bounds(&self, backend: DbBackend, id: &Expr) -> Condition {
        let forward = self.order.direction == OrderDirection::Asc;
        let bound = |cursor: &Cursor, greater: bool| {
            let key = self.order.field.key();
            let value = key.value.parse(&cursor.2).unwrap_or_else(|| cursor.2.as_str().into());
            let row = Expr::tuple([key.expression(backend, self.order.direction), id.clone()]);
            let place = Expr::tuple([Expr::val(value.clone()), Expr::val(cursor.3)]);
            let behind = if greater { row.gt(place) } else { row.lt(place) };
            if backend != DbBackend::Sqlite {
                return behind;
            }
            // SQLite seeks in an index of expressions only by a plain comparison, and else reads it from the start.
            let sort = self.sort_expression(backend);
            behind.and(if greater { sort.gte(value) } else { sort.lte(value) })
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
}

fn condition<F: Filter>(filter: Option<&F>, scope: Scope) -> Result<Condition> {
    Ok(Condition::all().add_option(filter.map(|filter| filter.condition(scope)).transpose()?))
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
    /// From up to one row more than the page holds, as read.
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
pub struct Connection<L: Listed> {
    page: PageOf<L>,
    rows: Rows<Model<L>>,
    /// Counts the whole list, when somebody asks.
    count: Count,
}

/// A row and its place in the list.
pub struct Edge<L: Listed> {
    row: Arc<Model<L>>,
    order: OrderBy<L::Sort>,
}

/// Where a page stands in its list (Relay).
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether more follows behind this page.
    pub has_next_page: bool,
    /// Whether something stands before this page.
    pub has_previous_page: bool,
    /// The cursor of the page's first item; null if the page is empty.
    pub start_cursor: Option<String>,
    /// The cursor of the page's last item; null if the page is empty. Pass it as `after` to read on.
    pub end_cursor: Option<String>,
}

impl<L: Listed> TypeName for Connection<L> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", L::Node::type_name()).into()
    }
}

impl<L: Listed> TypeName for Edge<L> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", L::Node::type_name()).into()
    }
}

/// A page of a list (Relay connection).
#[Object(name_type)]
impl<L: Listed> Connection<L> {
    /// The items of the page, each with its cursor.
    async fn edges(&self) -> Vec<Edge<L>> {
        self.rows.rows.iter().map(|row| Edge { row: row.clone(), order: self.page.order }).collect()
    }

    /// The items of the page, for those who need no cursor for each.
    async fn nodes(&self) -> Vec<L::Node> {
        self.rows.rows.iter().map(|row| row.clone().into()).collect()
    }

    /// Where the page stands in the list.
    async fn page_info(&self) -> PageInfo {
        let Page { backward, after, before, .. } = &self.page;
        let cursor = |row: &Arc<Model<L>>| cursor_of::<L>(row, self.page.order).encode();
        PageInfo {
            has_next_page: if *backward { before.is_some() } else { self.rows.more },
            has_previous_page: if *backward { self.rows.more } else { after.is_some() },
            start_cursor: self.rows.rows.first().map(cursor),
            end_cursor: self.rows.rows.last().map(cursor),
        }
    }

    /// How many items the whole list has, all pages together. Computed only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        (self.count)(ctx.db().clone(), ctx.request().loaders.clone()).await
    }
}

/// An item of a page and its place in the list (Relay edge).
#[Object(name_type)]
impl<L: Listed> Edge<L> {
    /// The place of the item in the list, for `after` and `before`. Opaque; it stays good when items come and go.
    async fn cursor(&self) -> String {
        cursor_of::<L>(&self.row, self.order).encode()
    }

    /// The item.
    async fn node(&self) -> L::Node {
        self.row.clone().into()
    }
}

fn cursor_of<L: Listed>(row: &Model<L>, order: OrderBy<L::Sort>) -> Cursor {
    let key = order.field.key();
    let value = key.value.text(row, order.direction);
    Cursor(key.name.to_owned(), order.direction.into(), value, L::Entity::id(row))
}

/// Whether the selection needs rows at all: a list of which only the count is wanted reads none.
fn needs_rows(ctx: &Context<'_>) -> bool {
    ["nodes", "edges", "pageInfo"].iter().any(|field| ctx.look_ahead().field(field).exists())
}

fn id_of<E: NodeEntity>() -> Expr {
    Expr::col(E::ID.as_column_ref())
}

/// A list at the root, of the rows within `bounds`.
pub async fn root<L: Listed>(ctx: &Context<'_>, bounds: Condition, arguments: Arguments<L>) -> Result<Connection<L>> {
    let scope = ctx.scope();
    let page = arguments.page(L::Sort::DEFAULT, scope.now)?;
    let condition = bounds.add(page.condition(scope.backend)?);
    let rows = if needs_rows(ctx) {
        let rows = L::Entity::find()
            .filter(L::scope())
            .filter(condition.clone())
            .filter(page.bounds(scope.backend, &id_of::<L::Entity>()))
            .order_by(page.sort_expression(scope.backend), page.sql_order())
            .order_by(id_of::<L::Entity>(), page.sql_order())
            .limit(page.limit + 1)
            .all(ctx.db().reads())
            .await?;
        Rows::from_read(rows.into_iter().map(Arc::new).collect(), page.limit, page.backward)
    } else {
        Rows { rows: Vec::new(), more: false }
    };
    let count: Count = Box::new(move |db, _| {
        let select = count_of::<L>(condition.clone());
        Box::pin(async move {
            let row = db.reads().query_one(&select).await?;
            Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
        })
    });
    Ok(Connection { page, rows, count })
}

/// A list below a node: one statement for all parents that ask for an equal page.
pub async fn nested<R: Relation>(
    ctx: &Context<'_>,
    parent: Uuid,
    arguments: Arguments<R::List>,
) -> Result<Connection<R::List>> {
    let page = arguments.page(R::ORDER, ctx.scope().now)?;
    // A senseless filter is the caller's error even if nobody loads the rows.
    page.condition(ctx.db().backend())?;
    let rows = if needs_rows(ctx) {
        let key = Paged::<R> { parent, page: Arc::new(page.clone()) };
        ctx.load(key).await?.transpose()?.unwrap_or(Rows { rows: Vec::new(), more: false })
    } else {
        Rows { rows: Vec::new(), more: false }
    };
    let counted = Counted::<R> { parent, filter: page.filter.clone(), now: page.now, relation: PhantomData };
    let count: Count = Box::new(move |_, loaders| {
        let counted = counted.clone();
        Box::pin(async move { Ok(loaders.load(counted).await?.transpose()?.unwrap_or_default()) })
    });
    Ok(Connection { page, rows, count })
}

fn count_of<L: Listed>(condition: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("count(*)"))
        .from(L::Entity::default())
        .cond_where(L::scope())
        .cond_where(condition)
        .to_owned()
}

/// One page below one parent.
struct Paged<R: Relation> {
    parent: Uuid,
    page: Arc<PageOf<R::List>>,
}

/// The length of a list below one parent.
struct Counted<R: Relation> {
    parent: Uuid,
    filter: Option<<R::List as Listed>::Filter>,
    now: DateTime<Utc>,
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
    page: &PageOf<R::List>,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Rows<Model<R::List>>>> {
    let mut rows_by_parent: HashMap<Uuid, Vec<Arc<Model<R::List>>>> = HashMap::new();
    for row in db.reads().query_all(&page_statement::<R>(db.backend(), page, parents)?).await? {
        let model = Model::<R::List>::from_query_result(&row, "")?;
        rows_by_parent.entry(row.try_get("", PARENT)?).or_default().push(Arc::new(model));
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
            parents_by_list.entry((&key.filter, key.now)).or_default().push(key.parent);
        }
        let counts = parents_by_list.into_iter().map(|((filter, now), parents)| async move {
            let key = |parent| Counted::<R> { parent, filter: filter.clone(), now, relation: PhantomData };
            match read_counts::<R>(self, filter.as_ref(), now, &parents).await {
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
    filter: Option<&<R::List as Listed>::Filter>,
    now: DateTime<Utc>,
    parents: &[Uuid],
) -> Result<Vec<(Uuid, i64)>> {
    let condition = condition(filter, Scope { backend: db.backend(), now })?;
    let count = count_of::<R::List>(R::belongs(db::parent_id()).add(condition));
    let statement = Query::select()
        .expr_as(db::parent_id(), Alias::new(PARENT))
        .expr_as(Expr::SubQuery(None, Box::new(count.into())), Alias::new("count"))
        .from(Alias::new("parents"))
        .to_owned()
        .with(db::parents(db.backend(), parents));
    let rows = db.reads().query_all(&statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", PARENT)?, row.try_get("", "count")?))).collect()
}

const PARENT: &str = "parent_id_of_page";

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
    inner
        .from(table.clone())
        .cond_where(<R::List as Listed>::scope())
        .cond_where(R::belongs(db::parent_id()))
        .cond_where(page.condition(backend)?)
        .cond_where(page.bounds(backend, &id))
        .order_by_expr(db::unindexed(backend, sort.clone()), page.sql_order())
        .order_by_expr(id.clone(), page.sql_order())
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
                #[expect(clippy::too_many_arguments, reason = "they are the API's")]
                async fn $field(
                    &self,
                    $ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Only what passes this filter.")]
                    filter: Option<<$list as $crate::graphql::connection::Listed>::Filter>,
                    #[graphql(desc = "In which order; the list's own unless said otherwise.")]
                    order_by: Option<$crate::graphql::connection::OrderBy<<$list as $crate::graphql::connection::Listed>::Sort>>,
                    #[graphql(desc = "How many from the start, 1 to 100; 20 unless said otherwise.")]
                    first: Option<i32>,
                    #[graphql(desc = "Only what comes behind this cursor.")]
                    after: Option<String>,
                    #[graphql(desc = "How many from the end, 1 to 100.")]
                    last: Option<i32>,
                    #[graphql(desc = "Only what comes before this cursor.")]
                    before: Option<String>,
                ) -> $crate::error::Result<$crate::graphql::connection::Connection<$list>> {
                    let ($this, $arguments) = (
                        self,
                        $crate::graphql::connection::Arguments::<$list> { filter, order_by, first, after, last, before },
                    );
                    $page.await
                }
            )*
        }
    };
}
pub(crate) use lists;

/// Declares the lists below a node: an object whose fields are flattened into the node's.
macro_rules! connections {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $relation:ty,)* }) => {
        $crate::graphql::connection::lists! {
            $(#[$meta])* $name { parent: uuid::Uuid } [$(
                $(#[$field_meta])*
                $field: <$relation as $crate::graphql::connection::Relation>::List =
                    |this, ctx, arguments| $crate::graphql::connection::nested::<$relation>(ctx, this.parent, arguments),
            )*]
        }
    };
}
pub(crate) use connections;

/// Declares the lists of a noun at the root, each with the bounds of what it lists.
macro_rules! root_connections {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $list:ty, $bounds:expr,)* }) => {
        $crate::graphql::connection::lists! {
            $(#[$meta])* $name {} [$(
                $(#[$field_meta])*
                $field: $list = |_this, ctx, arguments| $crate::graphql::connection::root::<$list>(ctx, $bounds, arguments),
            )*]
        }
    };
}
pub(crate) use root_connections;
