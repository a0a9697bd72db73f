//! Inserts many rows at once, whatever the table. SeaORM's `insert_many` makes an expression of each value, and its
//! statement has a parameter for each. PostgreSQL reads and plans such a statement anew for each number of rows. So it
//! gets the rows as one value, and its statement is always the same. SQLite takes parameters as fast as it takes anything
//! else; there only the statement is put together more simply.

use chrono::SecondsFormat;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, Statement,
    Value,
};

/// How many rows a statement of PostgreSQL has at most. Rows that refer to rows of their own table have to be in one.
const ROWS: usize = 5_000;
/// How many rows a statement of SQLite has. There are few sizes, so that few statements are prepared, and each of them is
/// often used: a prepared statement is as large as its rows.
const SIZES: [usize; 3] = [64, 8, 1];

/// Inserts these rows. Columns that a row does not set are null if other rows set them, and else have their default.
pub async fn insert_all<E: EntityTrait>(db: &impl ConnectionTrait, rows: Vec<E::ActiveModel>) -> Result<(), DbErr> {
    insert::<E>(db, rows, "").await
}

/// Inserts these rows. They replace rows that have the same value in the unique column `by`.
pub async fn insert_or_replace<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Vec<E::ActiveModel>,
    by: E::Column,
) -> Result<(), DbErr> {
    let others = E::Column::iter().map(|column| column.as_str()).filter(|name| *name != by.as_str());
    let others: Vec<String> = others.map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
    let conflict = format!(" ON CONFLICT (\"{}\") DO UPDATE SET {}", by.as_str(), others.join(", "));
    insert::<E>(db, rows, &conflict).await
}

async fn insert<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Vec<E::ActiveModel>,
    conflict: &str,
) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut rows = Rows::of::<E>(rows);
    while !rows.values.is_empty() {
        let some = rows.take(size(backend, rows.values.len()));
        let (into, values) = if backend == DbBackend::Postgres { some.into_one()? } else { some.each_by_itself() };
        db.execute_raw(Statement::from_sql_and_values(backend, format!("{into}{conflict}"), values)).await?;
    }
    Ok(())
}

/// How many of the rows that are left the next statement has.
fn size(backend: DbBackend, left: usize) -> usize {
    match backend {
        DbBackend::Postgres => left.min(ROWS),
        _ => SIZES.into_iter().find(|size| *size <= left).unwrap_or(1),
    }
}

/// Some rows of a table.
struct Rows {
    table: &'static str,
    /// The columns that at least one of them sets.
    columns: Vec<&'static str>,
    /// The values of these columns, row by row.
    values: Vec<Vec<Option<Value>>>,
}

impl Rows {
    fn of<E: EntityTrait>(mut rows: Vec<E::ActiveModel>) -> Self {
        let is_set = |column: &E::Column| rows.iter().any(|row| !row.is_not_set(*column));
        let columns: Vec<E::Column> = E::Column::iter().filter(is_set).collect();
        let values = rows.iter_mut().map(|row| columns.iter().map(|column| set(row.take(*column))).collect());
        Self {
            table: E::default().table_name(),
            values: values.collect(),
            columns: columns.iter().map(IdenStatic::as_str).collect(),
        }
    }

    /// The first rows.
    fn take(&mut self, count: usize) -> Self {
        let rest = self.values.split_off(count.min(self.values.len()));
        let values = std::mem::replace(&mut self.values, rest);
        Self { table: self.table, columns: self.columns.clone(), values }
    }

    fn names(&self) -> String {
        let quoted: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    }

    /// A statement with a parameter for each value.
    fn each_by_itself(self) -> (String, Vec<Value>) {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let rows = vec![row.as_str(); self.values.len()].join(", ");
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES {rows}", self.table, self.names());
        let values = self.values.into_iter().flatten();
        (sql, values.map(|value| value.unwrap_or(Value::String(None))).collect())
    }

    /// A statement with one parameter, which holds all rows.
    fn into_one(self) -> Result<(String, Vec<Value>), DbErr> {
        let (table, names) = (self.table, self.names());
        let rows = format!("json_populate_recordset(NULL::\"{table}\", CAST($1 AS json))");
        let json = String::from_utf8(self.json()?).map_err(|error| DbErr::Json(error.to_string()))?;
        Ok((format!("INSERT INTO \"{table}\" ({names}) SELECT {names} FROM {rows}"), vec![json.into()]))
    }

    /// The rows as JSON objects.
    fn json(&self) -> Result<Vec<u8>, DbErr> {
        let mut json = vec![b'['];
        for (place, values) in self.values.iter().enumerate() {
            json.extend(if place == 0 { "{" } else { ",{" }.bytes());
            let set = self.columns.iter().zip(values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
            for (place, (name, value)) in set.enumerate() {
                json.extend(if place == 0 { "\"" } else { ",\"" }.bytes());
                json.extend(name.bytes().chain(*b"\":"));
                write_json(&mut json, value)?;
            }
            json.push(b'}');
        }
        json.push(b']');
        Ok(json)
    }
}

/// The value, if it is set.
fn set(value: ActiveValue<Value>) -> Option<Value> {
    match value {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
        ActiveValue::NotSet => None,
    }
}

/// Writes a value as PostgreSQL reads it from JSON. Its instants have microseconds; it would round what is finer.
fn write_json(json: &mut Vec<u8>, value: &Value) -> Result<(), DbErr> {
    let written = match value {
        Value::Bool(value) => serde_json::to_writer(json, value),
        Value::Int(value) => serde_json::to_writer(json, value),
        Value::BigInt(value) => serde_json::to_writer(json, value),
        Value::Double(value) => serde_json::to_writer(json, value),
        Value::String(value) => serde_json::to_writer(json, value),
        Value::Uuid(value) => serde_json::to_writer(json, &value.map(|key| key.to_string())),
        Value::ChronoDate(value) => serde_json::to_writer(json, &value.map(|date| date.to_string())),
        Value::ChronoDateTimeUtc(value) => {
            let instant = value.map(|instant| instant.to_rfc3339_opts(SecondsFormat::Micros, true));
            serde_json::to_writer(json, &instant)
        }
        other => return Err(DbErr::Type(format!("a row cannot hold {other:?}"))),
    };
    written.map_err(|error| DbErr::Json(error.to_string()))
}
