//! What an answer may cost: the model that `docs/cost.md` explains.
//!
//! A request is measured before it runs, by the size that its lists may have. So the walk follows the schema.

use std::{collections::HashMap, convert::Infallible, ops::AddAssign};

use apollo_compiler::{
    Schema,
    ast::{FieldDefinition, Type},
    schema::ExtendedType,
};
use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{Field, OperationDefinition, OperationType, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

use super::{Fragments, variables};
use crate::graphql::{
    connection::{DEFAULT_PAGE, LONGEST_PAGE},
    meter::{SEARCH, points},
};

/// How long a list without pages is taken to be: speakers of a talk, hosts of an event.
const SMALL_LIST: u64 = 3;
/// How many objects of an introspection weigh as much as one of the data: no database is asked for them.
const DESCRIBED_A_NODE: u64 = 40;
/// How many leaves of an object weigh as much as another one. No type has as many, but a field may be asked again.
const LEAVES_AN_OBJECT: u64 = 50;
/// The same for an object of an introspection.
const LEAVES_A_DESCRIBED: u64 = 10;
/// How many values of a filter make a point.
const FILTER_VALUES_A_POINT: u64 = 10;

/// What the schema says that matters for the cost.
#[derive(Debug)]
pub struct Costs {
    types: HashMap<String, Kind>,
    /// How many types there are, those without fields too.
    all_types: u64,
}

#[derive(Debug, Default)]
struct Kind {
    fields: HashMap<String, Returns>,
    /// Its objects are of other types.
    is_abstract: bool,
    /// It holds objects and is none itself: pages, their edges and `PageInfo`.
    is_wrapper: bool,
}

impl Kind {
    /// Its lists are as long as its page.
    fn is_page(&self) -> bool {
        self.fields.contains_key("pageInfo")
    }
}

/// What a field returns: the name of its type, within lists or not.
#[derive(Debug)]
struct Returns {
    of: String,
    many: bool,
}

/// What a selection set costs for each object it is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Objects of the data.
    objects: u64,
    /// Objects of an introspection.
    described: u64,
    /// Points beyond those for the objects.
    points: u64,
    /// Fields without fields of their own, of the object that is being measured.
    leaves: u64,
}

impl Estimate {
    /// How many objects the answer may hold.
    pub fn nodes(&self) -> u64 {
        self.objects.saturating_add(self.described.div_ceil(DESCRIBED_A_NODE))
    }

    /// What it costs in points, at least one.
    pub fn cost(&self) -> u64 {
        points(self.nodes(), self.points)
    }

    fn times(self, count: u64) -> Self {
        let times = |number: u64| number.saturating_mul(count);
        Self {
            objects: times(self.objects),
            described: times(self.described),
            points: times(self.points),
            leaves: times(self.leaves),
        }
    }

    fn most(self, other: Self) -> Self {
        Self {
            objects: self.objects.max(other.objects),
            described: self.described.max(other.described),
            points: self.points.max(other.points),
            leaves: self.leaves.max(other.leaves),
        }
    }
}

impl AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        self.objects = self.objects.saturating_add(other.objects);
        self.described = self.described.saturating_add(other.described);
        self.points = self.points.saturating_add(other.points);
        self.leaves = self.leaves.saturating_add(other.leaves);
    }
}

impl Costs {
    /// Reads the schema.
    #[must_use]
    pub fn of_schema(schema: &Schema) -> Self {
        let kinds = schema.types.iter().filter_map(|(name, definition)| Some((name.to_string(), kind(definition)?)));
        let mut types: HashMap<_, _> = kinds.collect();
        for name in wrappers(&types) {
            types.entry(name).and_modify(|kind: &mut Kind| kind.is_wrapper = true);
        }
        if let Some(query) = schema.root_operation(apollo_compiler::ast::OperationType::Query) {
            types.entry(query.to_string()).and_modify(|kind| {
                kind.fields.insert("__schema".into(), Returns { of: "__Schema".into(), many: false });
                kind.fields.insert("__type".into(), Returns { of: "__Type".into(), many: false });
            });
        }
        Self { types, all_types: schema.types.len() as u64 }
    }

