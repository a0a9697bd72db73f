//! What a database holds, as text that can be compared with another database of the same kind. Keys are random, so each
//! is replaced by what its row is known by: type and key of the source, or else all that the row says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, Database, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use serde_json::{Map, Value};

/// Columns that two equal runs fill differently: keys, numbers of rows, and times of writes.
const RANDOM: &[&str] = &["id", "seq", "epoch", "at", "created_at", "updated_at", "applied_at", "import_id"];

/// The table of runs: who imports again, adds one.
const RUNS: &str = "imports";

/// Tables whose rows come or change after the nodes that they name.
const LATER: &[&str] = &["node_groups", "change_log"];

type Columns = Map<String, Value>;

/// The rows of all tables.
#[derive(Debug, PartialEq)]
pub struct Dump {
    tables: BTreeMap<String, BTreeMap<String, Row>>,
}

/// Equal rows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    count: usize,
    /// The nodes that it names, its own among them.
    nodes: BTreeSet<String>,
}

impl Dump {
    /// Everything that is committed.
    pub async fn of(url: &str) -> Self {
        Self::of_columns(url, |_| true).await
    }

    /// The same with these columns only.
    pub async fn of_columns(url: &str, is_wanted: impl Fn(&str) -> bool) -> Self {
        let rows = read(url).await;
        let names = Names::of(&rows, is_wanted);
        let mut tables: BTreeMap<String, BTreeMap<String, Row>> = BTreeMap::new();
        for (table, rows) in rows.iter().filter(|(table, _)| *table != RUNS) {
            let known = tables.entry(table.clone()).or_default();
            for columns in rows {
                let mut nodes = BTreeSet::new();
                let text = names.text(columns, &mut nodes);
                let row = known.entry(text).or_default();
                row.count += 1;
                row.nodes = nodes;
            }
        }
        Self { tables }
    }

    /// The nodes that have a key of a source, as type and key.
    pub fn nodes(&self) -> BTreeSet<&str> {
        let rows = self.tables["external_refs"].values();
        rows.flat_map(|row| &row.nodes).map(String::as_str).collect()
    }

    /// Fails, with the first rows that differ, if the other one does not have the same rows.
    pub fn must_equal(&self, expected: &Self, when: &str) {
        let (more, less) = (self.lines_not_in(expected), expected.lines_not_in(self));
        assert!(more.is_empty() && less.is_empty(), "{when}\nmore: {:#?}\nless: {:#?}", first(&more), first(&less));
    }

    /// Fails if something is there that is not in the whole, or if something lacks that belongs to the nodes that are
    /// there: a part, an entry in the change log or in the audit, a document of the search.
    pub fn must_be_a_sound_part_of(&self, whole: &Self, when: &str) {
        let is_at_once = |line: &&(String, String)| !LATER.contains(&line.0.as_str());
        let more = self.lines_not_in(whole);
        let more: Vec<_> = more.iter().filter(|line| line.0 != "change_log").collect();
        assert!(more.is_empty(), "{when}\nmore: {:#?}", first(&more));
        let nodes = self.nodes();
        let belongs = |(table, text): &&(String, String)| {
            let named = &whole.tables[table][text].nodes;
            !named.is_empty() && named.iter().all(|node| nodes.contains(node.as_str()))
        };
        let less = whole.lines_not_in(self);
        let less: Vec<_> = less.iter().filter(is_at_once).filter(belongs).collect();
        assert!(less.is_empty(), "{when}\nless: {:#?}", first(&less));
    }

    fn lines_not_in(&self, other: &Self) -> Vec<(String, String)> {
        let none = Row::default();
        let mut found = Vec::new();
        for (table, rows) in &self.tables {
            let has = |text: &str| other.tables.get(table).and_then(|rows| rows.get(text)).unwrap_or(&none).count;
            let missing = rows.iter().filter(|(text, row)| row.count > has(text));
            found.extend(missing.map(|(text, _)| (table.clone(), text.clone())));
        }
        found
    }
}

fn first<T>(lines: &[T]) -> &[T] {
    &lines[..lines.len().min(5)]
}

/// What keys stand for, and which columns are wanted.
struct Names<'rows, W> {
    rows: HashMap<&'rows str, &'rows Columns>,
    nodes: HashMap<&'rows str, BTreeSet<String>>,
    is_wanted: W,
}

impl<'rows, W: Fn(&str) -> bool> Names<'rows, W> {
    fn of(tables: &'rows BTreeMap<String, Vec<Columns>>, is_wanted: W) -> Self {
        let all = tables.values().flatten();
        let rows = all.filter_map(|row| Some((row.get("id")?.as_str()?, row))).collect();
        let mut nodes: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for row in &tables["external_refs"] {
            let text = |column: &str| row[column].as_str().unwrap();
            nodes.entry(text("node_id")).or_default().insert(format!("{} {}", text("node_type"), text("external_id")));
        }
        Self { rows, nodes, is_wanted }
    }

    /// The row without what is random. Notes which nodes it names.
    fn text(&self, row: &Columns, named: &mut BTreeSet<String>) -> String {
        let mut said = Columns::new();
        for (column, value) in row.iter().filter(|(column, _)| (self.is_wanted)(column)) {
            let id = value.as_str().unwrap_or_default();
            let is_known = self.nodes.contains_key(id);
            if RANDOM.contains(&column.as_str()) && !is_known {
                continue;
            }
            let name = self.name(id, named);
            said.insert(column.clone(), name.map_or_else(|| value.clone(), Value::String));
        }
        Value::Object(said).to_string()
    }

    fn name(&self, id: &str, named: &mut BTreeSet<String>) -> Option<String> {
        if let Some(known) = self.nodes.get(id) {
            named.extend(known.iter().cloned());
            return Some(known.iter().cloned().collect::<Vec<_>>().join(" = "));
        }
        self.rows.get(id).map(|row| self.text(row, named))
    }
}

/// The rows of all tables at one moment.
async fn read(url: &str) -> BTreeMap<String, Vec<Columns>> {
    let connection = Database::connect(url).await.unwrap();
    let db = connection.begin().await.unwrap();
    let is_postgres = db.get_database_backend() == DbBackend::Postgres;
    if is_postgres {
        db.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    }
    let mut tables = BTreeMap::new();
    for (table, rows) in if is_postgres { postgres_rows(&db).await } else { sqlite_rows(&db).await } {
        let rows = texts(&db, &rows).await;
        tables.insert(table, rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect());
    }
    db.rollback().await.unwrap();
    connection.close().await.unwrap();
    tables
}

/// Each table with the statement that reads its rows as JSON.
async fn postgres_rows(db: &DatabaseTransaction) -> Vec<(String, String)> {
    let names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let rows = |table: String| (table.clone(), format!("SELECT to_jsonb(t)::text FROM \"{table}\" t"));
    texts(db, names).await.into_iter().map(rows).collect()
}

/// The same on SQLite, where keys are blobs. Of the words of the search only the documents can be read.
async fn sqlite_rows(db: &DatabaseTransaction) -> Vec<(String, String)> {
    let names =
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut all = Vec::new();
    for table in texts(db, names).await {
        let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let value = |name: &String| {
            format!("'{name}', CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") ELSE \"{name}\" END")
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        all.push((table.clone(), format!("SELECT json_object({}) FROM \"{table}\"", values.join(", "))));
    }
    for table in ["search_words", "search_names"] {
        let rows = format!(
            "SELECT json_object('document', hex(node_id)) FROM {table} LEFT JOIN search_documents ON id = {table}.rowid"
        );
        all.push((table.to_owned(), rows));
    }
    all
}

async fn texts(db: &DatabaseTransaction, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
