//! People. They are found by key, or by name and other spellings.

use std::collections::HashSet;

use entity::{affiliation, node_type::NodeType, person as table, person_alias, person_link};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Carriers, Kind, Plan, Wanted},
};
use crate::{
    domain::{person, text::fold},
    error::Result,
    interchange::record::{Batch, Person},
};

impl Kind for Person {
    const TYPE: NodeType = NodeType::Person;
    type Table = table::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.people
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
        wanted.add_all(NodeType::Organization, self.affiliations.iter().map(|affiliation| &affiliation.organization));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<table::ActiveModel> {
        let at = Place { node_type: Self::TYPE, key: &self.key, field: "avatar" };
        Ok(table::ActiveModel {
            name: Set(self.name.clone()),
            bio: Set(text(self.bio.as_deref())),
            pronouns: Set(text(self.pronouns.as_deref())),
            avatar_id: Set(run.image(&at, self.avatar.as_ref())),
            ..Default::default()
        })
    }

    fn names(&self) -> Vec<String> {
        std::iter::once(&self.name).chain(&self.aliases).map(|name| fold(name)).collect()
    }

    async fn carriers(run: &Run<'_>, names: &[String]) -> Result<Carriers> {
        run.people_named(names).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        let adopted: Vec<Uuid> = plans.iter().filter(|plan| !plan.is_origin).map(|plan| plan.node).collect();
        let known = run.stored::<table::Entity>(&adopted).await?;
        run.parts(plans, &person::ALIASES, |_, person, node| {
            let name = known.get(&node).map_or(person.name.as_str(), |person| &person.name);
            Ok(aliases_of(person, node, name).collect())
        })
        .await?;
        run.parts(plans, &person::LINKS, |run, person, node| Ok(links_of(run, person, node))).await?;
        run.parts(plans, &person::AFFILIATIONS, affiliations_of).await?;
        run.provenance(plans, |person| &person.provenance).await
    }
}

/// All names of the record but the person's name here, which may be of another source.
fn aliases_of<'a>(
    person: &'a Person,
    node: Uuid,
    name: &'a str,
) -> impl Iterator<Item = person_alias::ActiveModel> + use<'a> {
    let mut seen = HashSet::from([name]);
    let names = std::iter::once(&person.name).chain(&person.aliases);
    names.filter(move |alias| seen.insert(alias)).map(move |alias| person_alias::ActiveModel {
        person_id: Set(node),
        name: Set(alias.clone()),
        match_name: Set(fold(alias)),
        ..Default::default()
    })
}

fn links_of(run: &mut Run<'_>, person: &Person, node: Uuid) -> Vec<person_link::ActiveModel> {
    let at = Place { node_type: NodeType::Person, key: &person.key, field: "links" };
    let links = person.links.iter().filter_map(|link| Some((link.kind.clone(), run.url(&at, Some(&link.url))?)));
    (0..)
        .zip(links)
        .map(|(position, (kind, url))| person_link::ActiveModel {
            person_id: Set(node),
            position: Set(position),
            kind: Set(kind),
            url: Set(url),
            ..Default::default()
        })
        .collect()
}

fn affiliations_of(run: &mut Run<'_>, person: &Person, node: Uuid) -> Result<Vec<affiliation::ActiveModel>> {
    let at = Place { node_type: NodeType::Person, key: &person.key, field: "affiliations" };
    let mut rows = Vec::new();
    for affiliation in &person.affiliations {
        let organization = run.node(NodeType::Organization, &affiliation.organization, &at)?;
        let Some(organization) = organization else { continue };
        let (starts_on, starts_on_precision) = run.partial_date(&at, affiliation.starts_on.as_deref());
        let (ends_on, ends_on_precision) = run.partial_date(&at, affiliation.ends_on.as_deref());
        let row = affiliation::ActiveModel {
            person_id: Set(node),
            organization_id: Set(organization),
            title: Set(text(affiliation.title.as_deref())),
            starts_on: Set(starts_on),
            starts_on_precision: Set(starts_on_precision),
            ends_on: Set(ends_on),
            ends_on_precision: Set(ends_on_precision),
            ..Default::default()
        };
        rows.push(row);
    }
    Ok(rows)
}
