//! GraphQL over WebSocket, the protocol graphql-transport-ws: its rules, one test each.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Request},
};

use crate::support::{Backend, TestApp, builders::*};

/// A client's end of a socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

fn handshake(app: &TestApp, protocol: &str, origin: Option<&str>) -> Request {
    let mut request = app.url("/graphql/ws").replace("http:", "ws:").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

async fn connect(app: &TestApp, protocol: &str, origin: Option<&str>) -> Result<Socket, Error> {
    connect_async(handshake(app, protocol, origin)).await.map(|(socket, _)| Socket(socket))
}

impl Socket {
    async fn new(app: &TestApp) -> Self {
        connect(app, "graphql-transport-ws", None).await.unwrap()
    }

    pub async fn opened(app: &TestApp) -> Self {
        let mut socket = Self::new(app).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn ask(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    pub async fn hear(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(20), self.0.next()).await.expect("a message").unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code with which the server closes; messages before that do not matter.
    async fn closed(mut self) -> u16 {
        loop {
            match timeout(Duration::from_secs(20), self.0.next()).await.expect("a close") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("closed without a word: {other:?}"),
            }
        }
    }
}

pub const LIVE: &str = "subscription { changes(types: [EVENT]) { node { ... on Event { name } } } }";

#[rstest]
#[tokio::test]
async fn a_query_has_one_answer_and_an_end(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut socket = Socket::opened(&app).await;
    socket.ask("1", "{ events { totalCount } __typename }").await;
    let payload = json!({ "data": { "events": { "totalCount": 0 }, "__typename": "Query" } });
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "next", "payload": payload }));
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
    for n in 0..50 {
        socket.ask(&format!("q{n}"), "{ __typename }").await;
    }
    let mut heard = Vec::new();
    for _ in 0..100 {
        let message = socket.hear().await;
        heard.push(format!("{} {}", message["id"], message["type"]));
    }
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), 100, "each answered once and ended once");
}

#[rstest]
#[tokio::test]
async fn a_subscription_hears_changes_until_it_is_completed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut socket = Socket::opened(&app).await;
    socket.ask("s", LIVE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.load(batch(json!({ "events": [event("one", json!({}))] }))).await;
    assert_eq!(socket.hear().await["payload"]["data"]["changes"]["node"]["name"], "one");
    socket.say(json!({ "id": "s", "type": "complete" })).await;
    socket.say(json!({ "id": "nobody", "type": "complete" })).await;
    socket.say(json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "a": 1 } }));
    app.load(batch(json!({ "events": [event("two", json!({}))] }))).await;
    // Its id is free again.
    socket.ask("s", "{ __typename }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query");
}

#[rstest]
#[tokio::test]
async fn an_operation_that_does_not_run_is_an_error_and_the_socket_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| settings.streams.websocket_operations = Some(1));
    let Some(app) = start.await else { return };
    let mut socket = Socket::opened(&app).await;
    let deep = "{ a".repeat(50_000);
    for (query, code) in [
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ", "GRAPHQL_PARSE_FAILED"),
        (deep.as_str(), "QUERY_TOO_DEEP"),
        ("subscription { changes(after: \"x\") { id } }", "BAD_CURSOR"),
        ("subscription { eventChanged(id: \"x\") { id } }", "BAD_ID"),
    ] {
        socket.ask("x", query).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("x")), "{message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
        assert_eq!(message["payload"].as_array().unwrap().len(), 1);
    }
    socket.ask("live", LIVE).await;
    socket.ask("more", LIVE).await;
    let message = socket.hear().await;
    assert_eq!(message["id"], "more");
    assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
}

#[rstest]
#[tokio::test]
async fn a_breach_of_the_protocol_closes_with_its_code(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = json!({ "query": "{ __typename }" });
    for (said, code) in [
        ("not json{".to_owned(), 4400),
        (json!({ "type": "unheard" }).to_string(), 4400),
        (json!({ "type": "subscribe", "payload": query }).to_string(), 4400),
        (json!({ "type": "subscribe", "id": "a".repeat(129), "payload": query }).to_string(), 4400),
        (json!({ "type": "subscribe", "id": "1", "payload": {} }).to_string(), 4400),
        (json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } }).to_string(), 4400),
        (json!({ "type": "connection_init" }).to_string(), 4429),
        ("x".repeat(300 * 1024), 1009),
    ] {
        let mut socket = Socket::opened(&app).await;
        socket.0.send(Message::text(said.clone())).await.unwrap();
        assert_eq!(socket.closed().await, code, "{}", &said[..said.len().min(80)]);
    }
    let mut socket = Socket::opened(&app).await;
    socket.0.send(Message::binary(vec![0])).await.unwrap();
    assert_eq!(socket.closed().await, 4400);

    // Below the messages: a reserved bit, an unknown kind of frame, a text that is not UTF-8.
    let masked = |head: [u8; 2], payload: &[u8]| [&head[..], &[0; 4], payload].concat();
    for (frame, code) in [
        (masked([0xf1, 0x82], b"{}"), 1002),
        (masked([0x83, 0x80], b""), 1002),
        (masked([0x81, 0x82], b"\xff\xff"), 1007),
    ] {
        let mut socket = Socket::opened(&app).await;
        socket.0.get_mut().write_all(&frame).await.unwrap();
        assert_eq!(socket.closed().await, code, "{frame:?}");
    }

    let mut socket = Socket::opened(&app).await;
    socket.ask("same", LIVE).await;
    socket.ask("same", LIVE).await;
    assert_eq!(socket.closed().await, 4409);

    let mut socket = Socket::new(&app).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.ask("1", "{ __typename }").await;
    assert_eq!(socket.closed().await, 4401);
}

