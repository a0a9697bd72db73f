//! Rules of sponsorships.

use entity::{
    sponsorship::{ActiveModel, Column, Entity, Model},
    sponsorship_role,
};

use super::{
    noun::{Noun, value_of},
    parts::{Identity, Parts},
};
use crate::error::{Code, Error, Result};

/// What a sponsorship is for.
pub const ROLES: Parts<sponsorship_role::Entity> = Parts {
    owner: sponsorship_role::Column::SponsorshipId,
    identity: Identity::Columns(&[sponsorship_role::Column::Role]),
    order: None,
    only_added: false,
};

impl Noun for Entity {
    const TOGETHER: &'static [&'static [Column]] = &[
        &[Column::GroupId, Column::EventId],
        &[Column::StartsOn, Column::StartsOnPrecision],
        &[Column::EndsOn, Column::EndsOnPrecision],
    ];

    fn settle(row: &mut ActiveModel, before: Option<&Model>) -> Result<()> {
        let group = value_of(&row.group_id, before.map(|before| &before.group_id)).copied().flatten();
        let event = value_of(&row.event_id, before.map(|before| &before.event_id)).copied().flatten();
        refusal(group.as_ref(), event.as_ref()).map_or(Ok(()), |why| Err(Error::invalid(Code::BadValue, why)))
    }
}

/// Why a sponsorship cannot be of this group and this event. `None` if it can.
#[must_use]
pub fn refusal<T>(group: Option<&T>, event: Option<&T>) -> Option<&'static str> {
    (group.is_some() == event.is_some()).then_some("a sponsorship is of either a group or an event")
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_sponsorship_is_of_a_group_or_of_an_event() {
        let row = |group: Option<u128>, event: Option<u128>| {
            let (group_id, event_id) = (Set(group.map(Uuid::from_u128)), Set(event.map(Uuid::from_u128)));
            Entity::settle(&mut ActiveModel { group_id, event_id, ..Default::default() }, None)
        };
        assert!(row(Some(1), None).is_ok() && row(None, Some(2)).is_ok());
        assert!(row(None, None).is_err() && row(Some(1), Some(2)).is_err());
    }
}
