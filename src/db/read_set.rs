//! Read sets: what an execution read, which is the tables that its statements name, and the time. Whoever keeps a
//! result learns from its read set when the result is no longer valid.
//!
//! Every read statement passes [`note_statement`], so callers need not report what they read. Without a [`Recorder`],
//! nothing is recorded, and that costs nothing.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;

/// How many statement texts are remembered with their tables. Each relation has a text for each set of columns, and
/// each filter has some.
const TEXTS: u64 = 4096;

/// The tables of known statement texts: to parse a text takes longer than to find it here.
static TABLES: LazyLock<Cache<String, Arc<BTreeSet<String>>>> =
    LazyLock::new(|| Cache::builder().max_capacity(TEXTS).build());

tokio::task_local! {
    static CURRENT: Option<Arc<Recorder>>;
}

/// Records what an execution reads.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<ReadSet>);

/// What an execution read.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    /// The tables of each statement.
    pub tables: Vec<Arc<BTreeSet<String>>>,
    /// The first moment at which the time changes the result, as far as the rows that were read say so.
    pub until: Option<DateTime<Utc>>,
    /// Whether the time was compared with rows that were not read.
    pub is_timed: bool,
    /// Whether it read something that is in no table.
    pub is_unknown: bool,
}

impl Recorder {
    /// What was read so far.
    pub fn read_set(&self) -> ReadSet {
        self.lock().clone()
    }

    /// Adds what another execution read whose result this one uses.
    pub fn absorb(&self, other: &Self) {
        let ReadSet { tables, until, is_timed, is_unknown } = other.read_set();
        let mut own = self.lock();
        for tables in &tables {
            own.add(tables);
        }
        own.end_by(until);
        own.is_timed |= is_timed;
        own.is_unknown |= is_unknown;
    }

    /// The lock is poisoned if another task panicked. The read set is consistent even then.
    fn lock(&self) -> MutexGuard<'_, ReadSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadSet {
    fn add(&mut self, tables: &Arc<BTreeSet<String>>) {
        if !self.tables.iter().any(|known| Arc::ptr_eq(known, tables)) {
            self.tables.push(tables.clone());
        }
    }

    fn end_by(&mut self, moment: Option<DateTime<Utc>>) {
        self.until = [self.until, moment].into_iter().flatten().min();
    }
}

/// Runs `work` and records what it reads, if there is a recorder.
pub async fn record<F: Future>(recorder: Option<Arc<Recorder>>, work: F) -> F::Output {
    CURRENT.scope(recorder, work).await
}

/// Runs `work` and records nothing of it.
pub fn unrecorded<T>(work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(None, work)
}

/// Notes that a statement was run.
pub fn note_statement(sql: &str) {
    note(|read_set| read_set.add(&tables_of(sql)));
}

/// Notes that the result is another one from this moment on.
pub fn note_until(moment: DateTime<Utc>) {
    note(|read_set| read_set.end_by(Some(moment)));
}

/// Notes that the time was compared with rows that were not read.
pub fn note_time() {
    note(|read_set| read_set.is_timed = true);
}

/// Notes that something was read that is in no table. Nobody can say when the result changes.
pub fn note_unknown() {
    note(|read_set| read_set.is_unknown = true);
}

fn note(add: impl FnOnce(&mut ReadSet)) {
    // Outside of `record` there is no recorder.
    let _ = CURRENT.try_with(|recorder| {
        if let Some(recorder) = recorder {
            add(&mut recorder.lock());
        }
    });
}

fn tables_of(sql: &str) -> Arc<BTreeSet<String>> {
    TABLES.get(sql).unwrap_or_else(|| {
        let tables = Arc::new(read_tables(sql));
        TABLES.insert(sql.to_owned(), tables.clone());
        tables
    })
}

