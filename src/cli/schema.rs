//! `folkmoot schema`: prints the SDL.

use crate::graphql;

/// Prints the schema as `schema.graphql` holds it.
pub fn run() {
    print!("{}", graphql::sdl());
}
