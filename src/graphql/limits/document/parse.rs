//! Asks the library for the syntax of a document, and refuses what it wrongly accepts.

use apollo_compiler::{ast::Document as Syntax, parser::Parser};

use super::explain;
use crate::graphql::limits::{Limits, Refusal, scan::Scan};

/// The syntax of a document, or the reason why it cannot be parsed.
pub fn document(scan: &Scan, limits: &Limits) -> Result<Syntax, Refusal> {
    if scan.text().is_empty() {
        let message = "The document is empty. Write an operation, for instance `{ groups { nodes { name } } }`.";
        return Err(Refusal::unparsed(message, None));
    }
    let syntax = read(scan.text(), limits).map_err(|errors| explain::syntax(&errors, scan))?;
    values_are_given(scan)?;
    descriptions_are_strings(scan, limits)?;
    Ok(syntax)
}

fn read(text: &str, limits: &Limits) -> Result<Syntax, apollo_compiler::validation::DiagnosticList> {
    // The scan has bounded the depth of brackets; each is a few calls of the parser.
    let mut parser = Parser::new().recursion_limit(limits.depth.saturating_mul(8));
    parser.parse_ast(text, "").map_err(|invalid| invalid.errors)
}

/// What a bracket encloses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// Names with values: arguments and input objects.
    Fields,
    /// Selections.
    Selections,
    /// Lists, types and the declarations of variables.
    Other,
}

/// Refuses an argument or a field of an input object without a value: the parser skips a name with no colon after it.
fn values_are_given(scan: &Scan) -> Result<(), Refusal> {
    let mut open = Vec::new();
    let mut tokens = scan.tokens().peekable();
    while let Some((token, at)) = tokens.next() {
        let next = tokens.peek().map(|(token, _)| *token);
        match token {
            "(" | "[" if token == "[" || next == Some("$") => open.push(Bracket::Other),
            "{" if matches!(open.last(), None | Some(Bracket::Selections)) => open.push(Bracket::Selections),
            "(" | "{" => open.push(Bracket::Fields),
            ")" | "}" | "]" => {
                open.pop();
            }
            // The next token begins the value and is no field name.
            ":" if open.last() == Some(&Bracket::Fields) => match next {
                Some("{" | "[") | None => {}
                Some("$") => drop(tokens.nth(1)),
                Some(_) => drop(tokens.next()),
            },
            name if open.last() == Some(&Bracket::Fields) && next != Some(":") => {
                return Err(Refusal::unparsed(
                    format!("The document is not GraphQL: `{name}` needs a value, `{name}: …`."),
                    Some(at),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a description that is no GraphQL string.
fn descriptions_are_strings(scan: &Scan, limits: &Limits) -> Result<(), Refusal> {
    for (description, at) in scan.descriptions() {
        if read(&format!("{{ a(b: {description}) }}"), limits).is_err() {
            return Err(Refusal::unparsed("The document is not GraphQL: a description is no string.", Some(*at)));
        }
    }
    Ok(())
}
