//! The small lists that belong to a node (its hosts, speakers, links…): whole, in order, one statement for all parents.
//!
//! Nearly all of them are [`TableChildren`]: rows of a table, each perhaps with a node that it names. Every statement
//! asks for the visibility of its tables, those that it joins ([`join_to`]) as well.

use std::{collections::HashMap, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, SelectionField, dataloader::Loader};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, JoinType, ModelTrait, QueryFilter, QuerySelect, QueryTrait, Related,
    RelationDef, Select, StatementBuilder, Value,
    sea_query::{Condition, Expr},
};
use uuid::Uuid;

use super::node::{self, NodeEntity};
use crate::{
    db::{
        Db,
        columns::Columns,
        keys::Keys,
        rows::{Joined, Row, narrow},
        statement_cache::KeyedSelect,
    },
    error::{Error, Result},
    graphql::context::ContextExt,
};

/// A small list below a node.
pub trait Children: Send + Sync + 'static {
    /// What it holds.
    type Child: Clone + Send + Sync + 'static;
    /// The columns that the selection of the list needs.
    fn columns(_list: SelectionField<'_>) -> Columns {
        Columns::ALL
    }
    /// The children of all these parents in order, each with the key of its parent, read with these columns.
    fn load(
        db: &Db,
        parents: &[Uuid],
        columns: Columns,
    ) -> impl Future<Output = Result<Vec<(Uuid, Self::Child)>>> + Send;
}

/// A table that clients may read. A table of nodes is one by itself. The rows of any other belong to a node and are
/// public with it; then its columns are few, and all of them are read.
pub trait Table: EntityTrait<Model: Row + ModelTrait + Sync> {
    /// Which rows everybody may see as they are, apart from the node to which they belong.
    #[must_use]
    fn public() -> Condition {
        Condition::all()
    }
    /// Which rows everybody may see where another row names them. A row that was replaced is among them: who was merged
    /// still gave a talk.
    #[must_use]
    fn named() -> Condition {
        Self::public()
    }
    /// The columns that the selection of a row needs.
    fn columns(_row: SelectionField<'_>) -> Columns {
        Columns::ALL
    }
}

impl<E: NodeEntity> Table for E {
    fn public() -> Condition {
        E::current()
    }

    fn named() -> Condition {
        E::visible()
    }

    fn columns(row: SelectionField<'_>) -> Columns {
        node::columns::<E>(row)
    }
}

type Model<T> = <T as EntityTrait>::Model;

/// Children that are rows of a table.
pub trait TableChildren: Send + Sync + 'static {
    /// The table.
    type Table: Table;
    /// The node that a row names and its child holds: [`Nothing`], [`One`] or [`Maybe`].
    type Held: Held<Self::Table>;
    /// What a row becomes.
    type Child: Clone + Send + Sync + 'static;
    /// The column with the key of the parent.
    const PARENT: <Self::Table as EntityTrait>::Column;
    /// The field of a child that returns the node it holds. If there is no such field, the child itself is that node.
    const HELD_AS: Option<&'static str> = None;
    /// The order of the list, as far as the statement sorts.
    fn order(select: Select<Self::Table>) -> Select<Self::Table> {
        select
    }
    /// The order of the list where the statement does not sort, because its sort would carry whole rows with the nodes
    /// that they hold.
    fn rank(_row: &<Self::Held as Held<Self::Table>>::Whole) -> impl Ord {}
    /// Makes the child of a row.
    fn child(row: Model<Self::Table>, held: <Self::Held as Held<Self::Table>>::Value) -> Self::Child;
}

/// What a child holds beside the row of its table.
pub trait Held<T: Table>: Send + Sync + 'static {
    /// What the statement reads.
    type Row: Row;
    /// What is held.
    type Value: Send;
    /// The row, if all its columns are read whatever is selected.
    type Whole;
    /// The columns that a list's selection needs. If children hold a node, they are those of the node, which children
    /// return as the field `held_as`. Otherwise they are those of the row and the parent's key.
    fn columns(list: SelectionField<'_>, held_as: Option<&str>, parent: T::Column) -> Columns;
    /// The public rows of the table with what is public of what they hold.
    fn select(columns: Columns) -> Select<T>;
    /// The row and what it holds.
    fn split(row: Self::Row) -> (T::Model, Self::Value);
    /// The row, if it is whole.
    fn whole(row: &T::Model) -> &Self::Whole;
}

