//! Connections: how they are accepted, their time limits, and how they end.
//!
//! axum's own server has no time limits. This one limits how long the head of a request may take, how long a connection
//! may wait for the next request, and how long a write may wait for the client. Handlers limit the body and the answer.
//! HTTP/1.1 only: a proxy in front terminates TLS and with it HTTP/2.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::Service};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    task::JoinSet,
};

use self::timeouts::{Overdue, TimedBody, TimedStream, Timeouts};
use super::{
    App,
    allowance::Seat,
    client::{Client, Clients, Connected, Spare},
    middleware::Middleware,
};
use crate::config;

mod timeouts;

/// How many connections are accepted beyond the limit, so that clients are told that the server is full, and health
/// checks are answered. At this number, each further one ends the oldest that has not sent a whole request head.
const SPARE: usize = 128;

/// How long the request head of a spare connection may take.
const SPARE_HEAD_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause after the system failed to accept a connection, most likely because there are too many open files.
const PAUSE: Duration = Duration::from_millis(20);

/// Space for what is neither URL nor header: the method, the version, colons and line ends.
const REST_OF_HEAD: u32 = 4 * 1024;

/// Tells connections and streams that the server shuts down. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Shutdown(Arc<watch::Sender<bool>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Shutdown {
    /// Begins the shutdown.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Has the shutdown begun?
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the shutdown begins, at once if it has begun.
    pub async fn begun(&self) {
        // The sender is in `self`, so it cannot be dropped during the wait.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

/// A connection's place in the limits of the server and of its client. It is held until it is dropped.
struct Slot {
    _of_server: OwnedSemaphorePermit,
    _of_client: Option<Seat>,
}

/// A connection beyond a limit.
struct Spared {
    timeouts: Timeouts,
    /// Sending ends the connection.
    leave: oneshot::Sender<()>,
}

/// Serves until `stop` resolves. Then finishes running requests, for at most the grace in the settings.
pub async fn serve(listener: TcpListener, app: App, config: &config::Config, stop: impl Future<Output = ()>) {
    let (shutdown, clock, clients) = (app.shutdown.clone(), app.clock.clone(), app.clients.clone());
    let routes =
        Middleware::new(super::router(app), clock, &config.connections, &config.public_hosts, &config.cors_origins);
    let mut server = Server::new(routes, clients, &config.connections, &config.trusted_proxies, shutdown.clone());
    server.accept(listener, stop).await;
    tracing::info!("shutting down: finishing what is in flight");
    shutdown.begin();
    if tokio::time::timeout(config.shutdown_grace, server.finish()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were dropped");
    }
}

struct Server {
    routes: Middleware,
    http: http1::Builder,
    limits: config::Connections,
    shutdown: Shutdown,
    /// A file descriptor in reserve. If the process can open no more, it is closed to make room for a connection and a
    /// health check.
    reserve: Option<TcpSocket>,
    /// Set at the first connection beyond the limit, so that the log has one line until there is room again.
    is_full: bool,
    places: Arc<Semaphore>,
    clients: Clients,
    /// Proxies: one of them may have connections for many clients, so the limit of one client does not apply.
    proxies: Vec<IpNet>,
    /// The oldest first.
    spares: VecDeque<Spared>,
    conversations: JoinSet<()>,
}

impl Server {
    fn new(
        routes: Middleware,
        clients: Clients,
        limits: &config::Connections,
        proxies: &[IpNet],
        shutdown: Shutdown,
    ) -> Self {
        let head = limits.max_url_bytes.saturating_add(limits.max_header_bytes).saturating_add(REST_OF_HEAD);
        let mut http = http1::Builder::new();
        // hyper's own limit for the head would also close idle connections. `timeouts` distinguishes them.
        http.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(head.max(8 * 1024) as usize);
        Self {
            routes,
            http,
            limits: limits.clone(),
            shutdown,
            reserve: None,
            is_full: false,
            places: Arc::new(Semaphore::new(limits.max_connections as usize)),
            clients,
            proxies: proxies.to_vec(),
            spares: VecDeque::new(),
            conversations: JoinSet::new(),
        }
    }

    async fn accept(&mut self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                Some(_) = self.conversations.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take(stream, peer),
                    Err(error) if is_the_clients(&error) => {}
                    Err(error) => {
                        // If the process has too many open files, the reserve and each spare connection free one.
                        if self.reserve.take().is_some() {
                            tracing::error!(%error, "cannot take connections; trying again");
                        } else {
                            self.dismiss_silent();
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                }
            }
        }
    }

    fn take(&mut self, stream: TcpStream, peer: SocketAddr) {
        let client = self.clients.at(peer.ip());
        let (place, spare) = match self.place(peer.ip(), &client) {
            Ok(place) => (Some(place), None),
            Err(spare) => (None, Some(spare)),
        };
        let timeouts = Timeouts::new();
        let Some(must_leave) = self.leave(spare, &timeouts) else { return };
        // Answers are written whole, so waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let mut limits = self.limits.clone();
        let mut http = self.http.clone();
        if spare.is_some() {
            limits.header_timeout = SPARE_HEAD_TIMEOUT;
            http.keep_alive(false);
        }
        let io = TokioIo::new(TimedStream::new(stream, timeouts.clone(), &limits, place));
        let connected = Connected { peer, client, spare };
        let answers = Answers { routes: self.routes.clone(), connected, timeouts: timeouts.clone() };
        let shutdown = self.shutdown.clone();
        self.conversations.spawn(async move {
            let conversation = converse(http.serve_connection(io, answers), &timeouts, &limits, &shutdown);
            tokio::select! {
                () = conversation => {}
                () = must_leave => {}
            }
        });
    }

    /// Resolves when the connection must make room, and never for one within the limits. `None` if it is a spare one
    /// and there is no room for it.
    fn leave(&mut self, spare: Option<Spare>, timeouts: &Timeouts) -> Option<BoxFuture<'static, ()>> {
        if spare.is_none() {
            return Some(Box::pin(std::future::pending()));
        }
        self.spares.retain(|spared| !spared.leave.is_closed());
        if self.spares.len() >= SPARE && !self.dismiss_silent() {
            return None;
        }
        let (leave, told) = oneshot::channel();
        self.spares.push_back(Spared { timeouts: timeouts.clone(), leave });
        Some(Box::pin(told.map(|_| ())))
    }

    /// Ends the oldest spare connection that has not sent a whole request head. Returns whether there was one.
    fn dismiss_silent(&mut self) -> bool {
        let oldest = self.spares.iter().position(|spared| spared.timeouts.is_in_head());
        let spared = oldest.and_then(|oldest| self.spares.remove(oldest));
        spared.is_some_and(|spared| spared.leave.send(()).is_ok())
    }

    /// A place in the limits for a connection, or the limit that it exceeds.
    fn place(&mut self, peer: IpAddr, client: &Client) -> Result<Slot, Spare> {
        if self.reserve.is_none() {
            self.reserve = TcpSocket::new_v4().ok();
        }
        if self.reserve.is_none() {
            return Err(Spare::OfServer);
        }
        let peer = peer.to_canonical();
        let seat = if self.proxies.iter().any(|network| network.contains(&peer)) {
            None
        } else {
            Some(client.connections.enter().ok_or(Spare::OfClient)?)
        };
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            self.is_full = false;
            return Ok(Slot { _of_server: place, _of_client: seat });
        }
        if !std::mem::replace(&mut self.is_full, true) {
            tracing::warn!(max_connections = self.limits.max_connections, "too many connections; turning some away");
        }
        Err(Spare::OfServer)
    }

    async fn finish(&mut self) {
        while self.conversations.join_next().await.is_some() {}
        // WebSockets run in tasks of their own, but each still holds the place of its connection.
        let _ = self.places.acquire_many(self.limits.max_connections).await;
    }
}

