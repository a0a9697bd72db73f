//! The types of the API, one noun a file. Nouns may name one another.

pub mod affiliation;
pub mod agenda_item;
pub mod attendance_summary;
pub mod event;
pub mod event_host;
pub mod external_ref;
pub mod fundraiser;
pub mod group;
pub mod group_year;
pub mod image;
pub mod membership;
pub mod node;
pub mod object;
pub mod organization;
pub mod person;
pub mod provenance;
pub mod rate_limit;
pub mod resource;
pub mod search;
pub mod sponsorship;
pub mod talk;
pub mod talk_speaker;
pub mod topic;
pub mod venue;
