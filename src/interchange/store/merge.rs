//! The rule for a record that comes again: a field changes if the source changed it and nobody else did. The source
//! changed it if the new record differs from the last one. Somebody else changed it if the node differs from the last
//! record. Parts are compared in the same way, each as a whole.

use std::collections::HashMap;

use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, Iterable, Value};

use crate::domain::{
    noun::{Noun, Table},
    parts::{Identity, Parts, identity_of},
};

/// What the source said last.
pub(super) enum Base<T> {
    /// Nothing: the node is of somebody else, and only gets what it lacks.
    Nothing,
    /// What the node has. The last record was not kept, but the source brought the node.
    Current,
    /// This.
    Said(T),
}

/// Takes out of a new row all columns that must not change. Answers those that the source changed and somebody else,
/// too. What `others` say as well stays: these are the sources beside one that did not bring the node.
pub(super) fn columns<N: Noun>(
    base: &Base<N::ActiveModel>,
    others: &[N::ActiveModel],
    new: &mut N::ActiveModel,
    current: &N::ActiveModel,
) -> Vec<N::Column> {
    let mut kept = Vec::new();
    for columns in together::<N>() {
        let all = |same: &dyn Fn(N::Column) -> bool| columns.iter().all(|column| same(*column));
        let same_as_new = |row: &N::ActiveModel| all(&|column| value(row, column) == value(new, column));
        let may_change = match base {
            Base::Current => true,
            Base::Nothing => all(&|column| value(current, column).is_none_or(|value| value == value.as_null())),
            Base::Said(base) if same_as_new(base) => false,
            Base::Said(base) => {
                let is_mine = all(&|column| value(current, column) == value(base, column));
                let is_said = |other| columns.iter().any(|column| says(other, current, *column));
                if is_mine && others.iter().any(is_said) {
                    for column in columns {
                        new.not_set(column);
                    }
                    continue;
                }
                if !is_mine && !same_as_new(current) {
                    kept.push(columns[0]);
                }
                is_mine
            }
        };
        if !may_change || same_as_new(current) {
            for column in columns {
                new.not_set(column);
            }
        }
    }
    kept
}

/// Does this row of another source say what the node has? References cannot be compared: their keys are those of the other
/// source.
fn says<A: ActiveModelTrait>(other: &A, current: &A, column: <A::Entity as sea_orm::EntityTrait>::Column) -> bool {
    let is = value(current, column);
    let is_told = is.as_ref().is_some_and(|is| *is != is.as_null() && !matches!(is, Value::Uuid(_)));
    is_told && value(other, column) == is
}

/// The columns of a noun. Those that belong together are in one list.
fn together<N: Noun>() -> Vec<Vec<N::Column>> {
    let mut lists: Vec<Vec<N::Column>> = N::TOGETHER.iter().map(|columns| columns.to_vec()).collect();
    let is_listed = |column: &N::Column| {
        N::TOGETHER.iter().any(|columns| columns.iter().any(|other| name::<N>(*other) == name::<N>(*column)))
    };
    lists.extend(N::Column::iter().filter(|column| !is_listed(column)).map(|column| vec![column]));
    lists
}

fn name<N: Table>(column: N::Column) -> &'static str {
    column.as_str()
}

/// The value of a column. `None` if it is not set.
pub(super) fn value<A: ActiveModelTrait>(
    row: &A,
    column: <A::Entity as sea_orm::EntityTrait>::Column,
) -> Option<Value> {
    match row.get(column) {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
        ActiveValue::NotSet => None,
    }
}

/// The parts that an owner gets.
pub(super) struct Merged<A> {
    /// All of them; `None` if they stay as they are.
    pub rows: Option<Vec<A>>,
    /// Did the source change a part that somebody else changed, too?
    pub kept: bool,
}

/// The parts that an owner gets. `columns` are those of which records say something. Parts that `others` name stay.
pub(super) fn parts<P: Table>(
    parts: &Parts<P>,
    columns: &[P::Column],
    base: &Base<Vec<P::ActiveModel>>,
    others: &[P::ActiveModel],
    new: Vec<P::ActiveModel>,
    current: &[P::ActiveModel],
) -> Merged<P::ActiveModel> {
    let stays = |kept| Merged { rows: None, kept };
    let is_same =
        |one: &[P::ActiveModel], other: &[P::ActiveModel]| contents::<P>(one, columns) == contents::<P>(other, columns);
    let base = match base {
        Base::Said(base) if is_same(base, &new) => return stays(false),
        _ if is_same(current, &new) => return stays(false),
        Base::Current if !parts.only_added => return Merged { rows: Some(new), kept: false },
        Base::Said(base) if is_same(base, current) && others.is_empty() && !parts.only_added => {
            return Merged { rows: Some(new), kept: false };
        }
        Base::Said(base) => base.as_slice(),
        Base::Current => current,
        Base::Nothing => &[],
    };
    let Identity::Columns(identity) = parts.identity else {
        let fills = current.is_empty() && base.is_empty();
        return if fills { Merged { rows: Some(new), kept: false } } else { stays(!base.is_empty()) };
    };
    let mut merge = Merge { parts, columns, identity, others, kept: false };
    let rows = merge.rows(base, new, current);
    let kept = merge.kept;
    if is_same(&rows, current) { stays(kept) } else { Merged { rows: Some(rows), kept } }
}