    /// What the operation may cost.
    #[must_use]
    pub fn estimate(&self, operation: &OperationDefinition, fragments: &Fragments, variables: &Variables) -> Estimate {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        Walk { costs: self, fragments, variables, measured: HashMap::new() }.set(&operation.selection_set, root, 1)
    }
}

/// Pages, and what their edges and their `pageInfo` are.
fn wrappers(types: &HashMap<String, Kind>) -> Vec<String> {
    let pages = types.iter().filter(|(_, kind)| kind.is_page());
    let of = |kind: &Kind, field| kind.fields.get(field).map(|returns: &Returns| returns.of.clone());
    pages.flat_map(|(name, kind)| [Some(name.clone()), of(kind, "edges"), of(kind, "pageInfo")]).flatten().collect()
}

fn kind(definition: &ExtendedType) -> Option<Kind> {
    let of = |fields: Vec<&FieldDefinition>, is_abstract| {
        let fields = fields.into_iter().map(|field| (field.name.to_string(), returns(&field.ty))).collect();
        Some(Kind { fields, is_abstract, is_wrapper: false })
    };
    match definition {
        ExtendedType::Object(object) => of(object.fields.values().map(|field| &***field).collect(), false),
        ExtendedType::Interface(interface) => of(interface.fields.values().map(|field| &***field).collect(), true),
        ExtendedType::Union(_) => of(Vec::new(), true),
        _ => None,
    }
}

fn returns(ty: &Type) -> Returns {
    Returns { of: ty.inner_named_type().to_string(), many: ty.is_list() }
}

struct Walk<'a> {
    costs: &'a Costs,
    fragments: &'a Fragments,
    /// With their defaults.
    variables: &'a Variables,
    /// By name and page size: what a fragment on a connection costs depends on it.
    measured: HashMap<(&'a Name, u64), Estimate>,
}

