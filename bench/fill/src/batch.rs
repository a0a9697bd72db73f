//! Rows that are written in one transaction.

use entity::{
    event, event_host, event_topic, group, image, membership, node_type::NodeType, organization, person, resource,
    sponsorship, talk, talk_speaker, talk_topic, topic, venue,
};
use folkmoot::{domain::write::Tx, error::Result};
use sea_orm::{EntityTrait, IntoActiveModel, ModelTrait};

/// Rows of one statement. Their parameters are far fewer than either database allows.
const ROWS: usize = 500;

/// Rows of all tables.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub images: Vec<image::Model>,
    pub organizations: Vec<organization::Model>,
    pub venues: Vec<venue::Model>,
    pub topics: Vec<topic::Model>,
    pub people: Vec<person::Model>,
    pub groups: Vec<group::Model>,
    pub memberships: Vec<membership::Model>,
    pub events: Vec<event::Model>,
    pub event_hosts: Vec<event_host::Model>,
    pub event_topics: Vec<event_topic::Model>,
    pub talks: Vec<talk::Model>,
    pub talk_speakers: Vec<talk_speaker::Model>,
    pub talk_topics: Vec<talk_topic::Model>,
    pub resources: Vec<resource::Model>,
    pub sponsorships: Vec<sponsorship::Model>,
}

impl Batch {
    /// Writes the rows in an order in which no row refers to a later one, and notes the nodes among them. As after any
    /// other write, the commit brings them into the search and the change log.
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        macro_rules! nodes {
            ($($rows:ident: $node_type:ident),*) => {$(
                insert(tx, &self.$rows).await?;
                self.$rows.iter().for_each(|row| tx.upserted(NodeType::$node_type, row.id));
            )*};
        }
        insert(tx, &self.images).await?;
        nodes!(organizations: Organization, venues: Venue, topics: Topic, people: Person, groups: Group);
        nodes!(memberships: Membership, events: Event, talks: Talk);
        insert(tx, &self.event_hosts).await?;
        insert(tx, &self.event_topics).await?;
        insert(tx, &self.talk_speakers).await?;
        insert(tx, &self.talk_topics).await?;
        nodes!(resources: Resource, sponsorships: Sponsorship);
        Ok(())
    }
}

async fn insert<M>(tx: &Tx, rows: &[M]) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
{
    for rows in rows.chunks(ROWS) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        M::Entity::insert_many(rows).exec_without_returning(tx.past_the_rules()).await?;
    }
    Ok(())
}
