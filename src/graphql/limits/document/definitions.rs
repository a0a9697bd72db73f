//! What the schema defines, as validation and the messages need it.

use std::{collections::HashMap, sync::Arc};

use apollo_compiler::{Name, Node, Schema, ast::FieldDefinition, schema::ExtendedType, validation::Valid};

use crate::domain::text;

/// What the library's list of introspection fields lacks (specification of September 2025).
const INTROSPECTION: &str = "extend type __Type { isOneOf: Boolean }";
/// The longest word for which similar ones are looked up.
const LONGEST_MISTAKE: usize = 40;

/// The schema, and what errors may tell of it.
#[derive(Clone, Debug)]
pub struct Definitions {
    schema: Arc<Valid<Schema>>,
    /// The object types that each composite type stands for.
    objects: Arc<HashMap<Name, Vec<Name>>>,
    /// Whether introspection is allowed.
    pub(super) introspection: bool,
    /// Whether errors suggest a similar name for a wrong one.
    pub(super) suggestions: bool,
}

impl Definitions {
    /// Reads a schema, or says what is wrong with it.
    pub fn read(sdl: &str) -> Result<Self, String> {
        let schema = Schema::parse(format!("{sdl}\n{INTROSPECTION}"), "schema.graphql");
        let mut schema = schema.map_err(|invalid| invalid.errors.to_string())?;
        forbid_null_for_include_deprecated(&mut schema);
        let schema = schema.validate().map_err(|invalid| invalid.errors.to_string())?;
        let implementers = schema.implementers_map();
        let objects = schema.types.iter().filter_map(|(name, definition)| {
            let objects = match definition {
                ExtendedType::Object(_) => vec![name.clone()],
                ExtendedType::Interface(_) => implementers.get(name)?.objects.iter().cloned().collect(),
                ExtendedType::Union(union) => union.members.iter().map(|member| member.name.clone()).collect(),
                _ => return None,
            };
            Some((name.clone(), objects))
        });
        let objects = Arc::new(objects.collect());
        let read = Self { schema: Arc::new(schema), objects, introspection: true, suggestions: true };
        match read.schema.types.iter().find(|(name, of)| of.is_union() && read.interface_of_all(name).is_none()) {
            Some((union, _)) => Err(format!("the members of {union} implement no interface together, see `translate`")),
            None => Ok(read),
        }
    }

    /// The same schema, with introspection and suggestions allowed or not.
    #[must_use]
    pub fn with(&self, introspection: bool, suggestions: bool) -> Self {
        Self { introspection, suggestions, ..self.clone() }
    }

    /// The whole schema.
    #[must_use]
    pub fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// What the schema says of itself as a whole.
    pub(super) fn description(&self) -> Option<&str> {
        self.schema.schema_definition.description.as_deref()
    }

    /// The object types that a composite type stands for: itself, its implementers or its members.
    pub(super) fn objects(&self, name: &str) -> &[Name] {
        self.objects.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// An interface that all members of a union implement.
    pub(super) fn interface_of_all(&self, union: &str) -> Option<Name> {
        let mut members = self.objects(union).iter().filter_map(|name| self.schema.get_object(name));
        let first = members.next()?.implements_interfaces.iter().map(|interface| interface.name.clone());
        let rest: Vec<_> = members.collect();
        first.into_iter().find(|name| rest.iter().all(|member| member.implements_interfaces.contains(name.as_str())))
    }

    /// The fields of a type, by name.
    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.schema.types.get(name) {
            Some(ExtendedType::Object(object)) => object.fields.values().map(|field| &***field).collect(),
            Some(ExtendedType::Interface(interface)) => interface.fields.values().map(|field| &***field).collect(),
            _ => Vec::new(),
        }
    }

    /// The name that looks most like this one, or all of them if they are few, as the end of a message.
    pub(super) fn hint_or_all<'a>(&self, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
        const FEW: usize = 12;
        let hint = self.hint(name, known.clone());
        let count = known.clone().count();
        if !hint.is_empty() || !self.suggestions || !(1..=FEW).contains(&count) {
            return hint;
        }
        let all: Vec<_> = known.map(|known| format!("`{known}`")).collect();
        format!(" There is {}.", all.join(", "))
    }

    /// The name that looks most like this one, as the end of a message.
    pub(super) fn hint<'a>(&self, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        if !self.suggestions || name.len() > LONGEST_MISTAKE {
            return String::new();
        }
        let written = name.to_lowercase();
        let near =
            known.into_iter().filter_map(|known| Some((text::mistakes(&known.to_lowercase(), &written)?, known)));
        match near.min() {
            Some((_, known)) => format!(" Did you mean `{known}`?"),
            None => String::new(),
        }
    }
}

/// `includeDeprecated` is `Boolean! = false` since the specification of September 2025. The engine does not accept null
/// there.
fn forbid_null_for_include_deprecated(schema: &mut Schema) {
    for definition in schema.types.values_mut() {
        let ExtendedType::Object(object) = definition else { continue };
        if !object.name.starts_with("__") {
            continue;
        }
        for field in object.make_mut().fields.values_mut() {
            for argument in &mut field.make_mut().arguments {
                let argument = argument.make_mut();
                argument.ty = Node::new((*argument.ty).clone().non_null());
            }
        }
    }
}

/// A client's text for use in a message, cut to `most` characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The message about a variable whose type does not fit its place.
pub(super) fn misplaced(variable: &str, ty: &str, expected: &str) -> String {
    format!(
        "The variable `{variable}` has the type `{ty}`, but `{expected}` is needed here. Declare it as `{variable}: {expected}`."
    )
}
