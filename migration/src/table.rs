//! Helpers to define tables. Every node has the same four columns. Every enum is text with a check, which both
//! databases support; native enums cannot be changed inside a transaction. Every partial date is a value with its
//! precision. `alter` has the helpers for existing tables.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

mod alter;
mod remake;

pub use alter::{add_column, change_words, drop_column, drop_index, reference, rename_column};

/// An empty table of this name.
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

/// A table of nodes: UUID v7 key, creation and change times (UTC), and the version that optimistic writers compare.
pub fn node(name: &'static str) -> TableCreateStatement {
    table(name)
        .col(uuid("id").primary_key())
        .col(time("created_at").not_null())
        .col(time("updated_at").not_null())
        .col(integer("version").not_null().default(1))
        .to_owned()
}

/// A nullable UUID column.
pub fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().to_owned()
}

/// A nullable text column.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

/// A nullable 32-bit integer column.
pub fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().to_owned()
}

/// A nullable 32-bit integer column that is never negative.
pub fn count(name: &'static str) -> ColumnDef {
    integer(name).check(Expr::col(name).gte(0)).to_owned()
}

/// A nullable 64-bit integer column.
pub fn big_integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

/// A nullable floating point column.
pub fn double(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).double().to_owned()
}

/// A boolean column, false unless said otherwise.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().default(false).to_owned()
}

/// A nullable instant, always UTC.
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().to_owned()
}

/// A nullable calendar date.
pub fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().to_owned()
}

/// A nullable text column that holds one of these words.
pub fn one_of(name: &'static str, words: &'static [&'static str]) -> ColumnDef {
    text(name).check(Expr::col(name).is_in(words.iter().copied())).to_owned()
}

/// Adds a date that may be known only to the month or the year: the first day of the period, and a precision.
pub trait PartialDate {
    /// `{name}` and `{name}_precision`, both null or both set.
    fn partial_date(&mut self, name: &'static str, precision: &'static str) -> &mut Self;
}

impl PartialDate for TableCreateStatement {
    fn partial_date(&mut self, name: &'static str, precision: &'static str) -> &mut Self {
        self.col(date(name))
            .col(one_of(precision, &["DAY", "MONTH", "YEAR"]))
            .check(Expr::col(name).is_null().eq(Expr::col(precision).is_null()))
    }
}

/// What happens to rows that refer to a deleted row.
#[derive(Clone, Copy)]
pub enum Then {
    /// They are deleted with it, because they are parts of it.
    Cascade,
    /// They stay, and their reference becomes null.
    SetNull,
}

/// A foreign key from `column` to the `id` of `target`.
pub fn key(column: &'static str, target: &'static str, then: Then) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(column)
        .to(target, "id")
        .on_delete(match then {
            Then::Cascade => ForeignKeyAction::Cascade,
            Then::SetNull => ForeignKeyAction::SetNull,
        })
        .to_owned()
}

/// An index named after its table and columns.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// An index of the rows where this column is not null, for columns that are mostly null. SQLite usually has no
/// statistics. With an index of all rows it would look up the null ones by it, and run the rest of a statement for each
/// of them.
pub fn filled(table: &'static str, column: &'static str) -> IndexCreateStatement {
    index(table, &[column]).and_where(Expr::col(column).is_not_null()).to_owned()
}

/// A unique index named after its table and columns.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).unique().to_owned()
}

/// Creates these tables, then these indexes.
pub async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        let name = table.get_table_name().map(TableRef::sea_orm_table).map(ToString::to_string).unwrap_or_default();
        let columns = table.get_columns().iter().filter(|column| is_text(column)).map(ColumnDef::get_column_name);
        let texts: Vec<String> = columns.collect();
        manager.create_table(table).await?;
        compare_bytes(manager, &name, texts).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Whether a column holds text.
fn is_text(column: &ColumnDef) -> bool {
    matches!(column.get_column_type(), Some(ColumnType::Text))
}

/// Makes PostgreSQL compare this column by bytes, as SQLite does, because the order must be the same on both. By
/// default PostgreSQL compares text by the language of the database. The other helpers do this by themselves; only a
/// column that was made without them needs it.
pub async fn compare_bytes(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: impl IntoIterator<Item: AsRef<str>>,
) -> Result<(), DbErr> {
    let change = |column| format!("ALTER COLUMN \"{}\" TYPE text COLLATE \"C\"", AsRef::as_ref(&column));
    let changes: Vec<String> = columns.into_iter().map(change).collect();
    if changes.is_empty() || !is_postgres(manager) {
        return Ok(());
    }
    run(manager, &[format!("ALTER TABLE \"{table}\" {}", changes.join(", "))]).await
}

/// Whether the step runs on PostgreSQL, for the few things that no helper covers.
pub fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Runs these statements, one after another.
pub async fn run(manager: &SchemaManager<'_>, statements: &[impl AsRef<str> + Sync]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement.as_ref()).await?;
    }
    Ok(())
}

/// Says that the documents of the search have to be renewed, because the step changed or deleted them. Call it last:
/// every transaction locks the change log after the rows of the search, so they cannot deadlock. From now on, writes of
/// the versions before are refused. After the steps the program renews the documents.
pub async fn outdate_search(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let lock = "UPDATE change_log SET last_seq = last_seq";
    run(manager, &[lock, "UPDATE search_format SET version = 0, is_complete = FALSE"]).await
}

/// Drops these tables, the last one first.
pub async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