struct Merge<'a, P: Table> {
    parts: &'a Parts<P>,
    columns: &'a [P::Column],
    identity: &'a [P::Column],
    others: &'a [P::ActiveModel],
    kept: bool,
}

impl<P: Table> Merge<'_, P> {
    /// The current parts, without those that the source took away and with those that it added.
    fn rows(
        &mut self,
        base: &[P::ActiveModel],
        new: Vec<P::ActiveModel>,
        current: &[P::ActiveModel],
    ) -> Vec<P::ActiveModel> {
        let mut current: Vec<&P::ActiveModel> = current.iter().collect();
        if let Some(order) = self.parts.order {
            current.sort_by_key(|row| match value(*row, order) {
                Some(Value::Int(position)) => position,
                _ => None,
            });
        }
        let (had, has) = (self.keys(base), self.keys(current.iter().copied()));
        let base: HashMap<&String, &P::ActiveModel> = had.iter().zip(base).collect();
        let mut wanted: HashMap<String, P::ActiveModel> = HashMap::new();
        let mut added = Vec::new();
        for (key, row) in self.keys(&new).into_iter().zip(new) {
            if !base.contains_key(&key) && !has.contains(&key) {
                added.push(row.clone());
            }
            wanted.insert(key, row);
        }
        let mut rows = Vec::new();
        for (key, row) in has.iter().zip(current) {
            rows.extend(self.row(row, base.get(key).copied(), wanted.remove(key)));
        }
        rows.extend(added);
        self.number(&mut rows);
        rows
    }

    /// What tells each of these parts from the others. Of equal ones, it has the number.
    fn keys<'row>(&self, rows: impl IntoIterator<Item = &'row P::ActiveModel>) -> Vec<String>
    where
        P::ActiveModel: 'row,
    {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut keys = Vec::new();
        for row in rows {
            let key = identity_of::<P>(row, self.identity);
            let number = seen.entry(key.clone()).or_default();
            *number += 1;
            keys.push(format!("{key} {number}"));
        }
        keys
    }

    /// What becomes of a part that is there.
    fn row(
        &mut self,
        current: &P::ActiveModel,
        base: Option<&P::ActiveModel>,
        new: Option<P::ActiveModel>,
    ) -> Option<P::ActiveModel> {
        let Some(base) = base else { return Some(self.said(current)) };
        let is_mine = self.content(current) == self.content(base);
        let key = identity_of::<P>(current, self.identity);
        if is_mine && self.others.iter().any(|other| identity_of::<P>(other, self.identity) == key) {
            return Some(self.said(current));
        }
        match new {
            Some(new) if self.content(&new) == self.content(base) => Some(self.said(current)),
            Some(new) if is_mine => Some(new),
            None if is_mine && !self.parts.only_added => None,
            None if self.parts.only_added => Some(self.said(current)),
            Some(_) | None => {
                self.kept = true;
                Some(self.said(current))
            }
        }
    }

    /// The row with the columns of which records say something, so that all rows of a list have the same.
    fn said(&self, row: &P::ActiveModel) -> P::ActiveModel {
        let mut said = P::ActiveModel::default();
        for column in self.columns {
            if let Some(value) = value(row, *column) {
                said.set(*column, value);
            }
        }
        said
    }

    fn number(&self, rows: &mut [P::ActiveModel]) {
        let Some(order) = self.parts.order else { return };
        for (position, row) in (0_i32..).zip(rows) {
            row.set(order, position.into());
        }
    }

    /// All that is said of a part but its place in the order.
    fn content(&self, row: &P::ActiveModel) -> String {
        let order = self.parts.order.map(name::<P>);
        let columns: Vec<P::Column> =
            self.columns.iter().filter(|column| Some(name::<P>(**column)) != order).copied().collect();
        identity_of::<P>(row, &columns)
    }
}

/// The contents of parts in an order that depends on them only.
fn contents<P: Table>(rows: &[P::ActiveModel], columns: &[P::Column]) -> Vec<String> {
    let mut contents: Vec<String> = rows.iter().map(|row| identity_of::<P>(row, columns)).collect();
    contents.sort_unstable();
    contents
}

