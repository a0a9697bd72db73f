//! Open files: how many the process may have, and how many connections that allows.

/// Files that are not connections within the limit: spare connections, database connections, and all else.
const BESIDE: u64 = 256;

/// Raises the limit of open files as far as the process may. Returns how many of these connections fit into it.
pub fn fit(connections: u32) -> u32 {
    let fitting = fitting(connections, raise());
    if fitting < connections {
        tracing::warn!(
            max_connections = connections,
            fitting,
            "the limit of open files (ulimit -n) is too low for max_connections: taking fewer, and turning the others away"
        );
    }
    fitting
}

/// How many of these connections fit into a limit of `files`; `None` is no limit.
fn fitting(connections: u32, files: Option<u64>) -> u32 {
    let Some(files) = files else { return connections };
    // With a very low limit, half of the files go to connections, so that the server can still answer.
    let room = files.saturating_sub(BESIDE).max(files / 2).max(1);
    u32::try_from(room).unwrap_or(u32::MAX).min(connections)
}

/// Raises the soft limit to the hard limit. Returns the soft limit after that.
#[cfg(unix)]
fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let given = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: given.maximum, maximum: given.maximum };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => given.maximum,
        Err(_) => given.current,
    }
}

/// Other systems have no such limit.
#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_connections_as_there_are_files() {
        assert_eq!(fitting(10_000, None), 10_000);
        assert_eq!(fitting(10_000, Some(1_048_576)), 10_000);
        assert_eq!(fitting(10_000, Some(10_256)), 10_000);
        assert_eq!(fitting(10_000, Some(1024)), 768);
        assert_eq!(fitting(10_000, Some(64)), 32);
        assert_eq!(fitting(10_000, Some(0)), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_is_raised() {
        use rustix::process::{Resource, getrlimit};
        raise();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
