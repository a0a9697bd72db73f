//! The declaration of a setting: the contents of a row in the table of settings, and what is derived from it.

use std::{fmt::Write as _, ops::RangeInclusive};

use super::{
    ConfigError, Settings,
    value::{Kind, Measure},
};

/// A setting as it is declared.
#[derive(Debug)]
pub struct Setting {
    /// Its name, from which the names of flag, variable and key are derived.
    pub name: &'static str,
    /// The table of the file that contains its key; empty for the top level.
    pub(super) table: &'static str,
    /// Its heading in the help and in the documentation.
    pub group: &'static str,
    /// Which commands take its flag.
    pub taker: Taker,
    /// Its description: the lines of its comment.
    pub(super) help: &'static [&'static str],
    /// The placeholder of its value; empty for a switch that is set by the flag alone.
    pub unit: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// The range of its value, of its length in bytes, or of its number of items.
    pub(super) bounds: RangeInclusive<i64>,
    /// Its default as a text.
    pub(super) default: fn() -> String,
    /// The default in words, if it depends on other settings or on the machine; else empty.
    pub(super) told: &'static str,
}

/// Which commands take the flag of a setting. Variables and the file are the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// Every command.
    Every,
    /// Those that work on the data.
    ServeAndImport,
    /// The server.
    Serve,
}

impl Setting {
    /// All settings, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        Settings::all()
    }

    /// The name of its flag, without the dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The name of its environment variable.
    pub fn variable(&self) -> String {
        let name = self.name.to_ascii_uppercase();
        if name.starts_with("DATABASE_URL") { name } else { format!("FOLKMOOT_{name}") }
    }

    /// Its key in the file.
    pub fn key(&self) -> String {
        if self.table.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.table, self.name) }
    }

    /// Its description.
    pub fn help(&self) -> String {
        let lines: Vec<_> = self.help.iter().map(|line| line.trim()).collect();
        lines.join(" ")
    }

    /// Its default, for people.
    pub fn default(&self) -> String {
        if self.told.is_empty() { (self.default)() } else { self.told.to_owned() }
    }

    /// Its lower and upper bound; `None` if it has none.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        self.kind.measure().map(|_| (*self.bounds.start(), *self.bounds.end()))
    }

    /// Its bounds in words; empty if it has none.
    pub fn bounds_in_words(&self) -> String {
        let (least, most) = (self.bounds.start(), self.bounds.end());
        match self.kind.measure() {
            Some(Measure::Itself) => format!("{least} to {most}"),
            Some(Measure::Bytes) => format!("at most {most} bytes"),
            Some(Measure::Items) => format!("at most {most}"),
            None => String::new(),
        }
    }

    /// Its help on the command line.
    pub fn help_with_facts(&self) -> String {
        let mut text = format!("{} [default: {}", self.help(), self.default());
        let bounds = self.bounds_in_words();
        if !bounds.is_empty() {
            // Writing to a `String` does not fail.
            let _ = write!(text, "; {bounds}");
        }
        format!("{text}] [env: {}]", self.variable())
    }

    /// Checks a size against the bounds. A value beyond them would overflow or use up all memory long after the start.
    pub(super) fn check(&self, size: Option<i64>) -> Result<(), ConfigError> {
        let (Some(size), Some(measure)) = (size, self.kind.measure()) else { return Ok(()) };
        let (verb, what) = match measure {
            Measure::Itself => ("be", ""),
            Measure::Bytes => ("have", " bytes"),
            Measure::Items => ("have", " items"),
        };
        let refuse = |bound| Err(ConfigError::Senseless(format!("{} must {verb} {bound}{what}", self.name)));
        match (self.bounds.start(), self.bounds.end()) {
            (least, _) if size < *least => refuse(format!("at least {least}")),
            (_, most) if size > *most => refuse(format!("at most {most}")),
            _ => Ok(()),
        }
    }
}