/// A row that holds no node: it is one, or a part of its parent.
pub struct Nothing;

/// A row that holds a node. If the node is not public, neither is the row.
pub struct One<N>(PhantomData<fn() -> N>);

/// A row that holds a node if it names one that is public.
pub struct Maybe<N>(PhantomData<fn() -> N>);

impl<T: Table> Held<T> for Nothing {
    type Row = T::Model;
    type Value = ();
    type Whole = ();

    fn columns(list: SelectionField<'_>, _: Option<&str>, parent: T::Column) -> Columns {
        T::columns(list) | Columns::that(|column: &T::Column| column.as_str() == parent.as_str())
    }

    fn select(columns: Columns) -> Select<T> {
        narrow::<T>(columns).filter(T::public())
    }

    fn split(row: T::Model) -> (T::Model, ()) {
        (row, ())
    }

    fn whole(_: &T::Model) -> &() {
        &()
    }
}

impl<T: Table + Related<N>, N: NodeEntity> Held<T> for One<N> {
    type Row = Joined<T::Model, N::Model>;
    type Value = Arc<N::Model>;
    type Whole = T::Model;

    fn columns(list: SelectionField<'_>, held_as: Option<&str>, _: T::Column) -> Columns {
        columns_of_held::<N>(list, held_as)
    }

    fn select(columns: Columns) -> Select<T> {
        select_joined::<T, N>(JoinType::InnerJoin, columns)
    }

    fn split(Joined(row, node): Self::Row) -> (T::Model, Self::Value) {
        (row, Arc::new(node))
    }

    fn whole(row: &T::Model) -> &T::Model {
        row
    }
}

impl<T: Table + Related<N>, N: NodeEntity> Held<T> for Maybe<N> {
    type Row = Joined<T::Model, Option<N::Model>>;
    type Value = Option<Arc<N::Model>>;
    type Whole = T::Model;

    fn columns(list: SelectionField<'_>, held_as: Option<&str>, _: T::Column) -> Columns {
        columns_of_held::<N>(list, held_as)
    }

    fn select(columns: Columns) -> Select<T> {
        select_joined::<T, N>(JoinType::LeftJoin, columns)
    }

    fn split(Joined(row, node): Self::Row) -> (T::Model, Self::Value) {
        (row, node.map(Arc::new))
    }

    fn whole(row: &T::Model) -> &T::Model {
        row
    }
}

fn columns_of_held<N: NodeEntity>(list: SelectionField<'_>, held_as: Option<&str>) -> Columns {
    held_as.map_or_else(|| node::columns::<N>(list), |field| node::columns_within::<N>(list, field))
}

fn select_joined<T: Table + Related<N>, N: NodeEntity>(join: JoinType, columns: Columns) -> Select<T> {
    let select = narrow::<T>(Columns::ALL).columns(columns.of::<N::Column>());
    join_to::<T, N, T>(select, join).filter(T::public())
}

/// Joins the public rows of `N` that rows of `T` name.
pub fn join_to<T: Related<N>, N: Table, E: EntityTrait>(select: Select<E>, join: JoinType) -> Select<E> {
    join_visible::<N, E>(select, join, T::to())
}

/// Joins the public rows of `N` that name rows of `T`.
pub fn join_from<T: EntityTrait, N: Table + Related<T>, E: EntityTrait>(
    select: Select<E>,
    join: JoinType,
) -> Select<E> {
    join_visible::<N, E>(select, join, N::to().rev())
}

#[expect(clippy::disallowed_methods, reason = "this is where the visibility is added")]
fn join_visible<N: Table, E: EntityTrait>(select: Select<E>, join: JoinType, relation: RelationDef) -> Select<E> {
    let is_all = N::named().is_empty();
    select.join(join, if is_all { relation } else { relation.on_condition(|_, _| N::named()) })
}

