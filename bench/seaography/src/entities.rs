//! The tables that visitors may read. Written by `entities.py` from the database; not to be edited.

pub mod event_hosts {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "event_hosts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub group_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub role: String,
        pub position: i32,
        pub starts_at: Option<DateTimeWithTimeZone>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::events::Entity", from = "Column::EventId", to = "super::events::Column::Id")]
        Events,
        #[sea_orm(belongs_to = "super::groups::Entity", from = "Column::GroupId", to = "super::groups::Column::Id")]
        Groups,
    }
    impl Related<super::events::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Events.def()
        }
    }
    impl Related<super::groups::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Groups.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::events::Entity")]
        Events,
        #[sea_orm(entity = "super::groups::Entity")]
        Groups,
    }
}

pub mod events {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: DateTimeWithTimeZone,
        pub updated_at: DateTimeWithTimeZone,
        pub version: i32,
        #[sea_orm(column_type = "Text")]
        pub slug: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub sort_name: String,
        #[sea_orm(column_type = "Text")]
        pub description: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub website: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub publication: String,
        #[sea_orm(column_type = "Text")]
        pub status: String,
        pub starts_at: Option<DateTimeWithTimeZone>,
        pub ends_at: Option<DateTimeWithTimeZone>,
        pub starts_on: Option<Date>,
        pub over_at: Option<DateTimeWithTimeZone>,
        #[sea_orm(column_type = "Text")]
        pub time_zone: String,
        #[sea_orm(column_type = "Text")]
        pub date_precision: String,
        pub cancelled_at: Option<DateTimeWithTimeZone>,
        #[sea_orm(column_type = "Text")]
        pub public_cancellation_reason: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub attendance_mode: String,
        pub venue_id: Option<Uuid>,
        pub capacity_offline: Option<i32>,
        pub capacity_online: Option<i32>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::venues::Entity", from = "Column::VenueId", to = "super::venues::Column::Id")]
        Venues,
        #[sea_orm(has_many = "super::event_hosts::Entity")]
        EventHosts,
        #[sea_orm(has_many = "super::talks::Entity")]
        Talks,
    }
    impl Related<super::venues::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Venues.def()
        }
    }
    impl Related<super::event_hosts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::EventHosts.def()
        }
    }
    impl Related<super::talks::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Talks.def()
        }
    }
    impl Related<super::groups::Entity> for Entity {
        fn to() -> RelationDef {
            super::event_hosts::Relation::Groups.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::event_hosts::Relation::Events.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::venues::Entity")]
        Venues,
        #[sea_orm(entity = "super::event_hosts::Entity")]
        EventHosts,
        #[sea_orm(entity = "super::talks::Entity")]
        Talks,
        #[sea_orm(entity = "super::groups::Entity")]
        Groups,
    }
}

pub mod groups {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "groups")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: DateTimeWithTimeZone,
        pub updated_at: DateTimeWithTimeZone,
        pub version: i32,
        #[sea_orm(column_type = "Text")]
        pub slug: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub sort_name: String,
        #[sea_orm(column_type = "Text")]
        pub description: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub website: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub time_zone: String,
        pub founded_on: Option<Date>,
        #[sea_orm(column_type = "Text")]
        pub founded_on_precision: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub city: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub country: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub status: String,
        pub member_count: Option<i32>,
        pub member_count_on: Option<Date>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::event_hosts::Entity")]
        EventHosts,
        #[sea_orm(has_many = "super::talks::Entity")]
        Talks,
    }
    impl Related<super::event_hosts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::EventHosts.def()
        }
    }
    impl Related<super::talks::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Talks.def()
        }
    }
    impl Related<super::events::Entity> for Entity {
        fn to() -> RelationDef {
            super::event_hosts::Relation::Events.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::event_hosts::Relation::Groups.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::event_hosts::Entity")]
        EventHosts,
        #[sea_orm(entity = "super::talks::Entity")]
        Talks,
        #[sea_orm(entity = "super::events::Entity")]
        Events,
    }
}

