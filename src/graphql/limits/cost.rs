//! What an answer may cost: the model that `docs/cost.md` explains.
//!
//! A request is measured before it runs, by the size that its lists may have. So the walk follows the schema, and on its
//! way it meets the fields that do not exist. The engine would report each of them, with a search for similar names.

use std::{collections::HashMap, convert::Infallible, ops::AddAssign};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::{
        parse_schema,
        types::{
            BaseType, ExecutableDocument, Field, FieldDefinition, OperationDefinition, OperationType, Selection,
            SelectionSet, Type, TypeKind, TypeSystemDefinition,
        },
    },
};
use async_graphql_value::Value as Literal;

use super::{Refusal, selected, variables};
use crate::graphql::connection::{DEFAULT_PAGE, LONGEST_PAGE};

/// How long a list without pages is taken to be: speakers of a talk, hosts of an event.
const SMALL_LIST: u64 = 3;
/// How many objects make a point.
const NODES_A_POINT: u64 = 10;
/// What a search costs beyond what it finds, in points.
pub const SEARCH: u64 = 10;
/// How many objects of an introspection weigh as much as one of the data: no database is asked for them.
const DESCRIBED_A_NODE: u64 = 40;
/// How many leaves of an object weigh as much as another one. No type has as many, but a field may be asked again.
const LEAVES_AN_OBJECT: u64 = 50;
/// The same for an object of an introspection.
const LEAVES_A_DESCRIBED: u64 = 10;
/// How many values of a filter make a point.
const FILTER_VALUES_A_POINT: u64 = 10;
/// The longest word for which similar ones are looked up.
const LONGEST_MISTAKE: usize = 40;

/// The types that describe the schema, as the specification has them.
const INTROSPECTION: &str = "
    type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type
        subscriptionType: __Type directives: [__Directive!]! }
    type __Type { kind: Kind name: String description: String specifiedByURL: String fields: [__Field!]
        interfaces: [__Type!] possibleTypes: [__Type!] enumValues: [__EnumValue!] inputFields: [__InputValue!]
        ofType: __Type isOneOf: Boolean }
    type __Field { name: String description: String args: [__InputValue!]! type: __Type! isDeprecated: Boolean
        deprecationReason: String }
    type __InputValue { name: String description: String type: __Type! defaultValue: String isDeprecated: Boolean
        deprecationReason: String }
    type __EnumValue { name: String description: String isDeprecated: Boolean deprecationReason: String }
    type __Directive { name: String description: String locations: [String!]! args: [__InputValue!]!
        isRepeatable: Boolean }
";

/// What the schema says that matters for the cost.
#[derive(Debug)]
pub struct Costs {
    types: HashMap<String, Kind>,
    /// How many types there are, those without fields too.
    all_types: u64,
    /// Whether errors name fields that look like the unknown one.
    suggestions: bool,
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

/// What so many objects and further points come to, at least one.
pub fn points(objects: u64, further: u64) -> u64 {
    objects.div_ceil(NODES_A_POINT).saturating_add(further).max(1)
}

impl Costs {
    /// Reads the schema. `introspection` says whether it may be asked about itself, `suggestions` whether errors may name
    /// fields that exist.
    pub fn of_schema(sdl: &str, introspection: bool, suggestions: bool) -> Self {
        let (mut types, mut all_types) = (HashMap::new(), 0);
        for text in [sdl, INTROSPECTION] {
            let definitions = parse_schema(text).map(|document| document.definitions).unwrap_or_default();
            all_types += definitions.len() as u64;
            types.extend(definitions.into_iter().filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => {
                    Some((definition.node.name.node.to_string(), kind(&definition.node.kind)?))
                }
                _ => None,
            }));
        }
        for name in wrappers(&types) {
            types.entry(name).and_modify(|kind: &mut Kind| kind.is_wrapper = true);
        }
        if let Some(query) = types.get_mut("Query").filter(|_| introspection) {
            query.fields.insert("__schema".into(), Returns { of: "__Schema".into(), many: false });
            query.fields.insert("__type".into(), Returns { of: "__Type".into(), many: false });
        }
        Self { types, all_types, suggestions }
    }

    /// What the operation may cost. Walks all operations, so that none of them has unknown fields.
    pub fn estimate(
        &self,
        document: &ExecutableDocument,
        name: Option<&str>,
        variables: &Variables,
    ) -> Result<Estimate, Refusal> {
        let mut meant = Estimate::default();
        let selected = selected(document, name);
        for (_, operation) in document.operations.iter() {
            let operation = &operation.node;
            let mut walk = Walk { costs: self, document, operation, variables, fragments: HashMap::new() };
            let root = match operation.ty {
                OperationType::Query => "Query",
                OperationType::Mutation => "Mutation",
                OperationType::Subscription => "Subscription",
            };
            let estimate = walk.set(&operation.selection_set, root, 1)?;
            if selected.is_some_and(|selected| std::ptr::eq(selected, operation)) {
                meant = estimate;
            }
        }
        Ok(meant)
    }

    fn unknown(&self, field: &Positioned<Field>, kind: &Kind, on: &str) -> Refusal {
        let name = field.node.name.node.as_str();
        let similar = kind.fields.keys().filter(|_| self.suggestions && name.len() <= LONGEST_MISTAKE);
        let distance = |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
        let nearest = similar.map(|known| (distance(known), known)).min();
        let hint = match nearest.filter(|(distance, known)| *distance <= known.len().max(name.len()) / 3) {
            Some((_, known)) => format!(" Did you mean `{known}`?"),
            None => String::new(),
        };
        Refusal::invalid(format!("`{on}` has no field `{name}`.{hint}"), Some(field.pos))
    }
}

