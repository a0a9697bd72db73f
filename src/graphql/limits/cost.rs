//! What an answer may cost: the model that `docs/cost.md` explains.
//!
//! A request is measured before it runs, by the size that its lists may have. So the walk follows the schema.

use std::{collections::HashMap, ops::AddAssign};

use apollo_compiler::{Schema, ast::FieldDefinition, schema::ExtendedType};
use async_graphql::{
    Positioned, Value, Variables,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

use super::document::root_of;
use crate::graphql::{
    meter::{CHOSEN_CHANGES, COUNT, COUNT_AT_ROOT, FilterWeight, SEARCH, points},
    relay::connection::{DEFAULT_PAGE, LONGEST_PAGE},
};

/// The assumed length of a list without pages: speakers of a talk, hosts of an event.
pub const SMALL_LIST: u64 = 3;
/// How many objects of an introspection weigh as much as one of the data: they need no statement.
pub const DESCRIBED_A_NODE: u64 = 40;
/// Up to how many letters a response name counts as one field. A longer one counts as several.
pub const NAME_A_FIELD: u64 = 32;
/// How many leaf fields of an object weigh as much as another object.
pub const LEAVES_AN_OBJECT: u64 = 50;
/// The same for an object of an introspection.
const LEAVES_A_DESCRIBED: u64 = 10;
/// The estimated weight of a text that has to be rendered, in objects. The final charge counts its length.
pub const RENDERED: u64 = 1;

/// The facts of the schema that matter for the cost.
#[derive(Debug)]
pub struct CostModel {
    types: HashMap<String, TypeCost>,
    /// The number of all types, those without fields included.
    all_types: u64,
}

#[derive(Debug, Default)]
struct TypeCost {
    fields: HashMap<String, Returns>,
    /// It is an interface or a union.
    is_abstract: bool,
    /// It wraps objects and does not count as one: connections, edges and `PageInfo`.
    is_wrapper: bool,
}

impl TypeCost {
    /// Whether it is a connection. Its lists are as long as its page.
    fn is_page(&self) -> bool {
        self.fields.contains_key("pageInfo")
    }
}

/// What a field returns: the name of its type, and whether it is a list.
#[derive(Debug)]
struct Returns {
    of: String,
    many: bool,
    /// It is a text, in one of several formats.
    is_text: bool,
}

/// What a selection set costs for each object that it selects from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Objects of the data. Points for those that are not found are refunded.
    objects: u64,
    /// Texts that have to be rendered, in objects.
    rendered: u64,
    /// Leaf fields of objects that select many of them, in objects. They are charged whatever the answer holds.
    kept: u64,
    /// Objects of an introspection. They are charged whatever the answer holds, too.
    described: u64,
    /// Points for counts, searches and filters.
    points: u64,
    /// Leaf fields of the object that is being measured.
    leaves: u64,
    /// Fields of the answer, on all levels.
    fields: u64,
}

impl Estimate {
    /// How many objects the answer may hold.
    pub fn nodes(&self) -> u64 {
        self.objects.saturating_add(self.kept())
    }

    /// How many fields of the data the answer may hold.
    pub fn fields(&self) -> u64 {
        self.fields
    }

    /// The part of the cost that is charged whatever the answer holds, in objects.
    pub fn kept(&self) -> u64 {
        self.kept.saturating_add(self.described.div_ceil(DESCRIBED_A_NODE))
    }

    /// What it costs in points, at least one.
    pub fn cost(&self) -> u64 {
        points(self.nodes().saturating_add(self.rendered), self.points)
    }

    fn times(self, count: u64) -> Self {
        self.with(Self::default(), |one, _| one.saturating_mul(count))
    }

    fn most(self, other: Self) -> Self {
        self.with(other, u64::max)
    }

    /// Combines each number of both.
    fn with(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            objects: combine(self.objects, other.objects),
            rendered: combine(self.rendered, other.rendered),
            kept: combine(self.kept, other.kept),
            described: combine(self.described, other.described),
            points: combine(self.points, other.points),
            leaves: combine(self.leaves, other.leaves),
            fields: combine(self.fields, other.fields),
        }
    }
}

impl AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        *self = self.with(other, u64::saturating_add);
    }
}

impl CostModel {
    /// Reads the schema.
    #[must_use]
    pub fn of_schema(schema: &Schema) -> Self {
        let kinds = schema.types.iter().filter_map(|(name, definition)| Some((name.to_string(), kind(definition)?)));
        let mut types: HashMap<_, _> = kinds.collect();
        for name in wrappers(&types) {
            types.entry(name).and_modify(|kind: &mut TypeCost| kind.is_wrapper = true);
        }
        if let Some(query) = schema.root_operation(apollo_compiler::ast::OperationType::Query) {
            types.entry(query.to_string()).and_modify(|kind| {
                kind.fields.insert("__schema".into(), Returns { of: "__Schema".into(), many: false, is_text: false });
                kind.fields.insert("__type".into(), Returns { of: "__Type".into(), many: false, is_text: false });
            });
        }
        Self { types, all_types: schema.types.len() as u64 }
    }

