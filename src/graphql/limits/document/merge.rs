//! Writes the fragments out and merges equal fields (specification, 6.3.2), once for each document. The engine would
//! resolve a repeated field each time.
//!
//! Fields are equal if they have the same response name and the same conditions: types, `@skip` and `@include`.
//! Validation has made sure that they are the same field with the same arguments. Their selections become one. Of the
//! fragments only those conditions remain that do not always hold. The order of the response does not change.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use async_graphql::{
    Pos, Positioned,
    parser::types::{Directive, Field, InlineFragment, Selection, SelectionSet, TypeCondition},
};
use async_graphql_value::Value as Literal;

use super::{Fragments, definitions::Definitions};

/// A selection set of objects of type `on`, its fragments written out, and how many selections it has on all levels.
pub fn merge<'a>(
    set: &'a Positioned<SelectionSet>,
    on: &'a str,
    fragments: &'a Fragments,
    definitions: &'a Definitions,
) -> (Positioned<SelectionSet>, usize) {
    let mut writer = Writer { fragments, definitions, nodes: 0 };
    let items = writer.level(&[set], on);
    (Positioned::new(SelectionSet { items }, set.pos), writer.nodes)
}

struct Writer<'a> {
    fragments: &'a Fragments,
    definitions: &'a Definitions,
    nodes: usize,
}

/// The condition of a fragment, if it does not always hold.
struct Guard<'a> {
    condition: Option<&'a Positioned<TypeCondition>>,
    directives: &'a [Positioned<Directive>],
    at: Pos,
}

impl Guard<'_> {
    /// The condition as texts, which are equal for equal conditions.
    fn words(&self) -> impl Iterator<Item = String> {
        let condition = self.condition.map(|condition| format!("on {};", condition.node.on.node));
        condition.into_iter().chain(words(self.directives))
    }

    /// Wraps a selection in a fragment with this condition.
    fn around(&self, inner: Positioned<Selection>) -> Positioned<Selection> {
        let fragment = InlineFragment {
            type_condition: self.condition.cloned(),
            directives: self.directives.to_vec(),
            selection_set: Positioned::new(SelectionSet { items: vec![inner] }, self.at),
        };
        Positioned::new(Selection::InlineFragment(Positioned::new(fragment, self.at)), self.at)
    }
}

fn words(directives: &[Positioned<Directive>]) -> impl Iterator<Item = String> {
    directives.iter().map(|directive| {
        let of = directive.node.arguments.first().map(|(_, value)| value.node.to_string()).unwrap_or_default();
        format!("{} {of};", directive.node.name.node)
    })
}

/// A field, with the selections of all fields that are equal to it.
struct Entry<'a> {
    /// The conditions around it, the outermost first.
    guards: Rc<[Rc<Guard<'a>>]>,
    /// The type that it is a field of.
    on: &'a str,
    field: &'a Positioned<Field>,
    selects: Vec<&'a Positioned<SelectionSet>>,
}

/// The fields of a level so far.
#[derive(Default)]
struct Level<'a> {
    entries: Vec<Entry<'a>>,
    /// By conditions and response name.
    places: HashMap<(Rc<str>, &'a str), usize>,
}

/// Where a selection set stands.
#[derive(Clone)]
struct MergePoint<'a> {
    on: &'a str,
    guards: Rc<[Rc<Guard<'a>>]>,
    /// The conditions in words, sorted, each once.
    words: Rc<str>,
}

impl<'a> MergePoint<'a> {
    fn top(on: &'a str) -> Self {
        Self { on, guards: Rc::from([]), words: Rc::from("") }
    }

    fn words_with(&self, more: impl Iterator<Item = String>) -> Rc<str> {
        let mut words: BTreeSet<String> = self.words.split_inclusive(';').map(str::to_owned).collect();
        words.extend(more);
        words.into_iter().collect::<String>().into()
    }
}

impl<'a> Level<'a> {
    fn add(&mut self, field: &'a Positioned<Field>, place: &MergePoint<'a>) {
        let name = field.node.response_key().node.as_str();
        let directives = &field.node.directives;
        let words = if directives.is_empty() { place.words.clone() } else { place.words_with(words(directives)) };
        let is_leaf = field.node.selection_set.node.items.is_empty();
        if is_leaf && self.places.contains_key(&(Rc::from(""), name)) {
            return;
        }
        let index = *self.places.entry((words, name)).or_insert(self.entries.len());
        let selects = &field.node.selection_set;
        match self.entries.get_mut(index) {
            Some(entry) => entry.selects.push(selects),
            None => {
                self.entries.push(Entry { guards: place.guards.clone(), on: place.on, field, selects: vec![selects] });
            }
        }
    }
}

