//! People. They are found by key, or by name and other spellings.

use std::collections::{HashMap, HashSet};

use entity::{affiliation, node_type::NodeType, person, person_alias, person_link};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Action, Kind, Plan, Wanted, owners},
};
use crate::{
    domain::{parts::Others, text::fold},
    error::Result,
    interchange::record::Person,
};

impl Kind for Person {
    const TYPE: NodeType = NodeType::Person;
    type Table = person::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Organization, self.affiliations.iter().map(|affiliation| &affiliation.organization));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<person::ActiveModel> {
        let at = Place { node_type: Self::TYPE, key: &self.key, field: "avatar" };
        Ok(person::ActiveModel {
            name: Set(self.name.clone()),
            bio: Set(text(self.bio.as_deref())),
            pronouns: Set(text(self.pronouns.as_deref())),
            avatar_id: Set(run.image(&at, self.avatar.as_ref())),
            ..Default::default()
        })
    }

    async fn matches(run: &mut Run<'_>, records: &[(usize, &Self)]) -> Result<HashMap<usize, Uuid>> {
        let names: Vec<String> = records.iter().flat_map(|(_, person)| names(person)).collect();
        let carriers = run.people_named(&names).await?;
        run.matched(records, names_of, &carriers).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let (mut aliases, mut links, mut affiliations) = (Vec::new(), Vec::new(), Vec::new());
        let adopted: Vec<Uuid> =
            plans.iter().filter(|plan| plan.action == Action::Adopt).map(|plan| plan.node).collect();
        let known = run.current::<person::Entity>(&adopted).await?;
        for Plan { record, node, .. } in plans {
            let name = known.get(node).map_or(record.name.as_str(), |person| &person.name);
            aliases.extend(aliases_of(record, *node, name));
            links.extend(links_of(run, record, *node));
            affiliations.extend(affiliations_of(run, record, *node)?);
        }
        let mut changed = run
            .tx
            .set_parts::<person_alias::Entity>(person_alias::Column::PersonId, &owners, aliases, Others::Stay)
            .await?;
        changed.extend(
            run.tx.set_parts::<person_link::Entity>(person_link::Column::PersonId, &owners, links, Others::Go).await?,
        );
        let owner = affiliation::Column::PersonId;
        changed.extend(run.tx.set_parts::<affiliation::Entity>(owner, &owners, affiliations, Others::Go).await?);
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

fn names(person: &Person) -> impl Iterator<Item = String> {
    std::iter::once(&person.name).chain(&person.aliases).map(|name| fold(name))
}

fn names_of(person: &Person) -> Vec<String> {
    names(person).collect()
}

/// All names of the record but the person's name here, which may be of another source.
fn aliases_of<'a>(
    person: &'a Person,
    node: Uuid,
    name: &'a str,
) -> impl Iterator<Item = (Uuid, person_alias::ActiveModel)> + use<'a> {
    let mut seen = HashSet::from([name]);
    let names = std::iter::once(&person.name).chain(&person.aliases);
    names.filter(move |alias| seen.insert(alias)).map(move |alias| {
        let row = person_alias::ActiveModel {
            person_id: Set(node),
            name: Set(alias.clone()),
            match_name: Set(fold(alias)),
            ..Default::default()
        };
        (node, row)
    })
}

fn links_of(run: &mut Run<'_>, person: &Person, node: Uuid) -> Vec<(Uuid, person_link::ActiveModel)> {
    let at = Place { node_type: NodeType::Person, key: &person.key, field: "links" };
    let links = person.links.iter().filter_map(|link| Some((link.kind.clone(), run.url(&at, Some(&link.url))?)));
    (0..)
        .zip(links)
        .map(|(position, (kind, url))| {
            let row = person_link::ActiveModel {
                person_id: Set(node),
                position: Set(position),
                kind: Set(kind),
                url: Set(url),
                ..Default::default()
            };
            (node, row)
        })
        .collect()
}

fn affiliations_of(run: &mut Run<'_>, person: &Person, node: Uuid) -> Result<Vec<(Uuid, affiliation::ActiveModel)>> {
    let at = Place { node_type: NodeType::Person, key: &person.key, field: "affiliations" };
    let mut rows = Vec::new();
    for affiliation in &person.affiliations {
        let (starts_on, starts_on_precision) = run.partial_date(&at, affiliation.starts_on.as_deref());
        let (ends_on, ends_on_precision) = run.partial_date(&at, affiliation.ends_on.as_deref());
        let row = affiliation::ActiveModel {
            person_id: Set(node),
            organization_id: Set(run.node(NodeType::Organization, &affiliation.organization, &at)?),
            title: Set(text(affiliation.title.as_deref())),
            starts_on: Set(starts_on),
            starts_on_precision: Set(starts_on_precision),
            ends_on: Set(ends_on),
            ends_on_precision: Set(ends_on_precision),
            ..Default::default()
        };
        rows.push((node, row));
    }
    Ok(rows)
}
