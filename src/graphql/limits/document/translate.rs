//! Translates the library's tree into an equivalent tree of the engine.
//!
//! - The engine does not support a union as the condition of a fragment. If every possible object is a member, the
//!   condition is dropped; otherwise the fragment is written once for each possible member.
//! - The one root field of a subscription may be within fragments and may be repeated. The engine wants it once and
//!   outside of fragments.
//! - Fragments are written out and equal fields merged ([`super::merge`]): the engine would resolve each of them.
//! - `ID` accepts whole numbers of any size. The engine's `ID` does not, so they become strings.

use std::collections::HashMap;

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Argument, InputValueDefinition, Type, Value as Literal},
    executable::{self, DirectiveList, SelectionSet},
    parser::SourceSpan,
    schema::ExtendedType,
};
use async_graphql::{
    Name as EngineName, Pos, Positioned,
    parser::types::{self as engine, OperationType},
};
use async_graphql_value::{ConstValue, Value};

use super::{
    Document, NODE, Operation, Uses, definitions::Definitions, described::DescriptionPaths, merge::merge,
    variables::Variable,
};
use crate::{
    error::Code,
    graphql::limits::{Limits, Refusal, scan::Scan},
};

/// The engine's form of a valid document, or a refusal if it is too large: `shape` has measured only the original.
pub fn document(
    valid: &ExecutableDocument,
    scan: &Scan,
    limits: &Limits,
    definitions: &Definitions,
) -> Result<Document, Refusal> {
    let mut translator =
        Translator { valid, scan, definitions, most: limits.selections, uses: Uses::default(), nodes: 0 };
    let (mut fragments, mut uses) = (HashMap::new(), HashMap::new());
    for fragment in valid.fragments.values() {
        let (name, fragment) = translator.fragment(fragment);
        uses.insert(name.clone(), std::mem::take(&mut translator.uses));
        fragments.insert(name, fragment);
    }
    let mut operations: Vec<_> = valid.operations.iter().map(|operation| translator.operation(operation)).collect();
    if translator.is_full() {
        let message = format!(
            "The document has more than {} selections and values, its fragments on unions written out. Ask for less at a time.",
            limits.selections
        );
        return Err(Refusal::new(Code::QueryTooLarge, message, None));
    }
    let mut nodes = 0;
    for operation in &mut operations {
        operation.uses.complete(&uses);
        let root = root_of(operation.definition.node.ty);
        let (set, count) = merge(&operation.definition.node.selection_set, root, &fragments, definitions);
        operation.described = DescriptionPaths::of(&set.node);
        operation.definition.node.selection_set = set;
        nodes += count;
    }
    Ok(Document { operations, nodes })
}

/// The name of the root type in our schema.
pub fn root_of(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

struct Translator<'a> {
    valid: &'a ExecutableDocument,
    scan: &'a Scan,
    definitions: &'a Definitions,
    /// How many selections and values there may be.
    most: usize,
    /// What the definition that is being translated uses.
    uses: Uses,
    /// How many selections and values there are so far.
    nodes: usize,
}

impl<'a> Translator<'a> {
    fn is_full(&self) -> bool {
        self.nodes > self.most
    }

    fn operation(&mut self, operation: &'a Node<executable::Operation>) -> Operation {
        let ty = match operation.operation_type {
            executable::OperationType::Query => OperationType::Query,
            executable::OperationType::Mutation => OperationType::Mutation,
            executable::OperationType::Subscription => OperationType::Subscription,
        };
        let selection_set = if ty == OperationType::Subscription {
            let mut roots = Vec::new();
            self.roots(&operation.selection_set, &mut Vec::new(), &mut roots);
            self.positioned(operation.location(), engine::SelectionSet { items: one_of_each(roots) })
        } else {
            let scope = self.definitions.objects(&operation.selection_set.ty);
            self.set(operation.location(), &operation.selection_set, scope)
        };
        let variables: Vec<Variable> = operation.variables.iter().map(|variable| self.variable(variable)).collect();
        let definition = engine::OperationDefinition {
            ty,
            // The engine reads only the names; types and defaults are handled here.
            variable_definitions: variables.iter().map(declaration).collect(),
            directives: Vec::new(),
            selection_set,
        };
        Operation {
            name: operation.name.as_ref().map(ToString::to_string),
            definition: self.positioned(operation.location(), definition),
            variables,
            uses: std::mem::take(&mut self.uses),
            described: DescriptionPaths::default(),
        }
    }

