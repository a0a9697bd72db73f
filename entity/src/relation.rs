//! Which tables the rows of a table belong to. The foreign keys themselves are in the `migration` crate.

use sea_orm::entity::prelude::*;

/// `SeaORM` wants an enum of relations for each table. What belongs to what is said by `belongs_to!`, so it has none.
#[derive(Clone, Copy, Debug, EnumIter)]
pub enum Relation {}

impl RelationTrait for Relation {
    fn def(&self) -> RelationDef {
        match *self {}
    }
}

/// Says whose keys these columns hold: `belongs_to!(talk by TalkId, person by PersonId)`.
macro_rules! belongs_to {
    ($($parent:ident by $column:ident),+) => {
        $(impl sea_orm::Related<super::$parent::Entity> for Entity {
            fn to() -> sea_orm::RelationDef {
                Entity::belongs_to(super::$parent::Entity).from(Column::$column).to(super::$parent::Column::Id).into()
            }
        })+
    };
}
pub(crate) use belongs_to;
