//! Connections: slow, idle, greedy and many ones, and how they end.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::{Backend, TestApp, app::TestDatabase, process::Running};

/// Far longer than whatever these tests wait for.
const LONG: Duration = Duration::from_secs(20);

const ALIVE: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection on which this text was sent.
async fn say(app: &TestApp, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that the server sends until it closes, with an error or without.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the server sends, up to this text.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.contains(end) {
        let count = timeout(LONG, stream.read(&mut bytes)).await.expect("an answer").unwrap();
        assert!(count > 0, "closed after: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    text
}

/// Does the server leave the connection open for this long?
async fn stays_open(stream: &mut TcpStream, time: Duration) -> bool {
    timeout(time, stream.read(&mut [0; 1])).await.is_err()
}

async fn is_alive(app: &TestApp) -> bool {
    app.http().get(app.url("/livez")).send().await.is_ok_and(|answer| answer.status() == 200)
}

#[rstest]
#[tokio::test]
async fn a_slow_head_is_cut_off_and_an_idle_connection_may_wait(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.header_timeout = Some(1));
    let Some(app) = started.await else { return };
    let begin = Instant::now();
    let mut silent = TcpStream::connect(app.address()).await.unwrap();
    let mut slow = say(&app, "GET /livez HTTP/1.1\r\nho").await;
    let mut idle = say(&app, ALIVE).await;
    until(&mut idle, "alive").await;
    assert_eq!(rest(&mut slow).await, "");
    assert_eq!(rest(&mut silent).await, "");
    assert!(begin.elapsed() >= Duration::from_millis(900));
    assert!(stays_open(&mut idle, Duration::from_millis(1500)).await, "the wait for a next request is another one");
    // The next request counts as a slow head from its first byte on.
    idle.write_all(b"G").await.unwrap();
    assert_eq!(rest(&mut idle).await, "");
}

#[rstest]
#[tokio::test]
async fn an_idle_connection_is_closed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.idle_timeout = Some(1));
    let Some(app) = started.await else { return };
    let mut idle = say(&app, ALIVE).await;
    until(&mut idle, "alive").await;
    let begin = Instant::now();
    assert_eq!(rest(&mut idle).await, "");
    assert!(begin.elapsed() >= Duration::from_millis(900));
}

#[rstest]
#[tokio::test]
async fn heads_are_bounded(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ok = app.http().get(app.url(&format!("/livez?{}", "x".repeat(16_000)))).send().await.unwrap();
    assert_eq!(ok.status(), 200);
    let long = app.http().get(app.url(&format!("/graphql?query={}", "x".repeat(17_000)))).send().await.unwrap();
    assert_eq!(long.status(), 414);
    assert!(long.headers().contains_key("x-request-id"));
    assert_eq!(code(long).await, "URL_TOO_LONG");

    let large = app.http().get(app.url("/livez")).header("x-large", "x".repeat(17_000)).send().await.unwrap();
    assert_eq!(large.status(), 431);
    assert_eq!(code(large).await, "HEADERS_TOO_LARGE");
    let mut many = app.http().get(app.url("/livez"));
    for number in 0..70 {
        many = many.header(format!("x-{number}"), "x");
    }
    assert_eq!(many.send().await.unwrap().status(), 431);

    // Far beyond the limit at least the status is sent.
    let mut endless = say(&app, &format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-endless: {}", "x".repeat(100_000))).await;
    assert!(rest(&mut endless).await.starts_with("HTTP/1.1 431"));
}

async fn code(answer: reqwest::Response) -> String {
    let answer: Value = answer.json().await.unwrap();
    answer["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_client_that_does_not_read_loses_its_connection(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.write_timeout = Some(1));
    let Some(app) = started.await else { return };
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.address()).await.unwrap();
    let asked = 1000;
    let (mut reads, mut writes) = stream.split();
    // The server may stop reading before all requests are written.
    let _ = writes.write_all("GET /schema.graphql HTTP/1.1\r\nhost: x\r\n\r\n".repeat(asked).as_bytes()).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut bytes = Vec::new();
    let _ = timeout(LONG, reads.read_to_end(&mut bytes)).await.expect("the server has given up");
    let answers = String::from_utf8_lossy(&bytes).matches("HTTP/1.1 200").count();
    assert!(answers < asked, "{answers}");
    assert!(is_alive(&app).await);
}

#[rstest]
#[tokio::test]
async fn a_slow_reader_that_reads_gets_everything(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.write_timeout = Some(1));
    let Some(app) = started.await else { return };
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.address()).await.unwrap();
    let question = "GET /schema.graphql HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    let last = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(format!("{question}{last}").as_bytes()).await.unwrap();
    let (mut bytes, mut part) = (Vec::new(), vec![0; 1024 * 1024]);
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        match timeout(LONG, stream.read(&mut part)).await.unwrap().unwrap() {
            0 => break,
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
    assert_eq!(String::from_utf8_lossy(&bytes).matches("HTTP/1.1 200").count(), 101);
}