/// Pages, and what their edges and their `pageInfo` are.
fn wrappers(types: &HashMap<String, Kind>) -> Vec<String> {
    let pages = types.iter().filter(|(_, kind)| kind.is_page());
    let of = |kind: &Kind, field| kind.fields.get(field).map(|returns: &Returns| returns.of.clone());
    pages.flat_map(|(name, kind)| [Some(name.clone()), of(kind, "edges"), of(kind, "pageInfo")]).flatten().collect()
}

fn kind(kind: &TypeKind) -> Option<Kind> {
    let of = |fields: &[Positioned<FieldDefinition>], is_abstract| {
        let fields = fields.iter().map(|field| (field.node.name.node.to_string(), returns(&field.node.ty.node)));
        Some(Kind { fields: fields.collect(), is_abstract, is_wrapper: false })
    };
    match kind {
        TypeKind::Object(object) => of(&object.fields, false),
        TypeKind::Interface(interface) => of(&interface.fields, true),
        TypeKind::Union(_) => of(&[], true),
        _ => None,
    }
}

fn returns(ty: &Type) -> Returns {
    match &ty.base {
        BaseType::Named(name) => Returns { of: name.to_string(), many: false },
        BaseType::List(of) => Returns { many: true, ..returns(of) },
    }
}

struct Walk<'a> {
    costs: &'a Costs,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// By name and page size: what a fragment on a connection costs depends on it.
    fragments: HashMap<(&'a Name, u64), Estimate>,
}

impl<'a> Walk<'a> {
    /// What a selection set costs for each object of type `on`. If that is a connection, its pages have `page` rows.
    fn set(&mut self, set: &'a Positioned<SelectionSet>, on: &str, page: u64) -> Result<Estimate, Refusal> {
        let costs = self.costs;
        let Some(kind) = costs.types.get(on) else { return Ok(Estimate::default()) };
        let mut sum = Estimate::default();
        // An object is of one type only: of what is asked of single types, the dearest counts.
        let mut by_type: HashMap<&str, Estimate> = HashMap::new();
        for selection in &set.node.items {
            let (condition, estimate) = match &selection.node {
                Selection::Field(field) => (None, self.field(field, kind, on, page)?),
                Selection::InlineFragment(inline) => {
                    let condition =
                        inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    (condition, self.set(&inline.node.selection_set, condition.unwrap_or(on), page)?)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, page)?,
            };
            match condition.filter(|condition| kind.is_abstract && *condition != on) {
                Some(condition) => *by_type.entry(condition).or_default() += estimate,
                None => sum += estimate,
            }
        }
        sum += by_type.into_values().fold(Estimate::default(), Estimate::most);
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name, page: u64) -> Result<(Option<&'a str>, Estimate), Refusal> {
        let Some(fragment) = self.document.fragments.get(name) else { return Ok((None, Estimate::default())) };
        let on = fragment.node.type_condition.node.on.node.as_str();
        if let Some(known) = self.fragments.get(&(name, page)) {
            return Ok((Some(on), *known));
        }
        let estimate = self.set(&fragment.node.selection_set, on, page)?;
        self.fragments.insert((name, page), estimate);
        Ok((Some(on), estimate))
    }

