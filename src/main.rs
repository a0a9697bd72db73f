//! The `folkmoot` binary. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    folkmoot::cli::run()
}