#[rstest]
#[tokio::test]
async fn a_client_that_reads_too_slowly_loses_its_connection(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.connections.write_timeout = Some(1);
        settings.connections.least_reading = Some(1024 * 1024);
    });
    let Some(app) = started.await else { return };
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(app.address()).await.unwrap();
    let (mut reads, mut writes) = stream.split();
    let _ = writes.write_all(SCHEMA.repeat(1000).as_bytes()).await;
    // The client never stops reading, but all answers would take it many minutes.
    let read_on = async {
        let mut part = vec![0; 16 * 1024];
        while reads.read(&mut part).await.is_ok_and(|count| count > 0) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_mins(2), read_on).await.expect("the server has given up");
    assert!(is_alive(&app).await);
}

#[rstest]
#[tokio::test]
async fn a_server_with_host_names_refuses_others(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.public_hosts = Some(vec!["api.example.org".into(), "[::1]".into()]);
    });
    let Some(app) = started.await else { return };
    for (target, host, status) in [
        ("/schema.graphql", "api.example.org", "200"),
        ("/schema.graphql", "API.example.org:8443", "200"),
        ("/schema.graphql", "[::1]:8000", "200"),
        // A foreign page whose host name now resolves to this server (DNS rebinding).
        ("/schema.graphql", "rebound.example", "421"),
        ("/schema.graphql", "api.example.org.rebound.example", "421"),
        ("/schema.graphql", "127.0.0.1", "421"),
        ("/schema.graphql", "", "421"),
        ("http://rebound.example/schema.graphql", "api.example.org", "421"),
        ("/livez", "10.0.0.1:8000", "200"),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let answer = rest(&mut say(&app, &head).await).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{target} {host}: {answer}");
        assert_eq!(answer.contains("UNKNOWN_HOST"), status == "421", "{target} {host}");
    }
}

#[rstest]
#[tokio::test]
async fn a_thousand_slow_connections_hurt_nobody(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut slow = Vec::new();
    for _ in 0..1000 {
        slow.push(say(&app, "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: appl").await);
    }
    let begin = Instant::now();
    for _ in 0..50 {
        assert_eq!(app.query("{ __typename }").await, json!({ "__typename": "Query" }));
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[rstest]
#[tokio::test]
async fn beyond_the_most_connections_only_health_is_answered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.max_connections = Some(2));
    let Some(app) = started.await else { return };
    let mut first = say(&app, ALIVE).await;
    until(&mut first, "alive").await;
    let mut second = say(&app, ALIVE).await;
    until(&mut second, "alive").await;

    let mut health = say(&app, ALIVE).await;
    assert!(rest(&mut health).await.ends_with("alive\n"), "answered, and closed");
    let mut other = say(&app, "GET /schema.graphql HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = rest(&mut other).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("TOO_MANY_CONNECTIONS"), "{answer}");
    assert!(answer.contains("retry-after: 1"), "{answer}");
    // Open connections keep their places, and a closed one makes room.
    first.write_all(ALIVE.as_bytes()).await.unwrap();
    until(&mut first, "alive").await;
    drop(second);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut next = say(&app, "GET /schema.graphql HTTP/1.1\r\nhost: x\r\n\r\n").await;
    until(&mut next, "HTTP/1.1 200").await;
}

#[rstest]
#[tokio::test]
async fn connections_are_kept_and_requests_may_be_pipelined(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut stream = say(&app, &ALIVE.repeat(3)).await;
    let mut answers = String::new();
    while answers.matches("alive").count() < 3 {
        answers.push_str(&until(&mut stream, "alive").await);
    }
    let body = r#"{"query":"{ __typename }"}"#;
    let length = body.len();
    let post = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(post.as_bytes()).await.unwrap();
    assert!(until(&mut stream, "Query").await.starts_with("HTTP/1.1 200"));
}

#[rstest]
#[tokio::test]
async fn the_end_closes_idle_connections_at_once_and_waits_for_no_one_for_ever(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| settings.shutdown_grace = Some(2));
    let Some(mut app) = started.await else { return };
    let mut idle = say(&app, ALIVE).await;
    until(&mut idle, "alive").await;
    let mut begun = say(&app, "GET /livez HTT").await;
    let mut slow = say(
        &app,
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    )
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begin = Instant::now();
    app.stop();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut begun).await, "");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(rest(&mut slow).await, "");
    assert!(begin.elapsed() >= Duration::from_millis(1900), "{:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

/// A connection from another address of this machine.
async fn say_from(address: [u8; 4], app: &TestApp, text: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    let mut stream = socket.connect(app.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

const SCHEMA: &str = "GET /schema.graphql HTTP/1.1\r\nhost: x\r\n\r\n";

// Only Linux answers on all of 127.0.0.0/8.
#[cfg(target_os = "linux")]
#[rstest]
#[tokio::test]
async fn one_address_cannot_take_all_connections(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.connections.max_connections = Some(6);
        settings.connections.client_connections = Some(2);
        settings.trusted_proxies = Some(vec!["127.0.0.3".into()]);
    });
    let Some(app) = started.await else { return };
    let mut own = Vec::new();
    for _ in 0..2 {
        let mut stream = say_from([127, 0, 0, 2], &app, SCHEMA).await;
        until(&mut stream, "HTTP/1.1 200").await;
        own.push(stream);
    }
    let answer = rest(&mut say_from([127, 0, 0, 2], &app, SCHEMA).await).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("TOO_MANY_CONNECTIONS"), "{answer}");
    assert!(answer.contains("Your address") && answer.contains("retry-after: 1"), "{answer}");
    let answer = rest(&mut say_from([127, 0, 0, 2], &app, ALIVE).await).await;
    assert!(answer.ends_with("alive\n"), "{answer}");
    // Connections from a trusted proxy do not count for the address of the proxy. Another address has its own places.
    for address in [[127, 0, 0, 3], [127, 0, 0, 3], [127, 0, 0, 3], [127, 0, 0, 4]] {
        let mut stream = say_from(address, &app, SCHEMA).await;
        until(&mut stream, "HTTP/1.1 200").await;
        own.push(stream);
    }
    drop(own);
    tokio::time::sleep(Duration::from_millis(300)).await;
    until(&mut say_from([127, 0, 0, 2], &app, SCHEMA).await, "HTTP/1.1 200").await;
}

