//! Checks of values that the library leaves out:
//!
//! - a variable within a list or an input object has a type that fits there (specification, 5.8.5);
//! - a field occurs once in an input object (5.6.3);
//! - a literal has the form of its scalar (5.6.1): the library accepts any literal for a custom scalar.
//!
//! It also refuses introspection where this server does not allow it.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Argument, InputValueDefinition, Type, Value as Literal},
    executable::{DirectiveList, Field, Operation, Selection, SelectionSet, VariableDefinition},
    parser::SourceSpan,
    schema::ExtendedType,
};
use async_graphql::Value;

use super::definitions::{Definitions, misplaced, shortened};
use crate::graphql::{
    limits::{Refusal, scan::Scan},
    scalar,
};

/// Refuses a document with a value that does not fit.
pub fn check(document: &ExecutableDocument, scan: &Scan, definitions: &Definitions) -> Result<(), Refusal> {
    for operation in document.operations.iter() {
        Walk::new(document, operation, scan, definitions).operation(operation)?;
    }
    Ok(())
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    scan: &'a Scan,
    definitions: &'a Definitions,
    variables: HashMap<&'a Name, &'a VariableDefinition>,
    /// The fragments that were visited. Once is enough: the same variables are known at each spread.
    seen: HashSet<&'a Name>,
}

impl<'a> Walk<'a> {
    fn new(
        document: &'a ExecutableDocument,
        operation: &'a Operation,
        scan: &'a Scan,
        definitions: &'a Definitions,
    ) -> Self {
        let variables = operation.variables.iter().map(|variable| (&variable.name, &**variable)).collect();
        Self { document, scan, definitions, variables, seen: HashSet::new() }
    }

    fn operation(&mut self, operation: &'a Operation) -> Result<(), Refusal> {
        for variable in &operation.variables {
            if let Some(default) = &variable.default_value {
                self.literal(&variable.ty, None, default)?;
            }
        }
        self.set(&operation.selection_set)
    }

    fn set(&mut self, set: &'a SelectionSet) -> Result<(), Refusal> {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.field(field)?,
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives)?;
                    self.set(&inline.selection_set)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives)?;
                    let fragment = self.document.fragments.get_key_value(&spread.fragment_name);
                    if let Some((name, fragment)) = fragment.filter(|(name, _)| !self.seen.contains(name)) {
                        self.seen.insert(name);
                        self.set(&fragment.selection_set)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Node<Field>) -> Result<(), Refusal> {
        if !self.definitions.introspection && matches!(field.name.as_str(), "__schema" | "__type") {
            let message = "This server does not describe itself: its operator has switched introspection off.";
            return Err(Refusal::invalid(message, self.scan.at(field.location())));
        }
        self.arguments(&field.definition.arguments, &field.arguments)?;
        self.directives(&field.directives)?;
        self.set(&field.selection_set)
    }

    fn directives(&self, directives: &DirectiveList) -> Result<(), Refusal> {
        for directive in directives {
            let definition = self.definitions.schema().directive_definitions.get(&directive.name);
            let defined = definition.map(|definition| definition.arguments.as_slice()).unwrap_or_default();
            self.arguments(defined, &directive.arguments)?;
        }
        Ok(())
    }

    fn arguments(&self, defined: &[Node<InputValueDefinition>], given: &[Node<Argument>]) -> Result<(), Refusal> {
        for argument in given {
            if let Some(definition) = defined.iter().find(|definition| definition.name == argument.name) {
                self.literal(&definition.ty, definition.default_value.as_deref(), &argument.value)?;
            }
        }
        Ok(())
    }

    /// A literal in a place of this type; `default` is the default of that place.
    fn literal(&self, ty: &Type, default: Option<&Literal>, literal: &Node<Literal>) -> Result<(), Refusal> {
        match &**literal {
            Literal::Variable(name) => self.variable(ty, default, name, literal.location()),
            Literal::Null => Ok(()),
            Literal::List(items) if ty.is_list() => {
                items.iter().try_for_each(|item| self.literal(ty.item_type(), None, item))
            }
            value => match self.definitions.schema().types.get(ty.inner_named_type()) {
                Some(ExtendedType::InputObject(definition)) => {
                    self.object(&definition.fields, value.as_object().unwrap_or_default())
                }
                Some(ExtendedType::Scalar(definition)) => self.scalar(&definition.name, literal),
                _ => Ok(()),
            },
        }
    }

    fn object(
        &self,
        defined: &apollo_compiler::collections::IndexMap<
            Name,
            apollo_compiler::schema::Component<InputValueDefinition>,
        >,
        given: &[(Name, Node<Literal>)],
    ) -> Result<(), Refusal> {
        let mut seen = HashSet::new();
        for (name, value) in given {
            if !seen.insert(name) {
                let message = format!("The field `{name}` stands twice in one input object. Leave one of them out.");
                return Err(Refusal::invalid(message, self.scan.at(name.location())));
            }
            if let Some(definition) = defined.get(name) {
                self.literal(&definition.ty, definition.default_value.as_deref(), value)?;
            }
        }
        Ok(())
    }

    /// The specification's `IsVariableUsageAllowed`.
    fn variable(
        &self,
        ty: &Type,
        default: Option<&Literal>,
        name: &Name,
        at: Option<SourceSpan>,
    ) -> Result<(), Refusal> {
        let Some(variable) = self.variables.get(name) else { return Ok(()) };
        let has_value = variable.default_value.as_ref().is_some_and(|default| !default.is_null());
        let expected = if ty.is_non_null() && !variable.ty.is_non_null() && (has_value || default.is_some()) {
            &ty.clone().nullable()
        } else {
            ty
        };
        if variable.ty.is_assignable_to(expected) {
            return Ok(());
        }
        let message = misplaced(&format!("${name}"), &variable.ty.to_string(), &ty.to_string());
        Err(Refusal::invalid(message, self.scan.at(at)))
    }

    fn scalar(&self, name: &str, literal: &Node<Literal>) -> Result<(), Refusal> {
        let Some(misfit) = scalar::misfit(name, &constant(literal)) else { return Ok(()) };
        let shown = shortened(&literal.serialize().no_indent().to_string(), 60);
        let message = format!("`{shown}` is no `{name}`: it takes {}.", misfit.expected);
        Err(Refusal::new(misfit.code(), message, self.scan.at(literal.location())))
    }
}

/// A literal for a scalar. None of ours takes lists, objects or names, whatever is in them.
fn constant(literal: &Literal) -> Value {
    match literal {
        Literal::String(text) => Value::String(text.clone()),
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Int(number) => number.as_str().parse::<i64>().map_or(Value::Null, Value::from),
        Literal::Float(number) => number.try_to_f64().map_or(Value::Null, Value::from),
        Literal::Enum(name) => Value::Enum(async_graphql::Name::new(name.as_str())),
        Literal::List(_) => Value::List(Vec::new()),
        Literal::Object(_) => Value::Object(async_graphql::indexmap::IndexMap::new()),
        Literal::Null | Literal::Variable(_) => Value::Null,
    }
}