#[rstest]
#[tokio::test]
async fn a_silent_socket_is_closed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.streams.websocket_init_timeout = Some(1);
        settings.streams.websocket_ping = Some(1);
        settings.streams.websocket_silence = Some(3);
    });
    let Some(app) = start.await else { return };
    assert_eq!(Socket::new(&app).await.closed().await, 4408);

    // A client that answers pings is alive, even if it has nothing to say.
    let mut socket = Socket::opened(&app).await;
    let pings = timeout(Duration::from_secs(5), async {
        let mut pings = 0;
        while let Some(Ok(message)) = socket.0.next().await {
            pings += usize::from(message.is_ping());
        }
        pings
    });
    assert!(pings.await.is_err(), "the socket stays open");
    // A client that does not even read, and so answers no ping, is gone.
    let mut socket = Socket::opened(&app).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let left = async {
        while let Some(Ok(message)) = socket.0.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    timeout(Duration::from_secs(1), left).await.expect("the server has left");
}

#[rstest]
#[tokio::test]
async fn only_pages_that_may_open_a_socket(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.cors_origins = Some(vec!["https://site.example".into()]);
    });
    let Some(app) = start.await else { return };
    let own = app.url("").trim_end_matches('/').to_owned();
    for origin in [None, Some("https://site.example"), Some(own.as_str()), Some("http://localhost:5173")] {
        assert!(connect(&app, "graphql-transport-ws", origin).await.is_ok(), "{origin:?}");
    }
    for origin in ["https://evil.example", "null", "https://site.example.evil.example"] {
        let Err(Error::Http(answer)) = connect(&app, "graphql-transport-ws", Some(origin)).await else {
            panic!("{origin} may");
        };
        assert_eq!(answer.status(), 403);
        let body: Value = serde_json::from_slice(answer.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN_ORIGIN");
    }
    let Err(Error::Http(answer)) = connect(&app, "nonsense", None).await else { panic!("spoken") };
    assert_eq!(answer.status(), 400);
    let answer = app.http().get(app.url("/graphql/ws")).send().await.unwrap();
    assert_eq!(answer.status(), 426);
}

#[rstest]
#[tokio::test]
async fn a_server_that_ends_says_so(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(mut app) = TestApp::start(backend).await else { return };
    let mut socket = Socket::opened(&app).await;
    socket.ask("live", LIVE).await;
    app.stop();
    assert_eq!(socket.closed().await, 1001);
}

#[rstest]
#[tokio::test]
async fn a_client_that_does_not_read_delays_no_other(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| settings.concurrent_requests = Some(4));
    let Some(app) = start.await else { return };
    let events: Vec<Value> = (0..20).map(|n| event(&format!("event {n}"), json!({}))).collect();
    app.load(batch(json!({ "events": events }))).await;
    let stream = TcpSocket::new_v4().unwrap();
    stream.set_recv_buffer_size(4096).unwrap();
    let stream = stream.connect(app.address()).await.unwrap();
    let (socket, _) = client_async(handshake(&app, "graphql-transport-ws", None), stream).await.unwrap();
    let (mut sink, _source) = socket.split();
    sink.send(Message::text(json!({ "type": "connection_init" }).to_string())).await.unwrap();
    // Each loads from the database several times, one after the other. Nothing reads their answers and the pongs.
    let query = "{ events(first: 20) { nodes { hosts { group { events(first: 20) { nodes { name } } } } } } }";
    let flood = async {
        for n in 0..200 {
            let ask = json!({ "id": n.to_string(), "type": "subscribe", "payload": { "query": query } });
            sink.send(Message::text(ask.to_string())).await.unwrap();
            sink.send(Message::text(json!({ "type": "ping", "payload": { "a": "x".repeat(60_000) } }).to_string()))
                .await
                .unwrap();
        }
    };
    // The write blocks when the server stops reading, because the client reads none of its answers.
    assert!(timeout(Duration::from_secs(5), flood).await.is_err(), "the socket is full");
    for _ in 0..3 {
        assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 20 } }));
    }
}

