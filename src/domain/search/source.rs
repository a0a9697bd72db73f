//! The texts of public nodes, of which documents are made: one declaration for each noun that search finds.

use std::collections::{HashMap, HashSet};

use entity::{
    event, group, node_type::NodeType, noun::Noun, organization, person, person_alias, searchable_nouns, talk, topic,
    topic_alias, venue,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Iden, ModelTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    Value, sea_query::Expr,
};
use uuid::Uuid;

use super::{document::SearchDocument, weight::Weight};
use crate::db;

/// The texts of a noun that search finds.
pub trait Texts: Noun {
    /// Their columns. The first one is the title, the second one the longer text, if it has one.
    const TEXTS: &'static [Self::Column];

    /// The title and the longer text of a row.
    fn title_and_text(row: &Self::Model) -> (Option<String>, Option<String>) {
        let text = |place: usize| match row.get(*Self::TEXTS.get(place)?) {
            Value::String(text) => text,
            _ => None,
        };
        (text(0), text(1))
    }
}

/// A noun that search finds.
pub(super) trait Searchable: Texts {
    /// The weight of its nodes.
    const WEIGHT: Weight;

    /// Adds what other rows say about these nodes.
    fn complete(
        _db: &impl ConnectionTrait,
        _nodes: &[Uuid],
        _sources: &mut [Source],
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        std::future::ready(Ok(()))
    }
}

impl Texts for group::Entity {
    const TEXTS: &'static [group::Column] = {
        use group::Column::{City, Country, Description, Name};
        &[Name, Description, City, Country]
    };
}

impl Searchable for group::Entity {
    const WEIGHT: Weight = Weight::Group;
}

impl Texts for event::Entity {
    const TEXTS: &'static [event::Column] = &[event::Column::Name, event::Column::Description];
}

impl Searchable for event::Entity {
    const WEIGHT: Weight = Weight::Common;
}

impl Texts for talk::Entity {
    const TEXTS: &'static [talk::Column] = &[talk::Column::Title, talk::Column::Abstract];
}

impl Searchable for talk::Entity {
    const WEIGHT: Weight = Weight::Common;
}

impl Texts for organization::Entity {
    const TEXTS: &'static [organization::Column] = &[organization::Column::Name];
}

impl Searchable for organization::Entity {
    const WEIGHT: Weight = Weight::Minor;
}

impl Texts for venue::Entity {
    const TEXTS: &'static [venue::Column] = {
        use venue::Column::{Address, City, Country, Name};
        &[Name, Address, City, Country]
    };
}

impl Searchable for venue::Entity {
    const WEIGHT: Weight = Weight::Minor;
}

impl Texts for person::Entity {
    const TEXTS: &'static [person::Column] = &[person::Column::Name, person::Column::Bio];
}

impl Searchable for person::Entity {
    const WEIGHT: Weight = Weight::Person;

    /// People are found under their other names, too.
    async fn complete(db: &impl ConnectionTrait, nodes: &[Uuid], sources: &mut [Source]) -> Result<(), DbErr> {
        let (owner, name) = (person_alias::Column::PersonId, person_alias::Column::Name);
        name_also(sources, other_names(db, person_alias::Entity::find(), owner, name, nodes).await?);
        Ok(())
    }
}

impl Texts for topic::Entity {
    const TEXTS: &'static [topic::Column] = &[topic::Column::Name, topic::Column::Description];
}

impl Searchable for topic::Entity {
    const WEIGHT: Weight = Weight::Common;

    /// Topics are found under their other names and under those of the topics that they replace.
    async fn complete(db: &impl ConnectionTrait, nodes: &[Uuid], sources: &mut [Source]) -> Result<(), DbErr> {
        use topic::Column::{CanonicalId, Id, Name};
        let (owner, name) = (topic_alias::Column::TopicId, topic_alias::Column::Name);
        name_also(sources, other_names(db, topic_alias::Entity::find(), owner, name, nodes).await?);
        name_also(sources, other_names(db, topic::Entity::find(), CanonicalId, Name, nodes).await?);
        let replaced = topic::Entity::find().filter(is_any(db, Id, nodes)).filter(CanonicalId.is_not_null());
        let replaced: HashSet<Uuid> = keys(db, replaced, Id).await?.into_iter().collect();
        for topic in sources.iter_mut().filter(|topic| replaced.contains(&topic.id)) {
            topic.weight = Weight::Replaced;
        }
        Ok(())
    }
}

