//! Rules and writes, one noun a file. Knows entities, the database and errors; never the API or HTTP.

pub mod changes;
pub mod event;
pub mod partial_date;
pub mod search;
pub mod slug;
pub mod text;
pub mod write;
