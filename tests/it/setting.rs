//! Settings: each is declared once, and all else follows from that. No allowed value makes the server fail later, and
//! no command prints a password. `FOLKMOOT_BLESS=1` writes the tables of `docs/settings.md` anew.

use std::{
    ffi::OsString,
    process::{Command, Output},
    sync::LazyLock,
    time::Duration,
};

use folkmoot::{
    cli,
    config::{Config, Kind, Setting, Settings, Taker},
};
use rstest::rstest;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    support::{
        Backend, TestApp,
        app::TestDatabase,
        page::{assert_current, table},
        process::Running,
    },
    websocket::Socket,
};

/// The ways to give a setting.
#[derive(Clone, Copy, Debug)]
enum Way {
    Flag,
    Variable,
    Key,
}

const WAYS: [Way; 3] = [Way::Flag, Way::Variable, Way::Key];

/// The files that settings name, by their settings.
static FILES: LazyLock<TempDir> = LazyLock::new(|| {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("database_url_file"), "sqlite:x.db").unwrap();
    std::fs::write(directory.path().join("trusted_documents"), "{}").unwrap();
    directory
});

/// The settings that have bounds.
fn bounded() -> impl Iterator<Item = (&'static Setting, i64, i64)> {
    Setting::all().filter_map(|setting| setting.bounds().map(|(least, most)| (setting, least, most)))
}

/// The settings that are numbers.
fn numbers() -> impl Iterator<Item = (&'static Setting, i64, i64)> {
    bounded().filter(|(setting, ..)| setting.kind == Kind::Number)
}

/// A value of this size, as flags and variables have it.
fn value(setting: &Setting, size: i128) -> String {
    let count = usize::try_from(size).unwrap_or_default();
    // A path may be as long as one likes.
    let padded = |start: &str, end: &str| {
        let between = count - start.len() - end.len();
        format!("{start}{}{}{end}", "./".repeat(between / 2), "/".repeat(between % 2))
    };
    match (setting.kind, setting.name) {
        (Kind::Number, _) => size.to_string(),
        (Kind::Text, "database_url") => padded("sqlite:", "x.db"),
        (Kind::Text, "log") => padded("info,", "=warn"),
        (Kind::Text, file) => padded(&format!("{}/", FILES.path().display()), &format!("/{file}")),
        (_, "cors_origins") => vec!["https://example.org"; count].join(","),
        (_, "trusted_proxies") => vec!["10.0.0.0/8"; count].join(","),
        _ => vec!["example.org"; count].join(","),
    }
}

/// The line of the file that gives this value.
fn line(setting: &Setting, value: &str) -> String {
    let items = || value.split(',').map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
    match setting.kind {
        Kind::Number | Kind::Switch => format!("{} = {value}\n", setting.key()),
        Kind::List => format!("{} = [{}]\n", setting.key(), items()),
        Kind::Text | Kind::Word => format!("{} = {value:?}\n", setting.key()),
    }
}

/// Other settings that a value needs: a request may not cost more than a client has.
fn beside(setting: &Setting) -> &'static str {
    if setting.name == "cost_limit" { "rate_limit = 0\n" } else { "" }
}

/// The configuration if this setting is given in this way.
fn configured(setting: &Setting, value: &str, way: Way) -> Result<Config, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (flags, variable, key) = spoken(setting, value, way);
    std::fs::write(file.path(), key + beside(setting)).unwrap();
    let matches = cli::command().try_get_matches_from(["folkmoot".into(), "serve".into()].into_iter().chain(flags));
    let variable = |name: &str| variable.iter().find(|(known, _)| known == name).map(|(_, value)| value.into());
    let path = Some(file.path().to_owned());
    cli::configuration(&matches.unwrap(), variable, path).map_err(|error| error.to_string())
}

/// The flag, the variable and the line that give this value; two of the three are empty.
fn spoken(setting: &Setting, value: &str, way: Way) -> (Vec<OsString>, Vec<(String, String)>, String) {
    match way {
        Way::Flag => (vec![format!("--{}={value}", setting.flag()).into()], Vec::new(), String::new()),
        Way::Variable => (Vec::new(), vec![(setting.variable(), value.into())], String::new()),
        Way::Key => (Vec::new(), Vec::new(), line(setting, value)),
    }
}

/// The program with this setting given in this way.
fn run(setting: &Setting, value: &str, way: Way) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (flags, variables, key) = spoken(setting, value, way);
    std::fs::write(file.path(), key + beside(setting)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.env_remove("DATABASE_URL").env("FOLKMOOT_CONFIG", file.path()).envs(variables);
    command.arg("serve").args(flags).output().unwrap()
}

