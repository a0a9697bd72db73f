//! What a document comes to with its fragments written out. Each fragment is measured once, so that the work is linear in
//! the document, whatever it comes to.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Pos, Positioned, Value,
    parser::types::{Directive, ExecutableDocument, OperationType, Selection, SelectionSet},
};

use super::{Limits, Refusal};

/// How many fragments a document may define.
const MOST_FRAGMENTS: usize = 200;
/// How many fragments may be spread within one another; the engine's checks walk such a chain from each of its links.
const LONGEST_CHAIN: usize = 20;

/// Refuses a document that is larger than it looks, and fragments that are circular or used by nobody.
pub fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    if document.fragments.len() > MOST_FRAGMENTS {
        let message =
            format!("The document defines {} fragments; {MOST_FRAGMENTS} are the most.", document.fragments.len());
        return Err(Refusal::too_large(message, None));
    }
    let mut ruler = Ruler { document, limits, fragments: HashMap::new() };
    let mut selections: usize = 0;
    for (_, operation) in document.operations.iter() {
        let mut on_variables =
            operation.node.variable_definitions.iter().flat_map(|variable| &variable.node.directives);
        if let Some(directive) = on_variables.next() {
            return Err(misplaced(directive, "a variable"));
        }
        let mut size = ruler.measure(&operation.node.selection_set, Place::default())?;
        size.directives = size.directives.saturating_add(operation.node.directives.len());
        selections = selections.saturating_add(size.selections);
        let at = Some(operation.pos);
        if operation.node.ty == OperationType::Subscription && size.fields != 1 {
            let message = "A subscription has exactly one root field. Open several subscriptions.";
            return Err(Refusal::invalid(message, at));
        }
        at_most("aliases", size.aliases, limits.aliases, at)?;
        at_most("root fields", size.fields, limits.root_fields, at)?;
        at_most("directives", size.directives, limits.directives, at)?;
        at_most("selections", selections, limits.selections, at)?;
    }
    match document.fragments.iter().find(|(name, _)| !ruler.fragments.contains_key(name)) {
        Some((name, fragment)) => Err(Refusal::invalid(
            format!("The fragment `{name}` is used nowhere. Spread it, or take it out."),
            Some(fragment.pos),
        )),
        None => Ok(()),
    }
}

fn at_most(what: &str, count: usize, most: usize, at: Option<Pos>) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    let message =
        format!("The operation has more than {most} {what}, its fragments written out. Ask for less at a time.");
    Err(Refusal::too_large(message, at))
}

/// The engine looks at no directive of a variable, nor of `__typename`, so a misspelt one would do nothing and say nothing.
fn misplaced(directive: &Positioned<Directive>, place: &str) -> Refusal {
    let message = format!("There is no directive `@{}` for {place}.", directive.node.name.node);
    Refusal::invalid(message, Some(directive.pos))
}

fn may_stand_on_typename(directive: &Positioned<Directive>) -> Result<(), Refusal> {
    if !matches!(directive.node.name.node.as_str(), "skip" | "include") {
        return Err(misplaced(directive, "`__typename`"));
    }
    // A variable stands for a Boolean here; its type is checked where the engine reads it.
    let boolean = |_| Ok::<_, Infallible>(Value::Boolean(true));
    match directive.node.arguments.as_slice() {
        [(name, value)]
            if name.node == "if" && matches!(value.node.clone().into_const_with(boolean), Ok(Value::Boolean(_))) =>
        {
            Ok(())
        }
        _ => {
            let message = format!("`@{}` takes one argument, `if`, a Boolean.", directive.node.name.node);
            Err(Refusal::invalid(message, Some(directive.pos)))
        }
    }
}

/// What a selection set comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields of this level.
    fields: usize,
    /// Fields and spreads of all levels. A spread counts too: a bomb need not hold a single field.
    selections: usize,
    aliases: usize,
    directives: usize,
    /// How many levels it has.
    depth: usize,
}

impl Size {
    /// Adds a selection set of the same level.
    fn beside(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.below(Self { depth: other.depth.saturating_sub(1), ..other });
    }

