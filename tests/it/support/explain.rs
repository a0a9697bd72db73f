//! What a database would do for a statement, in the same few words for both.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};

use super::TestApp;

/// One way in which a plan touches rows. `VALUES` and common tables do not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Finds rows in this index.
    Seek(String),
    /// Reads this index from one end, until enough rows are found.
    Walk(String),
    /// Reads this table.
    Scan(String),
    /// Puts rows in order.
    Sort,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seek(index) => write!(f, "seek {index}"),
            Self::Walk(index) => write!(f, "walk {index}"),
            Self::Scan(table) => write!(f, "scan {table}"),
            Self::Sort => f.write_str("sort"),
        }
    }
}

/// A connection that explains statements.
pub struct Explainer {
    connection: DatabaseConnection,
    tables: HashSet<String>,
    /// PostgreSQL's indexes, each with its columns.
    indexes: HashMap<String, BTreeSet<String>>,
}

impl Explainer {
    /// One that plans as the server does.
    pub async fn of(app: &TestApp) -> Self {
        let options = ConnectOptions::new(&app.database.url).max_connections(1).to_owned();
        let connection = Database::connect(options).await.unwrap();
        let tables = match app.db.backend() {
            DbBackend::Postgres => "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
            _ => "SELECT name FROM sqlite_master WHERE type = 'table'",
        };
        let tables = connection.query_all_raw(Statement::from_string(app.db.backend(), tables)).await.unwrap();
        let tables = tables.iter().map(|row| row.try_get("", "name").unwrap()).collect();
        let indexes = indexes(&connection).await;
        Self { connection, tables, indexes }
    }

    /// Applies these settings to the connection with PostgreSQL. SQLite has no such settings.
    pub async fn set(self, settings: &[&str]) -> Self {
        for setting in settings {
            if self.connection.get_database_backend() == DbBackend::Postgres {
                self.connection.execute_unprepared(&format!("SET {setting}")).await.unwrap();
            }
        }
        self
    }

    /// The plan in the database's own words, a line a step.
    pub async fn plan(&self, statement: &Statement) -> Vec<String> {
        let (explain, column) = match statement.db_backend {
            DbBackend::Postgres => ("EXPLAIN (COSTS OFF)", "QUERY PLAN"),
            _ => ("EXPLAIN QUERY PLAN", "detail"),
        };
        let explained = Statement { sql: format!("{explain} {}", statement.sql), ..statement.clone() };
        let rows = self.connection.query_all_raw(explained).await.unwrap();
        rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
    }

    /// The plan in our words, without repetitions.
    pub async fn steps(&self, statement: &Statement) -> Vec<Step> {
        let plan = self.plan(statement).await;
        let lines: Vec<&str> =
            plan.iter().map(|line| line.trim_start().trim_start_matches("->").trim_start()).collect();
        let step = |(n, line): (usize, &&str)| match statement.db_backend {
            DbBackend::Postgres => {
                let next = lines.get(n + 1).copied().unwrap_or_default();
                postgres(line, next).map(|step| self.whichever_twin(step, next))
            }
            _ => sqlite(line),
        };
        let is_of_table = |step: &Step| !matches!(step, Step::Scan(table) if !self.tables.contains(table));
        let mut steps: Vec<Step> = lines.iter().enumerate().filter_map(step).filter(is_of_table).collect();
        if statement.db_backend == DbBackend::Postgres {
            // The order of joins is an estimate, which another version may make otherwise.
            steps.sort();
        }
        steps.dedup();
        steps
    }

    /// A look-up by all columns of an index could use another index with the same columns. Which one PostgreSQL takes
    /// depends on their state on disk. So the first by name stands for all of them.
    fn whichever_twin(&self, step: Step, condition: &str) -> Step {
        let Step::Seek(index) = &step else { return step };
        let Some(columns) = self.indexes.get(index) else { return step };
        if !columns.iter().all(|column| {
            let (_, column) = column.split_once('.').unwrap();
            condition.contains(&format!("({column} = "))
        }) {
            return step;
        }
        let twins = self.indexes.iter().filter(|(_, others)| *others == columns).map(|(twin, _)| twin);
        twins.min().map_or(step.clone(), |twin| Step::Seek(twin.clone()))
    }
}

/// Each index of PostgreSQL with its table and columns.
async fn indexes(connection: &DatabaseConnection) -> HashMap<String, BTreeSet<String>> {
    let DbBackend::Postgres = connection.get_database_backend() else { return HashMap::new() };
    let sql = "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()";
    let rows = connection.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    let index = |row: &QueryResult| {
        let text = |column| row.try_get::<String>("", column).unwrap();
        let definition = text("indexdef");
        // Indexes of expressions and partial indexes have no twin.
        let columns = definition.split_once('(').map(|(_, columns)| columns.trim_end_matches(')').to_owned());
        let columns = columns.filter(|columns| !columns.contains('(') && !columns.contains(" WHERE "))?;
        Some((text("indexname"), columns.split(", ").map(|column| format!("{}.{column}", text("tablename"))).collect()))
    };
    rows.iter().filter_map(index).collect()
}

/// The word behind this one.
fn after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.split_whitespace().skip_while(|w| *w != word).nth(1)
}

fn postgres(line: &str, next: &str) -> Option<Step> {
    let read = |index: &str| {
        let index = index.to_owned();
        if next.starts_with("Index Cond") { Step::Seek(index) } else { Step::Walk(index) }
    };
    if line.starts_with("Sort") && !line.starts_with("Sort Key") || line.starts_with("Incremental Sort") {
        Some(Step::Sort)
    } else if line.starts_with("Bitmap Index Scan") {
        after(line, "on").map(read)
    } else if line.starts_with("Index ") {
        after(line, "using").map(read)
    } else {
        line.strip_prefix("Seq Scan on ")?.split(' ').next().map(|table| Step::Scan(table.to_owned()))
    }
}

fn sqlite(line: &str) -> Option<Step> {
    let index = || after(line, "INDEX").map(str::to_owned);
    let conditions = line.find('(').map(|start| &line[start..]).unwrap_or_default();
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        // An index made for this statement alone, from all rows.
        ["SEARCH", table, "USING", "AUTOMATIC", ..] => Some(Step::Scan(table.to_owned())),
        ["SEARCH", table, "USING", "INTEGER", ..] => Some(Step::Seek(format!("{table} {conditions}"))),
        ["SEARCH", ..] => index().map(|index| Step::Seek(format!("{index} {conditions}"))),
        // FTS5 says by M that it looks for words.
        ["SCAN", table, "VIRTUAL", .., how] if how.contains(":M") => Some(Step::Seek(table.to_owned())),
        ["SCAN", _, "USING", ..] => index().map(Step::Walk),
        ["SCAN", table, ..] => Some(Step::Scan(table.to_owned())),
        ["USE", "TEMP", "B-TREE", .., "BY"] if line.contains("ORDER") => Some(Step::Sort),
        _ => None,
    }
}
