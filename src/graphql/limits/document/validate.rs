//! Asks the library whether a document is valid, and corrects two of its answers.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Argument, Document as Syntax, Value as Literal},
    executable::{Selection, SelectionSet},
    validation::Valid,
};

use super::{definitions::Definitions, explain};
use crate::graphql::limits::{Refusal, scan::Scan};

/// The valid document, or why it is not valid.
pub fn check(syntax: &Syntax, scan: &Scan, definitions: &Definitions) -> Result<Valid<ExecutableDocument>, Refusal> {
    if syntax.definitions.iter().all(|definition| definition.as_fragment_definition().is_some()) {
        let at = syntax.definitions.first().and_then(apollo_compiler::ast::Definition::location);
        let message = "The document has no operation. Write one, for instance `{ groups { nodes { name } } }`.";
        return Err(Refusal::invalid(message, scan.at(at)));
    }
    let document = match syntax.to_executable_validate(definitions.schema()) {
        Ok(valid) => valid,
        Err(invalid) => {
            let allowed = allowed(&invalid.partial);
            match explain::first(&invalid.errors, allowed, scan, definitions) {
                Some(refusal) => return Err(refusal),
                None => Valid::assume_valid(invalid.partial),
            }
        }
    };
    compare_lists(&document, scan, definitions)?;
    Ok(document)
}

/// The names of the errors that are ignored. At the root of a subscription the library counts fields, where the
/// specification counts response names (5.2.4.1). It also refuses `@skip` and `@include` there, as the specification of
/// September 2025 does; the one before does not.
fn allowed(document: &ExecutableDocument) -> &'static [&'static str] {
    let mut subscriptions = document.operations.iter().filter(|operation| operation.is_subscription());
    let have_one_root = subscriptions.all(|operation| {
        operation.root_fields(document).map(|field| field.response_key()).collect::<HashSet<_>>().len() == 1
    });
    let allowed = &["SubscriptionUsesConditionalSelection", "SubscriptionUsesMultipleFields"];
    if have_one_root { allowed } else { &allowed[..1] }
}

/// Fields with the same response name must have equal arguments (5.3.2). The library compares two lists only up to the
/// length of the shorter one. So if such lists differ in length, it validates again with a marker at the end of each
/// list.
fn compare_lists(document: &ExecutableDocument, scan: &Scan, definitions: &Definitions) -> Result<(), Refusal> {
    let mut lengths = HashMap::new();
    let sets = document.operations.iter().map(|operation| &operation.selection_set);
    let sets = sets.chain(document.fragments.values().map(|fragment| &fragment.selection_set));
    if sets.into_iter().all(|set| are_of_one_length(set, &mut lengths)) {
        return Ok(());
    }
    let mut marked = document.clone();
    if let Some(operation) = &mut marked.operations.anonymous {
        mark(&mut operation.make_mut().selection_set);
    }
    for operation in marked.operations.named.values_mut() {
        mark(&mut operation.make_mut().selection_set);
    }
    for fragment in marked.fragments.values_mut() {
        mark(&mut fragment.make_mut().selection_set);
    }
    let Err(invalid) = marked.validate(definitions.schema()) else { return Ok(()) };
    let conflict =
        invalid.errors.iter().find(|error| error.error.unstable_error_name() == Some("ConflictingFieldArgument"));
    conflict.map_or(Ok(()), |error| Err(explain::error(&error, scan, definitions)))
}

/// Whether the lists of each response name have the same lengths as those seen before.
fn are_of_one_length<'a>(set: &'a SelectionSet, lengths: &mut HashMap<&'a Name, Vec<usize>>) -> bool {
    set.selections.iter().all(|selection| match selection {
        Selection::Field(field) => {
            let mut own = Vec::new();
            field.arguments.iter().for_each(|argument| note_lengths(&argument.value, &mut own));
            let known = lengths.entry(field.response_key()).or_insert_with(|| own.clone());
            *known == own && are_of_one_length(&field.selection_set, lengths)
        }
        Selection::InlineFragment(inline) => are_of_one_length(&inline.selection_set, lengths),
        Selection::FragmentSpread(_) => true,
    })
}

fn note_lengths(literal: &Literal, lengths: &mut Vec<usize>) {
    match literal {
        Literal::List(items) => {
            lengths.push(items.len());
            for item in items {
                note_lengths(item, lengths);
            }
        }
        Literal::Object(fields) => {
            for (_, value) in fields {
                note_lengths(value, lengths);
            }
        }
        _ => {}
    }
}

fn mark(set: &mut SelectionSet) {
    for selection in &mut set.selections {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                field.arguments.iter_mut().map(Node::make_mut).for_each(|Argument { value, .. }| mark_lists(value));
                mark(&mut field.selection_set);
            }
            Selection::InlineFragment(inline) => mark(&mut inline.make_mut().selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn mark_lists(literal: &mut Node<Literal>) {
    match literal.make_mut() {
        Literal::List(items) => {
            items.iter_mut().for_each(mark_lists);
            items.push(Node::new(Literal::Enum(apollo_compiler::name!(END))));
        }
        Literal::Object(fields) => fields.iter_mut().for_each(|(_, value)| mark_lists(value)),
        _ => {}
    }
}
