//! The error messages about invalid documents: what is wrong, where, and how to correct it.
//!
//! The library reports errors in the words of graphql-js. This module takes the names out of its sentence and puts them
//! into one of ours, with hints from the schema. `tests/it/message.rs` provokes each rule.

use apollo_compiler::{
    Name,
    ast::Type,
    diagnostic::{Diagnostic, ToCliReport},
    schema::ExtendedType,
    validation::{DiagnosticData, DiagnosticList},
};

use super::definitions::{Definitions, misplaced, shortened};
use crate::{
    error::Code,
    graphql::limits::{Refusal, scan::Scan},
};

/// What the parser calls the parts of the grammar, and what people call them.
const GRAMMAR: [(&str, &str); 32] = [
    ("at least one Selection in Selection Set", "a field between `{` and `}`"),
    ("a StringValue, Name or OperationDefinition", "an operation or a fragment"),
    ("an Operation Type or a Selection Set", "an operation or a fragment"),
    ("a Selection Set", "`{` with fields"),
    ("an Inline Fragment or a Fragment Spread", "a fragment after `...`: `...Name` or `... on Type { … }`"),
    ("a Variable Definition", "a variable, `$name: Type`"),
    ("an Argument", "an argument, `name: value`"),
    ("Fragment Name cannot be 'on'", "a fragment cannot have the name `on`"),
    ("Fragment Name", "the name of a fragment"),
    ("Unexpected variable value in a Const context", "a default cannot hold a variable"),
    ("unexpected variable value in a Const context", "a default cannot hold a variable"),
    ("expected definition", "expected an operation or a fragment"),
    ("a Name in Type Condition", "the name of a type after `on`"),
    ("a valid Value", "a value"),
    ("Unterminated spread operator", "Expected three dots, `...`"),
    ("unterminated spread operator", "expected three dots, `...`"),
    ("as integer suffix", "after a number"),
    ("as float suffix", "after a number"),
    ("'on'", "`on`"),
    ("Selection Set", "`{` with fields"),
    ("a Name", "a name"),
    ("R_PAREN", "`)`"),
    ("L_PAREN", "`(`"),
    ("R_CURLY", "`}`"),
    ("L_CURLY", "`{`"),
    ("R_BRACK", "`]`"),
    ("L_BRACK", "`[`"),
    ("COLON", "`:`"),
    ("DOLLAR", "`$`"),
    ("SPREAD", "`...`"),
    ("BANG", "`!`"),
    ("EOF", "the end of the document"),
];

/// The refusal of a text that the parser does not accept.
pub fn syntax(errors: &DiagnosticList, scan: &Scan) -> Refusal {
    let Some(first) = errors.iter().next() else { return Refusal::unparsed("The document is not GraphQL.", None) };
    let said = first.error.to_string();
    let said = said.trim_start_matches("syntax error: ").trim_end_matches('.');
    // The text after that is the client's.
    let (expected, got) = said.split_once(", got ").unwrap_or((said, ""));
    let expected = GRAMMAR.iter().fold(expected.to_owned(), |said, (name, plain)| said.replace(name, plain));
    let at = scan.at(first.error.location());
    let found = first.error.location().and_then(|span| scan.text().get(span.offset()..span.end_offset()));
    let found = found.map(str::trim);
    if expected == "Unexpected character \"'\"" {
        return Refusal::unparsed("The document is not GraphQL: texts stand in double quotes.", at);
    }
    if expected.ends_with("an operation or a fragment") && found == Some("}") {
        return Refusal::unparsed("The document is not GraphQL: there is one `}` too many.", at);
    }
    let found = match (got, found) {
        ("EOF", _) | ("", None | Some("")) => ", found the end of the document".to_owned(),
        ("", _) if expected.starts_with("Unexpected character") => String::new(),
        ("", Some(found)) | (found, _) => format!(", found `{}`", shortened(found, 40)),
    };
    Refusal::unparsed(format!("The document is not GraphQL: {}{found}.", shortened(&lowered(&expected), 200)), at)
}

