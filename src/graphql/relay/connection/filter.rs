//! Filters of lists: how what a caller asks for becomes a condition.

use std::hash::Hash;

use async_graphql::{InputType, Value as GraphqlValue};
use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, DbBackend, ExprTrait, Value,
    sea_query::{Condition, Expr, Func, Query, SelectStatement},
};

use super::order::{OrderDirection, SortField};

use crate::{
    db::{hints, value::is_storable},
    error::{Code, Error, Result},
    graphql::{context::Scope, relay::names::Names},
};

/// A `filter` argument.
pub trait Filter: InputType + Clone + Hash + Eq + Send + Sync + 'static {
    /// The rows that pass, or an error if the filter makes no sense. `names` collects the nodes that it names.
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition>;
}

/// How many filters `and` and `or` take, and how many values a list in a filter takes; databases bound both.
pub(super) const MOST_FILTERS: usize = 20;
pub(super) const MOST_VALUES: usize = 500;
/// How many filters one `filter` argument comes to, those within `and`, `or` and `not` counted. Each is a condition of
/// the statement, and lists within lists multiply.
const MOST_CONDITIONS: usize = 100;

pub(super) fn bound(name: &str, length: usize, most: usize) -> Result<()> {
    if length > most {
        return Err(Error::invalid(Code::BadFilter, format!("`{name}` has {length} entries; {most} are the most.")));
    }
    Ok(())
}

/// Combines what a filter itself says with its `and`, `or` and `not`. An empty `and` changes nothing; nothing passes an
/// empty `or`.
pub fn combine<F: Filter>(
    own: Condition,
    [and, or]: [&Option<Vec<F>>; 2],
    not: Option<&F>,
    scope: Scope,
    names: &mut Names,
) -> Result<Condition> {
    for (name, filters) in [("and", and), ("or", or)] {
        bound(name, filters.as_ref().map_or(0, Vec::len), MOST_FILTERS)?;
    }
    let mut all = own;
    for filter in and.iter().flatten() {
        all = all.add(filter.condition(scope, names)?);
    }
    if let Some(filters) = or {
        let mut any = Condition::any();
        for filter in filters {
            // As an expression: an empty condition, which everything passes, would be dropped from the `or`.
            any = any.add(Expr::from(filter.condition(scope, names)?));
        }
        all = all.add(if any.is_empty() { nothing() } else { any });
    }
    // A filter that is NULL for a row does not pass, so its `not` passes. NOT alone would stay NULL and drop the row.
    let fails = |filter: &F| {
        let passes = Expr::from(filter.condition(scope, names)?);
        Ok::<_, Error>(Expr::from(Func::coalesce([passes, Expr::cust("FALSE")])).not())
    };
    Ok(all.add_option(not.map(fails).transpose()?))
}

/// The keys in this column of the rows of its table for which all of this is true.
pub fn keys<const N: usize>(column: impl ColumnTrait, conditions: [Expr; N]) -> SelectStatement {
    let mut keys = Query::select();
    keys.column(column.as_column_ref()).from(column.entity_name());
    for condition in conditions {
        keys.and_where(condition);
    }
    keys
}

/// No row passes.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}

/// The column holds one of these enum values of the API. There are few of them, so each has many rows. Nothing passes
/// an empty list.
pub fn any_of<A: Copy, D: Into<Value>>(
    scope: Scope,
    column: impl ColumnTrait,
    values: Option<&[A]>,
    stored: impl Fn(A) -> D,
) -> Result<Option<Expr>> {
    let Some(values) = values else { return Ok(None) };
    bound(column.as_str(), values.len(), MOST_VALUES)?;
    Ok(Some(hints::low_selectivity(scope.backend, column.is_in(values.iter().map(|value| stored(*value))))))
}

/// The column holds one of these texts.
pub fn any_text(column: impl ColumnTrait, texts: Option<&[String]>) -> Result<Option<Expr>> {
    let Some(texts) = texts else { return Ok(None) };
    bound(column.as_str(), texts.len(), MOST_VALUES)?;
    Ok(Some(column.is_in(texts.iter().filter(|text| is_storable(text)))))
}

/// Bounds the expressions by which the orders of a field compare, so that their indexes find the rows of a filter.
/// Without the bounds, a page in such an order would read all rows before them. The filter itself has to be more exact.
pub fn sort_bounds<S, V>(field: S, backend: DbBackend, from: Option<V>, to: Option<V>) -> Condition
where
    S: SortField,
    V: Copy + Into<Value>,
{
    let mut bounds = Condition::all();
    for direction in [OrderDirection::Asc, OrderDirection::Desc] {
        let compared = || field.key().expression(backend, direction);
        bounds = bounds
            .add_option(from.map(|from| compared().gte(from.into())))
            .add_option(to.map(|to| compared().lte(to.into())));
    }
    bounds
}

/// The column holds a day of one of these years; nothing passes an empty list. `bounds` turns the first and the last
/// day of a year into bounds for an index.
pub fn in_years(
    column: impl ColumnTrait,
    years: Option<&[i32]>,
    bounds: impl Fn(NaiveDate, NaiveDate) -> Condition,
) -> Result<Option<Condition>> {
    let Some(years) = years else { return Ok(None) };
    bound("year", years.len(), MOST_FILTERS)?;
    let year = |year: &i32| {
        let first = NaiveDate::from_ymd_opt(*year, 1, 1).filter(|_| (1000..=9999).contains(year));
        let last = NaiveDate::from_ymd_opt(*year, 12, 31);
        let message = format!("{year} is no year; write four digits.");
        first.zip(last).ok_or_else(|| Error::invalid(Code::BadFilter, message))
    };
    let days = years.iter().map(year).collect::<Result<Vec<_>>>()?;
    if days.is_empty() {
        return Ok(Some(nothing()));
    }
    let within = |(first, last)| bounds(first, last).add(column.between(first, last));
    Ok(Some(days.into_iter().map(within).fold(Condition::any(), Condition::add)))
}

/// The condition of a list's filter. `names` collects the nodes that it names.
pub(super) fn condition<F: Filter>(filter: Option<&F>, scope: Scope, names: &mut Names) -> Result<Condition> {
    let conditions = filter.map_or(0, |filter| objects(&filter.to_value()));
    if conditions > MOST_CONDITIONS {
        let message =
            format!("The filter comes to {conditions} filters, nested ones counted; {MOST_CONDITIONS} are the most.");
        return Err(Error::invalid(Code::BadFilter, message));
    }
    Ok(Condition::all().add_option(filter.map(|filter| filter.condition(scope, names)).transpose()?))
}

fn objects(value: &GraphqlValue) -> usize {
    match value {
        GraphqlValue::Object(fields) => 1 + fields.values().map(objects).sum::<usize>(),
        GraphqlValue::List(values) => values.iter().map(objects).sum(),
        _ => 0,
    }
}
