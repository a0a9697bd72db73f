//! What the bench's own servers share: two arguments, the listening socket, and the shutdown.

use std::{io, net::SocketAddr};

use axum::{Router, serve::ListenerExt};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The database of a server, and its address.
#[derive(clap::Args)]
pub struct Places {
    /// The database: `postgres://…`, or `sqlite:PATH` where the server knows it.
    #[arg(long)]
    pub url: String,
    /// The address to listen on.
    #[arg(long)]
    pub listen: SocketAddr,
}

/// Serves the routes, prints a line when it listens, and stops at SIGTERM.
pub async fn serve(listen: SocketAddr, routes: Router) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let listener = listener.tap_io(|socket| {
        // If the option cannot be set, the socket is only slower.
        let _ = socket.set_nodelay(true);
    });
    let end = async move {
        term.recv().await;
    };
    axum::serve(listener, routes).with_graceful_shutdown(end).await
}