pub mod people {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "people")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: DateTimeWithTimeZone,
        pub updated_at: DateTimeWithTimeZone,
        pub version: i32,
        #[sea_orm(column_type = "Text")]
        pub slug: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub sort_name: String,
        #[sea_orm(column_type = "Text")]
        pub bio: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub pronouns: Option<String>,
        pub avatar_id: Option<Uuid>,
        pub merged_into_id: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::talk_speakers::Entity")]
        TalkSpeakers,
    }
    impl Related<super::talk_speakers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::TalkSpeakers.def()
        }
    }
    impl Related<super::talks::Entity> for Entity {
        fn to() -> RelationDef {
            super::talk_speakers::Relation::Talks.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::talk_speakers::Relation::People.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::talk_speakers::Entity")]
        TalkSpeakers,
        #[sea_orm(entity = "super::talks::Entity")]
        Talks,
    }
}

pub mod talk_speakers {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "talk_speakers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub talk_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        pub position: i32,
        #[sea_orm(column_type = "Text")]
        pub role: String,
        #[sea_orm(column_type = "Text")]
        pub affiliation: Option<String>,
        pub remote: bool,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::talks::Entity", from = "Column::TalkId", to = "super::talks::Column::Id")]
        Talks,
        #[sea_orm(belongs_to = "super::people::Entity", from = "Column::PersonId", to = "super::people::Column::Id")]
        People,
    }
    impl Related<super::talks::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Talks.def()
        }
    }
    impl Related<super::people::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::People.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::talks::Entity")]
        Talks,
        #[sea_orm(entity = "super::people::Entity")]
        People,
    }
}

pub mod talks {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "talks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: DateTimeWithTimeZone,
        pub updated_at: DateTimeWithTimeZone,
        pub version: i32,
        #[sea_orm(column_type = "Text")]
        pub slug: String,
        #[sea_orm(column_type = "Text")]
        pub title: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub sort_title: String,
        #[sea_orm(column_type = "Text")]
        pub r#abstract: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub format: String,
        #[sea_orm(column_type = "Text")]
        pub language: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub status: String,
        pub group_id: Option<Uuid>,
        pub event_id: Option<Uuid>,
        pub position: i32,
        pub held_on: Option<Date>,
        pub original_talk_id: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::groups::Entity", from = "Column::GroupId", to = "super::groups::Column::Id")]
        Groups,
        #[sea_orm(belongs_to = "super::events::Entity", from = "Column::EventId", to = "super::events::Column::Id")]
        Events,
        #[sea_orm(has_many = "super::talk_speakers::Entity")]
        TalkSpeakers,
    }
    impl Related<super::groups::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Groups.def()
        }
    }
    impl Related<super::events::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Events.def()
        }
    }
    impl Related<super::talk_speakers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::TalkSpeakers.def()
        }
    }
    impl Related<super::people::Entity> for Entity {
        fn to() -> RelationDef {
            super::talk_speakers::Relation::People.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::talk_speakers::Relation::Talks.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::groups::Entity")]
        Groups,
        #[sea_orm(entity = "super::events::Entity")]
        Events,
        #[sea_orm(entity = "super::talk_speakers::Entity")]
        TalkSpeakers,
        #[sea_orm(entity = "super::people::Entity")]
        People,
    }
}

pub mod venues {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "venues")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: DateTimeWithTimeZone,
        pub updated_at: DateTimeWithTimeZone,
        pub version: i32,
        #[sea_orm(column_type = "Text")]
        pub slug: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub sort_name: String,
        #[sea_orm(column_type = "Text")]
        pub address: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub city: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub country: Option<String>,
        pub latitude: Option<f64>,
        pub longitude: Option<f64>,
        pub capacity: Option<i32>,
        #[sea_orm(column_type = "Text")]
        pub accessibility: Option<String>,
        pub organization_id: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::events::Entity")]
        Events,
    }
    impl Related<super::events::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Events.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
    pub enum RelatedEntity {
        #[sea_orm(entity = "super::events::Entity")]
        Events,
    }
}
seaography::register_entity_modules!([event_hosts, events, groups, people, talk_speakers, talks, venues]);