    fn field(&mut self, field: &'a Positioned<Field>, kind: &Kind, on: &str, page: u64) -> Result<Estimate, Refusal> {
        let (costs, name) = (self.costs, field.node.name.node.as_str());
        if name == "__typename" {
            return Ok(Estimate::default());
        }
        let Some(Returns { of, many }) = kind.fields.get(name) else { return Err(costs.unknown(field, kind, on)) };
        let Some(returned) = costs.types.get(of) else {
            return Ok(Estimate { leaves: 1, points: u64::from(name == "totalCount"), ..Estimate::default() });
        };
        let mut each = self.set(&field.node.selection_set, of, self.page_size(&field.node))?;
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
        Ok(all)
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
            values = values.saturating_add(self.variable(&variable).map_or(0, variables::size));
            Ok::<_, Infallible>(Value::Null)
        });
        let literal = literal.map_or(0, |literal| variables::size(&literal));
        values.saturating_add(literal) as u64 / FILTER_VALUES_A_POINT
    }

    /// An argument as it stands in the document, or the value of the variable that stands there.
    fn argument(&self, field: &'a Field, name: &str) -> Option<Given<'a>> {
        match &field.get_argument(name)?.node {
            Literal::Variable(variable) => self.variable(variable).map(Given::Value),
            literal => Some(Given::Literal(literal)),
        }
    }

    fn variable(&self, name: &Name) -> Option<&'a Value> {
        let default = || {
            let mut known = self.operation.variable_definitions.iter();
            let definition = known.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        };
        self.variables.get(name).or_else(default)
    }
}

/// What is given for an argument.
enum Given<'a> {
    Literal(&'a Literal),
    Value(&'a Value),
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn costs() -> Costs {
        Costs::of_schema(&crate::graphql::sdl(), true, true)
    }

    fn estimate(query: &str, variables: serde_json::Value) -> Estimate {
        costs().estimate(&parse_query(query).unwrap(), None, &Variables::from_json(variables)).unwrap()
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
        let query = "query($f: EventFilter) { events(filter: { and: [$f] }) { nodes { id } } }";
        assert_eq!(estimate(query, json!({ "f": { "or": vec![json!({ "query": "x" }); 20] } })).points, 4);
    }

    #[test]
    fn an_introspection_costs_a_little_and_a_bomb_too_much() {
        let fields = |inner: &str| format!("fields {{ type {{ name {inner} }} }}");
        let query = |inner: &str| format!("{{ __schema {{ types {{ name {inner} }} }} }}");
        assert!(estimate(&query(&fields("")), json!({})).cost() < 50);
        assert!(estimate(&query(&fields(&fields(&fields(&fields(""))))), json!({})).cost() > 1000);
    }

    #[test]
    fn an_unknown_field_is_told_with_its_neighbour() {
        let refusal = |costs: &Costs, query| {
            costs.estimate(&parse_query(query).unwrap(), None, &Variables::default()).unwrap_err()
        };
        let query = "{ events { nodes { nmae } } }";
        let first = refusal(&costs(), query);
        assert_eq!(first.error.to_string(), "`Event` has no field `nmae`. Did you mean `name`?");
        assert_eq!(first.at, Some(async_graphql::Pos { line: 1, column: 20 }));
        let silent = Costs::of_schema(&crate::graphql::sdl(), false, false);
        assert_eq!(refusal(&silent, query).error.to_string(), "`Event` has no field `nmae`.");
        assert_eq!(
            refusal(&silent, "{ __schema { __typename } }").error.to_string(),
            "`Query` has no field `__schema`."
        );
    }
}