impl<'a> Writer<'a> {
    /// What these sets together select of an object of type `on`.
    fn level(&mut self, sets: &[&'a Positioned<SelectionSet>], on: &'a str) -> Vec<Positioned<Selection>> {
        let mut level = Level::default();
        for set in sets {
            self.collect(&set.node, &MergePoint::top(on), &mut level);
        }
        let mut items = Vec::with_capacity(level.entries.len());
        let mut last: Rc<[Rc<Guard<'a>>]> = Rc::from([]);
        for entry in level.entries {
            let field = self.field(&entry);
            let shared = last.iter().zip(entry.guards.iter()).take_while(|(one, other)| Rc::ptr_eq(one, other)).count();
            push(&mut items, &entry.guards, shared, field);
            last = entry.guards;
        }
        items
    }

    fn field(&mut self, Entry { on, field, selects, .. }: &Entry<'a>) -> Positioned<Selection> {
        self.nodes += 1 + field.node.directives.len();
        self.nodes += field.node.arguments.iter().map(|(_, value)| values(&value.node)).sum::<usize>();
        let definition = self.definitions.schema().type_field(on, field.node.name.node.as_str());
        let of = definition.map(|definition| definition.ty.inner_named_type().as_str()).unwrap_or_default();
        let merged = Field {
            alias: field.node.alias.clone(),
            name: field.node.name.clone(),
            arguments: field.node.arguments.clone(),
            directives: field.node.directives.clone(),
            selection_set: Positioned::new(
                SelectionSet { items: self.level(selects, of) },
                field.node.selection_set.pos,
            ),
        };
        Positioned::new(Selection::Field(Positioned::new(merged, field.pos)), field.pos)
    }

    fn collect(&self, set: &'a SelectionSet, place: &MergePoint<'a>, level: &mut Level<'a>) {
        for selection in &set.items {
            let (condition, directives, inner) = match &selection.node {
                Selection::Field(field) => {
                    level.add(field, place);
                    continue;
                }
                Selection::InlineFragment(inline) => {
                    let InlineFragment { type_condition, directives, selection_set } = &inline.node;
                    (type_condition.as_ref(), directives, selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else { continue };
                    (Some(&fragment.node.type_condition), &spread.node.directives, &fragment.node.selection_set)
                }
            };
            let place = self.within(place, condition, directives, selection.pos);
            self.collect(&inner.node, &place, level);
        }
    }

    /// The place within a fragment. A condition that always holds is dropped.
    fn within(
        &self,
        place: &MergePoint<'a>,
        condition: Option<&'a Positioned<TypeCondition>>,
        directives: &'a [Positioned<Directive>],
        at: Pos,
    ) -> MergePoint<'a> {
        // On an abstract type the condition stays even if it always holds: the type may lack the fields of the
        // condition's type.
        let is_object = self.definitions.schema().get_object(place.on).is_some();
        let applies = |on: &str| {
            on == place.on || (is_object && self.definitions.objects(on).iter().any(|name| name == place.on))
        };
        let condition = condition.filter(|condition| !applies(&condition.node.on.node));
        if condition.is_none() && directives.is_empty() {
            return place.clone();
        }
        let guard = Guard { condition, directives, at };
        let words = place.words_with(guard.words());
        let guards = place.guards.iter().cloned().chain([Rc::new(guard)]).collect();
        MergePoint { on: condition.map_or(place.on, |condition| condition.node.on.node.as_str()), guards, words }
    }
}

/// How many values a literal holds, itself included.
fn values(literal: &Literal) -> usize {
    match literal {
        Literal::List(items) => 1 + items.iter().map(values).sum::<usize>(),
        Literal::Object(fields) => 1 + fields.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

/// Adds a field within its guards. The first `shared` of them are also around the last item.
fn push(items: &mut Vec<Positioned<Selection>>, guards: &[Rc<Guard<'_>>], shared: usize, field: Positioned<Selection>) {
    match (guards.split_first(), items.last_mut().map(|last| &mut last.node)) {
        (Some((_, guards)), Some(Selection::InlineFragment(last))) if shared > 0 => {
            push(&mut last.node.selection_set.node.items, guards, shared - 1, field);
        }
        _ => items.push(guards.iter().rev().fold(field, |inner, guard| guard.around(inner))),
    }
}
