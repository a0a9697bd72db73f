//! Which changes of nodes tell of a change in a table: what everybody reads of a table is another only after one of these
//! nodes was noted in the change log.

use crate::node_type::{
    NodeType::{Event, Fundraiser, Group, Membership, Organization, Person, Resource, Sponsorship, Talk, Topic, Venue},
    NodeTypes,
};

/// The sorts of nodes whose changes tell of a change in this table; `None` if none do.
///
/// They are the nodes that a row is a part of, and those whose deletion takes a row away or a reference out of it.
#[must_use]
pub fn told_by(table: &str) -> Option<NodeTypes> {
    Some(match table {
        "groups" => NodeTypes::of(&[Group]),
        "people" | "person_aliases" | "person_links" => NodeTypes::of(&[Person]),
        "organizations" => NodeTypes::of(&[Organization]),
        "topics" | "topic_aliases" => NodeTypes::of(&[Topic]),
        "venues" => NodeTypes::of(&[Venue, Organization]),
        "rooms" => NodeTypes::of(&[Venue]),
        "memberships" => NodeTypes::of(&[Membership, Group, Person]),
        "group_topics" => NodeTypes::of(&[Group, Topic]),
        "events" => NodeTypes::of(&[Event, Venue]),
        "event_hosts" => NodeTypes::of(&[Event, Group]),
        "event_topics" => NodeTypes::of(&[Event, Topic]),
        "attendance_summaries" => NodeTypes::of(&[Event]),
        "agenda_items" => NodeTypes::of(&[Event, Talk]),
        "talks" => NodeTypes::of(&[Talk, Group, Event]),
        "talk_speakers" => NodeTypes::of(&[Talk, Person]),
        "talk_topics" => NodeTypes::of(&[Talk, Topic]),
        "resources" => NodeTypes::of(&[Resource, Talk, Event]),
        "sponsorships" | "sponsorship_roles" => NodeTypes::of(&[Sponsorship, Organization, Group, Event]),
        "fundraisers" => NodeTypes::of(&[Fundraiser, Group, Event]),
        // A picture is of those who show it: whoever changes one notes them.
        "affiliations" | "images" => NodeTypes::of(&[Person, Organization]),
        // Of nodes of every sort.
        "provenance" | "search_documents" | "search_words" | "search_names" => NodeTypes::ALL,
        // Numbers that never change; and no tables: so statements name parts of their own.
        "search_steps" | "parents" | "by_words" => NodeTypes::of(&[]),
        _ => return None,
    })
}
