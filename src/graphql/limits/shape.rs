//! Measures a document with its fragments written out. Each fragment is measured once, so the work is linear in the
//! document as it was sent.
//!
//! Validity is not checked here. An unknown fragment and one that contains itself count as nothing: validation, which
//! comes next, refuses them.

use std::collections::HashMap;

use apollo_compiler::{
    Name, Node,
    ast::{Argument, Definition, DirectiveList, Document, FragmentDefinition, Selection, Value},
    parser::SourceSpan,
};
use async_graphql::Pos;

use super::{Limits, Refusal, scan::Scan};

/// How many fragments a document may define.
const MOST_FRAGMENTS: usize = 200;
/// How many fragments may be spread within one another. The engine's checks walk such a chain from each of its
/// fragments.
const LONGEST_CHAIN: usize = 20;
/// How many fields, inline fragments and spreads may stand within one another. The engine recurses for each of them;
/// about 260 overflow the stack of a thread in a debug build.
pub const DEEPEST: usize = 100;

/// Refuses a document that exceeds the limits with its fragments written out.
pub fn check(document: &Document, scan: &Scan, limits: &Limits) -> Result<(), Refusal> {
    let fragments: Vec<&FragmentDefinition> =
        document.definitions.iter().filter_map(|definition| Some(&**definition.as_fragment_definition()?)).collect();
    if fragments.len() > MOST_FRAGMENTS {
        let message = format!("The document defines {} fragments; {MOST_FRAGMENTS} are the most.", fragments.len());
        return Err(Refusal::too_large(message, None));
    }
    // Of two fragments with the same name the first counts, as in validation.
    let defined = fragments.iter().rev().map(|fragment| (&fragment.name, *fragment)).collect();
    let mut ruler = Ruler { scan, limits, defined, measured: HashMap::new() };
    let mut selections: usize = 0;
    for operation in document.definitions.iter().filter_map(Definition::as_operation_definition) {
        let mut size = ruler.measure(&operation.selection_set, Depths::default())?;
        operation.directives.iter().for_each(|directive| size.values(&directive.arguments));
        for variable in &operation.variables {
            size.selections += 1 + variable.default_value.as_ref().map_or(0, |default| values(default));
        }
        size.directives = size.directives.saturating_add(operation.directives.len());
        selections = selections.saturating_add(size.selections);
        let at = scan.at(operation.location());
        at_most("root fields", size.fields, limits.root_fields, at)?;
        size.within(limits, at)?;
        at_most("selections and values", selections, limits.selections, at)?;
    }
    // Fragments that no operation spreads are measured, too.
    for fragment in fragments {
        let at = scan.at(fragment.name.location());
        if let Some(size) = ruler.fragment(&fragment.name, Depths::default(), at)? {
            size.within(limits, at)?;
        }
    }
    Ok(())
}

fn at_most(what: &str, count: usize, most: usize, at: Option<Pos>) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    let message =
        format!("The operation has more than {most} {what}, its fragments written out. Ask for less at a time.");
    Err(Refusal::too_large(message, at))
}

/// What a selection set comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields of this level.
    fields: usize,
    /// Fields, fragments and values of all levels. A spread counts, too: nested spreads can multiply without a single
    /// field. So does a value: it is validated and copied at each use.
    selections: usize,
    aliases: usize,
    directives: usize,
    /// How many levels it has.
    depth: usize,
    /// How many fragments are spread within one another.
    chain: usize,
    /// How many fields, inline fragments and spreads stand within one another.
    nesting: usize,
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
        self.chain = self.chain.max(other.chain);
        self.nesting = self.nesting.max(other.nesting + 1);
    }

    fn within(&self, limits: &Limits, at: Option<Pos>) -> Result<(), Refusal> {
        at_most("aliases", self.aliases, limits.aliases, at)?;
        at_most("directives", self.directives, limits.directives, at)?;
        at_most("selections and values", self.selections, limits.selections, at)
    }

    fn selection(&mut self, directives: &DirectiveList) {
        self.selections = self.selections.saturating_add(1);
        self.directives = self.directives.saturating_add(directives.len());
        directives.iter().for_each(|directive| self.values(&directive.arguments));
    }

    fn values(&mut self, arguments: &[Node<Argument>]) {
        for argument in arguments {
            self.selections = self.selections.saturating_add(values(&argument.value));
        }
    }
}

/// How many values a literal holds, itself included.
fn values(literal: &Value) -> usize {
    match literal {
        Value::List(items) => 1 + items.iter().map(|item| values(item)).sum::<usize>(),
        Value::Object(fields) => 1 + fields.iter().map(|(_, value)| values(value)).sum::<usize>(),
        _ => 1,
    }
}

/// The current depth: levels of fields above, fragments that are spread in one another, and nested selections of any
/// kind.
#[derive(Clone, Copy, Default)]
struct Depths {
    level: usize,
    chain: usize,
    nesting: usize,
}

