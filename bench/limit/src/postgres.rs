//! PostgreSQL: a few connections with all statements prepared once on each. Requests are pipelined on them.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::{Client, NoTls, Statement, types::ToSql};

use crate::answer::Result;

/// The statement of each query; query 5 has none.
const STATEMENTS: [&str; 8] = [
    "",
    include_str!("../sql/postgres/q1.sql"),
    include_str!("../sql/postgres/q2.sql"),
    include_str!("../sql/postgres/q3.sql"),
    include_str!("../sql/postgres/q4.sql"),
    "",
    include_str!("../sql/postgres/q6.sql"),
    include_str!("../sql/postgres/q7.sql"),
];

/// As many as Folkmoot opens for reads.
const CONNECTIONS: usize = 16;

/// The second setting tells the planner that an index is not dearer than a scan, which is true if the data is in
/// memory.
const SETTINGS: &str = "SET timezone = 'UTC'; SET random_page_cost = 1.1; SET default_transaction_read_only = on";

/// A few connections, used in rotation.
pub struct Postgres {
    connections: Vec<Connection>,
    turn: AtomicUsize,
}

struct Connection {
    client: Client,
    statements: Vec<Statement>,
}

impl Postgres {
    /// Opens the connections and prepares all statements on each.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(url).await?);
        }
        Ok(Self { connections, turn: AtomicUsize::new(0) })
    }

    /// The one row that answers a query.
    pub async fn run(&self, number: usize, parameters: &[String]) -> Result<Vec<String>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let Connection { client, statements } = &self.connections[turn % CONNECTIONS];
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|text| text as _).collect();
        let row = client.query_one(&statements[number], &parameters).await?;
        Ok((0..row.len()).map(|column| row.try_get(column)).collect::<Result<_, _>>()?)
    }
}

impl Connection {
    async fn open(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        // It ends when the client is dropped, or with an error that the client's next statement also returns.
        tokio::spawn(connection);
        client.batch_execute(SETTINGS).await?;
        let mut statements = Vec::with_capacity(STATEMENTS.len());
        for sql in STATEMENTS {
            statements.push(client.prepare(sql).await?);
        }
        Ok(Self { client, statements })
    }
}
