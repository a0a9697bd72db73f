//! The tables as `SeaORM` entities: one file a table, named by the singular noun. Entities describe the schema as it is
//! now; how it came about is the `migration` crate's story.
//!
//! Words that hold everywhere: instants are UTC; a column is null when history does not say; a checked text column is an
//! enum here. What everyone may see is a rule named `is_…` beside its entity, in columns qualified by their table, and the
//! entity's scope of the same name selects by it: [`event::is_published`] and `event::Entity::published`.

pub mod affiliation;
pub mod agenda_item;
pub mod attendance_summary;
pub mod change;
pub mod change_log;
pub mod date_precision;
pub mod event;
pub mod event_host;
pub mod event_private;
pub mod event_topic;
pub mod external_ref;
pub mod fundraiser;
pub mod group;
pub mod group_topic;
pub mod image;
pub mod membership;
pub mod node_group;
pub mod node_type;
pub mod organization;
pub mod person;
pub mod person_alias;
pub mod person_link;
pub mod person_private;
pub mod provenance;
pub mod resource;
pub mod room;
pub mod rsvp;
pub mod search_document;
pub mod sponsorship;
pub mod sponsorship_private;
pub mod sponsorship_role;
pub mod table;
pub mod talk;
pub mod talk_proposal;
pub mod talk_speaker;
pub mod talk_topic;
pub mod topic;
pub mod topic_alias;
pub mod venue;
