//! GraphQL over WebSocket, the protocol `graphql-transport-ws`: many operations on one connection.
//!
//! One task serves a socket and writes its answers one at a time. Each operation runs in a task of its own, at most two
//! answers ahead of the socket. A slow reader thus slows its own subscriptions, whose feed then catches up from the
//! log. What an operation holds while it runs (its permit, a database connection) never waits for the reader.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{
        FromRequestParts, Request, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, Uri, header},
    response::Response,
};
use futures_util::{
    FutureExt, SinkExt, Stream, StreamExt,
    stream::{self, BoxStream},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, timeout},
};
use tokio_stream::StreamMap;
use tracing::{Instrument, Span};
use tungstenite::error::ProtocolError;

use self::close::Close;
pub use self::close::CloseCode;
use super::{
    App,
    client::Client,
    operation, rate_limiter,
    request::{Incoming, bad_request},
    response::{Body, failed_before_execution, failure, refused},
    unread::{Answered, Room},
};
use crate::{
    config,
    error::{Code, Error, Result},
};

mod close;

const PROTOCOL: &str = "graphql-transport-ws";
/// The longest id of an operation, in bytes.
const LONGEST_ID: usize = 128;
/// The time limit for each step of closing: to send the close frame, and to receive the client's.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// The buffers are small, because most sockets are idle most of the time.
const BUFFER: usize = 4 * 1024;

/// Upgrades to a WebSocket, if the client speaks the protocol and the page's origin is allowed.
pub async fn open(State(app): State<App>, client: Client, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if let Err(error) = may_open(&app, &parts.headers) {
        return failure(&error);
    }
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &app).await else {
        let message = format!("Here is a WebSocket of the protocol {PROTOCOL}. Connect with `Upgrade: websocket`.");
        return failure(&Error::invalid(Code::UpgradeRequired, message));
    };
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let message =
            format!("Ask for the protocol {PROTOCOL} (`Sec-WebSocket-Protocol`); others are not spoken here.");
        return failure(&Error::invalid(Code::BadRequest, message));
    }
    let limit = app.config.body_limit;
    let span = Span::current();
    upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .on_upgrade(move |socket| Conversation::new(app, client).hold(socket).instrument(span))
}

/// Checks the origin of the page. Browsers send it, but no preflight, with WebSockets. Other clients send no origin.
fn may_open(app: &App, headers: &HeaderMap) -> Result<()> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let allowed = &app.config.cors_origins;
    if allowed.iter().any(|known| known == "*" || known == origin) {
        return Ok(());
    }
    let page: Option<Uri> = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_named = |name: &str| app.config.public_hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    let is_own = page.as_ref().and_then(Uri::authority).is_some_and(|authority| authority.as_str() == host)
        || page.as_ref().and_then(Uri::host).is_some_and(is_named);
    // Pages under development on this machine.
    let is_local = app.config.listen.ip().is_loopback() && page.as_ref().and_then(Uri::host).is_some_and(is_loopback);
    if is_own || is_local {
        return Ok(());
    }
    let message = "Pages of this origin may not open WebSockets here. The operator can add it to `cors_origins`.";
    Err(Error::invalid(Code::ForbiddenOrigin, message))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A message of the client. Its payload is not interpreted yet.
#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    payload: Option<Value>,
}

/// An answer. Its fields are in the order of the query.
#[derive(Serialize)]
struct Next<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: Body<'a>,
}

/// A message of an operation to its client.
struct Answer {
    message: Message,
    /// The room that the message takes.
    room: Room,
    /// The operation ends with it.
    is_last: bool,
}

impl Answer {
    /// An answer as a message. If the operation failed before its execution, the message is `error`, which ends it.
    fn of(id: &str, Answered { response, mut room }: Answered) -> Self {
        let is_last = failed_before_execution(&response);
        let text = if is_last {
            written(&json!({ "id": id, "type": "error", "payload": response.errors }))
        } else {
            written(&Next { id, kind: "next", payload: Body::of(&response) })
        };
        room.fit(text.len());
        let message = Message::Text(text.into());
        Self { message, room, is_last }
    }

    fn end(id: &str) -> Self {
        let message = message(&json!({ "id": id, "type": "complete" }));
        Self { message, room: Room::default(), is_last: true }
    }
}

/// A running operation. It ends when this is dropped.
struct Running {
    answers: mpsc::Receiver<Answer>,
    task: AbortHandle,
}

impl Running {
    fn start(id: String, answers: BoxStream<'static, Answered>) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        let work = async move {
            let work = AssertUnwindSafe(send_all(&id, answers, &sender));
            if work.catch_unwind().await.is_err() {
                let failure = refused(&Error::internal("an operation panicked").into());
                let _ = sender.send(Answer::of(&id, failure.into())).await;
            }
        };
        Self { answers: receiver, task: tokio::spawn(work.in_current_span()).abort_handle() }
    }
}

