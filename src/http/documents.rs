//! Documents that clients refer to by a hash or id instead of sending them: documents that clients registered
//! (automatic persisted queries, as in Apollo's clients), and documents that the operator trusts.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use moka::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::request::Incoming;
use crate::{
    config,
    error::{Code, Error, Result},
};

/// How much text of registered documents is kept. Beyond it the least used ones are dropped, and clients register them
/// again.
const MEMORY: u64 = 16 * 1024 * 1024;
/// The cache's own memory for each of them, approximately.
const ENTRY: usize = 256;

/// All documents that have a hash or an id.
#[derive(Clone)]
pub struct NamedDocuments {
    registered: Cache<String, Arc<str>>,
    trusted: Arc<HashMap<String, Arc<str>>>,
    /// The texts of the trusted documents, if no others are allowed.
    only: Option<Arc<HashSet<Arc<str>>>>,
}

/// The text of a document, and the hash under which to register it once it has proved valid.
pub struct FoundDocument {
    /// The document.
    pub text: Arc<str>,
    /// Its hash, if the client wants it registered.
    pub register: Option<String>,
}

impl NamedDocuments {
    /// The trusted documents of the configuration; none are registered yet.
    pub fn new(config: &config::Documents) -> Self {
        let trusted: HashMap<String, Arc<str>> =
            config.trusted.iter().map(|(id, text)| (bare(id).to_owned(), text.as_str().into())).collect();
        let only = config.only_trusted.then(|| Arc::new(trusted.values().cloned().collect()));
        let weigh = |hash: &String, text: &Arc<str>| u32::try_from(hash.len() + text.len() + ENTRY).unwrap_or(u32::MAX);
        let registered = Cache::builder().max_capacity(MEMORY).weigher(weigh).build();
        Self { registered, trusted: Arc::new(trusted), only }
    }

    /// The document that a request contains or refers to.
    pub fn find(&self, incoming: &Incoming) -> Result<FoundDocument> {
        let hash = self.persisted_hash(incoming)?;
        let named = incoming.document_id.as_deref().map(bare);
        let trusted = named.or(hash.as_deref()).and_then(|name| self.trusted.get(name));
        match (&incoming.query, trusted, hash) {
            (None, Some(text), _) => Ok(FoundDocument { text: text.clone(), register: None }),
            (None, None, _) if named.is_some() => Err(Error::invalid(
                Code::UnknownDocument,
                "This server knows no document of this id. Send its text as `query`.",
            )),
            (None, None, Some(hash)) => self.registered(&hash),
            (None, None, None) => Err(Error::invalid(
                Code::BadRequest,
                "The request has no `query`. Send the GraphQL document as a string, or name a known one.",
            )),
            (Some(text), _, hash) => self.sent(text, hash),
        }
    }

    /// A registered document. The error messages are those of Apollo's server, because Apollo's clients compare them.
    fn registered(&self, hash: &str) -> Result<FoundDocument> {
        if self.only.is_some() {
            return Err(Error::invalid(Code::PersistedQueryNotSupported, "PersistedQueryNotSupported"));
        }
        match self.registered.get(hash) {
            Some(text) => Ok(FoundDocument { text, register: None }),
            None => Err(Error::invalid(Code::PersistedQueryNotFound, "PersistedQueryNotFound")),
        }
    }

    fn sent(&self, text: &str, hash: Option<String>) -> Result<FoundDocument> {
        if self.only.as_ref().is_some_and(|only| !only.contains(text)) {
            let message = "This server answers only documents that it knows. Ask its operator to add yours.";
            return Err(Error::invalid(Code::DocumentNotTrusted, message));
        }
        if hash.as_ref().is_some_and(|hash| *hash != HEXLOWER.encode(&Sha256::digest(text))) {
            return Err(Error::invalid(Code::BadRequest, "`sha256Hash` is not the SHA-256 of `query`."));
        }
        Ok(FoundDocument { text: text.into(), register: hash.filter(|_| self.only.is_none()) })
    }

    /// Registers a document that proved valid.
    pub fn register(&self, hash: String, text: Arc<str>) {
        self.registered.insert(hash, text);
    }

    /// `extensions.persistedQuery.sha256Hash`, if the request has it. Clients may put the id of a trusted document
    /// there, which may be another kind of hash.
    fn persisted_hash(&self, incoming: &Incoming) -> Result<Option<String>> {
        let Some(persisted) = incoming.extensions.get("persistedQuery").filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let hash = bare(persisted.get("sha256Hash").and_then(Value::as_str).unwrap_or_default());
        let is_trusted = self.trusted.contains_key(hash);
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if persisted.get("version").and_then(Value::as_u64) != Some(1) || !(is_trusted || is_hash) {
            let message =
                "`extensions.persistedQuery` must be { version: 1, sha256Hash } with a hash of 64 hexadecimal digits.";
            return Err(Error::invalid(Code::BadRequest, message));
        }
        Ok(Some(if is_trusted { hash.to_owned() } else { hash.to_ascii_lowercase() }))
    }
}

/// An id without the prefix that names its hash algorithm, which some tools write.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}
