//! Plans and writes the nodes of one type of record.

use std::collections::HashMap;

use entity::node_type::NodeType;
use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable};
use uuid::Uuid;

use super::{
    Place, Run,
    kind::{Kind, Plan},
    matching::Match,
    merge::{self, Base, value},
};
use crate::{
    domain::noun::{Noun, settled},
    error::Result,
    interchange::record::Incomplete,
};

/// Plans with their rows.
pub(super) struct Planned<'r, K: Kind> {
    plans: Vec<Plan<'r, K>>,
    changes: Vec<Change<K::Table>>,
}

/// A row that changes.
struct Change<N: Noun> {
    node: Uuid,
    /// `None` if it is a row that only a dry run would have written.
    stored: Option<N::Model>,
    current: N::ActiveModel,
    new: N::ActiveModel,
}

impl Run<'_> {
    /// Finds out what happens to each record, and gives keys to new nodes.
    pub(super) async fn plan<'r, K: Kind>(&mut self, records: &'r [K]) -> Result<Vec<Plan<'r, K>>> {
        let (mut plans, mut unknown, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            let key = record.key();
            if let Err(reason) = record.check() {
                self.skip(K::TYPE, key, &reason);
                continue;
            }
            if let Some((node_type, gone)) = self.missing(record) {
                self.note(K::TYPE, key, &format!("it is left out: {} {gone} was deleted here", node_type.name()));
                self.tally(K::TYPE).unchanged += 1;
                continue;
            }
            if let Some(node) = self.assigned.get(&(K::TYPE, key.to_owned())).copied() {
                let plan = Plan {
                    record,
                    base: None,
                    others: Vec::new(),
                    node,
                    is_new: false,
                    is_origin: false,
                    reference: None,
                };
                self.add(plan, &mut plans);
                continue;
            }
            let known = self.known.get(&K::TYPE).and_then(|known| known.get(key)).cloned();
            let Some((node, reference)) = known.and_then(|known| Some((known.node, known.reference?))) else {
                unknown.push(record);
                continue;
            };
            let base = self.base_of(record);
            let (is_origin, reference_id) = (reference.is_origin, reference.id);
            let others = Vec::new();
            let plan = Plan { record, base, others, node, is_new: false, is_origin, reference: reference_id };
            if !reference.is_alive {
                self.note(K::TYPE, key, "it was deleted here, and stays so");
                gone.push(plan);
            } else if self.is_incomplete::<K>(key) {
                self.tally(K::TYPE).unchanged += 1;
            } else {
                self.will_carry(record, node);
                self.add(plan, &mut plans);
            }
        }
        self.tally(K::TYPE).unchanged += gone.len();
        self.remember(&gone, false).await?;
        self.plan_unknown(&unknown, &mut plans).await?;
        self.hear_others(&mut plans).await?;
        Ok(plans)
    }

    /// Reads what other sources say of nodes that this source did not bring. It takes nothing of that away.
    async fn hear_others<K: Kind>(&self, plans: &mut [Plan<'_, K>]) -> Result<()> {
        let is_guest = |plan: &&mut Plan<'_, K>| !plan.is_origin && plan.base.is_some();
        let nodes: Vec<Uuid> = plans.iter_mut().filter(is_guest).map(|plan| plan.node).collect();
        let mut records = self.records_of_others(&nodes).await?;
        for plan in plans.iter_mut().filter(is_guest) {
            let said = records.remove(&plan.node).unwrap_or_default();
            plan.others = said.iter().filter_map(|record| serde_json::from_str(record).ok()).collect();
        }
        Ok(())
    }

    async fn plan_unknown<'r, K: Kind>(&mut self, unknown: &[&'r K], plans: &mut Vec<Plan<'r, K>>) -> Result<()> {
        for Match { record, node, is_new } in self.match_names(unknown).await? {
            let known = super::identity::Known { node, reference: None };
            self.known.entry(K::TYPE).or_default().insert(record.key().to_owned(), known);
            let (base, others) = (None, Vec::new());
            let plan = Plan { record, base, others, node, is_new, is_origin: is_new, reference: None };
            self.add(plan, plans);
        }
        Ok(())
    }

    /// Adds a plan. If another record of the batch is of the same node, this one waits until that one is written.
    fn add<'r, K: Kind>(&mut self, plan: Plan<'r, K>, plans: &mut Vec<Plan<'r, K>>) {
        if self.busy.insert(plan.node) {
            plans.push(plan);
            return;
        }
        if plan.reference.is_none() && plan.base.is_none() {
            self.later_nodes.insert((K::TYPE, plan.record.key().to_owned()), plan.node);
        }
        K::list(&mut self.later).push(plan.record.clone());
    }

    /// A node that this record cannot be without, and that was deleted here.
    fn missing<'r, K: Kind>(&self, record: &'r K) -> Option<(NodeType, &'r str)> {
        let is_gone = |(node_type, key): &(NodeType, &str)| {
            self.known.get(node_type).and_then(|known| known.get(*key)).is_some_and(|known| !known.stands())
        };
        record.needs().into_iter().find(is_gone)
    }

    fn base_of<K: Kind>(&self, record: &K) -> Option<K> {
        serde_json::from_str(self.bases.get(&(K::TYPE, record.key().to_owned()))?).ok()
    }

    fn is_incomplete<K: Kind>(&self, key: &str) -> bool {
        !self.incomplete.is_empty() && self.incomplete.contains(&Incomplete { node_type: K::TYPE, key: key.to_owned() })
    }

    /// Writes the rows of new nodes, and works out what changes in the others.
    pub(super) async fn create<'r, K: Kind>(&mut self, plans: Vec<Plan<'r, K>>) -> Result<Planned<'r, K>> {
        let (mut new, mut changes) = (Vec::new(), Vec::new());
        let known: Vec<Uuid> = plans.iter().filter(|plan| !plan.is_new).map(|plan| plan.node).collect();
        let mut stored = self.stored::<K::Table>(&known).await?;
        for plan in &plans {
            let mut row = plan.record.row(self)?;
            if plan.is_new {
                row.set(<K::Table as entity::noun::Noun>::ID, plan.node.into());
                self.tell(|| format!("create   {} {} “{}”", K::TYPE.name(), plan.record.key(), plan.record.title()));
                new.push(row);
                continue;
            }
            row = usual::<K::Table>(row);
            let stored = stored.remove(&plan.node);
            let of_trial = self.planned.row::<K::Table>(plan.node).cloned();
            let Some(current) = of_trial.clone().or_else(|| Some(stored.clone()?.into_active_model())) else {
                continue;
            };
            self.merge_columns(plan, &mut row, &current)?;
            let stored = if of_trial.is_some() { None } else { stored };
            changes.push(Change { node: plan.node, stored, current, new: row });
        }
        self.tally(K::TYPE).created += new.len();
        match self.tx {
            Some(tx) => _ = tx.create::<K::Table>(new).await?,
            None => self.plan_new::<K>(new)?,
        }
        Ok(Planned { plans, changes })
    }

    /// Leaves of a new row what changes in the node, and notes what stays because it was changed here.
    fn merge_columns<K: Kind>(
        &mut self,
        plan: &Plan<'_, K>,
        row: &mut <K::Table as EntityTrait>::ActiveModel,
        current: &<K::Table as EntityTrait>::ActiveModel,
    ) -> Result<()> {
        let base = match &plan.base {
            Some(base) => Base::Said(usual::<K::Table>(self.quietly(|run| base.row(run))?)),
            None if plan.is_origin => Base::Current,
            None => Base::Nothing,
        };
        let mut others = Vec::with_capacity(plan.others.len());
        for other in &plan.others {
            others.push(usual::<K::Table>(self.quietly(|run| other.row(run))?));
        }
        let said = row.clone();
        for column in merge::columns::<K::Table>(&base, &others, row, current) {
            let (name, now) = (column.as_str(), value(&said, column));
            let now = now.map(|value| self.shown(&value)).unwrap_or_default();
            self.note(K::TYPE, plan.record.key(), &format!("{name} was changed here and stays; the source says {now}"));
        }
        Ok(())
    }

    /// What a dry run does instead of writing new rows.
    fn plan_new<K: Kind>(&mut self, rows: Vec<<K::Table as EntityTrait>::ActiveModel>) -> Result<()> {
        for mut row in rows {
            K::Table::settle(&mut row, None)?;
            if let Some(sea_orm::Value::Uuid(Some(node))) = value(&row, <K::Table as entity::noun::Noun>::ID) {
                self.planned.set_row::<K::Table>(node, row);
            }
        }
        Ok(())
    }

    /// Writes the parts, changes known nodes, and writes the references.
    pub(super) async fn complete<K: Kind>(&mut self, planned: Planned<'_, K>) -> Result<()> {
        let Planned { plans, changes } = planned;
        if plans.is_empty() {
            return Ok(());
        }
        K::parts(self, &plans).await?;
        self.change::<K>(&plans, changes).await?;
        for plan in plans.iter().filter(|plan| !plan.is_new) {
            let has_changed = self.changed.contains(&plan.node);
            let tally = self.tally(K::TYPE);
            *(if has_changed { &mut tally.updated } else { &mut tally.unchanged }) += 1;
        }
        self.remember(&plans, true).await
    }

    async fn change<K: Kind>(&mut self, plans: &[Plan<'_, K>], changes: Vec<Change<K::Table>>) -> Result<()> {
        if let Some(tx) = self.tx {
            let rows = changes.into_iter().filter_map(|change| Some((change.stored?, change.new))).collect();
            self.changed.extend(tx.change::<K::Table>(rows).await?);
            return Ok(());
        }
        let keys: HashMap<Uuid, &str> = plans.iter().map(|plan| (plan.node, plan.record.key())).collect();
        for change in changes {
            let key = keys.get(&change.node).copied().unwrap_or_default();
            self.plan_change::<K>(key, change)?;
        }
        Ok(())
    }

    /// What a dry run does instead of changing a row.
    fn plan_change<K: Kind>(&mut self, key: &str, change: Change<K::Table>) -> Result<()> {
        let Change { node, stored, mut current, new } = change;
        let before = current.clone();
        let said: Vec<_> =
            <K::Table as EntityTrait>::Column::iter().filter(|column| value(&new, *column).is_some()).collect();
        if let Some(stored) = stored {
            for (column, value) in settled::<K::Table>(&stored, new)? {
                current.set(column, value);
            }
        } else {
            for column in &said {
                if let Some(value) = value(&new, *column) {
                    current.set(*column, value);
                }
            }
            K::Table::settle(&mut current, None)?;
        }
        for column in <K::Table as EntityTrait>::Column::iter() {
            let (was, is) = (value(&before, column), value(&current, column));
            if was == is {
                continue;
            }
            self.changed.insert(node);
            let name = column.as_str();
            if said.iter().any(|other| other.as_str() == name) {
                let [was, is] = [was, is].map(|value| value.map(|value| self.shown(&value)).unwrap_or_default());
                self.tell(|| format!("change   {} {key}: {name}: {was} → {is}", K::TYPE.name()));
            }
        }
        self.planned.set_row::<K::Table>(node, current);
        Ok(())
    }

    /// The address of a record in the source.
    pub(super) fn page_of<K: Kind>(&mut self, record: &K) -> Option<String> {
        self.url(&Place { node_type: K::TYPE, key: record.key(), field: "url" }, record.url())
    }
}

/// The row with its values in their usual form, as the rules of its noun leave them. A row that breaks a rule stays as it
/// is, and is refused when it is written.
fn usual<N: Noun>(mut row: N::ActiveModel) -> N::ActiveModel {
    let mut settled = row.clone();
    if N::settle(&mut settled, None).is_ok() {
        for column in N::Column::iter() {
            if let (Some(_), Some(value)) = (value(&row, column), value(&settled, column)) {
                row.set(column, value);
            }
        }
    }
    row
}
