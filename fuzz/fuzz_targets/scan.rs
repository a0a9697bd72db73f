//! The scan accepts any text that the parser accepts, unless it is too large or too deep, and never panics.
#![no_main]

use apollo_compiler::ast::Document;
use folkmoot::{
    error::Code,
    graphql::limits::{Limits, scan},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Err(refusal) = scan::check(text, &Limits::default()) else { return };
    if refusal.error.code() == Code::GraphqlParseFailed && text.len() < 200 {
        assert!(Document::parse(text, "").is_err(), "the scan refuses what the parser takes: {}", refusal.error);
    }
});
