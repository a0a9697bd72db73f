//! Plans and writes the parts of nodes.

use std::collections::{HashMap, HashSet};

use sea_orm::{IdenStatic, IntoActiveModel, Iterable};
use uuid::Uuid;

use super::{
    Run,
    kind::{Kind, Plan},
    merge::{self, Base, Merged},
};
use crate::{
    domain::{
        noun::{Noun, Table},
        parts::{Identity, Parts, Wanted, identity_of, parts_of, said},
    },
    error::Result,
    interchange::report::Tally,
};

/// What a list of parts becomes.
struct PartsPlan<P: Table> {
    wanted: Vec<Wanted<P>>,
    tally: Tally,
}

impl Run<'_> {
    /// Sets the parts of the nodes of these plans to what their records say.
    pub(super) async fn parts<K: Kind, P: Table>(
        &mut self,
        plans: &[Plan<'_, K>],
        parts: &Parts<P>,
        rows: impl Fn(&mut Self, &K, Uuid) -> Result<Vec<P::ActiveModel>>,
    ) -> Result<()> {
        let wanted = self.plan_parts(plans, parts, rows).await?.wanted;
        match self.tx {
            Some(tx) => self.changed.extend(tx.set_parts::<P>(parts, K::TYPE, wanted).await?),
            None => self.keep_parts(wanted),
        }
        Ok(())
    }

    /// The same for parts that are nodes, which are counted.
    pub(super) async fn part_nodes<K: Kind, P: Noun>(
        &mut self,
        plans: &[Plan<'_, K>],
        parts: &Parts<P>,
        rows: impl Fn(&mut Self, &K, Uuid) -> Result<Vec<P::ActiveModel>>,
    ) -> Result<()> {
        let PartsPlan { wanted, tally } = self.plan_parts(plans, parts, rows).await?;
        self.tally(P::TYPE).add(tally);
        match self.tx {
            Some(tx) => self.changed.extend(tx.set_part_nodes::<P>(parts, K::TYPE, wanted).await?),
            None => self.keep_parts(wanted),
        }
        Ok(())
    }

    fn keep_parts<P: Table>(&mut self, wanted: Vec<Wanted<P>>) {
        for Wanted { owner, rows, is_new } in wanted {
            if !is_new {
                self.changed.insert(owner);
            }
            self.planned.set_parts::<P>(owner, rows);
        }
    }

    async fn plan_parts<K: Kind, P: Table>(
        &mut self,
        plans: &[Plan<'_, K>],
        parts: &Parts<P>,
        rows: impl Fn(&mut Self, &K, Uuid) -> Result<Vec<P::ActiveModel>>,
    ) -> Result<PartsPlan<P>> {
        let known: Vec<Uuid> = plans.iter().filter(|plan| !plan.is_new).map(|plan| plan.node).collect();
        let mut stored = parts_of::<P>(&self.reading, parts.owner, &known).await?;
        let mut plan_of_all = PartsPlan { wanted: Vec::new(), tally: Tally::default() };
        for plan in plans {
            let new = rows(self, plan.record, plan.node)?;
            if plan.is_new {
                plan_of_all.tally.created += new.len();
                if !new.is_empty() {
                    plan_of_all.wanted.push(Wanted { owner: plan.node, is_new: true, rows: new });
                }
                continue;
            }
            let stored = stored.remove(&plan.node).unwrap_or_default();
            let current = match self.planned.parts::<P>(plan.node) {
                Some(planned) => planned.clone(),
                None => stored.into_iter().map(IntoActiveModel::into_active_model).collect(),
            };
            let base = match &plan.base {
                Some(base) => Base::Said(self.quietly(|run| rows(run, base, plan.node))?),
                None if plan.is_origin => Base::Current,
                None => Base::Nothing,
            };
            let mut others = Vec::new();
            for other in &plan.others {
                others.extend(self.quietly(|run| rows(run, other, plan.node))?);
            }
            let merged = merged(parts, &base, &others, new, &current);
            plan_of_all.tally.add(counts(parts, &current, merged.rows.as_deref()));
            self.take(plan, parts, &current, merged, &mut plan_of_all.wanted);
        }
        Ok(plan_of_all)
    }

    /// Takes what becomes of the parts of one node.
    fn take<K: Kind, P: Table>(
        &mut self,
        plan: &Plan<'_, K>,
        parts: &Parts<P>,
        current: &[P::ActiveModel],
        merged: Merged<P::ActiveModel>,
        wanted: &mut Vec<Wanted<P>>,
    ) {
        let (key, table) = (plan.record.key(), P::default().table_name());
        if merged.kept {
            self.note(K::TYPE, key, &format!("{table} were changed here and stay; the source says something else"));
        }
        let Some(rows) = merged.rows else { return };
        if self.tx.is_none() {
            let (gone, new) = difference(parts, current, &rows);
            let gone = gone.iter().map(|row| format!("− {}", self.part(parts, row)));
            let new = new.iter().map(|row| format!("+ {}", self.part(parts, row)));
            let lines: Vec<String> = gone.chain(new).collect();
            let lines = if lines.is_empty() { "in another order".to_owned() } else { lines.join(", ") };
            self.tell(|| format!("change   {} {key}: {table}: {lines}", K::TYPE.name()));
        }
        wanted.push(Wanted { owner: plan.node, is_new: false, rows });
    }

    /// A part in a few words.
    fn part<P: Table>(&self, parts: &Parts<P>, row: &P::ActiveModel) -> String {
        let columns = match parts.identity {
            Identity::Columns(columns) if !columns.is_empty() => columns.to_vec(),
            _ => P::Column::iter().filter(|column| column.as_str() != "id").collect(),
        };
        let columns = columns.iter().filter(|column| !is_one_of::<P>(**column, &[Some(parts.owner), parts.order]));
        let values = columns.filter_map(|column| merge::value(row, *column));
        let values = values.filter(|value| *value != value.as_null());
        values.map(|value| self.shown(&value)).collect::<Vec<_>>().join(" ")
    }
}

fn is_one_of<P: Table>(column: P::Column, others: &[Option<P::Column>]) -> bool {
    others.iter().flatten().any(|other| other.as_str() == column.as_str())
}

fn merged<P: Table>(
    parts: &Parts<P>,
    base: &Base<Vec<P::ActiveModel>>,
    others: &[P::ActiveModel],
    new: Vec<P::ActiveModel>,
    current: &[P::ActiveModel],
) -> Merged<P::ActiveModel> {
    let of_base = match base {
        Base::Said(rows) => rows.as_slice(),
        Base::Nothing | Base::Current => &[],
    };
    let columns = said::<P>(new.iter().chain(of_base));
    // Neither record says anything: nothing is wanted, and nothing was.
    if columns.is_empty() && !matches!(base, Base::Current) {
        return Merged { rows: None, kept: false };
    }
    merge::parts(parts, &columns, base, others, new, current)
}

fn counts<P: Table>(parts: &Parts<P>, current: &[P::ActiveModel], new: Option<&[P::ActiveModel]>) -> Tally {
    let Some(new) = new else { return Tally { unchanged: current.len(), ..Tally::default() } };
    let columns = said::<P>(new.iter());
    let (had, has) = (keys(parts, current), keys(parts, new));
    let contents = |rows: &[P::ActiveModel]| -> HashMap<String, String> {
        rows.iter().map(|row| (key(parts, row), identity_of::<P>(row, &columns))).collect()
    };
    let (before, after) = (contents(current), contents(new));
    let same = after.iter().filter(|(key, content)| before.get(*key) == Some(content)).count();
    let kept = had.intersection(&has).count();
    Tally {
        created: has.len() - kept,
        updated: kept - same,
        unchanged: same,
        removed: had.len() - kept,
        ..Tally::default()
    }
}

/// The parts that are no more, and those that are new or changed.
fn difference<'rows, P: Table>(
    parts: &Parts<P>,
    current: &'rows [P::ActiveModel],
    new: &'rows [P::ActiveModel],
) -> (Vec<&'rows P::ActiveModel>, Vec<&'rows P::ActiveModel>) {
    let columns = said::<P>(new.iter().chain(current));
    let columns: Vec<P::Column> =
        columns.into_iter().filter(|column| !is_one_of::<P>(*column, &[parts.order])).collect();
    let content = |row: &P::ActiveModel| identity_of::<P>(row, &columns);
    let (had, has): (HashSet<_>, HashSet<_>) =
        (current.iter().map(content).collect(), new.iter().map(content).collect());
    let gone = current.iter().filter(|row| !has.contains(&content(row))).collect();
    (gone, new.iter().filter(|row| !had.contains(&content(row))).collect())
}

fn keys<P: Table>(parts: &Parts<P>, rows: &[P::ActiveModel]) -> HashSet<String> {
    rows.iter().map(|row| key(parts, row)).collect()
}

fn key<P: Table>(parts: &Parts<P>, row: &P::ActiveModel) -> String {
    match parts.identity {
        Identity::Columns(columns) => identity_of::<P>(row, columns),
        Identity::Whole => identity_of::<P>(row, &said::<P>(std::iter::once(row))),
    }
}