/// The refusal of the first error that is not the consequence of another one. The library ignores an unknown field with
/// all that it uses, so it reports unused variables and fragments as well. For a misspelt argument it also reports a
/// missing one. Errors in `allowed` are skipped; `None` if there are no others.
pub fn first(errors: &DiagnosticList, allowed: &[&str], scan: &Scan, definitions: &Definitions) -> Option<Refusal> {
    let is_consequence = |error: &DiagnosticData| {
        const CONSEQUENCES: [&str; 6] = [
            "InvalidFragmentSpread",
            "MissingSubselection",
            "RequiredArgument",
            "RequiredField",
            "UnusedFragment",
            "UnusedVariable",
        ];
        error.unstable_error_name().is_some_and(|name| CONSEQUENCES.contains(&name))
    };
    let is_allowed = |error: &DiagnosticData| error.unstable_error_name().is_some_and(|name| allowed.contains(&name));
    let told = || errors.iter().filter(|error| !is_allowed(error.error));
    let cause = told().find(|error| !is_consequence(error.error)).or_else(|| told().next())?;
    Some(error(&cause, scan, definitions))
}

/// The refusal of this error.
pub fn error(error: &Diagnostic<'_, DiagnosticData>, scan: &Scan, definitions: &Definitions) -> Refusal {
    let name = error.error.unstable_error_name().unwrap_or_default();
    let said = error.error.unstable_compat_message().unwrap_or_else(|| error.error.to_string());
    // Names stand between quotes, so every second piece is one.
    let names: Vec<&str> = said.split('"').skip(1).step_by(2).collect();
    let message = match names.as_slice() {
        _ if matches!(name, "RecursionError" | "RecursionLimitError" | "DeeplyNestedType") => {
            return Refusal::new(Code::QueryTooDeep, "The document nests too deep. Ask in several requests.", None);
        }
        names => message(name, names, &said, definitions),
    };
    // A number that is too large has the right kind and the wrong form.
    let is_malformed = matches!(name, "IntCoercionError" | "FloatCoercionError");
    let code = if is_malformed { Code::BadUserInput } else { Code::GraphqlValidationFailed };
    Refusal::new(code, message, scan.at(error.error.location()))
}

