//! What the server says of its own schema, and queries made of it.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::TestApp;

const QUERY: &str = "{ __schema {
    queryType { name description }
    directives { name description args { ...input } }
    types {
        kind name description specifiedByURL
        fields(includeDeprecated: true) { name description args { ...input } type { ...type } }
        inputFields { ...input }
        enumValues(includeDeprecated: true) { name description }
        interfaces { name }
        possibleTypes { name }
    }
} }
fragment input on __InputValue { name description defaultValue type { ...type } }
fragment type on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
}";

/// The schema: its types by name, as introspection describes them; those of introspection itself left out.
pub struct Schema {
    pub types: BTreeMap<String, Value>,
    pub directives: Vec<Value>,
}

impl Schema {
    /// Asks the server.
    pub async fn of(app: &TestApp) -> Self {
        let mut schema = app.query(QUERY).await["__schema"].take();
        let types = list(&schema["types"]).iter().map(|t| (text(&t["name"]).to_owned(), t.clone()));
        let types = types.filter(|(name, _)| !name.starts_with("__")).collect();
        Self { types, directives: list(&schema["directives"].take()).to_vec() }
    }

    /// The fields of an object or interface.
    pub fn fields(&self, type_name: &str) -> &[Value] {
        list(&self.types[type_name]["fields"])
    }

    /// The kind of a type: `OBJECT`, `ENUM`…
    pub fn kind(&self, type_name: &str) -> &str {
        text(&self.types[type_name]["kind"])
    }

    /// The names of all types of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.types.iter().filter(move |(_, t)| t["kind"] == kind).map(|(name, _)| name.as_str())
    }

    /// Everything that a type has, down to `depth` objects below it: each field that can be asked without arguments.
    /// Lists get `arguments`.
    pub fn selection(&self, type_name: &str, depth: usize, arguments: &str) -> String {
        let mut selected = String::from("__typename");
        if self.kind(type_name) == "OBJECT" {
            self.select(&mut selected, type_name, "", depth, arguments);
            return selected;
        }
        for possible in list(&self.types[type_name]["possibleTypes"]).iter().map(|possible| text(&possible["name"])) {
            write!(selected, " ... on {possible} {{ __typename").unwrap();
            // Fields of one name may differ between the types; each type's have names of their own.
            self.select(&mut selected, possible, &format!("{possible}_"), depth, arguments);
            selected.push_str(" }");
        }
        selected
    }

    fn select(&self, selected: &mut String, type_name: &str, prefix: &str, depth: usize, arguments: &str) {
        for field in self.fields(type_name).iter().filter(|field| !list(&field["args"]).iter().any(is_required)) {
            let (name, below) = (text(&field["name"]), base(&field["type"]));
            let named = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}{name}: {name}") };
            match self.kind(below) {
                "SCALAR" | "ENUM" => write!(selected, " {named}").unwrap(),
                // `nodes` has the same rows with all their fields.
                _ if type_name.ends_with("Edge") && name == "node" => selected.push_str(" node { __typename }"),
                _ if depth > 0 => {
                    // A page is a way to its rows, not a level of its own.
                    let depth = if type_name.ends_with("Connection") { depth } else { depth - 1 };
                    let inner = self.selection(below, depth, arguments);
                    let is_list = list(&field["args"]).iter().any(|argument| argument["name"] == "filter");
                    let arguments = if is_list { format!("({arguments})") } else { String::new() };
                    write!(selected, " {named}{arguments} {{ {inner} }}").unwrap();
                }
                _ => {}
            }
        }
    }
}

/// The elements of an array; none of null.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The text; empty of null.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The name of a type without lists and exclamation marks.
pub fn base(of: &Value) -> &str {
    of["name"].as_str().unwrap_or_else(|| base(&of["ofType"]))
}

/// The type as SDL writes it.
pub fn written(of: &Value) -> String {
    match text(&of["kind"]) {
        "NON_NULL" => format!("{}!", written(&of["ofType"])),
        "LIST" => format!("[{}]", written(&of["ofType"])),
        _ => text(&of["name"]).to_owned(),
    }
}

/// Must this argument be given?
pub fn is_required(argument: &Value) -> bool {
    argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null()
}
