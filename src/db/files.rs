//! Who may read a file of SQLite: only the user of the server. It holds addresses of people and hashes of their tokens.

use std::path::Path;

/// Makes the file of a database that is not there yet, for its owner only. What SQLite puts beside it gets the same mode.
/// Says so if others may read a file that is there.
#[cfg(unix)]
pub fn keep_private(path: &Path) {
    use std::{
        fs::{OpenOptions, metadata},
        os::unix::fs::{OpenOptionsExt, PermissionsExt},
    };
    let name = path.to_string_lossy();
    if name.starts_with(':') || name.starts_with("file:") {
        return;
    }
    // Whatever goes wrong here, the driver meets it, too, and tells it.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let is_wide = |mode: u32| mode & 0o077 != 0;
    if metadata(path).is_ok_and(|file| is_wide(file.permissions().mode())) {
        tracing::warn!(path = %name, "others than its owner may open the database's file: `chmod 600` it, and its -wal and -shm");
    }
}

/// There are no such modes.
#[cfg(not(unix))]
pub fn keep_private(_path: &Path) {}
