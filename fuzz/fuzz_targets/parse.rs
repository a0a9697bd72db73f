//! What passes the scan cannot break the parser.
#![no_main]

use async_graphql::parser::parse_query;
use folkmoot::graphql::limits::{Limits, scan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(end) = scan::check(text, &Limits::default()) {
        let _ = parse_query(text.get(..end).unwrap_or(text));
    }
});