impl<C: TableChildren> KeyedSelect for C {
    type Key = Uuid;
    type Variant = ();
    type Row = <C::Held as Held<C::Table>>::Row;

    fn build((): &(), columns: Columns, parents: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        let is_child = parents.has(Expr::col(C::PARENT.as_column_ref()));
        Ok(C::order(C::Held::select(columns).filter(is_child)).into_query())
    }
}

impl<C: TableChildren> Children for C {
    type Child = C::Child;

    fn columns(list: SelectionField<'_>) -> Columns {
        C::Held::columns(list, C::HELD_AS, C::PARENT)
    }

    async fn load(db: &Db, parents: &[Uuid], columns: Columns) -> Result<Vec<(Uuid, C::Child)>> {
        let rows = db.rows_for::<C>(&(), columns, parents).await?;
        let mut rows: Vec<_> = rows.into_iter().map(C::Held::split).collect();
        let whole = C::Held::whole;
        rows.sort_by(|(one, _), (other, _)| C::rank(whole(one)).cmp(&C::rank(whole(other))));
        let child = |(row, held): (Model<C::Table>, _)| match row.get(C::PARENT) {
            Value::Uuid(Some(parent)) => Some((parent, C::child(row, held))),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(child).collect())
    }
}

/// The children of one parent.
pub async fn of<C: Children>(ctx: &Context<'_>, parent: Uuid) -> Result<Vec<C::Child>> {
    let loaded = ctx.load(ChildrenOf::<C>(parent, C::columns(ctx.field()), PhantomData)).await;
    let children = ctx.placed(loaded)?.unwrap_or_default();
    ctx.request().meter.objects(children.len());
    Ok(children)
}

/// The first child of one parent, for lists of which a parent has one at most. Null without a parent.
pub async fn first<C: Children>(ctx: &Context<'_>, parent: impl Into<Option<Uuid>>) -> Option<Result<C::Child>> {
    of::<C>(ctx, parent.into()?).await.map(|children| children.into_iter().next()).transpose()
}

struct ChildrenOf<C>(Uuid, Columns, PhantomData<fn() -> C>);

impl<C> Clone for ChildrenOf<C> {
    fn clone(&self) -> Self {
        Self(self.0, self.1, PhantomData)
    }
}

impl<C> PartialEq for ChildrenOf<C> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.1 == other.1
    }
}

impl<C> Eq for ChildrenOf<C> {}

impl<C> Hash for ChildrenOf<C> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<C: Children> Loader<ChildrenOf<C>> for Db {
    type Value = Vec<C::Child>;
    type Error = Error;

    async fn load(&self, keys: &[ChildrenOf<C>]) -> Result<HashMap<ChildrenOf<C>, Self::Value>> {
        let parents: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let columns = Columns::of_all(keys.iter().map(|key| key.1));
        let mut children: HashMap<_, Vec<_>> = HashMap::with_capacity(keys.len());
        for (parent, child) in C::load(self, &parents, columns).await? {
            children.entry(parent).or_default().push(child);
        }
        // Only keys that differ in their columns may name a parent twice.
        let is_each_once = keys.iter().all(|key| key.1 == columns);
        let mut take = |parent| if is_each_once { children.remove(&parent) } else { children.get(&parent).cloned() };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), take(key.0)?))).collect())
    }
}