impl<'a> Walk<'a> {
    /// What a selection set costs for each object of type `on`. If that is a connection, its pages have `page` rows.
    fn set(&mut self, set: &'a Positioned<SelectionSet>, on: &str, page: u64) -> Estimate {
        let costs = self.costs;
        let Some(kind) = costs.types.get(on) else { return Estimate::default() };
        let mut sum = Estimate::default();
        // An object is of one type only: of what is asked of single types, the dearest counts.
        let mut by_type: HashMap<&str, Estimate> = HashMap::new();
        for selection in &set.node.items {
            let (condition, estimate) = match &selection.node {
                Selection::Field(field) => (None, self.field(field, kind, on, page)),
                Selection::InlineFragment(inline) => {
                    let condition =
                        inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    (condition, self.set(&inline.node.selection_set, condition.unwrap_or(on), page))
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, page),
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

    fn fragment(&mut self, name: &'a Name, page: u64) -> (Option<&'a str>, Estimate) {
        let Some(fragment) = self.fragments.get(name) else { return (None, Estimate::default()) };
        let on = fragment.node.type_condition.node.on.node.as_str();
        if let Some(known) = self.measured.get(&(name, page)) {
            return (Some(on), *known);
        }
        let estimate = self.set(&fragment.node.selection_set, on, page);
        self.measured.insert((name, page), estimate);
        (Some(on), estimate)
    }

    fn field(&mut self, field: &'a Positioned<Field>, kind: &Kind, on: &str, page: u64) -> Estimate {
        let (costs, name) = (self.costs, field.node.name.node.as_str());
        let Some(Returns { of, many }) = kind.fields.get(name) else { return Estimate::default() };
        let Some(returned) = costs.types.get(of) else {
            return Estimate { leaves: 1, points: u64::from(name == "totalCount"), ..Estimate::default() };
        };
        let mut each = self.set(&field.node.selection_set, of, self.page_size(&field.node));
        let leaves = std::mem::take(&mut each.leaves);
        if on.starts_with("__") || of.starts_with("__") {
            each.described = each.described.saturating_add(1 + leaves / LEAVES_A_DESCRIBED);
        } else {
            each.objects = each.objects.saturating_add(u64::from(!returned.is_wrapper) + leaves / LEAVES_AN_OBJECT);
        }
        let mut all = if *many { each.times(self.length(&field.node, kind, on, page)) } else { each };
        if name == "search" {
            all.points = all.points.saturating_add(SEARCH);
        }
        all.points = all.points.saturating_add(self.filter(&field.node));
        all
    }

    /// How long a list may be.
    fn length(&self, field: &'a Field, kind: &Kind, on: &str, page: u64) -> u64 {
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

    /// How many rows a page may have. What is no number between 1 and 100 is refused when the field runs.
    fn page_size(&self, field: &'a Field) -> u64 {
        let size = |name| match self.argument(field, name)? {
            Given::Literal(Literal::Number(size)) | Given::Value(Value::Number(size)) => {
                Some(size.as_u64().unwrap_or(1).clamp(1, LONGEST_PAGE))
            }
            _ => None,
        };
        size("first").or_else(|| size("last")).unwrap_or(DEFAULT_PAGE)
    }

    /// How many points a filter costs: the database plans and tests each of its values.
    fn filter(&self, field: &Field) -> u64 {
        let Some(filter) = field.get_argument("filter") else { return 0 };
        let mut values: usize = 0;
        // The variables apart: they may be long, the literal is not.
        let literal = filter.node.clone().into_const_with(|variable| {
            values = values.saturating_add(self.variables.get(&variable).map_or(0, variables::size));
            Ok::<_, Infallible>(Value::Null)
        });
        let literal = literal.map_or(0, |literal| variables::size(&literal));
        values.saturating_add(literal) as u64 / FILTER_VALUES_A_POINT
    }

    /// An argument as it stands in the document, or the value of the variable that stands there.
    fn argument(&self, field: &'a Field, name: &str) -> Option<Given<'a>> {
        match &field.get_argument(name)?.node {
            Literal::Variable(variable) => self.variables.get(variable).map(Given::Value),
            literal => Some(Given::Literal(literal)),
        }
    }
}

/// What is given for an argument.
enum Given<'a> {
    Literal(&'a Literal),
    Value(&'a Value),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graphql::{definitions, document::Document, limits::Limits};

    fn estimate(query: &str, variables: serde_json::Value) -> Estimate {
        let definitions = definitions(true, true);
        let document = Document::read(query, &Limits::default(), &definitions).unwrap();
        let operation = document.operation(None).unwrap();
        let serde_json::Value::Object(variables) = variables else { panic!("variables are an object") };
        let variables = operation.coerce(variables, &definitions).unwrap();
        let costs = Costs::of_schema(definitions.schema());
        costs.estimate(operation.definition(), document.fragments(), &variables)
    }

    fn objects(query: &str) -> u64 {
        let estimate = estimate(query, json!({}));
        assert_eq!(estimate.described, 0);
        estimate.objects
    }

    #[test]
    fn lists_count_by_the_size_of_their_pages() {
        assert_eq!(objects("{ __typename }"), 0);
        assert_eq!(objects("{ event(slug: \"x\") { name } }"), 1);
        assert_eq!(objects("{ events { nodes { name } pageInfo { endCursor } } }"), 20);
        assert_eq!(objects("{ events(first: 7) { edges { cursor node { name } } } }"), 7);
        assert_eq!(objects("{ events(last: 7) { nodes { venue { name } } } }"), 14);
        assert_eq!(objects("{ events(first: 100) { nodes { talks(first: 99) { nodes { title } } } } }"), 10_000);
        assert_eq!(objects("{ event(slug: \"x\") { hosts { group { name } } } }"), 1 + 3 * 2);
        assert_eq!(objects("{ nodes(ids: [\"a\", \"b\"]) { id } }"), 2);
        assert_eq!(objects("{ changes(first: 9) { nodes { cursor } pageInfo { endCursor } } }"), 9);
        assert_eq!(objects("{ events(first: 5) { ...page } } fragment page on EventConnection { nodes { id } }"), 5);
        // What is out of bounds is refused when the field runs.
        assert_eq!(objects("{ events(first: 1000000) { nodes { id } } }"), 100);
    }

    #[test]
    fn page_sizes_may_be_variables() {
        let query = "query($first: Int = 5) { events(first: $first) { nodes { id } } }";
        assert_eq!(estimate(query, json!({ "first": 50 })).objects, 50);
        assert_eq!(estimate(query, json!({})).objects, 5);
        let ids = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        assert_eq!(estimate(ids, json!({ "ids": ["a", "b", "c"] })).objects, 3);
    }

    #[test]
    fn of_what_is_asked_of_single_types_the_dearest_counts() {
        let query = "{ search(query: \"x\", first: 10) { nodes {
            ... on Event { venue { id } } ... on Talk { event { venue { id } } } ... on Node { id } } } }";
        assert_eq!(estimate(query, json!({})), Estimate { objects: 30, points: SEARCH, ..Estimate::default() });
        // An event is a node, too.
        let both = "{ search(query: \"x\", first: 10) { nodes {
            ... on Event { a: talks(first: 50) { nodes { id } } }
            ... on Node { ... on Event { b: talks(first: 50) { nodes { id } } } } } } }";
        assert_eq!(estimate(both, json!({})).objects, 10 + 10 * 50 + 10 * 50);
    }

