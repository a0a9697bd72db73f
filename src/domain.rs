//! Rules and writes: one file for each noun. The domain knows entities, the database and errors. It does not know the
//! API or HTTP.

pub mod audit;
pub mod changes;
pub mod check;
pub mod deletion;
pub mod event;
pub mod fundraiser;
pub mod group;
mod journal;
pub mod membership;
pub mod noun;
pub mod organization;
pub mod partial_date;
pub mod parts;
pub mod person;
pub mod references;
pub mod resource;
pub mod search;
pub mod slug;
pub mod sources;
pub mod sponsorship;
pub mod talk;
pub mod text;
pub mod time_zone;
pub mod topic;
pub mod venue;
pub mod write;
