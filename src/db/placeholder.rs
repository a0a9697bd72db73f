//! Placeholders: they stand in a statement for values that differ from one execution to the next.

use sea_orm::{Statement, Value, sea_query::Expr};
use uuid::Uuid;

/// A value of a statement that is bound when the statement runs.
///
/// In the statement it is a single character. Nothing else binds one: no column holds one, and no argument is read as
/// one. So every placeholder is found, and nothing else is taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The keys for which it reads rows.
    Keys,
    /// The key of who asks.
    Viewer,
}

impl Placeholder {
    fn of(value: &Value) -> Option<Self> {
        let placeholder =
            [Self::Keys, Self::Viewer].into_iter().find(|placeholder| *value == Value::from(*placeholder));
        debug_assert!(placeholder.is_some() || !matches!(value, Value::Char(_)), "only a placeholder is a character");
        placeholder
    }
}

impl From<Placeholder> for Value {
    fn from(placeholder: Placeholder) -> Self {
        match placeholder {
            Placeholder::Keys => 'K'.into(),
            Placeholder::Viewer => 'V'.into(),
        }
    }
}

/// The key of who asks, in a statement of a [`super::statement_cache::KeyedSelect`]. It is null if that is nobody in
/// particular, and null equals nothing.
#[must_use]
pub fn viewer() -> Expr {
    Expr::val(Placeholder::Viewer)
}

/// What is bound in place of the placeholders.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The keys.
    pub(super) keys: Value,
    /// Who asks.
    pub(super) viewer: Option<Uuid>,
}

impl Bound {
    fn value(&self, placeholder: Placeholder) -> Value {
        match placeholder {
            Placeholder::Keys => self.keys.clone(),
            Placeholder::Viewer => self.viewer.into(),
        }
    }
}

/// The placeholders of a statement, each with its place among the values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placeholders(Vec<(usize, Placeholder)>);

impl Placeholders {
    /// Those of this statement.
    pub(super) fn of(statement: &Statement) -> Self {
        let values = statement.values.iter().flat_map(|values| &values.0).enumerate();
        let placeholder = |(place, value): (usize, &Value)| Some((place, Placeholder::of(value)?));
        Self(values.filter_map(placeholder).collect())
    }

    /// Whether this is one of them.
    pub(super) fn has(&self, placeholder: Placeholder) -> bool {
        self.0.iter().any(|(_, other)| *other == placeholder)
    }

    /// Replaces them by their values. `statement` is the one that they are of.
    pub(super) fn bind(&self, statement: &mut Statement, bound: &Bound) {
        let Some(values) = &mut statement.values else { return };
        for (place, placeholder) in &self.0 {
            values.0[*place] = bound.value(*placeholder);
        }
    }
}