/// Declares the settings of the file's top level, or of one table of it.
///
/// A row is `name: type = default, bounds, "UNIT";`, or, if the default depends on other settings of the same table,
/// `name: type => function "in words", bounds, "UNIT";`. Its comment is its help. Rows are in groups. Each group has a
/// heading and names the commands that take its flags. A `made` field is computed from several settings by a function.
macro_rules! settings {
    (
        $(#[doc = $given_help:literal])+ $given:ident,
        $(#[doc = $used_help:literal])+ $used:ident, in $table:literal;
        $( $group:literal, $taker:ident {
            $( $(#[doc = $help:literal])+
            $name:ident: $type:ty $(= $default:expr)? $(=> $function:ident $told:literal)?, $bounds:expr, $unit:literal; )+
        } )+
        $( tables { $( $(#[doc = $inner_help:literal])+ $inner:ident: $inner_given:ident, $inner_used:ident; )+ } )?
        $( made { $( $(#[doc = $made_help:literal])+ $made:ident: $made_type:ty => $make:expr; )+ } )?
    ) => {
        $(#[doc = $given_help])+
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $given {
            $( $( $(#[doc = $help])+
            #[serde(deserialize_with = "value::from_file")]
            pub $name: Option<<$type as Value>::Given>, )+ )+
            $( $( $(#[doc = $inner_help])+ pub $inner: $inner_given, )+ )?
        }

        $(#[doc = $used_help])+
        #[derive(Clone, Debug)]
        pub struct $used {
            $( $( $(#[doc = $help])+ pub $name: $type, )+ )+
            $( $( $(#[doc = $inner_help])+ pub $inner: $inner_used, )+ )?
            $( $( $(#[doc = $made_help])+ pub $made: $made_type, )+ )?
        }

        impl $given {
            /// The rows.
            const ROWS: &[Setting] = &[ $( $( Setting {
                name: stringify!($name),
                table: $table,
                group: $group,
                taker: Taker::$taker,
                help: &[$( $help ),+],
                unit: $unit,
                kind: <<$type as Value>::Given as Given>::KIND,
                bounds: $bounds,
                default: || Self::default().$name().tell(),
                told: [$( $told, )? ""][0],
            }, )+ )+ ];

            /// All settings of this table and of the tables inside it.
            pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
                Self::ROWS.iter() $( $( .chain($inner_given::all()) )+ )?
            }

            $( $( $(#[doc = $help])+
            pub(super) fn $name(&self) -> <$type as Value>::Given {
                let default = || { $( $default.into() )? $( $function(self) )? };
                self.$name.clone().unwrap_or_else(default)
            } )+ )+

            /// These settings. Values that are not given are taken from `weaker`.
            #[must_use]
            pub fn or(self, weaker: Self) -> Self {
                Self {
                    $( $( $name: self.$name.or(weaker.$name), )+ )+
                    $( $( $inner: self.$inner.or(weaker.$inner), )+ )?
                }
            }

            /// Reads the value of a setting from a text.
            pub(super) fn read(&mut self, setting: &Setting, text: &OsStr) -> Result<(), &'static str> {
                $( $( if setting.table == stringify!($inner) {
                    return self.$inner.read(setting, text);
                } )+ )?
                match setting.name {
                    $( $( stringify!($name) => self.$name = Some(Given::read(text)?), )+ )+
                    _ => {}
                }
                Ok(())
            }

            /// Checks all given values against their bounds.
            pub(super) fn check(&self) -> Result<(), ConfigError> {
                for setting in Self::ROWS {
                    setting.check(match setting.name {
                        $( $( stringify!($name) => self.$name.as_ref().and_then(Given::size), )+ )+
                        _ => None,
                    })?;
                }
                $( $( self.$inner.check()?; )+ )?
                Ok(())
            }
        }

        impl $used {
            /// Makes the configuration from the given settings.
            pub(super) fn of(given: &$given) -> Result<Self, ConfigError> {
                Ok(Self {
                    $( $( $name: Value::make(given.$name()).map_err(ConfigError::Senseless)?, )+ )+
                    $( $( $inner: $inner_used::of(&given.$inner)?, )+ )?
                    $( $( $made: {
                        let make: fn(&$given) -> Result<$made_type, ConfigError> = $make;
                        make(given)?
                    }, )+ )?
                })
            }
        }
    };
}

pub(super) use settings;
