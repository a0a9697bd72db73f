//! Documents that clients may ask for by id.

use std::{collections::HashMap, path::Path};

use serde::Deserialize;

use super::{ConfigError, Settings};

/// The documents that have an id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// The trusted documents by id.
    pub trusted: HashMap<String, String>,
    /// Whether other documents are refused.
    pub only_trusted: bool,
}

/// The documents from the settings.
pub(super) fn documents(settings: &Settings) -> Result<Documents, ConfigError> {
    let (path, only_trusted) = (settings.trusted_documents(), settings.only_trusted_documents());
    if path.as_os_str().is_empty() {
        if only_trusted {
            let message = "only_trusted_documents needs trusted_documents: no request could be answered";
            return Err(ConfigError::Senseless(message.into()));
        }
        return Ok(Documents::default());
    }
    Ok(Documents { trusted: manifest(&path)?, only_trusted })
}

/// Reads a manifest: a map from id to text, as graphql-codegen and Relay write it, or a list of operations with `id`
/// and `body`, as Apollo writes it.
fn manifest(path: &Path) -> Result<HashMap<String, String>, ConfigError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Manifest {
        Texts(HashMap<String, String>),
        Operations { operations: Vec<Operation> },
    }
    #[derive(Deserialize)]
    struct Operation {
        id: String,
        body: String,
    }
    let text =
        std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    match serde_json::from_str(&text) {
        Ok(Manifest::Texts(texts)) => Ok(texts),
        Ok(Manifest::Operations { operations }) => Ok(operations.into_iter().map(|o| (o.id, o.body)).collect()),
        Err(_) => Err(ConfigError::Senseless(format!(
            "{} is no manifest of documents: write a JSON object of texts by id, or Apollo's format",
            path.display()
        ))),
    }
}
