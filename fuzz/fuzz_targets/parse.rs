//! What passes the scan cannot break the parser.
#![no_main]

use async_graphql::parser::parse_query;
use folkmoot::graphql::limits::{Limits, scan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if scan::check(text, &Limits::default()).is_ok() {
        let _ = parse_query(text);
    }
});