#[cfg(test)]
mod tests {
    use entity::{agenda_item, event, talk_speaker};
    use sea_orm::ActiveValue::Set;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{event::AGENDA, parts::said, talk::SPEAKERS};

    fn event(day: &str, precision: event::EventDatePrecision, name: &str) -> event::ActiveModel {
        event::ActiveModel {
            name: Set(name.to_owned()),
            starts_at: Set(format!("{day}T00:00:00Z").parse().ok()),
            ends_at: Set(None),
            time_zone: Set("UTC".to_owned()),
            date_precision: Set(precision),
            ..Default::default()
        }
    }

    #[test]
    fn a_date_and_its_precision_change_together_or_not_at_all() {
        use event::EventDatePrecision::{Day, Month};
        let base = Base::Said(event("2024-03-01", Month, "March"));
        // The source learns the day. Somebody here has set another month.
        let mut new = event("2024-03-12", Day, "March again");
        let kept = columns::<event::Entity>(&base, &[], &mut new, &event("2024-04-01", Month, "March"));
        assert!(new.starts_at.is_not_set() && new.date_precision.is_not_set() && new.time_zone.is_not_set());
        assert_eq!(new.name, Set("March again".to_owned()), "the rest follows the source");
        assert_eq!(kept.len(), 1);
        // Nobody has.
        let mut new = event("2024-03-12", Day, "March");
        assert!(columns::<event::Entity>(&base, &[], &mut new, &event("2024-03-01", Month, "March")).is_empty());
        assert!(new.starts_at.is_set() && new.date_precision.is_set() && new.name.is_not_set());
    }

    fn merged<P: Table>(
        kind: &Parts<P>,
        base: &[P::ActiveModel],
        new: &[P::ActiveModel],
        current: &[P::ActiveModel],
    ) -> Merged<P::ActiveModel> {
        let columns = said::<P>(new.iter().chain(base));
        parts(kind, &columns, &Base::Said(base.to_vec()), &[], new.to_vec(), current)
    }

    fn item(position: i32, title: &str) -> agenda_item::ActiveModel {
        agenda_item::ActiveModel { position: Set(position), title: Set(Some(title.to_owned())), ..Default::default() }
    }

    #[test]
    fn an_agenda_changes_as_a_whole() {
        let (old, new, other) = ([item(0, "Doors")], [item(0, "Doors"), item(1, "Talks")], [item(0, "Pizza")]);
        assert_eq!(merged(&AGENDA, &old, &new, &old).rows.map(|rows| rows.len()), Some(2));
        let edited = merged(&AGENDA, &old, &new, &other);
        assert!(edited.rows.is_none() && edited.kept, "who changed it here keeps it, and hears of it");
        assert!(merged(&AGENDA, &old, &old, &other).rows.is_none());
    }

    fn speaker(position: i32, person: u128, remote: bool) -> talk_speaker::ActiveModel {
        let person_id = Set(Uuid::from_u128(person));
        talk_speaker::ActiveModel { person_id, position: Set(position), remote: Set(remote), ..Default::default() }
    }

    fn people(merged: Merged<talk_speaker::ActiveModel>) -> Vec<(u128, i32)> {
        let rows = merged.rows.unwrap_or_default();
        rows.iter().map(|row| (row.person_id.as_ref().as_u128(), *row.position.as_ref())).collect()
    }

    #[test]
    fn speakers_keep_an_order_without_gaps() {
        let base = [speaker(0, 1, false), speaker(1, 2, false), speaker(2, 3, false)];
        // Here the second one went and a fourth one came. The source takes away the first one and brings a fifth.
        let current = [speaker(0, 1, false), speaker(2, 3, false), speaker(3, 4, false)];
        let new = [speaker(0, 2, false), speaker(1, 3, false), speaker(2, 5, false)];
        assert_eq!(people(merged(&SPEAKERS, &base, &new, &current)), [(3, 0), (4, 1), (5, 2)]);
        // Another order alone is taken over if nobody changed it here.
        let turned = [speaker(0, 3, false), speaker(1, 2, false), speaker(2, 1, false)];
        assert_eq!(people(merged(&SPEAKERS, &base, &turned, &base)), [(3, 0), (2, 1), (1, 2)]);
    }

    #[test]
    fn a_part_that_both_changed_stays_and_is_told() {
        let (base, new) = ([speaker(0, 1, false)], [speaker(0, 1, true)]);
        let mut edited = speaker(0, 1, false);
        edited.affiliation = Set(Some("Here".to_owned()));
        let mut base_row = base[0].clone();
        base_row.affiliation = Set(None);
        let mut new_row = new[0].clone();
        new_row.affiliation = Set(None);
        let merged = merged(&SPEAKERS, &[base_row], &[new_row], &[edited]);
        assert!(merged.kept && merged.rows.is_none());
    }
}