#[rstest]
#[tokio::test]
async fn a_slow_reader_is_alive_and_slows_only_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.streams.websocket_ping = Some(1);
        settings.streams.websocket_silence = Some(5);
    });
    let Some(app) = start.await else { return };
    let first = app.query("{ changes(first: 1) { pageInfo { endCursor } } }").await;
    let events: Vec<Value> =
        (0..190).map(|n| event(&format!("event {n}"), json!({ "description": "x".repeat(40_000) }))).collect();
    for events in events.chunks(95) {
        app.load(batch(json!({ "events": events }))).await;
    }
    let query = format!(
        "subscription {{ changes(after: {}, types: [EVENT]) {{ node {{ ... on Event {{ description }} }} }} }}",
        first["changes"]["pageInfo"]["endCursor"]
    );
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(app.address()).await.unwrap());
    let (socket, _) = client_async(handshake(&app, "graphql-transport-ws", None), stream).await.unwrap();
    let mut socket = Socket(socket);
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.ask("slow", &query).await;
    // The client answers each ping that it reads, but it reads them late.
    for _ in 0..190 {
        assert_eq!(socket.hear().await["type"], "next");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    socket.ask("1", "{ __typename }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[rstest]
#[tokio::test]
async fn subscriptions_of_a_client_are_limited_over_all_transports(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| settings.streams.client_streams = Some(2));
    let Some(app) = start.await else { return };
    let stream = || app.http().post(app.url("/graphql/stream")).json(&json!({ "query": LIVE })).send();
    let mut sockets = [Socket::opened(&app).await, Socket::opened(&app).await];
    sockets[0].ask("one", LIVE).await;
    // This is answered after the subscription before it has begun.
    sockets[0].ask("q", "{ __typename }").await;
    assert_eq!(sockets[0].hear().await["id"], "q");
    let followed = stream().await.unwrap();
    assert_eq!(followed.status(), 200);
    sockets[1].ask("three", LIVE).await;
    let message = sockets[1].hear().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("three")));
    assert_eq!(message["payload"][0]["extensions"], json!({ "code": "TOO_MANY_OPERATIONS", "retryAfter": 1 }));
    let refused = stream().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    // Queries do not count, and a client that completes a subscription may begin another one.
    sockets[1].ask("q", "{ __typename }").await;
    assert_eq!(sockets[1].hear().await["type"], "next");
    sockets[0].say(json!({ "id": "one", "type": "complete" })).await;
    drop(followed);
    let free = async {
        while stream().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(20), free).await.expect("their places are free");
}

#[rstest]
#[tokio::test]
async fn a_socket_does_not_live_for_ever(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| settings.streams.longest_life = Some(2));
    let Some(app) = start.await else { return };
    let mut socket = Socket::opened(&app).await;
    socket.ask("live", LIVE).await;
    assert_eq!(socket.closed().await, 1001);
}

#[rstest]
#[tokio::test]
async fn a_client_that_reads_no_answers_gets_no_more_of_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.rate_limit = Some(0);
        settings.answer_limit = Some(100_000);
        settings.client_requests = Some(4);
    });
    let Some(app) = start.await else { return };
    let long = "Twenty letters long. ".repeat(2000);
    app.load(batch(json!({ "events": [event("one", json!({ "description": long }))] }))).await;
    let query = "{ events { nodes { a: description b: description } } }";

    // Kernels buffer some megabytes for a client that does not read.
    let small = TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(4096).unwrap();
    let stream = MaybeTlsStream::Plain(small.connect(app.address()).await.unwrap());
    let (socket, _) = client_async(handshake(&app, "graphql-transport-ws", None), stream).await.unwrap();
    let mut socket = Socket(socket);
    socket.say(json!({ "type": "connection_init" })).await;
    let asked = 256;
    for n in 0..asked {
        socket.ask(&format!("q{n}"), query).await;
    }
    let ask = || app.http().post(app.url("/graphql")).json(&json!({ "query": query })).send();
    let mut refused = ask().await.unwrap();
    for _ in 0..500 {
        if refused.status() != 200 {
            break;
        }
        refused = ask().await.unwrap();
    }
    // Unread answers count for the client, whichever way it asks: this request waits for room, or for its permit.
    let (status, refused): (u16, Value) = (refused.status().into(), refused.json().await.unwrap());
    let code = refused["errors"][0]["extensions"]["code"].as_str().unwrap();
    assert!(matches!((status, code), (429, "TOO_MANY_OPERATIONS") | (503, "OVERLOADED")), "{refused}");

    let (mut answered, mut sent_away) = (0, 0);
    assert_eq!(socket.hear().await["type"], "connection_ack");
    while answered + sent_away < asked {
        let message = socket.hear().await;
        match message["type"].as_str().unwrap() {
            "next" => answered += 1,
            "error" => sent_away += 1,
            _ => {}
        }
    }
    assert!(answered >= 8 && sent_away > 0, "{answered} were answered, {sent_away} were not: nothing is lost");
    assert_eq!(ask().await.unwrap().status(), 200, "now there is room");
}