/// What is refused of a setting, and how.
fn beyond((setting, least, most): (&Setting, i64, i64)) -> Vec<(String, String)> {
    let (verb, what) = match setting.kind {
        Kind::Number => ("be", ""),
        Kind::List => ("have", " items"),
        _ => ("have", " bytes"),
    };
    let refused = |size: i128, bound: &str, limit: i64| {
        (value(setting, size), format!("{} must {verb} at {bound} {limit}{what}", setting.name))
    };
    let mut beyond = vec![refused(i128::from(most) + 1, "most", most)];
    if setting.kind == Kind::Number {
        let widest = [u64::MAX.into(), i64::MAX.into(), i128::MAX, u32::MAX.into()];
        beyond.extend(widest.into_iter().filter(|size| *size > most.into()).map(|size| refused(size, "most", most)));
        beyond.push(refused(i128::from(least) - 1, "least", least));
        beyond.push(refused(i64::MIN.into(), "least", least));
    }
    beyond
}

#[test]
fn what_is_within_the_bounds_is_taken_and_nothing_beyond_them() {
    let mut looked_at = 0;
    for (setting, least, most) in bounded() {
        for way in WAYS {
            let ends = if setting.kind == Kind::Number { vec![least, most] } else { vec![most] };
            for end in ends {
                let config = configured(setting, &value(setting, end.into()), way);
                assert!(config.is_ok(), "{} at {end} by {way:?}: {config:?}", setting.name);
            }
            for (value, message) in beyond((setting, least, most)) {
                assert_eq!(configured(setting, &value, way).unwrap_err(), message, "by {way:?}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 500, "{looked_at}");
}

#[test]
fn what_is_beyond_the_bounds_ends_the_program_with_its_message_and_the_code_of_bad_usage() {
    for (place, setting) in bounded().enumerate() {
        for (value, message) in beyond(setting).into_iter().take(2) {
            let output = run(setting.0, &value, WAYS[place % WAYS.len()]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert_eq!(said, format!("folkmoot: {message}\n"));
        }
    }
}

#[test]
fn what_cannot_be_read_names_where_it_stands() {
    for setting in Setting::all().filter(|setting| !matches!(setting.kind, Kind::Text | Kind::List)) {
        for way in WAYS {
            let error = configured(setting, "\"hunter2\"", way).unwrap_err();
            let named = match way {
                Way::Flag => format!("--{} must be ", setting.flag()),
                Way::Variable => format!("{} must be ", setting.variable()),
                Way::Key => "line 1: ".into(),
            };
            assert!(error.contains(&named) && !error.contains("hunter2"), "{error}");
        }
    }
}

/// Every number at one of its ends.
fn ends() -> Vec<(String, Settings)> {
    let ends = numbers().flat_map(|(setting, least, most)| {
        [least, most].map(|end| {
            let text = line(setting, &end.to_string()) + beside(setting);
            (text.clone(), toml_of(&text))
        })
    });
    ends.collect()
}

fn toml_of(text: &str) -> Settings {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Settings::from_file(file.path().to_owned()).unwrap()
}

#[rstest]
#[case(Backend::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_any_setting_at_its_end_answers_and_stops(#[case] backend: Backend) {
    for (name, settings) in ends() {
        let start = TestApp::start_with_settings(backend, |all| *all = settings.or(all.clone()));
        let Some(mut app) = start.await else { return };
        assert_answers(app.http(), &app.url("")).await;
        // A stream may be refused with an error. The connection is never cut by a panic.
        let sent = app.http().post(app.url("/graphql/stream")).json(&subscription()).send().await;
        let mut stream = sent.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(matches!(stream.status().as_u16(), 200 | 413..=429 | 503), "{name}: {}", stream.status());
        let told = tokio::time::timeout(Duration::from_millis(20), stream.chunk()).await;
        assert!(!format!("{told:?}").contains("INTERNAL_SERVER_ERROR"), "{name}: {told:?}");
        if name.starts_with("streams.") {
            let mut socket = Socket::opened(&app).await;
            socket.ask("1", "{ __typename }").await;
            assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query", "{name}");
        }
        app.stop();
        app.db.close().await.unwrap();
    }
}

/// The simplest query is answered.
async fn assert_answers(client: &reqwest::Client, server: &str) {
    let answer = client.get(format!("{server}/graphql?query=%7B__typename%7D")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"data":{"__typename":"Query"}}"#);
}

#[cfg(unix)]
#[rstest]
#[case::least(|least, _| least, &[413, 503])]
#[case::most(|_, most| most, &[200])]
#[tokio::test]
async fn a_server_with_all_settings_at_their_ends_starts_answers_and_stops(
    #[case] end: fn(i64, i64) -> i64,
    #[case] live: &[u16],
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("DATABASE_URL", &database.url);
    command.envs(numbers().map(|(setting, least, most)| (setting.variable(), end(least, most).to_string())));
    let mut server = Running::spawn(command);
    let line = server.says("ready: http://").await;
    let address = format!("http://{}", line.split("http://").nth(1).unwrap().split('/').next().unwrap());
    let client = reqwest::Client::new();
    assert_answers(&client, &address).await;
    // The stream is open when the server is told to stop.
    let stream = client.post(format!("{address}/graphql/stream")).json(&subscription()).send().await.unwrap();
    assert!(live.contains(&stream.status().as_u16()), "{}", stream.status());
    server.signal(rustix::process::Signal::TERM);
    let status = server.end().await;
    assert!(status.success(), "{status}: {}", server.log());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// A query that is answered for as long as its client reads.
fn subscription() -> serde_json::Value {
    json!({ "query": "subscription { changes { cursor } }" })
}

#[test]
fn the_tables_of_settings_are_current() {
    let mut groups: Vec<_> = Setting::all().map(|setting| setting.group).collect();
    groups.dedup();
    let tables: Vec<_> = groups.iter().map(|group| format!("\n## {group}\n\n{}", group_table(group))).collect();
    assert_current("docs/settings.md", &[("settings", tables.concat() + "\n")]);
}

/// The settings of one heading.
fn group_table(group: &str) -> String {
    let rows = Setting::all().filter(|setting| setting.group == group).map(|setting| {
        vec![
            format!("`--{}`", [setting.flag().as_str(), setting.unit].join(" ").trim_end()),
            format!("`{}`", setting.variable()),
            format!("`{}`", setting.key()),
            setting.default(),
            setting.bounds_in_words(),
            setting.help(),
        ]
    });
    table(&["flag", "variable", "key", "default", "bounds", "what it does"], rows)
}

/// The help of a command.
fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_folkmoot")).args(arguments).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The flags of settings that a help names, each with its heading.
fn flags(help: &str) -> Vec<(String, String)> {
    let (mut heading, mut flags) = ("", Vec::new());
    for line in help.lines() {
        if let Some(text) = line.strip_suffix(':').filter(|text| !text.starts_with(' ')) {
            heading = text;
        } else if let Some(flag) = line.trim_start().strip_prefix("--") {
            let name = flag.split([' ', '[']).next().unwrap_or_default();
            flags.push((name.to_owned(), heading.to_owned()));
        }
    }
    flags.retain(|(flag, _)| Setting::all().any(|setting| setting.flag() == *flag));
    flags.sort();
    flags
}

#[rstest]
#[case::none(&[], &[Taker::Every])]
#[case::schema(&["schema"], &[Taker::Every])]
#[case::migrate(&["migrate"], &[Taker::Every])]
#[case::status(&["migrate", "status"], &[Taker::Every])]
#[case::search(&["search", "rebuild"], &[Taker::Every])]
#[case::import(&["import"], &[Taker::Every, Taker::ServeAndImport])]
#[case::serve(&["serve"], &[Taker::Every, Taker::ServeAndImport, Taker::Serve])]
fn the_help_of_a_command_has_each_flag_that_it_takes_once_under_its_heading(
    #[case] command: &[&str],
    #[case] takers: &[Taker],
) {
    let taken = Setting::all().filter(|setting| takers.contains(&setting.taker));
    let mut taken: Vec<_> = taken.map(|setting| (setting.flag(), setting.group.to_owned())).collect();
    taken.sort();
    let help = help(command);
    assert_eq!(flags(&help), taken, "{help}");
}

#[test]
fn the_first_help_fits_on_a_screen() {
    let help = help(&[]);
    assert!(help.lines().count() <= 40, "{help}");
}

#[test]
fn a_flag_of_the_server_is_no_flag_of_another_command() {
    for arguments in [vec!["--listen=127.0.0.1:0", "serve"], vec!["migrate", "status", "--listen=127.0.0.1:0"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_folkmoot")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("unexpected argument '--listen'"));
    }
}

#[rstest]
#[case::port("postgres://me:hunter2@127.0.0.1:99999/x")]
#[case::parameter("postgres://me:hunter2@127.0.0.1:1/x?token=hunter2")]
#[case::another_scheme("mysql://me:hunter2@127.0.0.1/x")]
#[case::no_scheme("hunter2")]
#[case::no_server("postgres://me:hunter2@127.0.0.1:1/x")]
fn no_command_prints_the_password(#[case] url: &str) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("url");
    std::fs::write(&file, url).unwrap();
    for (name, value) in [("DATABASE_URL", url), ("DATABASE_URL_FILE", file.to_str().unwrap())] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
        command.env_remove("DATABASE_URL").env(name, value).env("FOLKMOOT_LOG", "trace");
        let output = command.args(["migrate", "status"]).current_dir(directory.path()).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!output.status.success(), "{said}");
        assert!(!said.is_empty() && !said.contains("hunter2"), "{said}");
    }
}