    fn variable(&mut self, variable: &Node<executable::VariableDefinition>) -> Variable {
        let default = variable.default_value.as_ref().map(|default| self.value(&variable.ty, default));
        Variable {
            name: EngineName::new(variable.name.as_str()),
            ty: (*variable.ty).clone(),
            // A default contains no variable.
            default: default.and_then(Value::into_const),
            at: self.scan.at(variable.location()),
        }
    }

    fn fragment(
        &mut self,
        fragment: &'a Node<executable::Fragment>,
    ) -> (EngineName, Positioned<engine::FragmentDefinition>) {
        let condition = fragment.type_condition();
        // Each spread of a fragment on a union makes sure that the object is a member of it.
        let on =
            self.definitions.schema().get_union(condition).and_then(|_| self.definitions.interface_of_all(condition));
        let definition = engine::FragmentDefinition {
            type_condition: self.condition(&on.unwrap_or_else(|| condition.clone())),
            directives: Vec::new(),
            selection_set: self.set(fragment.location(), &fragment.selection_set, self.definitions.objects(condition)),
        };
        (EngineName::new(fragment.name.as_str()), self.positioned(fragment.location(), definition))
    }

    /// A selection set of objects that can be of the types in `scope`.
    fn set(
        &mut self,
        at: Option<SourceSpan>,
        set: &'a SelectionSet,
        scope: &[Name],
    ) -> Positioned<engine::SelectionSet> {
        let mut items = Vec::with_capacity(set.selections.len());
        for selection in &set.selections {
            self.selection(selection, scope, &mut items);
        }
        self.positioned(at, engine::SelectionSet { items })
    }

    fn selection(
        &mut self,
        selection: &'a executable::Selection,
        scope: &[Name],
        items: &mut Vec<Positioned<engine::Selection>>,
    ) {
        self.nodes += 1;
        if self.is_full() {
            return;
        }
        match selection {
            executable::Selection::Field(field) => {
                let field = self.field(field);
                let at = field.pos;
                items.push(Positioned::new(engine::Selection::Field(field), at));
            }
            executable::Selection::InlineFragment(inline) => {
                let condition = inline.type_condition.as_ref();
                for (condition, scope) in self.conditions(condition, scope) {
                    let directives = self.directives(&inline.directives);
                    let set = self.set(inline.location(), &inline.selection_set, &scope);
                    items.push(self.inline(inline.location(), condition.as_ref(), directives, set));
                }
            }
            executable::Selection::FragmentSpread(spread) => {
                let Some(fragment) = self.valid.fragments.get(&spread.fragment_name) else { return };
                let condition = fragment.type_condition();
                let is_union = self.definitions.schema().get_union(condition).is_some();
                let conditions = if is_union { self.conditions(Some(condition), scope) } else { Vec::new() };
                let always = !conditions.iter().any(|(condition, _)| condition.is_some());
                if always {
                    let directives = self.directives(&spread.directives);
                    items.push(self.spread(spread, directives));
                    return;
                }
                for (condition, _) in conditions {
                    let directives = self.directives(&spread.directives);
                    let inner = engine::SelectionSet { items: vec![self.spread(spread, Vec::new())] };
                    let set = self.positioned(spread.location(), inner);
                    items.push(self.inline(spread.location(), condition.as_ref(), directives, set));
                }
            }
        }
    }

    /// Conditions that the engine supports and that together equal this one, each with the object types that it leaves.
    fn conditions(&self, condition: Option<&Name>, scope: &[Name]) -> Vec<(Option<Name>, Vec<Name>)> {
        let Some(condition) = condition else { return vec![(None, scope.to_vec())] };
        let possible = self.definitions.objects(condition);
        let left: Vec<Name> = scope.iter().filter(|name| possible.contains(name)).cloned().collect();
        if self.definitions.schema().get_union(condition).is_none() {
            vec![(Some(condition.clone()), left)]
        } else if left.len() == scope.len() {
            vec![(None, left)]
        } else {
            left.into_iter().map(|name| (Some(name.clone()), vec![name])).collect()
        }
    }