    /// Adds a selection set of the next level.
    fn below(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth + 1);
    }

    fn selection(&mut self, directives: &[Positioned<Directive>]) {
        self.selections = self.selections.saturating_add(1);
        self.directives = self.directives.saturating_add(directives.len());
    }
}

/// Where the ruler is: levels of fields above, and fragments that are spread in one another.
#[derive(Clone, Copy, Default)]
struct Place {
    level: usize,
    chain: usize,
}

struct Ruler<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    /// `None` while it is being measured.
    fragments: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Ruler<'a> {
    fn measure(&mut self, set: &'a Positioned<SelectionSet>, place: Place) -> Result<Size, Refusal> {
        let mut size = Size { depth: 1, ..Size::default() };
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => {
                    size.selection(&field.node.directives);
                    if field.node.name.node == "__typename" {
                        field.node.directives.iter().try_for_each(may_stand_on_typename)?;
                    }
                    size.fields = size.fields.saturating_add(1);
                    size.aliases = size.aliases.saturating_add(usize::from(field.node.alias.is_some()));
                    if !field.node.selection_set.node.items.is_empty() {
                        let below = Place { level: place.level + 1, ..place };
                        self.not_too_deep(below, 1, field.pos)?;
                        size.below(self.measure(&field.node.selection_set, below)?);
                    }
                }
                Selection::InlineFragment(inline) => {
                    size.selection(&inline.node.directives);
                    size.beside(self.measure(&inline.node.selection_set, place)?);
                }
                Selection::FragmentSpread(spread) => {
                    size.selection(&spread.node.directives);
                    let name = &spread.node.fragment_name.node;
                    size.beside(self.fragment(name, Place { chain: place.chain + 1, ..place }, selection.pos)?);
                }
            }
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name, place: Place, at: Pos) -> Result<Size, Refusal> {
        match self.fragments.get(name) {
            Some(Some(size)) => {
                self.not_too_deep(place, size.depth, at)?;
                return Ok(*size);
            }
            Some(None) => return Err(Refusal::invalid(format!("The fragment `{name}` holds itself."), Some(at))),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Err(Refusal::invalid(format!("There is no fragment `{name}` in the document."), Some(at)));
        };
        if place.chain > LONGEST_CHAIN {
            let message = format!("More than {LONGEST_CHAIN} fragments are spread within one another.");
            return Err(Refusal::too_deep(message, Some(at)));
        }
        self.fragments.insert(name, None);
        let mut size = self.measure(&fragment.node.selection_set, place)?;
        size.directives = size.directives.saturating_add(fragment.node.directives.len());
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    fn not_too_deep(&self, place: Place, levels: usize, at: Pos) -> Result<(), Refusal> {
        if place.level + levels <= self.limits.depth {
            return Ok(());
        }
        let message =
            format!("The document nests deeper than {} levels, its fragments written out.", self.limits.depth);
        Err(Refusal::too_deep(message, Some(at)))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;
    use crate::error::Code;

    fn code(document: &str) -> Option<Code> {
        check(&parse_query(document).unwrap(), &Limits::default()).err().map(|refusal| refusal.error.code())
    }

    /// Fragments that each spread the next one several times; the last one has the leaf.
    fn bomb(levels: usize, spreads: usize, leaf: &str) -> String {
        let fragments = (0..levels).map(|level| {
            format!("fragment f{level} on Query {{ {} }} ", format!("...f{} ", level + 1).repeat(spreads))
        });
        format!("{{ ...f0 }} {}fragment f{levels} on Query {{ {leaf} }}", fragments.collect::<String>())
    }

    #[test]
    fn spreads_are_counted_as_if_written_out() {
        assert_eq!(code(&bomb(3, 2, "__typename")), None);
        assert_eq!(code(&bomb(12, 2, "a { b }")), Some(Code::QueryTooLarge));
        assert_eq!(code(&bomb(19, 20, "a: b @skip(if: true)")), Some(Code::QueryTooLarge));
        // Not one field, but many a walk.
        assert_eq!(code(&bomb(18, 2, "... { __typename }")), Some(Code::QueryTooLarge));
    }

    #[test]
    fn each_count_has_its_limit() {
        let many = |count: usize, what: &dyn Fn(usize) -> String| (0..count).map(what).collect::<Vec<_>>().join(" ");
        let nested = |count, what: &dyn Fn(usize) -> String| format!("{{ e {{ {} }} }}", many(count, what));
        assert_eq!(code(&nested(30, &|n| format!("a{n}: b"))), None);
        assert_eq!(code(&nested(31, &|n| format!("a{n}: b"))), Some(Code::QueryTooLarge));
        assert_eq!(code(&format!("{{ {} }}", many(20, &|n| format!("f{n}")))), None);
        assert_eq!(code(&format!("{{ {} }}", many(21, &|n| format!("f{n}")))), Some(Code::QueryTooLarge));
        assert_eq!(
            code(&format!("{{ ...f ...f }} fragment f on Query {{ {} }}", many(11, &|n| format!("f{n}")))),
            Some(Code::QueryTooLarge)
        );
        assert_eq!(code(&nested(50, &|n| format!("f{n} @d"))), None);
        assert_eq!(code(&nested(51, &|n| format!("f{n} @d"))), Some(Code::QueryTooLarge));
        assert_eq!(code(&nested(9999, &|n| format!("f{n}"))), None);
        assert_eq!(code(&nested(10_000, &|n| format!("f{n}"))), Some(Code::QueryTooLarge));
    }

    #[test]
    fn depth_counts_fields_through_fragments() {
        let chain = |depth: usize| {
            let nested = format!("{}{{ x }}{}", "{ a ".repeat(depth - 11), "}".repeat(depth - 11));
            format!("{}...f{} fragment f on T {{ a {nested} }}", "{ a ".repeat(10), "}".repeat(10))
        };
        assert_eq!(code(&chain(20)), None);
        assert_eq!(code(&chain(21)), Some(Code::QueryTooDeep));
        // Measured where it is shallow, then spread where it is deep.
        let twice =
            format!("{{ ...f {}...f{} }} fragment f on T {{ a {{ b {{ c }} }} }}", "a { ".repeat(18), "}".repeat(18));
        assert_eq!(code(&twice), Some(Code::QueryTooDeep));
    }

    #[test]
    fn a_subscription_has_one_root_field() {
        assert_eq!(code("subscription { a { b } }"), None);
        assert_eq!(code("subscription { a b }"), Some(Code::GraphqlValidationFailed));
        assert_eq!(code("subscription { ...f } fragment f on S { a b }"), Some(Code::GraphqlValidationFailed));
    }

    #[test]
    fn directives_stand_where_they_do_something() {
        assert_eq!(code("query($a: Boolean!) { __typename @skip(if: $a) @include(if: true) }"), None);
        for document in [
            "{ __typename @nobody }",
            "{ __typename @skip }",
            "{ __typename @include(if: 1) }",
            "{ __typename @include(if: true, unless: true) }",
            "query($a: Int @deprecated) { a(b: $a) }",
        ] {
            assert_eq!(code(document), Some(Code::GraphqlValidationFailed), "{document}");
        }
    }

    #[test]
    fn fragments_are_used_known_and_no_circle() {
        assert_eq!(
            code("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
            Some(Code::GraphqlValidationFailed)
        );
        assert_eq!(code("{ ...a }"), Some(Code::GraphqlValidationFailed));
        assert_eq!(code("{ a } fragment b on Query { ...b }"), Some(Code::GraphqlValidationFailed));
        assert_eq!(code(&bomb(19, 1, "x")), None);
        assert_eq!(code(&bomb(20, 1, "x")), Some(Code::QueryTooDeep));
        let unused = (0..200).map(|n| format!("fragment f{n} on Query {{ a }}")).collect::<Vec<_>>().join(" ");
        assert_eq!(code(&format!("{{ a }} {unused}")), Some(Code::GraphqlValidationFailed));
        assert_eq!(code(&format!("{{ a }} {unused} fragment g on Query {{ a }}")), Some(Code::QueryTooLarge));
    }
}
