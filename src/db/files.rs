//! The file of a SQLite database: who may read it, and whether it is still the file that was opened.

use std::{
    fs::{File, Metadata, metadata},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::health::Ill;

/// How often a file is looked at that is shorter than its header says, and how long the pauses are. During a checkpoint
/// the file is too short for a moment: SQLite moves the first page, which has the header, out of the WAL before the
/// others.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// The size of the file's header, which has the number of pages.
const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

const GONE: &str = "the database's file is gone: put it back, or stop the server and restore a backup";
const OTHER: &str = "the database's file is another one than the server opened: restart the server";
const SHORT: &str = "the database's file was cut short: stop the server and restore a backup";
const FOREIGN: &str = "the database's file is no database any more: stop the server and restore a backup";

/// A file as it was when it was opened.
pub struct Opened {
    path: PathBuf,
    /// The numbers of its device and its inode.
    identity: (u64, u64),
    /// Opened at the first look, and never closed before the database is: when a process closes a file, it loses all
    /// locks that it has on the file, SQLite's too.
    header: Mutex<Option<File>>,
}

impl Opened {
    /// The file at this path. `None` if the database is in memory.
    pub fn new(path: &Path) -> Option<Self> {
        let identity = identity(&metadata(path).ok()?);
        Some(Self { path: path.to_owned(), identity, header: Mutex::default() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Is the file there, the same as before, and as long as its header says?
    pub async fn examine(&self) -> Result<(), Ill> {
        for _ in 1..LOOKS {
            match self.look() {
                Err(ill) if ill.sentence == SHORT => tokio::time::sleep(PAUSE).await,
                found => return found,
            }
        }
        self.look()
    }

    fn look(&self) -> Result<(), Ill> {
        let ill = |sentence, why: &str| Ill::new(sentence, format!("{}: {why}", self.path.display()));
        let found = metadata(&self.path).map_err(|error| ill(GONE, &error.to_string()))?;
        if identity(&found) != self.identity {
            return Err(ill(OTHER, "another file has this name"));
        }
        let header = match self.header() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(ill(SHORT, "no header")),
            Err(error) => return Err(ill(GONE, &error.to_string())),
            Ok(header) => header,
        };
        match length(&header) {
            None => Err(ill(FOREIGN, "the header is not SQLite's")),
            Some(length) if found.len() < length => {
                Err(ill(SHORT, &format!("{} bytes instead of {length}", found.len())))
            }
            Some(_) => Ok(()),
        }
    }

    fn header(&self) -> io::Result<[u8; HEADER]> {
        // The file is usable even if another task panicked with the lock.
        let mut opened = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *opened {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        let mut header = [0; HEADER];
        file.rewind()?;
        file.read_exact(&mut header)?;
        Ok(header)
    }
}

/// The length of the file in bytes by its header. 0 if the header is not valid for this, as after very old versions of
/// SQLite.
fn length(header: &[u8; HEADER]) -> Option<u64> {
    let number =
        |at: usize| u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        // This size does not fit into two bytes.
        1 => 65_536,
        size => size,
    };
    let is_valid = number(24) == number(92);
    header.starts_with(MAGIC).then(|| if is_valid { page * number(28) } else { 0 })
}

#[cfg(unix)]
fn identity(file: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

/// Other systems have no such numbers.
#[cfg(not(unix))]
fn identity(_file: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Creates the file of a database if there is none, for its owner only. SQLite gives its other files the same mode.
/// Logs a warning if others may read an existing file.
#[cfg(unix)]
pub fn keep_private(path: &Path) {
    use std::{
        fs::OpenOptions,
        os::unix::fs::{OpenOptionsExt, PermissionsExt},
    };
    let name = path.to_string_lossy();
    if name.starts_with(':') || name.starts_with("file:") {
        return;
    }
    // The driver gets the same error and reports it.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let is_wide = |mode: u32| mode & 0o077 != 0;
    if metadata(path).is_ok_and(|file| is_wide(file.permissions().mode())) {
        tracing::warn!(path = %name, "others than its owner may open the database's file: `chmod 600` it, and its -wal and -shm");
    }
}

/// Other systems have no such modes.
#[cfg(not(unix))]
pub fn keep_private(_path: &Path) {}