    /// What the operation may cost. Its fragments are written out, and the variables include their defaults.
    #[must_use]
    pub fn estimate(&self, operation: &OperationDefinition, variables: &Variables) -> Estimate {
        Walk { costs: self, variables }.set(
            &operation.selection_set,
            root_of(operation.ty),
            PageCost { rows: 1, count: 0 },
        )
    }
}

/// The names of all connections, and of their types of edges and `pageInfo`.
fn wrappers(types: &HashMap<String, TypeCost>) -> Vec<String> {
    let pages = types.iter().filter(|(_, kind)| kind.is_page());
    let of = |kind: &TypeCost, field| kind.fields.get(field).map(|returns: &Returns| returns.of.clone());
    pages.flat_map(|(name, kind)| [Some(name.clone()), of(kind, "edges"), of(kind, "pageInfo")]).flatten().collect()
}

fn kind(definition: &ExtendedType) -> Option<TypeCost> {
    let of = |fields: Vec<&FieldDefinition>, is_abstract| {
        let fields = fields.into_iter().map(|field| (field.name.to_string(), returns(field))).collect();
        Some(TypeCost { fields, is_abstract, is_wrapper: false })
    };
    match definition {
        ExtendedType::Object(object) => of(object.fields.values().map(|field| &***field).collect(), false),
        ExtendedType::Interface(interface) => of(interface.fields.values().map(|field| &***field).collect(), true),
        ExtendedType::Union(_) => of(Vec::new(), true),
        _ => None,
    }
}

fn returns(field: &FieldDefinition) -> Returns {
    let is_text = field.argument_by_name("format").is_some();
    Returns { of: field.ty.inner_named_type().to_string(), many: field.ty.is_list(), is_text }
}

/// The page of a connection.
#[derive(Clone, Copy)]
struct PageCost {
    rows: u64,
    /// What `totalCount` costs, in points.
    count: u64,
}

struct Walk<'a> {
    costs: &'a CostModel,
    /// Their defaults included.
    variables: &'a Variables,
}

impl<'a> Walk<'a> {
    /// What a selection set costs for each object of type `on`. If that is a connection, `page` is its page.
    fn set(&self, set: &'a Positioned<SelectionSet>, on: &str, page: PageCost) -> Estimate {
        let costs = self.costs;
        let Some(kind) = costs.types.get(on) else { return Estimate::default() };
        let mut sum = Estimate::default();
        // An object has one type only, so of the fragments on single types the most expensive one counts.
        let mut by_type: HashMap<&str, Estimate> = HashMap::new();
        for selection in &set.node.items {
            let (condition, estimate) = match &selection.node {
                Selection::Field(field) => (None, self.field(field, kind, on, page)),
                Selection::InlineFragment(inline) => {
                    let condition =
                        inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    (condition, self.set(&inline.node.selection_set, condition.unwrap_or(on), page))
                }
                // A document that was read has its fragments written out.
                Selection::FragmentSpread(_) => continue,
            };
            let is_of_one_type = |condition: &&str| costs.types.get(*condition).is_some_and(|kind| !kind.is_abstract);
            match condition.filter(|condition| kind.is_abstract && is_of_one_type(condition)) {
                Some(condition) => *by_type.entry(condition).or_default() += estimate,
                None => sum += estimate,
            }
        }
        sum += by_type.into_values().fold(Estimate::default(), Estimate::most);
        sum
    }

    fn field(&self, field: &'a Positioned<Field>, kind: &TypeCost, on: &str, page: PageCost) -> Estimate {
        let (costs, name) = (self.costs, field.node.name.node.as_str());
        let Some(returns) = kind.fields.get(name) else { return Estimate::default() };
        let Some(returned) = costs.types.get(&returns.of) else { return self.leaf(&field.node, returns, page) };
        let is_root = on == "Query";
        let inner = PageCost { rows: self.page_size(&field.node), count: if is_root { COUNT_AT_ROOT } else { COUNT } };
        let mut each = self.set(&field.node.selection_set, &returns.of, inner);
        if returned.is_page() && each.objects < inner.rows && needs_rows(&field.node.selection_set.node) {
            // Rows are read even if only their cursors are selected.
            each.objects = inner.rows;
        }
        let leaves = std::mem::take(&mut each.leaves);
        if on.starts_with("__") || returns.of.starts_with("__") {
            each.described = each.described.saturating_add(1 + leaves / LEAVES_A_DESCRIBED);
            each.fields = 0;
        } else {
            each.objects = each.objects.saturating_add(u64::from(!returned.is_wrapper));
            each.kept = each.kept.saturating_add(leaves / LEAVES_AN_OBJECT);
            each.fields = each.fields.saturating_add(fields_of(&field.node));
        }
        let mut all = if returns.many { each.times(self.length(&field.node, kind, on, page.rows)) } else { each };
        if name == "search" {
            all.points = all.points.saturating_add(SEARCH);
        }
        if name == "changes" && is_root && ["types", "groupId"].iter().any(|name| self.is_given(&field.node, name)) {
            all.points = all.points.saturating_add(CHOSEN_CHANGES);
        }
        all.points = all.points.saturating_add(self.filter(&field.node).points(is_root));
        all
    }