/// Declares small lists below nodes. A list has the rows of a table whose column has the key of the parent, and what a
/// row becomes:
///
/// ```ignore
/// children! {
///     /// The rooms of a venue.
///     pub RoomsOfVenue of room by VenueId: Room = |room| Room { name: room.name, capacity: room.capacity },
///         sorted |rooms| rooms.order_by_asc(room::Column::Position);
/// }
/// ```
///
/// `holding` says which node a row holds, and by which field its child returns it. `ranked` is the order of rows that the
/// statement does not sort.
macro_rules! children {
    ($(
        $(#[$meta:meta])*
        $visible:vis $name:ident of $table:ident by $parent:ident $(, holding $held:ty $(as $field:literal)?)?: $child:ty
            = |$row:pat_param $(, $value:pat_param)?| $make:expr
            $(, sorted |$select:ident| $sorted:expr)?
            $(, ranked |$ranked:ident| $rank:expr)?;
    )*) => {$(
        $(#[$meta])*
        $visible struct $name;

        impl $crate::graphql::relay::children::TableChildren for $name {
            type Table = $table::Entity;
            type Held = $crate::graphql::relay::children::children!(@or [$($held)?] $crate::graphql::relay::children::Nothing);
            type Child = $child;
            const PARENT: $table::Column = $table::Column::$parent;
            $($(const HELD_AS: Option<&'static str> = Some($field);)?)?

            $(fn order($select: sea_orm::Select<$table::Entity>) -> sea_orm::Select<$table::Entity> {
                $sorted
            })?

            $(fn rank($ranked: &$table::Model) -> impl Ord {
                $rank
            })?

            fn child(
                row: $table::Model,
                held: <Self::Held as $crate::graphql::relay::children::Held<$table::Entity>>::Value,
            ) -> $child {
                let ($row, $crate::graphql::relay::children::children!(@or_pattern [$($value)?])) = (row, held);
                $make
            }
        }
    )*};
    (@or [$of:ty] $other:ty) => { $of };
    (@or [] $other:ty) => { $other };
    (@or_pattern [$of:pat_param]) => { $of };
    (@or_pattern []) => { () };
}
pub(crate) use children;

#[cfg(test)]
mod tests {
    use entity::{event, event_topic, talk, talk_topic};
    use sea_orm::{DbBackend, sea_query::Query};

    use super::*;

    /// A condition as a statement of SQLite says it.
    fn text(condition: Condition) -> String {
        let select = Query::select().cond_where(condition).to_owned();
        let select = StatementBuilder::build(&select, &DbBackend::Sqlite).to_string();
        select.split_once(" WHERE ").unwrap().1.to_owned()
    }

    fn sql(select: &impl QueryTrait) -> String {
        select.build(DbBackend::Sqlite).to_string()
    }

    #[test]
    fn a_row_s_node_is_joined_if_it_is_public() {
        let public = text(talk::is_public().into());
        let on = format!(r#" JOIN "talks" ON "talk_topics"."talk_id" = "talks"."id" AND ({public})"#);
        let columns = Columns::ALL;
        let one = sql(&<One<talk::Entity> as Held<talk_topic::Entity>>::select(columns));
        let maybe = sql(&<Maybe<talk::Entity> as Held<talk_topic::Entity>>::select(columns));
        assert!(one.contains(&format!(" INNER{on}")), "{one}");
        assert!(maybe.contains(&format!(" LEFT{on}")), "{maybe}");
    }

    #[test]
    fn rows_are_read_if_they_are_public() {
        let select = sql(&<Nothing as Held<talk::Entity>>::select(Columns::ALL));
        assert!(select.ends_with(&format!(" WHERE {}", text(talk::is_public().into()))), "{select}");
        let parts = sql(&<Nothing as Held<talk_topic::Entity>>::select(Columns::ALL));
        assert!(parts.ends_with(" WHERE TRUE"), "{parts}");
    }

    #[test]
    fn rows_that_name_a_node_are_joined_if_they_are_public() {
        let select = join_from::<event::Entity, talk::Entity, _>(event::Entity::find(), JoinType::InnerJoin);
        let (select, public) = (sql(&select), text(talk::is_public().into()));
        assert!(select.contains(&format!(r#" ON "events"."id" = "talks"."event_id" AND ({public})"#)), "{select}");
        let parts = join_from::<event::Entity, event_topic::Entity, _>(event::Entity::find(), JoinType::LeftJoin);
        let parts = sql(&parts);
        assert!(parts.ends_with(r#" ON "events"."id" = "event_topics"."event_id""#), "{parts}");
    }
}
