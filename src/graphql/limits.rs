//! What a document may cost before anything is done with it.
//!
//! The engine's own checks walk a fragment again wherever it is spread: two spreads a level double the work with each
//! level. So the selections that a document comes to are counted first, each fragment once.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use crate::error::{Error, Result};

/// How many selections a document may come to, every spread written out.
const MOST_SELECTIONS: usize = 10_000;
/// How many fragments a document may define; also bounds how deep they can be spread in one another.
const MOST_FRAGMENTS: usize = 200;

/// Refuses a document that is larger than it looks.
pub fn check(document: &ExecutableDocument) -> Result<()> {
    if document.fragments.len() > MOST_FRAGMENTS {
        let message =
            format!("The document defines {} fragments; {MOST_FRAGMENTS} are the most.", document.fragments.len());
        return Err(Error::invalid("QUERY_TOO_LARGE", message));
    }
    let mut counter = Counter { document, fragments: HashMap::new() };
    let operations = document.operations.iter();
    let selections = operations.fold(0, |sum: usize, (_, operation)| {
        sum.saturating_add(counter.selections(&operation.node.selection_set.node))
    });
    if selections > MOST_SELECTIONS {
        let message =
            format!("The document selects more than {MOST_SELECTIONS} fields, fragments written out. Ask for less.");
        return Err(Error::invalid("QUERY_TOO_LARGE", message));
    }
    Ok(())
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a Name, usize>,
}

impl<'a> Counter<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> usize {
        set.items.iter().fold(0, |sum: usize, selection| {
            sum.saturating_add(match &selection.node {
                Selection::Field(field) => 1 + self.selections(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            })
        })
    }

    /// What a fragment comes to. One that is being counted holds itself; validation says so later.
    fn fragment(&mut self, name: &'a Name) -> usize {
        if let Some(count) = self.fragments.get(name) {
            return *count;
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        self.fragments.insert(name, 0);
        let count = self.selections(&fragment.node.selection_set.node);
        self.fragments.insert(name, count);
        count
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn code(document: &str) -> Option<&'static str> {
        check(&parse_query(document).unwrap()).err().map(|error| error.code())
    }

    /// Fragments that each spread the next one twice.
    fn bomb(levels: usize) -> String {
        let fragments =
            (0..levels).map(|level| format!("fragment f{level} on Query {{ ...f{0} ...f{0} }} ", level + 1));
        format!("{{ ...f0 }} {}fragment f{levels} on Query {{ __typename }}", fragments.collect::<String>())
    }

    #[test]
    fn spreads_are_counted_as_if_written_out() {
        assert_eq!(code(&bomb(13)), None);
        assert_eq!(code(&bomb(14)), Some("QUERY_TOO_LARGE"));
        assert_eq!(code(&bomb(150)), Some("QUERY_TOO_LARGE"));
    }

    #[test]
    fn too_many_fragments_are_refused() {
        assert_eq!(code(&bomb(MOST_FRAGMENTS)), Some("QUERY_TOO_LARGE"));
    }

    #[test]
    fn a_circle_of_fragments_ends_here() {
        assert_eq!(code("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"), None);
    }
}