/// Did the client disconnect before it was accepted? Then nothing is wrong with the server.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers the requests of a connection until either side ends it.
async fn converse(
    connection: http1::Connection<TokioIo<TimedStream>, Answers>,
    timeouts: &Timeouts,
    limits: &config::Connections,
    shutdown: &Shutdown,
) {
    let mut connection = pin!(connection.with_upgrades());
    let mut overdue = pin!(timeouts.overdue(limits));
    let mut end = pin!(shutdown.begun());
    let (mut is_idle, mut is_ending) = (false, false);
    loop {
        // The connection comes first: polling it changes the phase, by which `overdue` sets its timer.
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            what = &mut overdue, if !is_idle => match what {
                Overdue::Head => return,
                Overdue::Next => {
                    is_idle = true;
                    connection.as_mut().graceful_shutdown();
                }
            },
            () = &mut end, if !is_ending => {
                if timeouts.is_in_head() {
                    return;
                }
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The routes with the data of one connection.
struct Answers {
    routes: Middleware,
    connected: Connected,
    timeouts: Timeouts,
}

impl Service<Request<Incoming>> for Answers {
    type Response = Response<TimedBody>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let answering = self.timeouts.answering();
        request.extensions_mut().insert(self.connected.clone());
        let answer = self.routes.clone().answer(request);
        Box::pin(async move { Ok(answer.await.map(|body| TimedBody::new(body, answering))) })
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::{clock::Clock, error::Code, http::client::tests::ALLOWED};

    #[tokio::test]
    async fn a_panic_is_an_answer_and_not_the_end() {
        let limits = config::Config::try_from(config::Settings::default()).unwrap().connections;
        let panics = Router::new().route("/", get(async || -> String { panic!("a bug, which this test wants") }));
        let routes = Middleware::new(panics, Clock::system(), &limits, &[], &[]);
        let mut server = Server::new(routes, Clients::new(ALLOWED), &limits, &[], Shutdown::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let questions = "GET / HTTP/1.1\r\nhost: x\r\nx-request-id: one\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n";
        let asked = async {
            client.write_all(questions.as_bytes()).await.unwrap();
            let mut answers = String::new();
            client.read_to_string(&mut answers).await.unwrap();
            answers
        };
        let answers = tokio::select! {
            answers = asked => answers,
            () = server.accept(listener, std::future::pending()) => unreachable!("nobody stops it"),
        };
        assert_eq!(answers.matches("HTTP/1.1 500").count(), 2, "{answers}");
        assert_eq!(answers.matches(Code::InternalServerError.as_str()).count(), 2, "{answers}");
        assert!(answers.contains("x-request-id: one") && answers.contains("nosniff"), "{answers}");
        assert!(!answers.contains("a bug"), "the cause is logged and not sent: {answers}");
    }

    #[tokio::test]
    async fn the_shutdown_reaches_those_that_wait_and_those_that_come_late() {
        let shutdown = Shutdown::default();
        let waiting = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.begun().await }
        });
        assert!(!shutdown.has_begun());
        shutdown.begin();
        waiting.await.unwrap();
        shutdown.begun().await;
        assert!(shutdown.has_begun());
    }

    #[test]
    fn only_the_clients_failures_are_passed_over() {
        assert!(is_the_clients(&io::ErrorKind::ConnectionAborted.into()));
        // EMFILE: the process has too many open files.
        assert!(!is_the_clients(&io::Error::from_raw_os_error(24)));
    }
}
