//! What the servers of the bench have in common: two arguments, a socket, an end.

use std::{io, net::SocketAddr};

use axum::{Router, serve::ListenerExt};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Where a server finds its data, and where it is found.
#[derive(clap::Args)]
pub struct Places {
    /// The database: `postgres://…`, or `sqlite:PATH` where the server knows it.
    #[arg(long)]
    pub url: String,
    /// The address to listen on.
    #[arg(long)]
    pub listen: SocketAddr,
}

/// Serves these routes, says so in a line, and ends with SIGTERM.
pub async fn serve(listen: SocketAddr, routes: Router) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let listener = listener.tap_io(|socket| {
        // A socket that refuses is only slower.
        let _ = socket.set_nodelay(true);
    });
    let end = async move {
        term.recv().await;
    };
    axum::serve(listener, routes).with_graceful_shutdown(end).await
}
