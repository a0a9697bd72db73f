//! Writes the nodes of one type of record: creates, changes or completes them, or leaves them alone.

use std::collections::{HashMap, HashSet};

use sea_orm::{ActiveModelTrait, EntityTrait};
use uuid::Uuid;

use super::{
    Place, Run,
    identity::{Known, Remembered, fingerprint},
    kind::{Action, Kind, Plan},
};
use crate::{
    domain::parts::keep_known,
    error::{Code, Error, Result},
    interchange::record::Incomplete,
};

/// A plan with its row.
pub(super) struct Planned<'r, K: Kind> {
    plans: Vec<Plan<'r, K>>,
    rows: HashMap<Uuid, <K::Table as EntityTrait>::ActiveModel>,
}

impl Run<'_> {
    /// Finds out what happens to each record, and gives keys to new nodes.
    pub(super) async fn plan<'r, K: Kind>(&mut self, records: &'r [K]) -> Result<Vec<Plan<'r, K>>> {
        let mut plans = Vec::new();
        let mut unknown = Vec::new();
        let mut seen = HashSet::new();
        for (index, record) in records.iter().enumerate() {
            let key = record.key();
            if key.is_empty() || !seen.insert(key) {
                let reason = if key.is_empty() { "a record without a key" } else { "named twice in one batch" };
                return Err(Error::invalid(Code::BadKey, format!("{} {key}: {reason}", K::TYPE.name())));
            }
            if let Err(reason) = record.check() {
                self.outcome.skipped.push(format!("{} {key}: {reason}", K::TYPE.name()));
                continue;
            }
            let known = self.known.get(&K::TYPE).and_then(|known| known.get(key)).cloned();
            match known {
                Some(Known { node, reference: Some(reference) }) if reference.alive => {
                    let fingerprint = fingerprint(record)?;
                    if reference.fingerprint == fingerprint || self.is_incomplete::<K>(key) {
                        self.tally(K::TYPE).unchanged += 1;
                    } else {
                        // If a person was merged into another one, the other one is not only of this record.
                        let action = if reference.merged { Action::Adopt } else { Action::Update };
                        plans.push(Plan { record, node, action, reference: Some(reference.id), fingerprint });
                    }
                }
                _ => unknown.push((index, record)),
            }
        }
        if !unknown.is_empty() {
            self.plan_unknown(&unknown, &mut plans).await?;
        }
        Ok(plans)
    }

    async fn plan_unknown<'r, K: Kind>(
        &mut self,
        unknown: &[(usize, &'r K)],
        plans: &mut Vec<Plan<'r, K>>,
    ) -> Result<()> {
        let matches = K::matches(self, unknown).await?;
        for (index, record) in unknown {
            let (node, action) = match matches.get(index) {
                Some(node) => (*node, Action::Adopt),
                None => (self.tx.new_id(), Action::Create),
            };
            let known = self.known.entry(K::TYPE).or_default();
            let before = known.insert(record.key().to_owned(), Known { node, reference: None });
            let reference = before.and_then(|known| known.reference).map(|reference| reference.id);
            plans.push(Plan { record, node, action, reference, fingerprint: fingerprint(*record)? });
        }
        Ok(())
    }

    fn is_incomplete<K: Kind>(&self, key: &str) -> bool {
        !self.incomplete.is_empty() && self.incomplete.contains(&Incomplete { node_type: K::TYPE, key: key.to_owned() })
    }

    /// Writes the rows of new nodes.
    pub(super) async fn create<'r, K: Kind>(&mut self, plans: Vec<Plan<'r, K>>) -> Result<Planned<'r, K>> {
        let mut rows = HashMap::new();
        for plan in &plans {
            rows.insert(plan.node, plan.record.row(self)?);
        }
        let mut new = Vec::new();
        for plan in plans.iter().filter(|plan| plan.action == Action::Create) {
            let Some(mut row) = rows.remove(&plan.node) else { continue };
            row.set(<K::Table as entity::noun::Noun>::ID, plan.node.into());
            new.push(row);
        }
        self.tally(K::TYPE).created += new.len();
        self.tx.create::<K::Table>(new).await?;
        Ok(Planned { plans, rows })
    }

    /// Writes the parts, changes known nodes, and writes the references.
    pub(super) async fn complete<K: Kind>(&mut self, planned: Planned<'_, K>) -> Result<()> {
        let Planned { plans, mut rows } = planned;
        if plans.is_empty() {
            return Ok(());
        }
        let mut changed = K::parts(self, &plans).await?;
        let known: Vec<Uuid> =
            plans.iter().filter(|plan| plan.action != Action::Create).map(|plan| plan.node).collect();
        let mut current = self.current::<K::Table>(&known).await?;
        let mut changes = Vec::new();
        for plan in &plans {
            let (Some(current), Some(mut row)) = (current.remove(&plan.node), rows.remove(&plan.node)) else {
                continue;
            };
            // A node of somebody else only gets the values that it lacks.
            if plan.action == Action::Adopt {
                keep_known::<K::Table>(&current, &mut row);
            }
            changes.push((current, row));
        }
        changed.extend(self.tx.change::<K::Table>(changes).await?);
        for node in known {
            let tally = self.tally(K::TYPE);
            *(if changed.contains(&node) { &mut tally.updated } else { &mut tally.unchanged }) += 1;
        }
        let mut references = Vec::new();
        for plan in &plans {
            let key = plan.record.key();
            let url = self.url(&Place { node_type: K::TYPE, key, field: "url" }, plan.record.url());
            let Plan { reference, node, .. } = *plan;
            references.push(Remembered { reference, key, url, node, fingerprint: plan.fingerprint.clone() });
        }
        self.remember(K::TYPE, references).await
    }
}
