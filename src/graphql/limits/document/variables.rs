//! The values of variables: from JSON to the types that the operation declares (specification, 6.1.2).

use std::fmt::Write;

use apollo_compiler::{ast::Type, schema::ExtendedType};
use async_graphql::{Name, Pos, Value, Variables};
use serde_json::{Map, Value as Json};

use super::definitions::{Definitions, shortened};
use crate::{
    error::Code,
    graphql::{limits::Refusal, scalar},
};

/// A variable that an operation declares.
#[derive(Debug)]
pub struct Variable {
    pub name: Name,
    pub ty: Type,
    /// Its value if the request gives none.
    pub default: Option<Value>,
    pub at: Option<Pos>,
}

/// The values of these variables, with their defaults. A variable with neither is left out.
pub fn coerce(
    declared: &[Variable],
    mut values: Map<String, Json>,
    definitions: &Definitions,
) -> Result<Variables, Refusal> {
    let mut variables = Variables::default();
    for variable in declared {
        let value = match values.remove(variable.name.as_str()) {
            Some(value) => Coercion { variable, definitions, path: Vec::new() }.value(&variable.ty, value)?,
            None if variable.default.is_none() && !variable.ty.is_non_null() => continue,
            None => variable.default.clone().ok_or_else(|| missing(variable))?,
        };
        variables.insert(variable.name.clone(), value);
    }
    Ok(variables)
}

fn missing(variable: &Variable) -> Refusal {
    let message = format!("The variable `${}` needs a value of the type `{}`.", variable.name, variable.ty);
    Refusal::invalid(message, variable.at)
}

/// A step from a value to one within it.
enum Step {
    Field(String),
    Item(usize),
}

struct Coercion<'a> {
    variable: &'a Variable,
    definitions: &'a Definitions,
    path: Vec<Step>,
}

impl Coercion<'_> {
    fn value(&mut self, ty: &Type, value: Json) -> Result<Value, Refusal> {
        match (ty, value) {
            (Type::Named(_) | Type::List(_), Json::Null) => Ok(Value::Null),
            (_, Json::Null) if self.path.is_empty() => Err(missing(self.variable)),
            (_, Json::Null) => Err(self.misfit(&format!("is null; it needs a value of the type `{ty}`"))),
            (Type::List(item) | Type::NonNullList(item), Json::Array(items)) => {
                let items = items.into_iter().enumerate();
                items
                    .map(|(index, value)| self.within(Step::Item(index), item, value))
                    .collect::<Result<_, _>>()
                    .map(Value::List)
            }
            // A single value is coerced to a list of one item.
            (Type::List(item) | Type::NonNullList(item), single) => Ok(Value::List(vec![self.value(item, single)?])),
            (Type::Named(name) | Type::NonNullNamed(name), value) => self.named(name, value),
        }
    }

    fn within(&mut self, step: Step, ty: &Type, value: Json) -> Result<Value, Refusal> {
        self.path.push(step);
        let value = self.value(ty, value)?;
        self.path.pop();
        Ok(value)
    }

    fn named(&mut self, name: &str, value: Json) -> Result<Value, Refusal> {
        let definitions = self.definitions;
        match (definitions.schema().types.get(name), value) {
            (Some(ExtendedType::Enum(definition)), Json::String(text)) => {
                if definition.values.contains_key(text.as_str()) {
                    return Ok(Value::Enum(Name::new(text)));
                }
                let hint = definitions.hint_or_all(&text, definition.values.keys().map(apollo_compiler::Name::as_str));
                Err(self.misfit(&format!("is {}; `{name}` has no such value.{hint}", shown(&text.into()))))
            }
            (Some(ExtendedType::InputObject(_)), Json::Object(fields)) => self.object(name, fields),
            (Some(ExtendedType::Scalar(_)), value) => self.scalar(name, value),
            (_, value) => Err(self.misfit(&format!("is {}; `{name}` is needed", shown(&value)))),
        }
    }

    fn object(&mut self, name: &str, mut fields: Map<String, Json>) -> Result<Value, Refusal> {
        let definitions = self.definitions;
        let Some(definition) = definitions.schema().get_input_object(name) else {
            return Err(self.misfit(&format!("cannot be read: there is no input type `{name}`")));
        };
        let mut object = async_graphql::indexmap::IndexMap::new();
        for (field, expected) in &definition.fields {
            match fields.remove(field.as_str()) {
                Some(value) => {
                    let value = self.within(Step::Field(field.to_string()), &expected.ty, value)?;
                    object.insert(Name::new(field.as_str()), value);
                }
                None if expected.is_required() => {
                    return Err(self.misfit(&format!("lacks the field `{field}` of the type `{}`", expected.ty)));
                }
                // The engine applies the defaults of fields.
                None => {}
            }
        }
        match fields.keys().next() {
            None => Ok(Value::Object(object)),
            Some(unknown) => {
                let hint = definitions.hint(unknown, definition.fields.keys().map(apollo_compiler::Name::as_str));
                let unknown = shown(&unknown.as_str().into());
                Err(self.misfit(&format!("has a field {unknown}; `{name}` has none of this name.{hint}")))
            }
        }
    }

    fn scalar(&self, name: &str, value: Json) -> Result<Value, Refusal> {
        let number = |value: &Json| value.as_i64().or_else(|| whole(value.as_f64()?));
        let fits = match (name, &value) {
            ("String" | "ID", Json::String(_)) | ("Boolean", Json::Bool(_)) | ("Float", Json::Number(_)) => true,
            ("Int", Json::Number(_)) => match number(&value) {
                Some(number) if i32::try_from(number).is_ok() => return Ok(number.into()),
                _ => return Err(self.malformed(Code::BadUserInput, &value, "a whole number of 32 bits")),
            },
            ("ID", Json::Number(id)) => match (number(&value), id.as_f64()) {
                (Some(number), _) => return Ok(Value::String(number.to_string())),
                (None, Some(large)) if large.fract() == 0.0 => return Ok(Value::String(large.to_string())),
                _ => false,
            },
            ("String" | "ID" | "Boolean" | "Float" | "Int", _) => false,
            _ => {
                let told = Value::from_json(value.clone()).unwrap_or_default();
                return match scalar::misfit(name, &told) {
                    None => Ok(told),
                    Some(misfit) => Err(self.malformed(misfit.code(), &value, misfit.expected)),
                };
            }
        };
        if fits {
            return Ok(Value::from_json(value).unwrap_or_default());
        }
        Err(self.misfit(&format!("is {}; `{name}` is needed", shown(&value))))
    }

    /// The value is of another type.
    fn misfit(&self, what: &str) -> Refusal {
        let end = if what.ends_with(['.', '?']) { "" } else { "." };
        Refusal::invalid(format!("The variable `{}` {what}{end}", self.place()), self.variable.at)
    }

    /// The value does not have the form of its scalar.
    fn malformed(&self, code: Code, value: &Json, expected: &str) -> Refusal {
        let message = format!("The variable `{}` is {}; it takes {expected}.", self.place(), shown(value));
        Refusal::new(code, message, self.variable.at)
    }

    fn place(&self) -> String {
        let mut place = format!("${}", self.variable.name);
        for step in &self.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Field(field) => write!(place, ".{field}"),
                Step::Item(index) => write!(place, "[{index}]"),
            };
        }
        place
    }
}

/// The whole number that this is: JSON does not tell 5.0 from 5.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond 53 bits is no number that JSON keeps exact")]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// A value as a part of a message.
fn shown(value: &Json) -> String {
    match value {
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "an object".into(),
        value => shortened(&value.to_string(), 60),
    }
}
