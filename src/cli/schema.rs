//! `folkmoot schema`: prints the SDL.

use std::process::ExitCode;

use super::{Failure, say};
use crate::graphql;

/// Prints the schema as `schema.graphql` holds it.
pub fn run() -> Result<ExitCode, Failure> {
    say(graphql::sdl())?;
    Ok(ExitCode::SUCCESS)
}