/// The answers to a request. If it is refused, the only one is the refusal.
fn answers(app: App, client: Client, incoming: Incoming) -> impl Stream<Item = Answered> {
    // In a box: the future is large, and done after the first answer.
    let prepared = stream::once(Box::pin(async move {
        let operation = operation::prepare(&app, &client, incoming).await;
        operation.map(|operation| operation.stream(&app).boxed())
    }));
    prepared.flat_map(|prepared| {
        prepared.unwrap_or_else(|refusal| stream::once(std::future::ready(refused(&refusal).into())).boxed())
    })
}

async fn send_all(id: &str, mut answers: BoxStream<'static, Answered>, sender: &mpsc::Sender<Answer>) {
    while let Some(answered) = answers.next().await {
        let answer = Answer::of(id, answered);
        let is_last = answer.is_last;
        if sender.send(answer).await.is_err() || is_last {
            return;
        }
    }
    let _ = sender.send(Answer::end(id)).await;
}

impl Stream for Running {
    type Item = Answer;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Answer>> {
        self.answers.poll_recv(context)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What happens next on a socket.
enum Event {
    Heard(Option<Result<Message, axum::Error>>),
    Answered(String, Answer),
    Ping,
    Silence,
    Over,
    End,
}

/// When the client last showed that it is there.
struct Pulse {
    /// When it was last pinged.
    pinged: Instant,
    /// When it was first pinged since it last sent anything; `None` if not since.
    unanswered: Option<Instant>,
}

impl Pulse {
    fn ping(&mut self) {
        self.pinged = Instant::now();
        self.unanswered.get_or_insert(self.pinged);
    }

    /// When the socket is closed for silence. A client that was not pinged yet has nothing to answer, so its time
    /// counts from the next ping.
    fn silent(&self, streams: &config::Streams) -> Instant {
        let ping = streams.websocket_ping;
        self.unanswered.unwrap_or(self.pinged + ping) + streams.websocket_silence.saturating_sub(ping)
    }
}

struct Conversation {
    app: App,
    client: Client,
    is_open: bool,
    operations: StreamMap<String, Running>,
}

impl Conversation {
    fn new(app: App, client: Client) -> Self {
        Self { app, client, is_open: false, operations: StreamMap::new() }
    }

    /// Serves the socket until either side closes it. Its operations end with it.
    async fn hold(mut self, socket: WebSocket) {
        let (mut sink, mut source) = socket.split();
        let talk = AssertUnwindSafe(self.talk(&mut source, &mut sink));
        let ended = talk.catch_unwind().await.unwrap_or_else(|_| {
            let error = Error::internal("an operation panicked");
            Some(Close::new(CloseCode::Failure, error.code().as_str()))
        });
        self.operations.clear();
        let Some(close) = ended else {
            // Sends the reply to the client's close frame, if there was one.
            let _ = timeout(CLOSE_TIMEOUT, sink.close()).await;
            return;
        };
        let _ = timeout(CLOSE_TIMEOUT, sink.send(close.frame())).await;
        // The client should reply with a close frame, but may not.
        let _ = timeout(CLOSE_TIMEOUT, async { while let Some(Ok(_)) = source.next().await {} }).await;
    }

    /// Runs the protocol. Returns why the socket is to be closed; `None` if the client has gone.
    async fn talk(
        &mut self,
        source: &mut stream::SplitStream<WebSocket>,
        sink: &mut stream::SplitSink<WebSocket, Message>,
    ) -> Option<Close> {
        let app = self.app.clone();
        let streams = &app.config.streams;
        let begin = Instant::now();
        let over = begin + streams.life(app.clock.new_id().as_u128());
        let mut pulse = Pulse { pinged: begin, unanswered: None };
        let mut end = Box::pin(async { app.shutdown.begun().await });
        loop {
            let until = if self.is_open { pulse.silent(streams) } else { begin + streams.websocket_init_timeout };
            // In this order, so that a socket whose operations always have an answer ready is still pinged.
            let event = tokio::select! {
                biased;
                () = &mut end => Event::End,
                () = tokio::time::sleep_until(over) => Event::Over,
                said = source.next() => Event::Heard(said),
                () = tokio::time::sleep_until(pulse.pinged + streams.websocket_ping) => Event::Ping,
                () = tokio::time::sleep_until(until) => Event::Silence,
                Some((id, answer)) = self.operations.next(), if !self.operations.is_empty() => Event::Answered(id, answer),
            };
            // The room is held until the message is sent.
            let (answer, _room) = match event {
                Event::End => return Some(Close::new(CloseCode::GoingAway, "Going away")),
                Event::Over => {
                    let reason =
                        "The socket has lived as long as one may. Connect again, and go on after the last `cursor`";
                    return Some(Close::new(CloseCode::GoingAway, reason));
                }
                Event::Silence if self.is_open => return Some(Close::new(CloseCode::NoSignOfLife, "No sign of life")),
                Event::Silence => return Some(Close::new(CloseCode::InitTimeout, "Connection initialisation timeout")),
                Event::Heard(None | Some(Ok(Message::Close(_)))) => return None,
                Event::Heard(Some(Err(error))) => return broken(error),
                Event::Heard(Some(Ok(said))) => {
                    pulse.unanswered = None;
                    match self.hear(said) {
                        Ok(answer) => (answer, None),
                        Err(close) => return Some(close),
                    }
                }
                Event::Answered(id, answer) => {
                    if answer.is_last {
                        self.operations.remove(&id);
                    }
                    (Some(answer.message), Some(answer.room))
                }
                Event::Ping => {
                    pulse.ping();
                    (Some(Message::Ping(Vec::new().into())), None)
                }
            };
            if let Some(answer) = answer {
                let sent = tokio::select! {
                    biased;
                    () = &mut end => return Some(Close::new(CloseCode::GoingAway, "Going away")),
                    sent = send(sink, answer) => sent,
                };
                if sent.ok()? {
                    pulse.unanswered = None;
                }
            }
        }
    }

    fn hear(&mut self, said: Message) -> Result<Option<Message>, Close> {
        let text = match said {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close::new(CloseCode::BadMessage, "Messages are text")),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(None),
        };
        if rate_limiter::charge_reading(&self.client, text.len()).is_err() {
            return Err(Close::new(CloseCode::Policy, "You have no points for messages of this length. Wait"));
        }
        let said: Said = serde_json::from_str(&text).map_err(|_| {
            Close::new(
                CloseCode::BadMessage,
                "A message is a JSON object with a string `type`, a string `id` if any, and a `payload`",
            )
        })?;
        match said.kind.as_str() {
            "connection_init" if self.is_open => {
                Err(Close::new(CloseCode::SecondInit, "Too many initialisation requests"))
            }
            "connection_init" => match said.payload {
                None | Some(Value::Null | Value::Object(_)) => {
                    self.is_open = true;
                    Ok(Some(message(&json!({ "type": "connection_ack" }))))
                }
                Some(_) => Err(Close::new(CloseCode::BadMessage, "The payload of `connection_init` is an object")),
            },
            "ping" => Ok(Some(message(&match said.payload {
                Some(payload) => json!({ "type": "pong", "payload": payload }),
                None => json!({ "type": "pong" }),
            }))),
            "pong" => Ok(None),
            "subscribe" if !self.is_open => Err(Close::new(CloseCode::Unauthorized, "Unauthorized")),
            "subscribe" => self.subscribe(said.id, said.payload),
            "complete" => {
                let Some(id) = said.id else {
                    return Err(Close::new(CloseCode::BadMessage, "`complete` needs an `id`"));
                };
                self.operations.remove(&id);
                Ok(None)
            }
            _ => Err(Close::new(CloseCode::BadMessage, "The type of the message is unknown")),
        }
    }

    fn subscribe(&mut self, id: Option<String>, payload: Option<Value>) -> Result<Option<Message>, Close> {
        let Some(id) = id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID) else {
            return Err(Close::new(
                CloseCode::BadMessage,
                format!("`subscribe` needs an `id` of 1 to {LONGEST_ID} bytes"),
            ));
        };
        if self.operations.contains_key(&id) {
            return Err(Close::new(CloseCode::IdInUse, format!("Subscriber for {id} already exists")));
        }
        let incoming = payload.map_or_else(|| Err(bad_request("no payload")), Incoming::from_json);
        let Ok(incoming) = incoming else {
            return Err(Close::new(
                CloseCode::BadMessage,
                "The payload of `subscribe` is an object with a string `query`",
            ));
        };
        if incoming.query.is_none() && incoming.document_id.is_none() && incoming.extensions.is_empty() {
            return Err(Close::new(CloseCode::BadMessage, "The payload of `subscribe` has no `query`"));
        }
        let most = self.app.config.streams.websocket_operations as usize;
        if self.operations.len() >= most {
            let message =
                format!("A socket carries {most} operations at a time. Complete one first, or open another socket.");
            let refusal = Error::invalid(Code::TooManyOperations, message).into();
            return Ok(Some(Answer::of(&id, refused(&refusal).into()).message));
        }
        let running = Running::start(id.clone(), answers(self.app.clone(), self.client.clone(), incoming).boxed());
        self.operations.insert(id, running);
        Ok(None)
    }
}

/// Writes a message. Returns whether the write had to wait: then the client has read, which is a sign of life. If it
/// never reads, the connection's write timeout ends it.
async fn send(sink: &mut stream::SplitSink<WebSocket, Message>, message: Message) -> Result<bool, axum::Error> {
    let mut sending = sink.send(message);
    match (&mut sending).now_or_never() {
        Some(sent) => sent.map(|()| false),
        None => sending.await.map(|()| true),
    }
}

fn message(value: &impl Serialize) -> Message {
    Message::Text(written(value).into())
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The close frame for a violation of the WebSocket protocol; `None` for other failures, after which nothing can be
/// sent.
fn broken(error: axum::Error) -> Option<Close> {
    match *error.into_inner().downcast().ok()? {
        tungstenite::Error::Capacity(_) => Some(Close::new(CloseCode::TooLarge, "The message is too large")),
        tungstenite::Error::Utf8(_) => Some(Close::new(CloseCode::NotUtf8, "A text is not UTF-8")),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(Close::new(CloseCode::BadFrame, "A frame is none of WebSocket's")),
        _ => None,
    }
}
