//! What passes the scan cannot make the parser panic, nor the checks after it.
#![no_main]

use std::sync::LazyLock;

use folkmoot::graphql::{
    self,
    limits::{
        Limits,
        document::{Definitions, Document},
    },
};
use libfuzzer_sys::fuzz_target;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| graphql::definitions(true, true));

fuzz_target!(|text: &str| {
    let _ = Document::read(text, &Limits::default(), &DEFINITIONS);
});
