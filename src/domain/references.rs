//! Which rows refer to nodes: every foreign key to the table of a noun, and what becomes of its row when the node is
//! deleted. `tests/it/references.rs` compares the list with the foreign keys of both databases.
//!
//! The change log, the audit and the external references name nodes, too. They have no foreign keys: they outlive them.

use entity::node_type::NodeType::{
    self, Event, Fundraiser, Group, Membership, Organization, Person, Resource, Rsvp, Sponsorship, Talk, Topic, Venue,
};
use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait,
    sea_query::{Alias, Expr, Query},
};
use uuid::Uuid;

use crate::{db::keys::is_any, error::Result};

/// The column with the key of a node.
const ID: &str = "id";

/// A table with rows that refer to nodes.
#[derive(Debug)]
pub struct Referring {
    /// Its name.
    pub table: &'static str,
    /// The type of the node that each row is, or is a part of.
    pub node_type: NodeType,
    /// The column with the key of that node.
    pub key: &'static str,
    /// The columns that refer to nodes.
    pub references: &'static [Reference],
}

/// A column that refers to nodes of one type.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// Its name.
    pub column: &'static str,
    /// The type of the nodes.
    pub to: NodeType,
    /// What becomes of a row when its node is deleted.
    pub then: Then,
}

/// What becomes of a row when the node that it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is a part of that node, and is deleted with it.
    Part,
    /// It is no part of that node, but cannot be without it, and is deleted with it.
    Goes,
    /// It stays, and its reference becomes null.
    Stays,
    /// That node replaced it. The database would keep it, but then it would be public again, so it is deleted.
    Replaced,
}

/// All tables with rows that refer to nodes.
pub const REFERRING: &[Referring] = &[
    nodes("people", Person, &[replaced_by("merged_into_id", Person)]),
    parts("person_aliases", &[part_of("person_id", Person)]),
    parts("person_links", &[part_of("person_id", Person)]),
    parts("person_private", &[part_of("person_id", Person)]),
    parts("affiliations", &[part_of("person_id", Person), goes_with("organization_id", Organization)]),
    nodes("venues", Venue, &[outlives("organization_id", Organization)]),
    parts("rooms", &[part_of("venue_id", Venue)]),
    nodes("memberships", Membership, &[part_of("group_id", Group), goes_with("person_id", Person)]),
    nodes("topics", Topic, &[outlives("canonical_id", Topic)]),
    parts("topic_aliases", &[part_of("topic_id", Topic)]),
    parts("group_topics", &[part_of("group_id", Group), goes_with("topic_id", Topic)]),
    nodes("events", Event, &[outlives("venue_id", Venue)]),
    parts("event_private", &[part_of("event_id", Event)]),
    parts("event_hosts", &[part_of("event_id", Event), goes_with("group_id", Group)]),
    parts("event_topics", &[part_of("event_id", Event), goes_with("topic_id", Topic)]),
    parts("attendance_summaries", &[part_of("event_id", Event)]),
    nodes("rsvps", Rsvp, &[goes_with("event_id", Event), goes_with("person_id", Person)]),
    nodes(
        "talks",
        Talk,
        &[outlives("group_id", Group), outlives("event_id", Event), outlives("original_talk_id", Talk)],
    ),
    parts("talk_speakers", &[part_of("talk_id", Talk), goes_with("person_id", Person)]),
    parts("talk_topics", &[part_of("talk_id", Talk), goes_with("topic_id", Topic)]),
    parts(
        "talk_proposals",
        &[part_of("talk_id", Talk), outlives("submitted_by_id", Person), outlives("decided_by_id", Person)],
    ),
    parts("agenda_items", &[part_of("event_id", Event), outlives("talk_id", Talk)]),
    nodes("resources", Resource, &[part_of("talk_id", Talk), part_of("event_id", Event)]),
    nodes(
        "sponsorships",
        Sponsorship,
        &[goes_with("organization_id", Organization), goes_with("group_id", Group), goes_with("event_id", Event)],
    ),
    parts("sponsorship_roles", &[part_of("sponsorship_id", Sponsorship)]),
    parts("sponsorship_private", &[part_of("sponsorship_id", Sponsorship)]),
    nodes("fundraisers", Fundraiser, &[goes_with("group_id", Group), outlives("event_id", Event)]),
];

/// The table of a noun.
const fn nodes(table: &'static str, node_type: NodeType, references: &'static [Reference]) -> Referring {
    Referring { table, node_type, key: ID, references }
}

/// A table of parts that are no nodes. The first reference is to the node that they are parts of.
const fn parts(table: &'static str, references: &'static [Reference]) -> Referring {
    Referring { table, node_type: references[0].to, key: references[0].column, references }
}

const fn part_of(column: &'static str, to: NodeType) -> Reference {
    Reference { column, to, then: Then::Part }
}

const fn goes_with(column: &'static str, to: NodeType) -> Reference {
    Reference { column, to, then: Then::Goes }
}

const fn outlives(column: &'static str, to: NodeType) -> Reference {
    Reference { column, to, then: Then::Stays }
}

const fn replaced_by(column: &'static str, to: NodeType) -> Reference {
    Reference { column, to, then: Then::Replaced }
}

impl Referring {
    /// Whether its rows are nodes.
    #[must_use]
    pub fn has_nodes(&self) -> bool {
        self.key == ID
    }

    /// The key of each node with a row whose column `by` is one of these keys, and the node that the row's reference
    /// names.
    pub(super) async fn pairs(
        &self,
        db: &impl ConnectionTrait,
        reference: &Reference,
        by: &'static str,
        keys: &[Uuid],
    ) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
        let column = |name: &'static str| Expr::col(Alias::new(name));
        let mut select = Query::select();
        select.distinct().expr(column(self.key)).expr(column(reference.column)).from(Alias::new(self.table));
        select.and_where(is_any(db.get_database_backend(), column(by), keys));
        select.and_where(column(reference.column).is_not_null());
        let rows = db.query_all(&select).await?;
        let mut pairs = Vec::with_capacity(rows.len());
        for row in rows {
            pairs.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// Each table with each of its references to nodes of this type.
pub(super) fn references_to(node_type: NodeType) -> impl Iterator<Item = (&'static Referring, &'static Reference)> {
    let references = REFERRING.iter().flat_map(|rows| rows.references.iter().map(move |reference| (rows, reference)));
    references.filter(move |(_, reference)| reference.to == node_type)
}

/// A node that refers to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Referrer {
    /// Its type.
    pub node_type: NodeType,
    /// Its key.
    pub node_id: Uuid,
    /// The key of the node that it refers to.
    pub to: Uuid,
}

/// Which nodes refer to these nodes of one type, by a column or by a part. Parts of a node do not refer to it, even if
/// they are nodes, nor does it refer to itself. A node that was merged into another one refers to it.
pub async fn referrers(db: &impl ConnectionTrait, node_type: NodeType, nodes: &[Uuid]) -> Result<Vec<Referrer>> {
    let mut referrers = Vec::new();
    if nodes.is_empty() {
        return Ok(referrers);
    }
    for (rows, reference) in references_to(node_type).filter(|(_, reference)| reference.then != Then::Part) {
        for (node_id, to) in rows.pairs(db, reference, reference.column, nodes).await? {
            let referrer = Referrer { node_type: rows.node_type, node_id, to };
            if (referrer.node_type, node_id) != (node_type, to) && !referrers.contains(&referrer) {
                referrers.push(referrer);
            }
        }
    }
    Ok(referrers)
}