    fn inline(
        &self,
        at: Option<SourceSpan>,
        condition: Option<&Name>,
        directives: Vec<Positioned<engine::Directive>>,
        selection_set: Positioned<engine::SelectionSet>,
    ) -> Positioned<engine::Selection> {
        let type_condition = condition.map(|condition| self.condition(condition));
        let inline = engine::InlineFragment { type_condition, directives, selection_set };
        self.positioned(at, engine::Selection::InlineFragment(self.positioned(at, inline)))
    }

    fn spread(
        &mut self,
        spread: &Node<executable::FragmentSpread>,
        directives: Vec<Positioned<engine::Directive>>,
    ) -> Positioned<engine::Selection> {
        let at = spread.location();
        let fragment_name = self.name(&spread.fragment_name);
        self.uses.fragments.insert(fragment_name.node.clone());
        let spread = engine::FragmentSpread { fragment_name, directives };
        self.positioned(at, engine::Selection::FragmentSpread(self.positioned(at, spread)))
    }

    fn field(&mut self, field: &'a Node<executable::Field>) -> Positioned<engine::Field> {
        let scope = self.definitions.objects(field.definition.ty.inner_named_type());
        let translated = engine::Field {
            alias: field.alias.as_ref().map(|alias| self.name(alias)),
            name: self.name(&field.name),
            arguments: self.arguments(&field.definition.arguments, &field.arguments),
            directives: self.directives(&field.directives),
            selection_set: self.set(field.location(), &field.selection_set, scope),
        };
        self.positioned(field.location(), translated)
    }

    /// The root fields of a subscription, each with the directives of the fragments around it.
    fn roots(
        &mut self,
        set: &'a SelectionSet,
        around: &mut Vec<&'a DirectiveList>,
        roots: &mut Vec<Positioned<engine::Field>>,
    ) {
        for selection in &set.selections {
            let inner = match selection {
                executable::Selection::Field(_) if self.is_full() => return,
                executable::Selection::Field(field) => {
                    self.nodes += 1;
                    let mut field = self.field(field);
                    for directives in around.iter() {
                        let directives = self.directives(directives);
                        field.node.directives.extend(directives);
                    }
                    roots.push(field);
                    continue;
                }
                executable::Selection::InlineFragment(inline) => Some((&inline.directives, &inline.selection_set)),
                executable::Selection::FragmentSpread(spread) => {
                    let fragment = self.valid.fragments.get(&spread.fragment_name);
                    fragment.map(|fragment| (&spread.directives, &fragment.selection_set))
                }
            };
            if let Some((directives, set)) = inner {
                around.push(directives);
                self.roots(set, around, roots);
                around.pop();
            }
        }
    }

    fn arguments(
        &mut self,
        defined: &[Node<InputValueDefinition>],
        given: &[Node<Argument>],
    ) -> Vec<(Positioned<EngineName>, Positioned<Value>)> {
        let mut arguments = Vec::with_capacity(given.len());
        for argument in given {
            let Some(definition) = defined.iter().find(|definition| definition.name == argument.name) else { continue };
            let value = self.value(&definition.ty, &argument.value);
            if let (Value::Variable(name), Some(_)) = (&value, &definition.default_value) {
                self.uses.with_default.insert(name.clone());
            }
            arguments.push((self.name(&argument.name), self.positioned(argument.value.location(), value)));
        }
        arguments
    }

    fn directives(&mut self, directives: &DirectiveList) -> Vec<Positioned<engine::Directive>> {
        let mut translated = Vec::with_capacity(directives.len());
        for directive in directives {
            let definition = self.definitions.schema().directive_definitions.get(&directive.name);
            let defined = definition.map(|definition| definition.arguments.as_slice()).unwrap_or_default();
            let arguments = self.arguments(defined, &directive.arguments);
            for (_, value) in &arguments {
                if let Value::Variable(name) = &value.node {
                    self.uses.conditions.insert(name.clone());
                }
            }
            let engine = engine::Directive { name: self.name(&directive.name), arguments };
            translated.push(self.positioned(directive.location(), engine));
        }
        translated
    }