fn message(rule: &str, names: &[&str], said: &str, definitions: &Definitions) -> String {
    match (rule, names) {
        ("UndefinedField", [field, on]) => {
            format!("`{on}` has no field `{field}`.{}", field_hint(definitions, on, field))
        }
        ("UndefinedArgument", [argument, on]) => {
            format!("`{on}` has no argument `{argument}`.{}", argument_hint(definitions, on, argument))
        }
        ("UndefinedEnumValue", [value, of]) => {
            let known = definitions.schema().get_enum(of).into_iter().flat_map(|of| of.values.keys());
            format!("`{of}` has no value `{value}`.{}", definitions.hint_or_all(value, known.map(Name::as_str)))
        }
        ("UndefinedInputValue", [field, of]) => {
            let known = definitions.schema().get_input_object(of).into_iter().flat_map(|of| of.fields.keys());
            format!("`{of}` has no field `{field}`.{}", definitions.hint(field, known.map(Name::as_str)))
        }
        (
            "UndefinedDefinition"
            | "UndefinedTypeInNamedFragmentTypeCondition"
            | "UndefinedTypeInInlineFragmentTypeCondition",
            [name],
        ) => {
            let known = definitions.schema().types.keys().map(Name::as_str).filter(|name| !name.starts_with("__"));
            format!("There is no type `{name}`.{}", definitions.hint(name, known))
        }
        ("UndefinedDirective", [name]) => {
            format!("There is no directive `{name}`. Operations may use `@include(if:)` and `@skip(if:)`.")
        }
        ("UnsupportedLocation", [name]) => {
            format!("`{name}` may not stand here. `@include` and `@skip` stand on fields and fragments.")
        }
        ("UndefinedVariable", [name]) => {
            format!(
                "The variable `{name}` is not declared. Declare it after the name of the operation: `query Name({name}: …)`."
            )
        }
        ("UnusedVariable", [name]) => format!("The variable `{name}` is used nowhere. Use it, or take it out."),
        ("UniqueVariable", [name]) => format!("The variable `{name}` is declared twice. Leave one of them out."),
        ("UniqueArgument", [name]) => format!("The argument `{name}` is given twice. Leave one of them out."),
        ("UniqueDirective", [name]) => format!("`{name}` stands twice in one place. Leave one of them out."),
        ("VariableInputType", [name, ty]) => {
            format!("The variable `{name}` cannot have the type `{ty}`: it is one of answers, not of arguments.")
        }
        ("DisallowedVariableUsage", [name, ty, expected]) => misplaced(name, ty, expected),
        ("RequiredArgument", [on, argument, ty]) => {
            format!("`{on}` needs the argument `{argument}` of the type `{ty}`.")
        }
        ("RequiredField", [field, ty]) => format!("`{field}` needs a value of the type `{ty}`."),
        ("UndefinedFragment", [name]) => format!("There is no fragment `{name}` in the document."),
        ("UnusedFragment", [name]) => format!("The fragment `{name}` is used nowhere. Spread it, or take it out."),
        ("FragmentNameCollision", [name]) => format!("Two fragments have the name `{name}`. Rename one of them."),
        ("OperationNameCollision", [name]) => format!("Two operations have the name `{name}`. Rename one of them."),
        ("RecursiveFragmentDefinition", [name, ..]) => format!("The fragment `{name}` holds itself."),
        ("AmbiguousAnonymousOperation", _) => {
            "An operation without a name must be the only one of its document. Name it.".into()
        }
        ("UndefinedRootOperation", ["mutation"]) => {
            "This server has no mutations: it answers queries and subscriptions.".into()
        }
        ("UndefinedRootOperation", [kind]) => format!("This server has no operations of the kind `{kind}`."),
        ("TypeSystemDefinition", _) => {
            "A document holds operations and fragments. Definitions of types belong to a schema.".into()
        }
        ("SubselectionOnScalarType" | "SubselectionOnEnumType", [field, ty, ..]) => {
            format!("`{field}` is a value of the type `{ty}` and has no fields. Take its braces out.")
        }
        ("MissingSubselection", [field, ty, ..]) => {
            format!("`{field}` has fields: say which.{}", selection_hint(definitions, ty, field))
        }
        ("InvalidFragmentTarget", names) => match names.last() {
            Some(ty) => format!("A fragment cannot be on `{ty}`: it has no fields."),
            None => "A fragment must be on a type that has fields.".into(),
        },
        ("InvalidFragmentSpread", [.., on, condition]) => {
            format!("No `{on}` is of the type `{condition}`, so this fragment selects nothing here. Take it out.")
        }
        ("ConflictingFieldName", [alias, first, second]) => format!(
            "`{alias}` stands for two fields, `{first}` and `{second}`. Give one of them another alias, for instance `other: {second}`."
        ),
        ("ConflictingFieldArgument", [alias]) => format!(
            "`{alias}` is asked for twice with different arguments. Give one of them an alias, for instance `other: {alias}(…)`."
        ),
        ("ConflictingFieldType", [alias, ..]) => {
            format!("`{alias}` stands for fields of different types. Give one of them another alias.")
        }
        ("SubscriptionUsesMultipleFields", _) => {
            "A subscription has exactly one root field. Open several subscriptions.".into()
        }
        ("SubscriptionUsesIntrospection", _) => "A subscription cannot ask about the schema. Ask in a query.".into(),
        ("FloatCoercionError", _) => "`Float` takes numbers of 64 bits.".into(),
        ("IntCoercionError", _) => "`Int` takes whole numbers from -2147483648 to 2147483647.".into(),
        ("UnsupportedValueType", _) => unsupported(said, definitions),
        // The oracle in `tests/clients` finds a rule that has no sentence of ours.
        _ => format!("The document does not fit the schema: {}.", shortened(&lowered(said.trim_end_matches('.')), 200)),
    }
}