/// Makes of the list of nouns what depends on the type of a node.
macro_rules! searchable {
    ($($noun:ident $module:ident $one:literal $by:literal;)*) => {
        /// The types of nodes that can be found. Events come before talks, because a talk is only public with its event.
        pub(super) const SEARCHABLE: &[NodeType] = &[$(NodeType::$noun),*];

        /// The texts of those of these nodes that are public.
        pub(super) async fn sources(
            db: &impl ConnectionTrait,
            node_type: NodeType,
            nodes: &[Uuid],
        ) -> Result<Vec<Source>, DbErr> {
            match node_type {
                $(NodeType::$noun => read::<$module::Entity>(db, nodes).await,)*
                _ => Ok(Vec::new()),
            }
        }
    };
}
searchable_nouns!(searchable);

/// The texts of a public node.
#[derive(Debug)]
pub(super) struct Source {
    pub id: Uuid,
    node_type: NodeType,
    weight: Weight,
    /// Its names. The first one is its title.
    names: Vec<String>,
    body: Vec<String>,
}

impl Source {
    pub fn document(&self) -> SearchDocument {
        SearchDocument::new((self.node_type, self.id), self.weight, &self.names, &self.body)
    }
}

async fn read<E: Searchable>(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<Vec<Source>, DbErr> {
    let rows = E::find().filter(E::current()).filter(is_any(db, E::ID, nodes));
    let rows = rows.select_only().column(E::ID).columns(E::TEXTS.iter().copied());
    let rows = db.query_all(&QueryTrait::into_query(rows)).await?;
    let source = |row: sea_orm::QueryResult| {
        let texts = E::TEXTS.iter().map(|column| row.try_get::<Option<String>>("", column.unquoted()));
        let mut texts = texts.collect::<Result<Vec<_>, _>>()?;
        let body = texts.split_off(1);
        Ok(Source {
            id: row.try_get("", E::ID.unquoted())?,
            node_type: E::TYPE,
            weight: E::WEIGHT,
            names: texts.into_iter().flatten().collect(),
            body: body.into_iter().flatten().collect(),
        })
    };
    let mut sources = rows.into_iter().map(source).collect::<Result<Vec<_>, DbErr>>()?;
    E::complete(db, nodes, &mut sources).await?;
    Ok(sources)
}

/// Other names of these nodes, always in the same order.
async fn other_names<E: EntityTrait>(
    db: &impl ConnectionTrait,
    names: Select<E>,
    owner: E::Column,
    name: E::Column,
    nodes: &[Uuid],
) -> Result<Vec<(Uuid, String)>, DbErr> {
    let rows = names.select_only().columns([owner, name]).filter(is_any(db, owner, nodes));
    let mut names: Vec<(Uuid, String)> = rows.into_tuple().all(db).await?;
    names.sort();
    Ok(names)
}

fn name_also(sources: &mut [Source], names: Vec<(Uuid, String)>) {
    let mut by_owner: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (owner, name) in names {
        by_owner.entry(owner).or_default().push(name);
    }
    for source in sources {
        source.names.extend(by_owner.remove(&source.id).unwrap_or_default());
    }
}

/// The keys in a column of these rows.
pub(super) async fn keys<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    key: E::Column,
) -> Result<Vec<Uuid>, DbErr> {
    rows.select_only().column(key).into_tuple().all(db).await
}

pub(super) fn is_any<C: ColumnTrait>(db: &impl ConnectionTrait, column: C, keys: &[Uuid]) -> Expr {
    db::keys::is_any(db.get_database_backend(), Expr::col(column.as_column_ref()), keys)
}
