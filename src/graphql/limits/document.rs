//! Documents: from text to what the engine executes.
//!
//! The engine's own rules are not those of the specification ([0021](../../docs/decisions/0021-apollo-compiler-decides-validity.md)),
//! so a library parses and validates each document, and the engine is handed an equivalent tree that it does not validate.
//!
//! 1. `limits::scan` bounds the text and cuts it into tokens. Then `parse` asks the library.
//! 2. `limits::shape` bounds its size with fragments written out. Then `validate` asks the library, and [`mod@values`]
//!    checks what the library leaves out: our scalars, variables within values, duplicate fields of input objects.
//! 3. `translate` builds the engine's tree, and `merge` joins equal fields in it.
//!
//! None of this depends on a request, so it is done once for each text ([`DocumentCache`]). A request chooses an
//! [`Operation`], and [`mod@variables`] coerces the values of its variables.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType},
};
use moka::sync::Cache;
use serde_json::{Map, Value as Json};

use self::variables::Variable;
pub use self::{definitions::Definitions, described::DescriptionPaths, translate::root_of};
use super::{Limits, Refusal, scan, shape};
use crate::error::Code;

mod definitions;
mod described;
mod explain;
mod merge;
mod omitted;
mod parse;
mod translate;
mod validate;
mod values;
mod variables;

/// How much memory the documents may take, approximately, in bytes.
const MEMORY: u64 = 16 * 1024 * 1024;
/// How much memory a selection or a value takes, approximately, in bytes.
const NODE: usize = 512;
/// How much memory the smallest document takes, in bytes.
const ENTRY: usize = 1024;

/// The fragments of a document, by name.
type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// A valid document, as the engine executes it.
#[derive(Debug)]
pub struct Document {
    operations: Vec<Operation>,
    /// The number of its selections and values, with fragments written out and equal fields merged.
    nodes: usize,
}

/// One operation of a document.
#[derive(Debug)]
pub struct Operation {
    name: Option<String>,
    definition: Positioned<OperationDefinition>,
    variables: Vec<Variable>,
    uses: Uses,
    described: DescriptionPaths,
}

/// The fragments and variables that an operation or a fragment uses.
#[derive(Clone, Debug, Default)]
struct Uses {
    fragments: HashSet<Name>,
    /// Variables that are the whole value of an argument which has a default.
    with_default: HashSet<Name>,
    /// Variables that decide `@skip` and `@include`.
    conditions: HashSet<Name>,
}

impl Uses {
    /// Adds what the spread fragments use. `of_fragments` has for each fragment what it uses itself.
    fn complete(&mut self, of_fragments: &HashMap<Name, Self>) {
        let mut open: Vec<Name> = self.fragments.iter().cloned().collect();
        while let Some(uses) = open.pop().and_then(|name| of_fragments.get(&name)) {
            open.extend(uses.fragments.iter().filter(|name| !self.fragments.contains(*name)).cloned());
            self.fragments.extend(uses.fragments.iter().cloned());
            self.with_default.extend(uses.with_default.iter().cloned());
            self.conditions.extend(uses.conditions.iter().cloned());
        }
    }
}

impl Document {
    /// Reads a document, or says why it is refused.
    pub fn read(text: &str, limits: &Limits, definitions: &Definitions) -> Result<Self, Refusal> {
        let scan = scan::check(text, limits)?;
        let syntax = parse::document(&scan, limits)?;
        shape::check(&syntax, &scan, limits)?;
        let valid = validate::check(&syntax, &scan, definitions)?;
        values::check(&valid, &scan, definitions)?;
        translate::document(&valid, &scan, limits, definitions)
    }