    fn leaf(&self, field: &'a Field, Returns { is_text, .. }: &Returns, page: PageCost) -> Estimate {
        let points = if field.name.node == "totalCount" { page.count } else { 0 };
        let is_plain = !is_text || self.argument(field, "format").is_none_or(|format| format.is_name("MARKDOWN"));
        let rendered = if is_plain { 0 } else { RENDERED };
        Estimate { leaves: 1, fields: fields_of(field), points, rendered, ..Estimate::default() }
    }

    /// How long a list may be.
    fn length(&self, field: &'a Field, kind: &TypeCost, on: &str, page: u64) -> u64 {
        match field.name.node.as_str() {
            _ if kind.is_page() => page,
            "types" if on == "__Schema" => self.costs.all_types,
            "fields" if on == "__Type" => self.fields_a_type(),
            _ => match self.argument(field, "ids") {
                Some(Given::Literal(Literal::List(ids))) => ids.len() as u64,
                Some(Given::Value(Value::List(ids))) => ids.len() as u64,
                Some(_) => 1,
                None => SMALL_LIST,
            },
        }
    }

    /// How many fields a type has on average, rounded up.
    fn fields_a_type(&self) -> u64 {
        let fields: usize = self.costs.types.values().map(|kind| kind.fields.len()).sum();
        fields.div_ceil(self.costs.types.len().max(1)) as u64
    }

    /// How many rows a page may have. A value outside 1 to 100 is refused when the field runs.
    fn page_size(&self, field: &'a Field) -> u64 {
        let size = |name| match self.argument(field, name)? {
            Given::Literal(Literal::Number(size)) | Given::Value(Value::Number(size)) => {
                Some(size.as_u64().unwrap_or(1).clamp(1, LONGEST_PAGE))
            }
            _ => None,
        };
        size("first").or_else(|| size("last")).unwrap_or(DEFAULT_PAGE)
    }

    /// The weight of a filter: the database plans and tests each of its values.
    fn filter(&self, field: &Field) -> FilterWeight {
        field.get_argument("filter").map(|filter| self.weight(&filter.node, "filter")).unwrap_or_default()
    }

    /// The weight of a literal that is the value of the field of this name.
    fn weight(&self, literal: &Literal, name: &str) -> FilterWeight {
        let one = FilterWeight::ONE;
        match literal {
            Literal::Variable(variable) => {
                self.variables.get(variable).map(|value| FilterWeight::of(value, name)).unwrap_or_default()
            }
            Literal::List(items) => items.iter().fold(one, |sum, item| sum.and(self.weight(item, name))),
            Literal::Object(fields) => fields.iter().fold(one, |sum, (name, value)| sum.and(self.weight(value, name))),
            Literal::String(text) => FilterWeight::of_text(text, name),
            _ => one,
        }
    }

    fn is_given(&self, field: &'a Field, name: &str) -> bool {
        self.argument(field, name).is_some_and(|given| !given.is_null())
    }

    /// The literal of an argument, or the value of its variable.
    fn argument(&self, field: &'a Field, name: &str) -> Option<Given<'a>> {
        match &field.get_argument(name)?.node {
            Literal::Variable(variable) => self.variables.get(variable).map(Given::Value),
            literal => Some(Given::Literal(literal)),
        }
    }
}

/// Whether the selection of a connection needs its rows, and not only their number.
fn needs_rows(set: &SelectionSet) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => !matches!(field.node.name.node.as_str(), "totalCount" | "__typename"),
        Selection::InlineFragment(inline) => needs_rows(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// What is given for an argument.
enum Given<'a> {
    Literal(&'a Literal),
    Value(&'a Value),
}

impl Given<'_> {
    fn is_null(&self) -> bool {
        matches!(self, Self::Literal(Literal::Null) | Self::Value(Value::Null))
    }

    /// Is it this value of an enum?
    fn is_name(&self, name: &str) -> bool {
        match self {
            Self::Literal(Literal::Enum(given)) | Self::Value(Value::Enum(given)) => given == name,
            Self::Value(Value::String(given)) => given == name,
            _ => false,
        }
    }
}

/// How many fields this one counts as: a long response name takes the memory of several.
fn fields_of(field: &Field) -> u64 {
    1 + (field.response_key().node.len() as u64 - 1) / NAME_A_FIELD
}

#[cfg(test)]
mod tests;
