//! The tables as `SeaORM` entities. Each table has a file, named by the singular noun. Entities describe the schema as
//! it is now. The `migration` crate has its history.
//!
//! Rules for all tables: instants are UTC. A column is null when the fact is not known. A text column with a check
//! constraint is an enum here. A rule of visibility is a function `is_…` beside its entity, which names columns
//! together with their table. The entity's scope of the same name selects by it: [`event::is_published`] and
//! `event::Entity::published`.

pub mod affiliation;
pub mod agenda_item;
pub mod attendance_summary;
pub mod audit;
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
pub mod import;
mod instant;
pub mod membership;
pub mod node_group;
pub mod node_type;
pub mod noun;
pub mod organization;
pub mod person;
pub mod person_alias;
pub mod person_link;
pub mod person_private;
pub mod provenance;
mod relation;
pub mod resource;
pub mod room;
pub mod rsvp;
pub mod search_document;
pub mod search_format;
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

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use sea_orm::{ActiveEnum, Iterable};
    use serde::{
        Deserialize,
        de::value::{Error, StrDeserializer},
    };

    /// Rows of SQLite are read by serde, rows of PostgreSQL by `SeaORM`.
    fn is_read_alike<E>()
    where
        E: ActiveEnum<Value = String> + Iterable + for<'de> Deserialize<'de> + Debug + PartialEq,
    {
        for value in E::iter() {
            let word = value.to_value();
            let read = E::deserialize(StrDeserializer::<Error>::new(&word));
            assert_eq!(read.as_ref(), Ok(&value), "{word}");
        }
    }

    #[test]
    fn enums_have_the_same_words_for_serde_and_the_database() {
        is_read_alike::<super::agenda_item::AgendaItemKind>();
        is_read_alike::<super::date_precision::DatePrecision>();
        is_read_alike::<super::event::EventKind>();
        is_read_alike::<super::event::Publication>();
        is_read_alike::<super::event::EventStatus>();
        is_read_alike::<super::event::EventDatePrecision>();
        is_read_alike::<super::event::AttendanceMode>();
        is_read_alike::<super::event_host::HostRole>();
        is_read_alike::<super::group::GroupStatus>();
        is_read_alike::<super::membership::MembershipRole>();
        is_read_alike::<super::node_type::NodeType>();
        is_read_alike::<super::provenance::ProvenanceKind>();
        is_read_alike::<super::provenance::Confidence>();
        is_read_alike::<super::resource::ResourceKind>();
        is_read_alike::<super::sponsorship::SponsorshipStatus>();
        is_read_alike::<super::sponsorship_role::SponsorshipRole>();
        is_read_alike::<super::talk::TalkFormat>();
        is_read_alike::<super::talk::TalkStatus>();
        is_read_alike::<super::talk_speaker::SpeakerRole>();
    }
}