/// Explains `Type cannot represent value: literal`.
fn unsupported(said: &str, definitions: &Definitions) -> String {
    let Some((ty, literal)) = said.split_once(" cannot represent value: ") else {
        return "A value of another type is needed here.".into();
    };
    let literal = literal.split_whitespace().collect::<Vec<_>>().join(" ");
    let literal =
        [(", }", " }"), (", ]", "]"), ("[ ", "[")].iter().fold(literal, |text, (from, to)| text.replace(from, to));
    let shown = shortened(&literal, 60);
    if let Some(definition) = definitions.schema().get_enum(ty) {
        let word = literal.trim_matches('"');
        if literal.starts_with('"') && definition.values.contains_key(word) {
            return format!("`{ty}` is written without quotes: `{word}`.");
        }
        let known = definition.values.keys().filter(|_| definitions.suggestions);
        let example = known.map(|value| format!(", for instance `{value}`")).next();
        return format!("`{shown}` is no `{ty}`: it takes one of its names{}.", example.unwrap_or_default());
    }
    let example = match ty {
        "String" | "ID" => " It takes a text in quotes.",
        "Int" => " It takes a whole number.",
        "Boolean" => " It takes `true` or `false`.",
        _ => "",
    };
    format!("`{shown}` does not fit: `{ty}` is needed here.{example}")
}

/// A hint where else the field exists.
fn field_hint(definitions: &Definitions, on: &str, field: &str) -> String {
    let fields = definitions.fields(on);
    let hint = definitions.hint(field, fields.iter().map(|known| known.name.as_str()));
    if !hint.is_empty() || !definitions.suggestions {
        return hint;
    }
    let has_field = |ty: &Type| definitions.fields(ty.inner_named_type()).iter().any(|known| known.name == field);
    // The items of a connection, the node of an edge or a linked person may have the field.
    let is_page = fields.iter().any(|known| known.name == "pageInfo");
    let mut holders = fields.iter().filter(|known| has_field(&known.ty) && (!is_page || known.name == "nodes"));
    if let (Some(holder), None, true) = (holders.next(), holders.next(), on != "Query") {
        return format!(" Did you mean `{} {{ {field} }}`?", holder.name);
    }
    // `name` and `title`, and `description` and `abstract`, are often confused.
    let pairs = [("name", "title"), ("title", "name"), ("description", "abstract"), ("abstract", "description")];
    let other = pairs.iter().find(|(wrong, right)| *wrong == field && fields.iter().any(|known| known.name == *right));
    if let Some((_, right)) = other {
        return format!(" Did you mean `{right}`?");
    }
    match definitions.schema().types.get(on) {
        Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
            let mut objects = definitions.objects(on).iter();
            let holder = objects.find(|object| definitions.fields(object).iter().any(|known| known.name == field));
            holder.map(|object| format!(" Did you mean `... on {object} {{ {field} }}`?")).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// A hint for an argument of `Type.field` or `@directive`.
fn argument_hint(definitions: &Definitions, on: &str, argument: &str) -> String {
    let Some((ty, field)) = on.split_once('.') else {
        let directive = definitions.schema().directive_definitions.get(on.trim_start_matches('@'));
        let known = directive.into_iter().flat_map(|directive| &directive.arguments);
        return definitions.hint(argument, known.map(|known| known.name.as_str()));
    };
    let fields = definitions.fields(ty);
    let known = fields.iter().filter(|known| known.name == field).flat_map(|field| &field.arguments);
    definitions.hint_or_all(argument, known.map(|known| known.name.as_str()))
}

/// A hint how to select subfields of a field.
fn selection_hint(definitions: &Definitions, ty: &str, field: &str) -> String {
    let fields = if definitions.suggestions { definitions.fields(ty) } else { Vec::new() };
    let Some(returned) = fields.iter().find(|known| known.name == field).map(|field| field.ty.inner_named_type())
    else {
        return String::new();
    };
    let fields = definitions.fields(returned);
    let has = |name: &str| fields.iter().any(|known| known.name == name);
    let example = match () {
        () if has("nodes") => "nodes { id }",
        () if has("id") => "id",
        () => match fields.first() {
            Some(first) => return format!(" For instance `{field} {{ {} }}`.", first.name),
            None => "__typename",
        },
    };
    format!(" For instance `{field} {{ {example} }}`.")
}

/// A sentence with a small first letter, to end another sentence.
fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