    #[test]
    fn counts_and_searches_cost_points() {
        assert_eq!(estimate("{ events { totalCount } }", json!({})).points, 1);
        assert_eq!(estimate("{ groups(first: 9) { nodes { talks { totalCount } } } }", json!({})).points, 9);
        assert_eq!(estimate("{ __typename }", json!({})).cost(), 1);
        assert_eq!(points(101, 3), 14);
    }

    #[test]
    fn what_is_asked_over_and_over_costs_as_often() {
        let titles =
            |count: usize| objects(&format!("{{ talks(first: 10) {{ nodes {{ {} }} }} }}", "title ".repeat(count)));
        assert_eq!((titles(1), titles(49), titles(50), titles(4500)), (10, 10, 20, 910));
        let fragment = "{ talks(first: 10) { nodes { ...f ...f } } } fragment f on Talk { ";
        assert_eq!(objects(&format!("{fragment}{}}}", "title ".repeat(25))), 20);
        let names = format!("{{ __schema {{ types {{ {} }} }} }}", "name ".repeat(4500));
        assert!(estimate(&names, json!({})).cost() > 100);
    }

    #[test]
    fn long_filters_cost_points() {
        let filter =
            |text: &str| estimate(&format!("{{ events(filter: {text}) {{ nodes {{ id }} }} }}"), json!({})).points;
        assert_eq!(filter("{ query: \"x\", phase: [PAST], not: { status: [CANCELLED] } }"), 0);
        let long = format!("{{ or: [{}] }}", "{ query: \"x\" } ".repeat(20));
        assert_eq!(filter(&long), 4);
        let query = "query($f: EventFilter!) { events(filter: { and: [$f] }) { nodes { id } } }";
        assert_eq!(estimate(query, json!({ "f": { "or": vec![json!({ "query": "x" }); 20] } })).points, 4);
    }

    #[test]
    fn an_introspection_costs_a_little_and_a_bomb_too_much() {
        let fields = |inner: &str| format!("fields {{ type {{ name {inner} }} }}");
        let query = |inner: &str| format!("{{ __schema {{ types {{ name {inner} }} }} }}");
        assert!(estimate(&query(&fields("")), json!({})).cost() < 50);
        assert!(estimate(&query(&fields(&fields(&fields(&fields(""))))), json!({})).cost() > 1000);
    }
}
