//! Settings as flags: each command takes the ones that it uses.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{Kind, Setting, Taker};

/// Adds the flags of the settings to the command line.
pub fn with_settings(command: Command) -> Command {
    command
        .args(of(Taker::Every).map(|flag| flag.global(true)))
        .mut_subcommand("serve", |serve| serve.args(of(Taker::ServeAndImport)).args(of(Taker::Serve)))
        .mut_subcommand("import", |import| import.args(of(Taker::ServeAndImport)))
}

/// The settings that are given as flags, each with its text. A flag may come before or after its command.
pub fn given(matches: &ArgMatches) -> Vec<(&'static Setting, OsString)> {
    let mut given: Vec<_> = Setting::all().filter_map(|setting| Some((setting, text(matches, setting)?))).collect();
    if let Some((_, command)) = matches.subcommand() {
        given.extend(self::given(command));
    }
    given
}

/// The text of a flag. The texts of a list are joined with commas.
fn text(matches: &ArgMatches, setting: &Setting) -> Option<OsString> {
    let texts: Vec<_> = matches.try_get_raw(setting.name).ok()??.collect();
    Some(texts.join(",".as_ref()))
}

fn of(taker: Taker) -> impl Iterator<Item = Arg> {
    Setting::all().filter(move |setting| setting.taker == taker).map(flag)
}

fn flag(setting: &Setting) -> Arg {
    let flag = Arg::new(setting.name)
        .long(setting.flag())
        .help(setting.help_with_facts())
        .help_heading(setting.group)
        .value_parser(value_parser!(OsString));
    match setting.kind {
        _ if setting.unit.is_empty() => {
            flag.value_name("BOOL").num_args(0..=1).require_equals(true).default_missing_value("true")
        }
        Kind::List => flag.value_name(setting.unit).action(ArgAction::Append),
        _ => flag.value_name(setting.unit),
    }
}
