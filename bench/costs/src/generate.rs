//! Generates random requests from the schema.

use apollo_compiler::{
    Node, Schema,
    ast::{FieldDefinition, InputValueDefinition, Type},
    schema::ExtendedType,
};
use fastrand::Rng;
use serde_json::Value;

/// Words that occur in many texts, in few, and in none.
const WORDS: &[&str] =
    &["ruby", "rails", "a", "the", "web", "and", "test", "kubernetes", "zzz", "in", "2019", "r", "talk"];
/// How many selections a request may have, approximately.
const MOST: usize = 300;

/// A generator of requests.
pub struct Generator<'a> {
    schema: &'a Schema,
    random: Rng,
    samples: &'a Value,
    left: usize,
    aliases: usize,
}

impl<'a> Generator<'a> {
    /// The same seed makes the same requests. `samples` are ids and slugs of each type.
    pub fn new(schema: &'a Schema, seed: u64, samples: &'a Value) -> Self {
        Self { schema, random: Rng::with_seed(seed), samples, left: 0, aliases: 0 }
    }

    /// The next request.
    pub fn request(&mut self) -> String {
        // Requests are of different sizes, small and large.
        self.left = 1 << self.random.usize(1..9);
        self.left = self.left.min(MOST);
        self.aliases = 25;
        let depth = self.random.usize(2..8);
        self.set("Query", depth)
    }

    fn set(&mut self, on: &str, depth: usize) -> String {
        let fields: Vec<Node<FieldDefinition>> = match self.schema.types.get(on) {
            Some(ExtendedType::Object(object)) => object.fields.values().map(|field| field.node.clone()).collect(),
            Some(ExtendedType::Interface(interface)) => {
                interface.fields.values().map(|field| field.node.clone()).collect()
            }
            _ => Vec::new(),
        };
        let mut text = String::from("{ __typename ");
        let count = if on == "Query" { self.random.usize(1..4) } else { self.random.usize(1..12) };
        let mut names = Vec::new();
        for _ in 0..count.min(fields.len()) {
            let field = &fields[self.random.usize(0..fields.len())];
            let is_twice = names.contains(&field.name);
            if is_twice && self.aliases == 0 {
                continue;
            }
            names.push(field.name.clone());
            if let Some(selection) = self.field(field, depth) {
                if is_twice {
                    self.aliases -= 1;
                    text.push_str(&["a", &self.aliases.to_string(), ": "].concat());
                }
                text.push_str(&selection);
            }
        }
        if let Some(types) = self.members(on) {
            for member in types {
                if depth > 0 && self.left > 0 && self.random.bool() {
                    let set = self.set(&member, depth - 1);
                    text.push_str(&["... on ", &member, " ", &set, " "].concat());
                }
            }
        }
        text.push_str("} ");
        text
    }

    /// The types of a union or an interface.
    fn members(&self, on: &str) -> Option<Vec<String>> {
        match self.schema.types.get(on)? {
            ExtendedType::Union(union) => Some(union.members.iter().map(|member| member.name.to_string()).collect()),
            ExtendedType::Interface(_) => {
                let objects = self.schema.types.values().filter_map(|ty| ty.as_object());
                let own = objects.filter(|object| object.implements_interfaces.contains(on));
                Some(own.map(|object| object.name.to_string()).collect())
            }
            _ => None,
        }
    }

    fn field(&mut self, field: &FieldDefinition, depth: usize) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let of = field.ty.inner_named_type().as_str();
        let is_leaf = self.schema.types.get(of).is_none_or(|ty| ty.is_scalar() || ty.is_enum());
        if !is_leaf && depth == 0 {
            return None;
        }
        let arguments = self.arguments(&field.arguments);
        let set = if is_leaf { String::new() } else { self.set(of, depth - 1) };
        Some(format!("{}{arguments} {set} ", field.name))
    }

    fn arguments(&mut self, defined: &[Node<InputValueDefinition>]) -> String {
        let mut given = Vec::new();
        for argument in defined {
            let is_needed = argument.is_required();
            match argument.name.as_str() {
                "after" | "before" | "last" => continue,
                "first" if self.random.u8(..4) == 0 => continue,
                _ if !is_needed && self.random.u8(..3) == 0 => continue,
                _ => {}
            }
            if let Some(value) = self.value(&argument.name, &argument.ty, 3) {
                given.push(format!("{}: {value}", argument.name));
            } else if is_needed {
                given.push(format!("{}: null", argument.name));
            }
        }
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    fn value(&mut self, name: &str, ty: &Type, depth: usize) -> Option<String> {
        if ty.is_list() {
            let most = if name == "ids" { 100 } else { 6 };
            let count = 1 + self.random.usize(..most);
            let items: Vec<String> = (0..count).filter_map(|_| self.value(name, ty.item_type(), depth)).collect();
            return Some(format!("[{}]", items.join(", ")));
        }
        let of = ty.inner_named_type().as_str();
        let schema = self.schema;
        match schema.types.get(of)? {
            ExtendedType::Enum(values) => {
                let values: Vec<_> = values.values.keys().collect();
                Some(values[self.random.usize(..values.len())].to_string())
            }
            ExtendedType::InputObject(input) => {
                if depth == 0 {
                    return None;
                }
                let mut given = Vec::new();
                for (name, part) in &input.fields {
                    if !part.is_required() && self.random.usize(..input.fields.len()) > 2 {
                        continue;
                    }
                    if let Some(value) = self.value(name, &part.ty, depth - 1) {
                        given.push(format!("{name}: {value}"));
                    }
                }
                Some(format!("{{ {} }}", given.join(", ")))
            }
            _ => Some(self.scalar(name, of)),
        }
    }

    fn scalar(&mut self, name: &str, of: &str) -> String {
        match (name, of) {
            ("first", _) => if self.random.bool() { 100 } else { self.random.i32(1..=100) }.to_string(),
            ("latitude", _) => "51.5".into(),
            ("longitude", _) => "-0.1".into(),
            (_, "Int") => self.random.i32(1..2030).to_string(),
            (_, "Float") => "10.5".into(),
            (_, "Boolean") => self.random.bool().to_string(),
            (_, "DateTime") => "\"2019-04-01T00:00:00Z\"".into(),
            (_, "Date") => "\"2019-04-01\"".into(),
            (_, "ID") => self.sample("id"),
            ("query", _) => {
                let count = 1 + self.random.usize(..4);
                let words: Vec<&str> = (0..count).map(|_| WORDS[self.random.usize(..WORDS.len())]).collect();
                format!("\"{}\"", words.join(" "))
            }
            (_, "String") if self.random.u8(..3) == 0 => format!("\"{}\"", WORDS[self.random.usize(..WORDS.len())]),
            _ => self.sample("slug"),
        }
    }

    fn sample(&mut self, what: &str) -> String {
        let Some(nouns) = self.samples.as_object().filter(|nouns| !nouns.is_empty()) else { return "\"x\"".into() };
        let noun = nouns.values().nth(self.random.usize(..nouns.len()));
        let nodes = noun.and_then(|noun| noun["nodes"].as_array()).filter(|nodes| !nodes.is_empty());
        let value = nodes.map(|nodes| nodes[self.random.usize(..nodes.len())][what].to_string());
        value.unwrap_or_else(|| "\"x\"".into())
    }
}