struct Ruler<'a> {
    scan: &'a Scan,
    limits: &'a Limits,
    defined: HashMap<&'a Name, &'a FragmentDefinition>,
    /// `None` while it is being measured.
    measured: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Ruler<'a> {
    fn measure(&mut self, set: &'a [Selection], place: Depths) -> Result<Size, Refusal> {
        let mut size = Size { depth: 1, ..Size::default() };
        let place = Depths { nesting: place.nesting + 1, ..place };
        for selection in set {
            match selection {
                Selection::Field(field) => {
                    size.selection(&field.directives);
                    size.values(&field.arguments);
                    size.fields = size.fields.saturating_add(1);
                    size.aliases = size.aliases.saturating_add(usize::from(field.alias.is_some()));
                    if !field.selection_set.is_empty() {
                        let below = Depths { level: place.level + 1, ..place };
                        self.not_too_deep(below, Size { depth: 1, ..Size::default() }, field.location())?;
                        size.below(self.measure(&field.selection_set, below)?);
                    }
                }
                Selection::InlineFragment(inline) => {
                    size.selection(&inline.directives);
                    self.not_too_deep(place, Size::default(), inline.location())?;
                    size.beside(self.measure(&inline.selection_set, place)?);
                }
                Selection::FragmentSpread(spread) => {
                    size.selection(&spread.directives);
                    let at = self.scan.at(spread.location());
                    let inside = Depths { chain: place.chain + 1, ..place };
                    if let Some(fragment) = self.fragment(&spread.fragment_name, inside, at)? {
                        self.not_too_deep(place, fragment, spread.location())?;
                        size.beside(Size { chain: fragment.chain + 1, ..fragment });
                    }
                }
            }
        }
        Ok(size)
    }

    /// What a fragment comes to; `None` if there is none, or if it is being measured.
    fn fragment(&mut self, name: &'a Name, place: Depths, at: Option<Pos>) -> Result<Option<Size>, Refusal> {
        let Some((name, fragment)) = self.defined.get_key_value(name).map(|(name, fragment)| (*name, *fragment)) else {
            return Ok(None);
        };
        let known = match self.measured.get(name) {
            Some(None) => return Ok(None),
            Some(known) => *known,
            None => None,
        };
        if place.chain + known.map_or(0, |size| size.chain) > LONGEST_CHAIN {
            let message = format!("More than {LONGEST_CHAIN} fragments are spread within one another.");
            return Err(Refusal::too_deep(message, at));
        }
        if known.is_some() {
            return Ok(known);
        }
        self.measured.insert(name, None);
        let mut size = self.measure(&fragment.selection_set, place)?;
        size.directives = size.directives.saturating_add(fragment.directives.len());
        self.measured.insert(name, Some(size));
        Ok(Some(size))
    }

    /// Refuses the document if `inner` is too deep at this place.
    fn not_too_deep(&self, place: Depths, inner: Size, at: Option<SourceSpan>) -> Result<(), Refusal> {
        let (most, kind) = if place.level + inner.depth > self.limits.depth {
            (self.limits.depth, "fields")
        } else if place.nesting + inner.nesting > DEEPEST {
            (DEEPEST, "fields and fragments")
        } else {
            return Ok(());
        };
        let message = format!("The document nests {kind} deeper than {most} levels, its fragments written out.");
        Err(Refusal::too_deep(message, self.scan.at(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Code, graphql::limits::scan};

    fn code(document: &str) -> Option<Code> {
        let scan = scan::check(document, &Limits { tokens: usize::MAX, ..Limits::default() }).unwrap();
        let parsed = Document::parse(document, "").unwrap();
        check(&parsed, &scan, &Limits::default()).err().map(|refusal| refusal.error.code())
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
        // It has no field, but walking it takes many steps.
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
        assert_eq!(code(&nested(3333, &|n| format!("f{n}(a: [1])"))), None);
        assert_eq!(code(&nested(3334, &|n| format!("f{n}(a: [1])"))), Some(Code::QueryTooLarge));
        let by_each = |operations| many(operations, &|n| format!("query q{n} {{ ...f }}"));
        let values = format!("fragment f on Query {{ a(b: [{}]) }}", "1 ".repeat(996));
        assert_eq!(code(&format!("{} {values}", by_each(10))), None);
        assert_eq!(code(&format!("{} {values}", by_each(11))), Some(Code::QueryTooLarge));
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
    fn nesting_is_counted_through_fragments() {
        let inline = |depth: usize| ("... { ".repeat(depth), "}".repeat(depth));
        let chain = |depth: usize| {
            let (open, close) = inline(depth);
            let fragments = (0..5).map(|n| format!("fragment f{n} on Query {{ {open} ...f{} {close} }} ", n + 1));
            format!("{{ ...f0 }} {}fragment f5 on Query {{ a }}", fragments.collect::<Vec<_>>().concat())
        };
        assert_eq!(code(&chain(17)), None);
        assert_eq!(code(&chain(19)), Some(Code::QueryTooDeep));
    }

    #[test]
    fn an_invalid_document_is_measured_all_the_same() {
        for document in ["{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "{ ...a }"] {
            assert_eq!(code(document), None, "{document}");
        }
        assert_eq!(code(&bomb(19, 1, "x")), None);
        assert_eq!(code(&bomb(20, 1, "x")), Some(Code::QueryTooDeep));
        let bomb_apart = bomb(12, 2, "a { b }").replace("{ ...f0 }", "{ a }");
        assert_eq!(code(&bomb_apart), Some(Code::QueryTooLarge));
        // Measured in a short chain, then spread in a long one.
        let twice = bomb(15, 1, "...g0").replace("{ ...f0 }", "{ ...g0 ...f0 }");
        let chain: Vec<_> = (0..9).map(|n| format!("fragment g{n} on Query {{ ...g{} }}", n + 1)).collect();
        let chain = chain.join(" ");
        assert_eq!(code(&format!("{twice} {chain} fragment g9 on Query {{ a }}")), Some(Code::QueryTooDeep));
        let unused = (0..200).map(|n| format!("fragment f{n} on Query {{ a }}")).collect::<Vec<_>>().join(" ");
        assert_eq!(code(&format!("{{ a }} {unused}")), None);
        assert_eq!(code(&format!("{{ a }} {unused} fragment g on Query {{ a }}")), Some(Code::QueryTooLarge));
    }
}
