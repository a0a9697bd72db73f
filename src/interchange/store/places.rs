//! Organizations, venues and topics.

use std::collections::{HashMap, HashSet};

use entity::{node_type::NodeType, organization, provenance, room, topic, topic_alias, venue};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted, owners},
    matching::in_city,
};
use crate::{
    domain::{
        parts::{Others, Owners},
        text::fold,
        topic as topic_rules,
    },
    error::Result,
    interchange::record::{Organization, Provenance, Topic, Venue},
};

impl Kind for Organization {
    const TYPE: NodeType = NodeType::Organization;
    type Table = organization::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
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

    async fn matches(run: &mut Run<'_>, records: &[(usize, &Self)]) -> Result<HashMap<usize, Uuid>> {
        let names: Vec<String> = records.iter().map(|(_, record)| fold(&record.name)).collect();
        let carriers = run.organizations_named(&names).await?;
        run.matched(records, |record| vec![fold(&record.name)], &carriers).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        run.replace_provenance(Self::TYPE, &owners(plans), sources).await
    }
}

impl Run<'_> {
    /// Writes where the facts of these nodes come from.
    pub(super) async fn replace_provenance<'r>(
        &self,
        node_type: NodeType,
        owners: &Owners,
        sources: impl Iterator<Item = (Uuid, &'r [Provenance])>,
    ) -> Result<HashSet<Uuid>> {
        let rows = sources.flat_map(|(node, sources)| sources.iter().map(move |source| (node, source)));
        let rows = rows.map(|(node, source)| {
            let row = provenance::ActiveModel {
                node_type: Set(node_type),
                node_id: Set(node),
                field: Set(source.field.clone()),
                source: Set(source.source.clone()),
                kind: Set(source.kind),
                confidence: Set(source.confidence),
                note: Set(source.note.clone()),
                ..Default::default()
            };
            (node, row)
        });
        let rows = rows.collect();
        self.tx.set_parts::<provenance::Entity>(provenance::Column::NodeId, owners, rows, Others::Go).await
    }
}

impl Run<'_> {
    /// The topic for which this one is another word. Two records may be known as one topic, by their names. Then it does
    /// not stand for itself.
    fn canonical(&mut self, record: &Topic) -> Result<Option<Uuid>> {
        let at = Place { node_type: Topic::TYPE, key: &record.key, field: "canonical" };
        let canonical = self.node_or_none(Topic::TYPE, record.canonical.as_deref(), &at)?;
        let known = self.known.get(&Topic::TYPE).and_then(|known| known.get(&record.key));
        let Some(why) = topic_rules::refusal(known.map(|known| &known.node), canonical.as_ref()) else {
            return Ok(canonical);
        };
        self.note(Topic::TYPE, &record.key, &format!("canonical is left out: {why}"));
        Ok(None)
    }
}

impl Kind for Venue {
    const TYPE: NodeType = NodeType::Venue;
    type Table = venue::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Organization, &self.organization);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<venue::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (latitude, longitude) = run.coordinates(&at("coordinates"), self.latitude, self.longitude);
        let host = self.organization.as_deref();
        Ok(venue::ActiveModel {
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

    async fn matches(run: &mut Run<'_>, records: &[(usize, &Self)]) -> Result<HashMap<usize, Uuid>> {
        let names: Vec<String> = records.iter().map(|(_, record)| fold(&record.name)).collect();
        let carriers = run.venues_named(&names).await?;
        let name = |record: &Self| vec![in_city(&fold(&record.name), record.city.as_deref())];
        run.matched(records, name, &carriers).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let mut rows = Vec::new();
        for Plan { record, node, .. } in plans {
            let at = Place { node_type: Self::TYPE, key: &record.key, field: "rooms" };
            for (position, room) in (0..).zip(&record.rooms) {
                let row = room::ActiveModel {
                    venue_id: Set(*node),
                    position: Set(position),
                    name: Set(room.name.clone()),
                    capacity: Set(run.count(&at, room.capacity)),
                    ..Default::default()
                };
                rows.push((*node, row));
            }
        }
        let mut changed = run.tx.set_parts::<room::Entity>(room::Column::VenueId, &owners, rows, Others::Go).await?;
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

impl Kind for Topic {
    const TYPE: NodeType = NodeType::Topic;
    type Table = topic::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn check(&self) -> Result<(), String> {
        topic_rules::refusal(Some(&self.key), self.canonical.as_ref()).map_or(Ok(()), |why| Err(why.into()))
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Topic, &self.canonical);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<topic::ActiveModel> {
        Ok(topic::ActiveModel {
            name: Set(self.name.clone()),
            description: Set(text(self.description.as_deref())),
            canonical_id: Set(run.canonical(self)?),
            ..Default::default()
        })
    }

    async fn matches(run: &mut Run<'_>, records: &[(usize, &Self)]) -> Result<HashMap<usize, Uuid>> {
        let names: Vec<String> = records.iter().map(|(_, record)| fold(&record.name)).collect();
        let carriers = run.topics_named(&names).await?;
        run.matched(records, |record| vec![fold(&record.name)], &carriers).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let folded = plans.iter().flat_map(|plan| plan.record.aliases.iter().map(|alias| fold(alias)));
        // A word can name only one topic. The first topic keeps it.
        let folded: Vec<String> = folded.collect();
        let mut taken = run.topics_named(&folded).await?;
        let mut rows = Vec::new();
        for Plan { record, node, .. } in plans {
            for alias in &record.aliases {
                let carriers = taken.entry(fold(alias)).or_default();
                if carriers.iter().any(|carrier| carrier != node) {
                    run.note(Self::TYPE, &record.key, &format!("“{alias}” already stands for another topic"));
                    continue;
                }
                carriers.insert(*node);
                let row = topic_alias::ActiveModel {
                    topic_id: Set(*node),
                    name: Set(alias.clone()),
                    match_name: Set(fold(alias)),
                    ..Default::default()
                };
                rows.push((*node, row));
            }
        }
        let owners = owners(plans);
        let owner = topic_alias::Column::TopicId;
        let mut changed = run.tx.set_parts::<topic_alias::Entity>(owner, &owners, rows, Others::Stay).await?;
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}
