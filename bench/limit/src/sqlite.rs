//! SQLite: one connection for each thread. Statements run on the thread of the request.

use std::cell::OnceCell;

use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::answer::Result;

/// The statement of each query; query 5 has none.
const STATEMENTS: [&str; 8] = [
    "",
    include_str!("../sql/sqlite/q1.sql"),
    include_str!("../sql/sqlite/q2.sql"),
    include_str!("../sql/sqlite/q3.sql"),
    include_str!("../sql/sqlite/q4.sql"),
    "",
    include_str!("../sql/sqlite/q6.sql"),
    include_str!("../sql/sqlite/q7.sql"),
];

thread_local! {
    static CONNECTION: OnceCell<Connection> = const { OnceCell::new() };
}

/// A database file, opened read-only.
pub struct Sqlite {
    path: String,
}

impl Sqlite {
    /// Each thread opens the file at its first request.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned() }
    }

    /// The one row that answers a query.
    pub fn run(&self, number: usize, parameters: &[String]) -> Result<Vec<String>> {
        CONNECTION.with(|connection| {
            if connection.get().is_none() {
                // The cell was empty, and only this thread sets it.
                let _ = connection.set(self.open()?);
            }
            let connection = connection.get().ok_or("no connection")?;
            let mut statement = connection.prepare_cached(STATEMENTS[number])?;
            let columns = statement.column_count();
            let row = |row: &rusqlite::Row| (0..columns).map(|column| row.get(column)).collect();
            Ok(statement.query_row(params_from_iter(parameters), row)?)
        })
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 40)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        Ok(connection)
    }
}
