//! Messages for the command line when there is no connection to the database: where it should be, what is wrong, and
//! what to do. They never name users or passwords.

use std::{io::ErrorKind, path::Path};

use sea_orm::{
    DbErr,
    sqlx::{self, Connection, PgConnection, postgres::PgConnectOptions},
};
use tokio::time::timeout;

use super::{Db, PATIENCE, address, fault};
use crate::error::{Code, Error};

/// What is wrong, and what to do about it.
type Told = (String, &'static str);

/// Why PostgreSQL gives no connection at this address.
pub(super) async fn of_server(address: &str, cause: &DbErr) -> Error {
    match (address.parse::<PgConnectOptions>(), fault::cause_of(cause)) {
        (Err(_), _) => address::unusable("has a value that it cannot have, perhaps behind its `?`"),
        (Ok(options), None | Some(sqlx::Error::PoolTimedOut)) => of_options(&options).await,
        (Ok(options), Some(cause)) => cannot_use(&options, told(cause)),
    }
}

/// The same for a pool that got no connection in time and knows no cause. This tries to connect once more to find the
/// cause.
async fn of_options(options: &PgConnectOptions) -> Error {
    let found = match timeout(PATIENCE, PgConnection::connect_with(options)).await {
        Ok(Ok(connection)) => {
            // Only the answer matters, so an error while closing does not.
            let _ = connection.close().await;
            ("it gave no connection in time, but answers now".into(), "Try again; it may be overloaded")
        }
        Ok(Err(cause)) => told(&cause),
        Err(_) => silent(),
    };
    cannot_use(options, found)
}

fn cannot_use(options: &PgConnectOptions, (cause, remedy): Told) -> Error {
    error(format!("cannot use PostgreSQL at {}: {cause}. {remedy}", place(options)))
}

/// Why a file of SQLite cannot be opened.
pub(super) fn of_file(path: &Path, cause: &DbErr) -> Error {
    let cause = fault::storage(cause).map_or_else(|| cause.to_string(), str::to_owned);
    let remedy = "Look at the file, its directory, who may write there, and how much room there is";
    error(format!("cannot use the database {}: {cause}. {remedy}", path.display()))
}

impl Db {
    /// Why the database cannot be used now, and what to do, for the command line.
    pub async fn absence(&self) -> Error {
        if let Some(options) = self.reads.postgres_options() {
            return of_options(&options).await;
        }
        error(format!("cannot write to {}: another process holds its lock. Let it end, or end it", self.place()))
    }

    /// The error that the storage of the database takes no more data.
    pub fn storage_failure(&self, fault: &str) -> Error {
        Error::invalid(Code::StorageFailed, format!("cannot write to {}: {fault}. Mend that first.", self.place()))
    }

    fn place(&self) -> String {
        match (self.reads.postgres_options(), &self.file) {
            (Some(options), _) => format!("PostgreSQL at {}", place(&options)),
            (_, Some(file)) => format!("the database {}", file.path().display()),
            _ => "the database in memory".to_owned(),
        }
    }
}

fn error(message: String) -> Error {
    Error::invalid(Code::DatabaseUnreachable, message + ".")
}

/// Host and port, or the socket.
fn place(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    match options.get_socket() {
        Some(socket) => format!("{} (port {port})", socket.display()),
        None if host.contains(':') && !host.starts_with('[') => format!("[{host}]:{port}"),
        None => format!("{host}:{port}"),
    }
}

fn told(cause: &sqlx::Error) -> Told {
    match cause {
        sqlx::Error::Io(cause) => of_network(cause),
        sqlx::Error::Tls(_) => {
            ("no encrypted connection can be made".into(), "Look at `sslmode` and the certificates of the database URL")
        }
        sqlx::Error::Database(cause) => refused(cause.code().as_deref().unwrap_or_default()),
        _ => ("it does not speak as PostgreSQL does".into(), "Look at host and port of the database URL"),
    }
}

fn of_network(cause: &std::io::Error) -> Told {
    let found = "Look at host and port of the database URL, and at the network between";
    match cause.kind() {
        ErrorKind::ConnectionRefused => (
            "it refuses the connection, so no server listens there".into(),
            "Start it, or mend host and port of the database URL",
        ),
        ErrorKind::NotFound => {
            ("there is no such socket".into(), "Start the server, or mend the path in the database URL")
        }
        ErrorKind::TimedOut => silent(),
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => (
            "it ends the connection before it has begun".into(),
            "Try again in a moment: it may be stopping; else look at what is between",
        ),
        // Rust has no stable `ErrorKind` for this error.
        _ if cause.to_string().starts_with("failed to lookup address") => {
            ("the name of the host is not found".into(), "Mend the host in the database URL, or the name service")
        }
        _ => (cause.to_string(), found),
    }
}

fn silent() -> Told {
    ("it does not answer".into(), "Look at host and port of the database URL, and at firewalls between")
}

/// What it means that the server answers with this code.
fn refused(code: &str) -> Told {
    let (cause, remedy) = match code {
        "28P01" => ("the password is wrong, or there is no such user", "Mend user and password of the database URL"),
        "28000" => ("it does not let this user in", "Mend the user of the database URL, or the server's pg_hba.conf"),
        "3D000" => ("it has no database of this name", "Create it (`createdb`), or mend the name in the database URL"),
        "42501" => ("this user may not connect to this database", "GRANT CONNECT to it"),
        "53300" => {
            ("it has as many connections as it takes", "End some of them, or raise `max_connections` of the server")
        }
        "57P01" | "57P02" | "57P03" => {
            ("it is starting, stopping or recovering", "Try again in a moment; its log says how far it is")
        }
        code => {
            return (format!("it refuses the connection (SQLSTATE {code})"), "The server's log says why");
        }
    };
    (cause.into(), remedy)
}