    /// The operation that a request names; without a name, the only one.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, Refusal> {
        let named = |operation: &&Operation| operation.name.as_deref() == name;
        match (name, self.operations.as_slice()) {
            (None, [only]) => Ok(only),
            (Some(name), operations) => operations.iter().find(named).ok_or_else(|| {
                Refusal::invalid(format!("The document has no operation `{name}`. {}", self.names()), None)
            }),
            (None, _) => {
                let message = format!("The document has several operations. {}", self.names());
                Err(Refusal::invalid(message, None))
            }
        }
    }

    /// The part of a message that tells how to choose an operation.
    fn names(&self) -> String {
        const MOST: usize = 5;
        let names: Vec<String> =
            self.operations.iter().filter_map(|o| Some(format!("`{}`", o.name.as_ref()?))).collect();
        match names.len() {
            0 => "Its only one has no name: leave `operationName` out.".into(),
            count if count > MOST => format!("Name one of them as `operationName`: {} …", names[..MOST].join(", ")),
            _ => format!("Name one of them as `operationName`: {}.", names.join(", ")),
        }
    }
}

impl Operation {
    /// Whether it reads, writes or subscribes.
    #[must_use]
    pub fn kind(&self) -> OperationType {
        self.definition.node.ty
    }

    /// Its definition in the engine's form.
    #[must_use]
    pub fn definition(&self) -> &OperationDefinition {
        &self.definition.node
    }

    /// Where its answer holds the description of the schema.
    #[must_use]
    pub fn described(&self) -> &DescriptionPaths {
        &self.described
    }

    /// What the engine executes, with these values of the variables. An argument is removed if its variable has no
    /// value, so that the argument's default applies (specification, 6.4.1).
    #[must_use]
    pub fn executable(&self, variables: &Variables) -> ExecutableDocument {
        let mut definition = self.definition.clone();
        let mut omitted = self.uses.with_default.iter().filter(|name| !variables.contains_key(*name)).peekable();
        if omitted.peek().is_some() {
            omitted::take_away(&mut definition.node.selection_set, &omitted.collect());
        }
        ExecutableDocument { operations: DocumentOperations::Single(definition), fragments: HashMap::new() }
    }

    /// Coerces the values of a request to the types of the variables, and fills in their defaults. Values of undeclared
    /// variables are dropped.
    pub fn coerce(&self, values: Map<String, Json>, definitions: &Definitions) -> Result<Variables, Refusal> {
        let variables = variables::coerce(&self.variables, values, definitions)?;
        // The engine treats a null condition as false.
        let is_null = |name: &Name| variables.get(name) == Some(&async_graphql::Value::Null);
        match self
            .variables
            .iter()
            .find(|variable| self.uses.conditions.contains(&variable.name) && is_null(&variable.name))
        {
            None => Ok(variables),
            Some(Variable { name, at, .. }) => {
                let message = format!(
                    "The variable `${name}` is null, but a condition needs a Boolean. Leave it out, and its default holds."
                );
                Err(Refusal::new(Code::BadUserInput, message, *at))
            }
        }
    }
}

/// The documents that were read. The least used ones are evicted.
#[derive(Clone, Debug)]
pub struct DocumentCache {
    read: Cache<Arc<str>, Arc<Document>>,
    limits: Limits,
    definitions: Definitions,
}

impl DocumentCache {
    /// None yet.
    #[must_use]
    pub fn new(limits: Limits, definitions: Definitions) -> Self {
        let weigh = |text: &Arc<str>, document: &Arc<Document>| {
            u32::try_from(text.len() + document.nodes * NODE + ENTRY).unwrap_or(u32::MAX)
        };
        Self { read: Cache::builder().max_capacity(MEMORY).weigher(weigh).build(), limits, definitions }
    }

    /// The document of this text, or why it is refused.
    pub fn read(&self, text: &Arc<str>) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.read.get(text) {
            return Ok(document);
        }
        let document = Arc::new(Document::read(text, &self.limits, &self.definitions)?);
        self.read.insert(text.clone(), document.clone());
        Ok(document)
    }

    /// The schema that the documents fit.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }
}
