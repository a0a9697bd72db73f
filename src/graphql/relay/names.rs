//! The nodes that filters name. A filter that names a node which does not exist is an error. For a mistyped slug, an
//! empty list would look as if the node existed and had no items.
//!
//! A filter notes its names while it becomes a condition. The list is read by that condition, which finds the keys
//! itself. At the same time the names are looked up, all of a noun in one statement a level of the request. So names do
//! not delay a list, and a filter without names needs no statement.
//!
//! A node that is not public is unknown, like one that never existed.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use async_graphql::{Context, ID, dataloader::Loader};
use entity::{node_type::NodeType, noun::SlugNoun};
use futures_util::future::{BoxFuture, join_all};
use sea_orm::{IdenStatic, sea_query::Expr};
use uuid::Uuid;

use super::node::{self, ById, BySlug, NodeEntity, NodeRef};
use crate::{
    db::Db,
    domain::{search, text},
    error::{Code, Error, Result},
    graphql::{context::ContextExt, loader::RequestLoaders, meter::SEARCH},
};

/// No slug is longer than this, in letters, and an error repeats no more of a text.
const LONGEST_SLUG: usize = 80;
/// How many nodes with a name like the text are compared by their slugs.
const CANDIDATES: usize = 10;
/// For how many unknown slugs of a batch a similar one is looked for: each takes a small search.
const MOST_HINTS: usize = 3;

/// The nodes that a filter names.
#[derive(Default)]
pub struct Names(Vec<Named>);

/// A node that a filter names, and how nodes of its type are looked up.
struct Named {
    name: NodeRef,
    node_type: NodeType,
    is_known: fn(Arc<RequestLoaders>, NodeRef) -> BoxFuture<'static, Result<bool>>,
    slugs: Slugs,
}

/// The slugs of public nodes of a type.
type Slugs = for<'a> fn(&'a Db, &'a [Uuid]) -> BoxFuture<'a, Result<Vec<String>>>;

impl Names {
    /// The key of the node that a filter's argument names, as an expression.
    pub fn key<E: NodeEntity + SlugNoun>(&mut self, argument: Option<&ID>) -> Result<Option<Expr>> {
        let Some(text) = argument else { return Ok(None) };
        let name = NodeRef::parse::<E>(text)?;
        self.0.push(Named {
            name: name.clone(),
            node_type: E::TYPE,
            is_known: |loaders, name| Box::pin(is_known::<E>(loaders, name)),
            slugs: |db, ids| Box::pin(slugs_of::<E>(db, ids)),
        });
        Ok(Some(name.key::<E>()))
    }

    /// An error if there is no public node of one of these names.
    pub async fn check(self, ctx: &Context<'_>) -> Result<()> {
        let loaders = &ctx.request().loaders;
        let look_up = |named: &Named| (named.is_known)(loaders.clone(), named.name.clone());
        let known = join_all(self.0.iter().map(look_up)).await;
        for (named, known) in self.0.iter().zip(known) {
            if !known? {
                return Err(named.unknown(ctx).await);
            }
        }
        Ok(())
    }
}

async fn is_known<E: NodeEntity + SlugNoun>(loaders: Arc<RequestLoaders>, name: NodeRef) -> Result<bool> {
    let columns = node::columns_of::<E>(&[]);
    let found = match name {
        NodeRef::Id(key) => loaders.load(ById::<E>::new(key, columns)).await?,
        NodeRef::Slug(slug) => loaders.load(BySlug::<E>::new(slug, columns)).await?,
    };
    Ok(found.is_some())
}

impl Named {
    async fn unknown(&self, ctx: &Context<'_>) -> Error {
        let NodeRef::Slug(slug) = &self.name else { return unknown_id(self.node_type) };
        let noun = self.node_type.name().to_lowercase();
        let shown: String = slug.chars().take(LONGEST_SLUG).collect();
        let hint = match self.nearest(ctx, slug).await {
            Some(nearest) => format!("Did you mean `{nearest}`?"),
            None => "Look for it with `search`.".to_owned(),
        };
        Error::invalid(Code::UnknownName, format!("There is no {noun} `{shown}`. {hint}"))
    }

    /// The slug that was probably meant. Any client can list public slugs. So they are suggested even if `suggestions`
    /// is off, unlike names of the schema.
    async fn nearest(&self, ctx: &Context<'_>, slug: &str) -> Option<String> {
        if slug.len() > LONGEST_SLUG {
            return None;
        }
        ctx.request().meter.points(SEARCH);
        // A failure loses only the hint, and was logged.
        ctx.load(Nearest { node_type: self.node_type, slug: slug.to_owned(), slugs: self.slugs }).await.ok().flatten()
    }
}

/// Loads the slug of the public node of this type that looks most like this one.
#[derive(Clone)]
struct Nearest {
    node_type: NodeType,
    slug: String,
    /// Follows from the type.
    slugs: Slugs,
}

impl PartialEq for Nearest {
    fn eq(&self, other: &Self) -> bool {
        self.node_type == other.node_type && self.slug == other.slug
    }
}

impl Eq for Nearest {}

impl Hash for Nearest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.node_type.name(), &self.slug).hash(state);
    }
}

impl Loader<Nearest> for Db {
    type Value = String;
    type Error = Error;

    async fn load(&self, keys: &[Nearest]) -> Result<HashMap<Nearest, String>> {
        let mut keys: Vec<&Nearest> = keys.iter().collect();
        keys.sort_unstable_by_key(|key| &key.slug);
        let mut found = HashMap::new();
        for key in keys.into_iter().take(MOST_HINTS) {
            if let Some(slug) = nearest(self, key).await? {
                found.insert(key.clone(), slug);
            }
        }
        Ok(found)
    }
}

async fn nearest(db: &Db, Nearest { node_type, slug, slugs }: &Nearest) -> Result<Option<String>> {
    let similar = search::similar(db.reads(), slug, *node_type, CANDIDATES).await?;
    if similar.is_empty() {
        return Ok(None);
    }
    let slugs = slugs(db, &similar).await?;
    let near = slugs.into_iter().filter_map(|known| Some((text::mistakes(&known, slug)?, known)));
    Ok(near.min().map(|(_, known)| known))
}

async fn slugs_of<E: NodeEntity + SlugNoun>(db: &Db, ids: &[Uuid]) -> Result<Vec<String>> {
    let rows = node::read::<E>(db, ids, node::columns_of::<E>(&[E::SLUG.as_str()])).await?;
    Ok(rows.values().map(|row| E::slug(row).to_owned()).collect())
}

/// The error for an id that no public node of this type has.
#[must_use]
pub fn unknown_id(node_type: NodeType) -> Error {
    let noun = node_type.name().to_lowercase();
    Error::invalid(Code::UnknownName, format!("There is no public {noun} with this id."))
}
