//! Imports that end in the middle: the program is killed, or its database goes away. What is there is whole batches, and the next
//! run ends with what an uninterrupted one would have written, slugs included.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use rstest::rstest;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::support::{
    Backend,
    app::TestDatabase,
    dump::Dump,
    history::{self, Size},
    postgres::Own,
    process::{Running, eventually},
};

/// Several transactions: the first one has people only.
const SIZE: Size = Size { people: 250, series: 10, events: 4, talks: 6 };

/// How many runs are killed. `FOLKMOOT_KILLS` sets another number.
fn rounds() -> u64 {
    std::env::var("FOLKMOOT_KILLS").map_or(4, |rounds| rounds.parse().unwrap())
}

/// A number below `end`.
fn random(end: u64) -> u64 {
    RandomState::new().hash_one(()) % end
}

/// A folder, and what an uninterrupted import makes of it.
struct Whole {
    folder: TempDir,
    dump: Dump,
    writes: u64,
}

impl Whole {
    async fn import(backend: Backend) -> Option<Self> {
        let folder = history::write("a", SIZE);
        let database = TestDatabase::migrated(backend).await?;
        import(&folder, &database.url).await;
        let writes = writes(&Database::connect(&database.url).await.unwrap()).await;
        Some(Self { folder, dump: Dump::of(&database.url).await, writes })
    }

    /// Starts an import, and waits until it has written so many nodes.
    async fn begun(&self, url: &str, nodes: u64) -> Running {
        let connection = Database::connect(url).await.unwrap();
        let running = start(&self.folder, url);
        eventually(|| running.log(), async || (writes(&connection).await >= nodes).then_some(())).await;
        connection.close().await.unwrap();
        running
    }

    /// Fails if a file has been written in part.
    fn must_hold_whole_files(&self, found: &Dump, when: &str) {
        let expected = nodes_by_file(&self.dump);
        for (file, nodes) in nodes_by_file(found) {
            assert_eq!(nodes, expected[&file], "{when}: of {file}");
        }
    }
}

/// How many nodes each file brings.
fn nodes_by_file(dump: &Dump) -> BTreeMap<String, usize> {
    let mut files = BTreeMap::new();
    for file in dump.nodes().into_iter().filter_map(file_of) {
        *files.entry(file).or_default() += 1;
    }
    files
}

/// The file that brings a node. People have none: the register is long, and guests come with the first file that names them.
fn file_of(node: &str) -> Option<String> {
    let (noun, key) = node.split_once(' ')?;
    let directory = || key.rsplit_once('-').map(|(directory, _)| directory.to_owned());
    match noun {
        "Person" => None,
        "Group" => Some(format!("{key}/series.yml")),
        "Event" if !key.contains('/') => Some(format!("{key}/event.yml")),
        "Event" => Some(format!("{}/videos.yml", key.split('/').next()?)),
        "Talk" => Some(format!("{}/videos.yml", directory()?)),
        "Sponsorship" => Some(format!("{}/sponsors.yml", key.split('/').next()?)),
        _ => Some(noun.to_owned()),
    }
}

fn start(folder: &TempDir, url: &str) -> Running {
    Running::start(&["import", "rubyevents", folder.path().to_str().unwrap()], url)
}

async fn import(folder: &TempDir, url: &str) {
    let mut import = start(folder, url);
    assert!(import.end().await.success(), "{}", import.log());
}

/// How many nodes have been written.
async fn writes(db: &DatabaseConnection) -> u64 {
    let count = Statement::from_string(db.get_database_backend(), "SELECT count(*) FROM audit");
    let row = db.query_one_raw(count).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0).unwrap().try_into().unwrap()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_leaves_whole_batches_and_goes_on_when_run_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(whole) = Whole::import(backend).await else { return };
    for round in 0..rounds() {
        // Spread over the whole run, and within a batch.
        let nodes = (whole.writes * round + random(whole.writes)) / rounds();
        let pause = random(20_000);
        let when = format!("round {round}, killed {pause} µs after {nodes} of {} nodes", whole.writes);
        let database = TestDatabase::migrated(backend).await.unwrap();
        let mut killed = whole.begun(&database.url, nodes).await;
        tokio::time::sleep(Duration::from_micros(pause)).await;
        killed.kill();
        let left = Dump::of(&database.url).await;
        whole.must_hold_whole_files(&left, &when);
        left.must_be_a_sound_part_of(&whole.dump, &when);
        import(&whole.folder, &database.url).await;
        Dump::of(&database.url).await.must_equal(&whole.dump, &when);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_database_comes_back_writes_what_it_would_have_written() {
    let Some(whole) = Whole::import(Backend::Postgres).await else { return };
    let mut server = Own::start().await.unwrap();
    assert!(Running::start(&["migrate", "up"], &server.url()).end().await.success());
    // Not at the end: then it would have nothing more to write.
    let nodes = random(whole.writes * 3 / 4);
    let mut running = whole.begun(&server.url(), nodes).await;
    server.stop();
    running.says("waiting up to 30 seconds").await;
    server.restart();
    assert!(running.end().await.success(), "{}", running.log());
    let when = format!("the server fell after {nodes} of {} nodes", whole.writes);
    Dump::of(&server.url()).await.must_equal(&whole.dump, &when);
}