    /// A literal in a place of this type.
    fn value(&mut self, ty: &Type, literal: &Literal) -> Value {
        self.nodes += 1 + literal.as_str().map_or(0, str::len) / NODE;
        match literal {
            Literal::Null => Value::Null,
            Literal::Variable(name) => Value::Variable(EngineName::new(name.as_str())),
            Literal::Enum(name) => Value::Enum(EngineName::new(name.as_str())),
            Literal::String(text) => Value::String(text.clone()),
            Literal::Boolean(value) => Value::Boolean(*value),
            Literal::Int(number) if ty.inner_named_type() == "ID" => Value::String(number.as_str().to_owned()),
            Literal::Int(number) => match number.as_str().parse::<i64>() {
                Ok(number) => Value::from(ConstValue::from(number)),
                Err(_) => number.try_to_f64().map_or(Value::Null, |number| ConstValue::from(number).into()),
            },
            Literal::Float(number) => number.try_to_f64().map_or(Value::Null, |number| ConstValue::from(number).into()),
            Literal::List(items) => {
                let ty = if ty.is_list() { ty.item_type() } else { ty };
                Value::List(items.iter().map(|item| self.value(ty, item)).collect())
            }
            Literal::Object(fields) => {
                let definitions = self.definitions;
                let definition = match definitions.schema().types.get(ty.inner_named_type()) {
                    Some(ExtendedType::InputObject(definition)) => Some(definition),
                    _ => None,
                };
                let translated = fields.iter().map(|(name, value)| {
                    let field = definition.and_then(|definition| definition.fields.get(name));
                    (EngineName::new(name.as_str()), self.value(field.map_or(ty, |field| &*field.ty), value))
                });
                Value::Object(translated.collect())
            }
        }
    }

    fn condition(&self, on: &Name) -> Positioned<engine::TypeCondition> {
        let on = self.name(on);
        Positioned::new(engine::TypeCondition { on: on.clone() }, on.pos)
    }

    fn name(&self, name: &Name) -> Positioned<EngineName> {
        self.positioned(name.location(), EngineName::new(name.as_str()))
    }

    fn positioned<T>(&self, at: Option<SourceSpan>, node: T) -> Positioned<T> {
        Positioned::new(node, self.scan.at(at).unwrap_or(Pos { line: 1, column: 1 }))
    }
}

fn declaration(variable: &Variable) -> Positioned<engine::VariableDefinition> {
    let at = variable.at.unwrap_or_default();
    let ty = engine::Type { base: engine::BaseType::Named(EngineName::new("")), nullable: true };
    let definition = engine::VariableDefinition {
        name: Positioned::new(variable.name.clone(), at),
        var_type: Positioned::new(ty, at),
        directives: Vec::new(),
        default_value: None,
    };
    Positioned::new(definition, at)
}

/// Merges the root fields of a subscription. Validation has made sure that all of them are the same field. So one field
/// can hold their selections, each part under the directives of its own field.
fn one_of_each(roots: Vec<Positioned<engine::Field>>) -> Vec<Positioned<engine::Selection>> {
    let mut fields = roots.into_iter();
    let Some(mut first) = fields.next() else { return Vec::new() };
    let mut rest = fields.peekable();
    if rest.peek().is_some() {
        let own = part(&mut first);
        first.node.selection_set.node.items = vec![own];
        first.node.selection_set.node.items.extend(rest.map(|mut field| part(&mut field)));
    }
    let at = first.pos;
    vec![Positioned::new(engine::Selection::Field(first), at)]
}

/// What a field selects, with its directives.
fn part(field: &mut Positioned<engine::Field>) -> Positioned<engine::Selection> {
    let inline = engine::InlineFragment {
        type_condition: None,
        directives: std::mem::take(&mut field.node.directives),
        selection_set: std::mem::take(&mut field.node.selection_set),
    };
    Positioned::new(engine::Selection::InlineFragment(Positioned::new(inline, field.pos)), field.pos)
}
