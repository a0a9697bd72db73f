//! Sources: where records come from. A source is a system, such as a format, and a scope in it. The keys of records are
//! unique in a source. So two folders of one format may use the same keys for different things.
//!
//! Who names no scope gets the one that the records have already. A sample of the records, of groups and events, is
//! compared with what each scope of the system knows under the same keys. So the folder may be moved, and may grow. A
//! folder that no scope knows is a new source. It is called like its group if it has one only, else like the system.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    sync::Arc,
};

use entity::{event, external_ref, group, node_type::NodeType};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::*, sea_query::Condition};
use serde_json::Value;
use uuid::Uuid;

use super::record::{Batch, Event, Group};
use crate::{
    db::keys::is_any,
    domain::text::fold,
    error::{Code, Error, Result},
};

/// The longest name of a scope.
const LONGEST: usize = 100;
/// A group that was renamed is known by its events: at least so many of them, and nearly all that are compared.
const EVENTS: usize = 3;
/// The length of a date with its day.
const DAY: usize = 10;

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The system, for instance `rubyevents`.
    pub system: Arc<str>,
    /// Which source of that system.
    pub scope: Arc<str>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.system == self.scope { f.write_str(&self.system) } else { write!(f, "{}/{}", self.system, self.scope) }
    }
}

impl Source {
    /// The source that is called like its system.
    #[must_use]
    pub fn of_system(system: &str) -> Self {
        Self { system: system.into(), scope: system.into() }
    }

    /// The source of this scope. It is an error if the scope is no name.
    pub fn named(system: &str, scope: &str) -> Result<Self> {
        let is_name = !scope.is_empty()
            && scope.chars().count() <= LONGEST
            && scope.chars().all(|sign| sign.is_alphanumeric() || "-_.:/@".contains(sign));
        if is_name {
            return Ok(Self { system: system.into(), scope: scope.into() });
        }
        let message = format!("a scope has letters, digits and -_.:/@, at most {LONGEST} of them");
        Err(Error::invalid(Code::BadValue, message))
    }

    /// The references of this source to nodes of this type.
    #[must_use]
    pub fn references(&self, node_type: NodeType) -> Select<external_ref::Entity> {
        external_ref::Entity::find().filter(self.is_own()).filter(external_ref::Column::NodeType.eq(node_type))
    }

    /// Which references are of this source.
    fn is_own(&self) -> Condition {
        Condition::all()
            .add(external_ref::Column::System.eq(&*self.system))
            .add(external_ref::Column::Scope.eq(&*self.scope))
    }

    /// Which references are of other sources.
    #[must_use]
    pub fn is_other(&self) -> Condition {
        self.is_own().not()
    }

    /// Has anything been imported from it?
    pub async fn is_known(&self, db: &impl ConnectionTrait) -> Result<bool> {
        let known = external_ref::Entity::find().select_only().column(external_ref::Column::Id).filter(self.is_own());
        Ok(known.limit(1).into_tuple::<Uuid>().one(db).await?.is_some())
    }

    /// The source of these records: the one that knows them, or a new one.
    pub async fn of(db: &impl ConnectionTrait, system: &str, sample: &Batch) -> Result<Self> {
        let scopes = known_in(db, system, sample).await?;
        let best = scopes.iter().filter(|(_, likeness)| likeness.is_same()).max_by_key(|(_, likeness)| likeness.rank());
        if let Some((scope, _)) = best {
            return Ok(Self { system: system.into(), scope: scope.as_str().into() });
        }
        let name = match sample.groups.as_slice() {
            [only] => only.key.as_str(),
            _ => system,
        };
        let scope = free(name, &scopes_of(db, system).await?);
        Ok(Self { system: system.into(), scope: scope.into() })
    }
}

/// How much of a sample a scope knows: of how many records with the same key the content is alike, and of how many not.
#[derive(Debug, Default)]
struct Likeness {
    groups: (usize, usize),
    events: (usize, usize),
}

impl Likeness {
    fn is_same(&self) -> bool {
        let ((groups, other_groups), (events, other_events)) = (self.groups, self.events);
        groups > 0 && groups >= other_groups || events >= EVENTS && events >= 4 * other_events
    }

    fn rank(&self) -> (usize, usize) {
        (self.groups.0, self.events.0)
    }
}

