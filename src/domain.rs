//! Rules and writes: one file for each noun. The domain knows entities, the database and errors. It does not know the
//! API or HTTP.

pub mod changes;
pub mod event;
pub mod partial_date;
pub mod search;
pub mod slug;
pub mod text;
pub mod write;
