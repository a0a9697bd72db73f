//! Which nodes invalidate what was read of a table: the public rows of a table only change together with an entry of one of
//! these nodes in the change log.

use crate::node_type::{
    NodeType::{Event, Fundraiser, Group, Membership, Organization, Person, Resource, Sponsorship, Talk, Topic, Venue},
    NodeTypes,
};

/// The types of nodes whose changes invalidate what was read of this table. `None` if the change log has nothing of the table.
///
/// They are the nodes that a row is a part of, and those whose deletion deletes a row or clears a reference in it.
#[must_use]
pub fn invalidated_by(table: &str) -> Option<NodeTypes> {
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
        // A picture belongs to those who show it: whoever changes a picture notes them in the log.
        "affiliations" | "images" => NodeTypes::of(&[Person, Organization]),
        // They have rows of every sort of node.
        "provenance" | "search_documents" | "search_words" | "search_names" => NodeTypes::ALL,
        // The first has numbers that never change. The others are no tables: statements name parts of themselves so.
        "search_steps" | "parents" | "by_words" => NodeTypes::of(&[]),
        _ => return None,
    })
}