/// What each scope of the system knows of the sample.
async fn known_in(db: &impl ConnectionTrait, system: &str, sample: &Batch) -> Result<BTreeMap<String, Likeness>> {
    let mut scopes: BTreeMap<String, Likeness> = BTreeMap::new();
    let keys: Vec<String> = sample.groups.iter().map(|group| group.key.clone()).collect();
    let groups: HashMap<&str, &Group> = sample.groups.iter().map(|group| (group.key.as_str(), group)).collect();
    for (reference, name) in references(db, system, NodeType::Group, &keys).await? {
        let Some(group) = groups.get(reference.external_id.as_str()) else { continue };
        let record = record(&reference);
        let same =
            is_name(&group.name, &record, name.as_deref()) || is_equal(&record, "website", group.website.as_deref());
        let (alike, unlike) = &mut scopes.entry(reference.scope).or_default().groups;
        *(if same { alike } else { unlike }) += 1;
    }
    let keys: Vec<String> = sample.events.iter().map(|event| event.key.clone()).collect();
    let events: HashMap<&str, &Event> = sample.events.iter().map(|event| (event.key.as_str(), event)).collect();
    for (reference, name) in references(db, system, NodeType::Event, &keys).await? {
        let Some(event) = events.get(reference.external_id.as_str()) else { continue };
        let record = record(&reference);
        let same = is_name(&event.name, &record, name.as_deref())
            && (record.is_null() || is_equal(&record, "date", event.date.as_deref()))
            && event.date.as_ref().is_some_and(|date| date.len() == DAY);
        let (alike, unlike) = &mut scopes.entry(reference.scope).or_default().events;
        *(if same { alike } else { unlike }) += 1;
    }
    Ok(scopes)
}

/// The record that was imported last; null if it was not kept.
fn record(reference: &external_ref::Model) -> Value {
    reference.record.as_deref().and_then(|record| serde_json::from_str(record).ok()).unwrap_or_default()
}

/// Whether it is the name of the record, or of the node if the record was not kept.
fn is_name(name: &str, record: &Value, of_node: Option<&str>) -> bool {
    let known = if record.is_null() { of_node } else { record["name"].as_str() };
    known.is_some_and(|known| fold(known) == fold(name))
}

fn is_equal(record: &Value, field: &str, value: Option<&str>) -> bool {
    value.is_some_and(|value| record[field].as_str() == Some(value))
}

/// The references with these keys in all scopes of the system, each with the name of its node.
async fn references(
    db: &impl ConnectionTrait,
    system: &str,
    node_type: NodeType,
    keys: &[String],
) -> Result<Vec<(external_ref::Model, Option<String>)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = external_ref::Entity::find()
        .filter(external_ref::Column::System.eq(system))
        .filter(external_ref::Column::NodeType.eq(node_type))
        .filter(is_any(db.get_database_backend(), external_ref::Column::ExternalId.into_expr(), keys))
        .all(db)
        .await?;
    let nodes: Vec<Uuid> = rows.iter().map(|row| row.node_id).collect();
    let names = names(db, node_type, &nodes).await?;
    let named = rows.into_iter().map(|row| {
        let name = names.get(&row.node_id).cloned();
        (row, name)
    });
    Ok(named.collect())
}

async fn names(db: &impl ConnectionTrait, node_type: NodeType, nodes: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let backend = db.get_database_backend();
    let rows: Vec<(Uuid, String)> = if node_type == NodeType::Group {
        let rows = group::Entity::find().select_only().column(group::Column::Id).column(group::Column::Name);
        rows.filter(is_any(backend, group::Column::Id.into_expr(), nodes)).into_tuple().all(db).await?
    } else {
        let rows = event::Entity::find().select_only().column(event::Column::Id).column(event::Column::Name);
        rows.filter(is_any(backend, event::Column::Id.into_expr(), nodes)).into_tuple().all(db).await?
    };
    Ok(rows.into_iter().collect())
}

/// The scopes that have a group or an event. Others are of runs that ended before they came to one: they are found again
/// by their name.
async fn scopes_of(db: &impl ConnectionTrait, system: &str) -> Result<HashSet<String>> {
    let scopes = external_ref::Entity::find().select_only().column(external_ref::Column::Scope).distinct();
    let is_told_by = external_ref::Column::NodeType.is_in([NodeType::Group, NodeType::Event]);
    let scopes = scopes.filter(external_ref::Column::System.eq(system)).filter(is_told_by);
    Ok(scopes.into_tuple::<String>().all(db).await?.into_iter().collect())
}

/// The name, or the name with the first number that makes it new.
fn free(name: &str, taken: &HashSet<String>) -> String {
    let numbered = |number: usize| if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
    (1..=taken.len() + 1).map(numbered).find(|scope| !taken.contains(scope)).unwrap_or_else(|| name.to_owned())
}
