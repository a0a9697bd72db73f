//! Settings: no value of any of them ends the server later, and no command prints a password.

use std::process::Command;

use clap::{Args, FromArgMatches};
use folkmoot::config::{Config, Settings};
use rstest::rstest;

use crate::support::app::{Backend, TestApp};

/// Every setting with a number, by its flag and its key.
fn numbers() -> Vec<(String, String)> {
    let command = Settings::augment_args(clap::Command::new("folkmoot"));
    let named = command.get_arguments().filter_map(|argument| {
        let (flag, key) = (argument.get_long()?.to_owned(), argument.get_id().to_string());
        (given(&flag, "1").is_some() && given(&flag, "one").is_none()).then_some((flag, key))
    });
    named.collect()
}

/// What this value of a setting is read as; `None` if it is refused at once.
fn given(flag: &str, value: &str) -> Option<Settings> {
    let command = Settings::augment_args(clap::Command::new("folkmoot"));
    let matches = command.try_get_matches_from(["folkmoot", &format!("--{flag}={value}")]).ok()?;
    Settings::from_arg_matches(&matches).ok()
}

/// The extremes of each setting that are not refused. What is refused names its setting.
fn accepted() -> Vec<(String, Settings)> {
    let mut accepted = Vec::new();
    for (flag, key) in numbers() {
        for value in [0, 1, u64::from(u32::MAX), u64::MAX] {
            let Some(settings) = given(&flag, &value.to_string()) else { continue };
            match Config::try_from(settings.clone()) {
                Ok(_) => accepted.push((format!("{flag}={value}"), settings)),
                Err(error) => assert!(error.to_string().contains(&key), "{flag}={value}: {error}"),
            }
        }
        accepted.extend(most(&flag, &key));
    }
    accepted
}

/// A setting at the bound that its refusal names.
fn most(flag: &str, key: &str) -> Option<(String, Settings)> {
    let refused = [u64::MAX, u64::from(u32::MAX)]
        .iter()
        .find_map(|value| Config::try_from(given(flag, &value.to_string())?).err())?;
    let message = refused.to_string();
    let bound = message.strip_prefix(&format!("{key} must be at most "))?;
    let mut settings = given(flag, bound)?;
    if flag == "cost-limit" {
        // It may not be above what a client has.
        settings.rate_limit = settings.cost_limit;
    }
    Some((format!("{flag}={bound}"), settings))
}

#[test]
fn every_setting_with_a_number_is_looked_at() {
    let numbers = numbers();
    assert!(numbers.len() > 25, "{numbers:?}");
    assert!(numbers.contains(&("idle-timeout".into(), "idle_timeout".into())));
    let bounds: Vec<String> = accepted().into_iter().map(|(name, _)| name).collect();
    assert!(bounds.contains(&"request-timeout=86400".to_owned()), "{bounds:?}");
}

#[rstest]
#[case(Backend::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_any_accepted_extreme_answers(#[case] backend: Backend) {
    for (name, settings) in accepted() {
        let Some(app) = TestApp::start_with_settings(backend, |all| *all = settings.or(all.clone())).await else {
            return;
        };
        // What is too much for a limit is refused, in words. The connection is never cut by a panic.
        let body = serde_json::json!({ "query": "{ groups(first: 1) { nodes { name } } }" });
        let sent = app.http().post(app.url("/graphql")).json(&body).send().await;
        let answer = sent.unwrap_or_else(|error| panic!("{name}: {error}"));
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert!(!text.contains("INTERNAL_SERVER_ERROR"), "{name}: {text}");
        assert!(matches!(status, 200 | 400..=499 | 503 | 504), "{name}: {status} {text}");
        app.db.close().await.unwrap();
    }
}

#[rstest]
#[case::port("postgres://me:hunter2@127.0.0.1:99999/x")]
#[case::parameter("postgres://me:hunter2@127.0.0.1:1/x?token=hunter2")]
#[case::another_scheme("mysql://me:hunter2@127.0.0.1/x")]
#[case::no_scheme("hunter2")]
#[case::no_server("postgres://me:hunter2@127.0.0.1:1/x")]
fn no_command_prints_the_password(#[case] url: &str) {
    let directory = tempfile::TempDir::new().unwrap();
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