#[rstest]
#[tokio::test]
async fn silent_connections_keep_no_health_check_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| settings.connections.max_connections = Some(1));
    let Some(app) = started.await else { return };
    let mut first = say(&app, ALIVE).await;
    until(&mut first, "alive").await;
    let mut silent = Vec::new();
    for round in 0..10 {
        for n in 0..40 {
            silent.push(say(&app, if n % 2 == 0 { "" } else { "GET /livez HT" }).await);
        }
        let answer = rest(&mut say(&app, ALIVE).await).await;
        assert!(answer.ends_with("alive\n"), "after {} silent ones: {answer}", 40 * (round + 1));
    }
}

#[rstest]
#[tokio::test]
async fn a_request_says_once_for_which_host_it_is(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (head, status) in [
        ("GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n", "400"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nhost: a\r\nconnection: close\r\n\r\n", "400"),
        ("GET /livez HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", "400"),
        ("GET /livez HTTP/1.0\r\n\r\n", "200"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "200"),
    ] {
        let answer = rest(&mut say(&app, head).await).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head}: {answer}");
        assert_eq!(answer.contains("BAD_HOST"), status == "400", "{answer}");
    }
}

#[rstest]
#[tokio::test]
async fn a_body_is_chunked_and_coded_in_no_other_way(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let body = r#"{"query":"{ __typename }"}"#;
    for (coding, status) in [("chunked", "200"), ("gzip, chunked", "400"), ("identity", "400")] {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: {coding}"
        );
        let answer =
            rest(&mut say(&app, &format!("{head}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())).await).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{coding}: {answer}");
    }
}

#[cfg(unix)]
/// Whether the answer to a probe on this connection says that the server is alive.
async fn is_answered(probe: &mut TcpStream) -> bool {
    let (mut answer, mut bytes) = (String::new(), [0; 4096]);
    let mut is_open = probe.write_all(ALIVE.as_bytes()).await.is_ok();
    while is_open && !answer.contains("alive") {
        let count = probe.read(&mut bytes).await.unwrap_or_default();
        answer.push_str(&String::from_utf8_lossy(&bytes[..count]));
        is_open = count > 0;
    }
    answer.starts_with("HTTP/1.1 200") && answer.contains("alive")
}

#[rstest]
#[tokio::test]
async fn a_server_without_files_still_answers_health_checks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::migrated(backend).await else { return };
    let mut command = std::process::Command::new("sh");
    // With this few files, half of them is more than what is left.
    command.args(["-c", "ulimit -n 40 && exec \"$0\" serve --listen 127.0.0.1:0", env!("CARGO_BIN_EXE_folkmoot")]);
    command.env("DATABASE_URL", &database.url);
    let server = Running::spawn(command);
    let line = server.says("ready: http://").await;
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    server.says("cannot take connections").await;
    let mut answered = 0;
    for _ in 0..30 {
        // A connection makes room if its request has not arrived yet. On a busy machine that may be a probe; the next one asks again.
        let mut probe = TcpStream::connect(&address).await.unwrap();
        answered += usize::from(timeout(LONG, is_answered(&mut probe)).await.expect("an end"));
        if answered == 10 {
            break;
        }
    }
    assert_eq!(answered, 10);
    drop(silent);
}