/// The names of tables in a statement, and of its common table expressions. In doubt, a name is taken for a table.
fn read_tables(sql: &str) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    // Whether a table may come next. Whether a table may come after a comma: here, and in each parenthesis around this
    // place.
    let (mut expected, mut listing, mut around) = (false, false, Vec::new());
    let mut last = Token::Sign(' ');
    let mut tokens = tokens(sql).into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            Token::Word(word) if is_one(word, &["FROM", "JOIN"]) && !last.is_word("DISTINCT") => {
                (expected, listing) = (true, true);
            }
            Token::Word(word) if is_one(word, &["LATERAL", "ONLY"]) => {}
            Token::Word(word) if is_one(word, &["SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION"]) => {
                (expected, listing) = (false, false);
            }
            Token::Word(name) | Token::Quoted(name) => {
                let is_function = tokens.peek() == Some(&Token::Sign('('));
                if std::mem::take(&mut expected) && !is_function {
                    tables.insert(name.clone());
                }
            }
            Token::Sign('(') => around.push(std::mem::replace(&mut listing, expected)),
            Token::Sign(')') => (expected, listing) = (false, around.pop().unwrap_or_default()),
            Token::Sign(',') => expected = listing,
            Token::Sign(_) => expected = false,
        }
        last = token;
    }
    tables
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(char),
}

impl Token {
    fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(wanted))
    }
}

fn is_one(word: &str, wanted: &[&str]) -> bool {
    wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted))
}

/// The words, quoted names and signs of a statement. Text literals are left out.
fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        if first == '\'' || first == '"' {
            // A doubled quote is read as an end and a new beginning. That is harmless: texts are left out, and no name
            // has one.
            let (inner, after) = behind.split_once(first).unwrap_or((behind, ""));
            if first == '"' {
                tokens.push(Token::Quoted(inner.to_owned()));
            }
            rest = after;
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            tokens.push(Token::Sign(first));
            rest = behind;
        }
        rest = rest.trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_follow_from_join_and_comma() {
        for (sql, expected) in [
            (r#"SELECT "events"."id" FROM "events" WHERE "name" = 'FROM "talks"'"#, "events"),
            (r#"SELECT 1 FROM a, "b" AS x JOIN c ON x.id = c.id, d WHERE e IN (f, g)"#, "a b c d"),
            (r#"SELECT a FROM (SELECT b FROM "c", d) AS "page", e LEFT JOIN f ON TRUE"#, "c d e f"),
            ("SELECT 1 FROM (a JOIN b ON TRUE)", "a b"),
            (r#"SELECT a FROM b WHERE c IN (SELECT unhex(value) FROM json_each(?) AS "keys")"#, "b"),
            (
                r#"WITH "parents" ("id") AS (SELECT unnest($1)) SELECT x FROM "parents" INNER JOIN LATERAL
                    (SELECT y FROM "talks" WHERE z) AS "talks" ON TRUE"#,
                "parents talks",
            ),
            ("SELECT 1 WHERE a IS DISTINCT FROM b UNION SELECT 'it''s FROM c' FROM d", "d"),
            ("SELECT rowid FROM search_words WHERE search_words MATCH ?", "search_words"),
            ("select 1 from a inner join b on true where exists(select 1 from c)", "a b c"),
        ] {
            let tables: Vec<String> = read_tables(sql).into_iter().collect();
            assert_eq!(tables.join(" "), expected, "{sql}");
        }
    }

    #[tokio::test]
    async fn only_work_with_a_recorder_is_recorded() {
        let (recorder, part) = (Arc::<Recorder>::default(), Arc::<Recorder>::default());
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        note_statement("SELECT 1 FROM others");
        record(Some(recorder.clone()), async {
            note_statement("SELECT 1 FROM events");
            note_statement("SELECT 1 FROM events");
            note_until(moment(7));
        })
        .await;
        record(Some(part.clone()), async {
            note_statement("SELECT 2 FROM events, talks");
            note_until(moment(5));
            note_unknown();
        })
        .await;
        recorder.absorb(&part);
        let ReadSet { tables, until, is_timed, is_unknown } = recorder.read_set();
        assert_eq!(tables.len(), 2);
        assert_eq!(tables.iter().flat_map(|tables| tables.iter()).collect::<BTreeSet<_>>().len(), 2);
        assert_eq!((until, is_timed, is_unknown), (Some(moment(5)), false, true));
    }
}
