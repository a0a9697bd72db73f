//! Organizations, venues and topics.

use std::collections::HashMap;

use entity::{node_type::NodeType, organization, provenance, room, topic as topics, topic_alias, venue as venues};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Carriers, Kind, Plan, Wanted},
    matching::in_city,
};
use crate::{
    domain::{sources::PROVENANCE, text::fold, topic, venue},
    error::Result,
    interchange::record::{Batch, Organization, Provenance, Topic, Venue},
};

impl Kind for Organization {
    const TYPE: NodeType = NodeType::Organization;
    type Table = organization::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.organizations
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn references<'r>(&'r self, _wanted: &mut Wanted<'r>) {}

    fn row(&self, run: &mut Run<'_>) -> Result<organization::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        Ok(organization::ActiveModel {
            name: Set(self.name.clone()),
            website: Set(run.url(&at("website"), self.website.as_deref())),
            logo_id: Set(run.image(&at("logo"), self.logo.as_ref())),
            ..Default::default()
        })
    }

    fn names(&self) -> Vec<String> {
        vec![fold(&self.name)]
    }

    async fn carriers(run: &Run<'_>, names: &[String]) -> Result<Carriers> {
        run.organizations_named(names).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.provenance(plans, |organization| &organization.provenance).await
    }
}

impl Run<'_> {
    /// Writes where the facts of these nodes come from.
    pub(super) async fn provenance<K: Kind>(
        &mut self,
        plans: &[Plan<'_, K>],
        sources: impl Fn(&K) -> &[Provenance],
    ) -> Result<()> {
        self.parts(plans, &PROVENANCE, |_, record, node| {
            let rows = sources(record).iter().map(|source| provenance::ActiveModel {
                node_type: Set(K::TYPE),
                node_id: Set(node),
                field: Set(source.field.clone()),
                source: Set(source.source.clone()),
                kind: Set(source.kind),
                confidence: Set(source.confidence),
                note: Set(source.note.clone()),
                ..Default::default()
            });
            Ok(rows.collect())
        })
        .await
    }
}

impl Run<'_> {
    /// The topic for which this one is another word. Two records may be known as one topic, by their names. Then it does
    /// not stand for itself.
    fn canonical(&mut self, record: &Topic) -> Result<Option<Uuid>> {
        let at = Place { node_type: Topic::TYPE, key: &record.key, field: "canonical" };
        let canonical = self.node_or_none(Topic::TYPE, record.canonical.as_deref(), &at)?;
        let known = self.known.get(&Topic::TYPE).and_then(|known| known.get(&record.key));
        let Some(why) = topic::refusal(known.map(|known| &known.node), canonical.as_ref()) else {
            return Ok(canonical);
        };
        self.note(Topic::TYPE, &record.key, &format!("canonical is left out: {why}"));
        Ok(None)
    }
}

impl Kind for Venue {
    const TYPE: NodeType = NodeType::Venue;
    type Table = venues::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.venues
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Organization, &self.organization);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<venues::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (latitude, longitude) = run.coordinates(&at("coordinates"), self.latitude, self.longitude);
        let host = self.organization.as_deref();
        Ok(venues::ActiveModel {
            name: Set(self.name.clone()),
            address: Set(text(self.address.as_deref())),
            city: Set(text(self.city.as_deref())),
            country: Set(run.country(&at("country"), self.country.as_deref())),
            latitude: Set(latitude),
            longitude: Set(longitude),
            capacity: Set(run.count(&at("capacity"), self.capacity)),
            accessibility: Set(text(self.accessibility.as_deref())),
            organization_id: Set(run.node_or_none(NodeType::Organization, host, &at("organization"))?),
            ..Default::default()
        })
    }

    fn names(&self) -> Vec<String> {
        vec![in_city(&fold(&self.name), self.city.as_deref())]
    }

    async fn carriers(run: &Run<'_>, names: &[String]) -> Result<Carriers> {
        run.venues_named(names).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.parts(plans, &venue::ROOMS, |run, venue, node| Ok(rooms_of(run, venue, node))).await?;
        run.provenance(plans, |venue| &venue.provenance).await
    }
}

fn rooms_of(run: &mut Run<'_>, venue: &Venue, node: Uuid) -> Vec<room::ActiveModel> {
    let at = Place { node_type: NodeType::Venue, key: &venue.key, field: "rooms" };
    let rows = (0..).zip(&venue.rooms).map(|(position, room)| room::ActiveModel {
        venue_id: Set(node),
        position: Set(position),
        name: Set(room.name.clone()),
        capacity: Set(run.count(&at, room.capacity)),
        ..Default::default()
    });
    rows.collect()
}

impl Kind for Topic {
    const TYPE: NodeType = NodeType::Topic;
    type Table = topics::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.topics
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn check(&self) -> Result<(), String> {
        topic::refusal(Some(&self.key), self.canonical.as_ref()).map_or(Ok(()), |why| Err(why.into()))
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Topic, &self.canonical);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<topics::ActiveModel> {
        Ok(topics::ActiveModel {
            name: Set(self.name.clone()),
            description: Set(text(self.description.as_deref())),
            canonical_id: Set(run.canonical(self)?),
            ..Default::default()
        })
    }

    fn names(&self) -> Vec<String> {
        vec![fold(&self.name)]
    }

    fn carried(&self) -> Vec<String> {
        std::iter::once(&self.name).chain(&self.aliases).map(|name| fold(name)).collect()
    }

    async fn carriers(run: &Run<'_>, names: &[String]) -> Result<Carriers> {
        run.topics_named(names).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        let aliases = aliases_of(run, plans).await?;
        run.parts(plans, &topic::ALIASES, |_, topic, node| {
            let free = topic.aliases.iter().filter(|alias| aliases.get(&fold(alias)) == Some(&node));
            let rows = free.map(|alias| topic_alias::ActiveModel {
                topic_id: Set(node),
                name: Set(alias.clone()),
                match_name: Set(fold(alias)),
                ..Default::default()
            });
            Ok(rows.collect())
        })
        .await?;
        run.provenance(plans, |topic| &topic.provenance).await
    }
}

/// Which topic each alias stands for. A word can name only one topic. The first topic keeps it.
async fn aliases_of(run: &mut Run<'_>, plans: &[Plan<'_, Topic>]) -> Result<HashMap<String, Uuid>> {
    let folded: Vec<String> =
        plans.iter().flat_map(|plan| plan.record.aliases.iter().map(|alias| fold(alias))).collect();
    let taken = run.topics_named(&folded).await?;
    let mut owners: HashMap<String, Uuid> = HashMap::new();
    for Plan { record, node, .. } in plans {
        for alias in &record.aliases {
            let word = fold(alias);
            let is_taken = taken.get(&word).is_some_and(|carriers| carriers.iter().any(|carrier| carrier != node));
            if is_taken || *owners.entry(word).or_insert(*node) != *node {
                run.note(NodeType::Topic, &record.key, &format!("“{alias}” already stands for another topic"));
            }
        }
    }
    owners.retain(|word, node| taken.get(word).is_none_or(|carriers| carriers.iter().all(|carrier| carrier == node)));
    Ok(owners)
}
