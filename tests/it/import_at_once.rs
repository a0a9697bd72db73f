//! Several programs that import at once: none is refused, and they write what they would have written one after another.

use rstest::rstest;
use tempfile::TempDir;

use crate::support::{
    Backend,
    app::TestDatabase,
    dump::Dump,
    history::{self, Size},
    process::Running,
};

const SIZE: Size = Size { people: 20, series: 2, events: 2, talks: 6 };

/// The folders are parts of one source, so a guest of two of them is one person.
fn start(folder: &TempDir, url: &str) -> Running {
    Running::start(&["import", "rubyevents", folder.path().to_str().unwrap(), "--scope", "dunmere"], url)
}

/// Its exit code says whether something was skipped.
async fn must_be_whole(mut import: Running) {
    assert!(import.end().await.success(), "{}", import.log());
}

async fn one_after_another(folders: &[TempDir], url: &str) {
    for folder in folders {
        must_be_whole(start(folder, url)).await;
    }
}

async fn at_once(folders: impl IntoIterator<Item = &TempDir>, url: &str) {
    let imports: Vec<Running> = folders.into_iter().map(|folder| start(folder, url)).collect();
    for import in imports {
        must_be_whole(import).await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn imports_of_one_folder_write_it_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(2, 5)] programs: usize,
) {
    let Some(expected) = TestDatabase::migrated(backend).await else { return };
    let folders = [history::write("a", SIZE)];
    one_after_another(&folders, &expected.url).await;
    let database = TestDatabase::migrated(backend).await.unwrap();
    at_once(std::iter::repeat_n(&folders[0], programs), &database.url).await;
    Dump::of(&database.url).await.must_equal(&Dump::of(&expected.url).await, "at once");
}

/// The folders have people, groups, events and talks of the same names. Which of them has the number in its slug depends on the
/// order of the batches. All else does not, nor do the slugs as a whole.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn imports_of_different_folders_write_what_they_would_one_after_another(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(2, 5)] programs: usize,
) {
    let Some(expected) = TestDatabase::migrated(backend).await else { return };
    let folders: Vec<TempDir> = ["a", "b", "c", "d", "e"].iter().map(|prefix| history::write(prefix, SIZE)).collect();
    let folders = &folders[..programs];
    one_after_another(folders, &expected.url).await;
    let database = TestDatabase::migrated(backend).await.unwrap();
    at_once(folders, &database.url).await;
    for is_wanted in [|column: &str| column != "slug", |column: &str| column == "slug"] {
        let found = Dump::of_columns(&database.url, is_wanted).await;
        found.must_equal(&Dump::of_columns(&expected.url, is_wanted).await, "at once");
    }
}
