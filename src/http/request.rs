//! GraphQL requests: from a body, a URL or a message.

use axum::{
    body::HttpBody,
    extract::{Query, Request, rejection::QueryRejection},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{App, client::Client, media, rate_limiter};
use crate::{
    error::{Code, Error, Result},
    graphql::limits::scan::LONGEST_NAME,
};

/// A GraphQL request as the client wrote it.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The document; `None` if the request refers to one by hash or id.
    pub query: Option<String>,
    /// The name of the operation to execute.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Map<String, Value>,
    /// Extensions of the protocol: persisted queries, the cost report.
    pub extensions: Map<String, Value>,
    /// The id of a trusted document.
    pub document_id: Option<String>,
}

impl Incoming {
    /// Reads a JSON object. Unknown keys are ignored, as the specification says.
    pub fn from_json(value: Value) -> Result<Self> {
        let Value::Object(mut fields) = value else {
            return Err(bad_request("A request is a JSON object with a string `query`."));
        };
        let mut id = |name| text(&mut fields, name);
        let document_id = match (id("documentId")?, id("doc_id")?) {
            (Some(id), _) | (None, Some(id)) => Some(id),
            (None, None) => None,
        };
        Ok(Self {
            query: text(&mut fields, "query")?,
            operation_name: name(&mut fields)?,
            variables: object(&mut fields, "variables")?,
            extensions: object(&mut fields, "extensions")?,
            document_id,
        })
    }

    /// Which cost report the client wants.
    pub fn report(&self) -> Result<Report> {
        match self.extensions.get("cost") {
            None | Some(Value::Null | Value::Bool(false)) => Ok(Report::Nothing),
            Some(Value::Bool(true)) => Ok(Report::Cost),
            Some(Value::String(text)) if text == "dryRun" => Ok(Report::DryRun),
            Some(_) => Err(bad_request("`extensions.cost` is true, false or \"dryRun\".")),
        }
    }
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad_request(&format!("`{name}` must be a string."))),
    }
}

/// The operation name. One that is too long for any document is not repeated in an error.
fn name(fields: &mut Map<String, Value>) -> Result<Option<String>> {
    match text(fields, "operationName")?.filter(|name| !name.is_empty()) {
        Some(name) if name.len() > LONGEST_NAME => {
            Err(bad_request(&format!("`operationName` is longer than {LONGEST_NAME} letters.")))
        }
        name => Ok(name),
    }
}

fn object(fields: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(bad_request(&format!("`{name}` must be a JSON object."))),
    }
}

/// The error for input that is no GraphQL request.
pub fn bad_request(message: &str) -> Error {
    Error::invalid(Code::BadRequest, message)
}

/// Which cost report a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// No report.
    Nothing,
    /// The cost together with the data.
    Cost,
    /// The cost alone, without execution.
    DryRun,
}

/// The parameters of a GET. All are texts; those that are objects are written as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
    document_id: Option<String>,
}

impl Parameters {
    fn incoming(self) -> Result<Incoming> {
        let object = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
            None => Ok(Value::Null),
            Some(text) => serde_json::from_str(&text)
                .map_err(|_| bad_request(&format!("The parameter `{name}` is not a JSON object."))),
        };
        let fields = [
            ("query", self.query.into()),
            ("operationName", self.operation_name.into()),
            ("variables", object("variables", self.variables)?),
            ("extensions", object("extensions", self.extensions)?),
            ("documentId", self.document_id.into()),
        ];
        Incoming::from_json(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Makes a request from the parameters of a GET.
pub fn incoming(parameters: Result<Query<Parameters>, QueryRejection>) -> Result<Incoming> {
    match parameters {
        Ok(Query(parameters)) => parameters.incoming(),
        Err(_) => Err(bad_request("The parameters cannot be read. Write each once, percent-encoded as UTF-8.")),
    }
}

/// Reads the JSON of a body.
pub async fn read(app: &App, client: &Client, request: Request) -> Result<Value> {
    if !media::is_json(request.headers()) {
        let message = "Send the request as `Content-Type: application/json`, in UTF-8 and not compressed.";
        return Err(Error::invalid(Code::UnsupportedMediaType, message));
    }
    let too_large = || {
        let message = format!("The body is longer than {} bytes. Ask for less at a time.", app.config.body_limit);
        Error::invalid(Code::PayloadTooLarge, message)
    };
    // Checked before anything is read, so that a client that sent `Expect: 100-continue` need not send the body.
    if request.body().size_hint().lower() > app.config.body_limit as u64 {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), app.config.body_limit).collect();
    let body = tokio::time::timeout(app.config.connections.body_timeout, body).await;
    let body = body.map_err(|_| Error::invalid(Code::BodyTimeout, "The body took too long to arrive."))?;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() { too_large() } else { bad_request("The body did not arrive whole.") }
    })?;
    let body = body.to_bytes();
    if let Err(error) = rate_limiter::charge_reading(client, body.len()) {
        drop(body);
        rate_limiter::refuse(client).await;
        return Err(error);
    }
    serde_json::from_slice(&body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        bad_request(&format!("The body is not JSON that can be read ({place}). Send an object with a string `query`."))
    })
}
