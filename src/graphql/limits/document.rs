//! Documents, read once: a client sends the same few over and over, with other variables.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition},
    },
};
use moka::sync::Cache;

use super::{Limits, Refusal, not_graphql, scan, shape, variables};

/// How much memory the documents may take, about.
const MEMORY: u64 = 16 * 1024 * 1024;
/// How many bytes a byte of text becomes, about: a field of five letters is a node of some two hundred.
const GROWTH: usize = 32;
/// What the smallest one takes.
const ENTRY: usize = 1024;

/// A document that is GraphQL and has a shape within the limits.
#[derive(Debug)]
pub struct Document {
    parsed: ExecutableDocument,
    /// The engine has found all rules kept that are about the document alone.
    is_valid: AtomicBool,
}

impl Document {
    /// Reads a document, or says why it is refused.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let end = scan::check(text, limits)?;
        let parsed = parse_query(text.get(..end).unwrap_or(text)).map_err(|error| not_graphql(&error.into()))?;
        shape::check(&parsed, limits)?;
        Ok(Self { parsed, is_valid: AtomicBool::new(false) })
    }

    /// Its tree.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// Whether the engine need not check it again for these variables: it did so before, and no value can be wrong.
    pub fn is_valid_for(&self, variables: &Variables) -> bool {
        self.is_valid.load(Ordering::Relaxed)
            && self.only_operation().is_some_and(|operation| variables::are_plain(operation, variables))
    }

    /// Notes that the engine found it valid with these variables. A literal in which a variable stands is checked only
    /// where that has a value, and the rules look at the operation that is meant; so that counts where all have one.
    pub fn was_valid_with(&self, variables: &Variables) {
        let all_given = |operation: &OperationDefinition| {
            operation.variable_definitions.iter().all(|definition| variables.contains_key(&definition.node.name.node))
        };
        if self.only_operation().is_some_and(all_given) {
            self.is_valid.store(true, Ordering::Relaxed);
        }
    }

    fn only_operation(&self) -> Option<&OperationDefinition> {
        match &self.parsed.operations {
            DocumentOperations::Single(operation) => Some(&operation.node),
            DocumentOperations::Multiple(operations) if operations.len() == 1 => {
                operations.values().next().map(|operation| &operation.node)
            }
            DocumentOperations::Multiple(_) => None,
        }
    }
}

/// The documents that were read, the least used ones forgotten.
#[derive(Clone, Debug)]
pub struct ReadDocuments {
    read: Cache<Arc<str>, Arc<Document>>,
    limits: Limits,
}

impl ReadDocuments {
    /// None yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let weigh = |text: &Arc<str>, _: &Arc<Document>| u32::try_from(text.len() * GROWTH + ENTRY).unwrap_or(u32::MAX);
        Self { read: Cache::builder().max_capacity(MEMORY).weigher(weigh).build(), limits }
    }

    /// The document of this text, or why it is refused.
    pub fn read(&self, text: &Arc<str>) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.read.get(text) {
            return Ok(document);
        }
        let document = Arc::new(Document::read(text, &self.limits)?);
        self.read.insert(text.clone(), document.clone());
        Ok(document)
    }
}
