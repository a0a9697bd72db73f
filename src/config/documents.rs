//! Documents that clients may ask for by id.

use std::{collections::HashMap, path::Path};

use serde::Deserialize;

use super::{ConfigError, Settings};

/// Which documents have a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// The trusted ones by id.
    pub trusted: HashMap<String, String>,
    /// Whether no others are answered.
    pub only_trusted: bool,
}

/// What the settings say of them.
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

/// Reads a manifest: texts by id, as graphql-codegen and Relay write it, or a list of operations with `id` and `body`, as
/// Apollo does.
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
