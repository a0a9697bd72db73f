//! The names in filters. A filter that names a node which is not there is an error: an empty list would look as if there
//! were such a node and nothing of it, which is what a mistyped slug comes to.
//!
//! A filter notes what it names while it becomes a condition. The list is read by that condition, which finds the keys
//! itself; at the same time the names are looked up, all of a noun in one statement a level of the request. So a list that
//! names something waits no longer than its own statement, and one that names nothing asks for nothing.
//!
//! What is not public is unknown, like what was never there.

use std::sync::Arc;

use async_graphql::{Context, ID};
use entity::node_type::NodeType;
use futures_util::future::{BoxFuture, join_all};
use sea_orm::{IdenStatic, sea_query::Expr};
use uuid::Uuid;

use super::{
    context::ContextExt,
    loader::RequestLoaders,
    node::{self, ById, BySlug, Name, SlugEntity},
};
use crate::{
    db::Db,
    domain::search,
    error::{Error, Result},
};

/// No slug is longer than this many letters, and an error repeats no more of a text.
const LONGEST_SLUG: usize = 80;
/// How many nodes with a name like the text are compared by their slugs.
const CANDIDATES: usize = 10;

/// The nodes that a filter names.
#[derive(Default)]
pub struct Names(Vec<Named>);

/// A node that a filter names, and how nodes of its type are looked up.
struct Named {
    name: Name,
    node_type: NodeType,
    is_known: fn(Arc<RequestLoaders>, Name) -> BoxFuture<'static, Result<bool>>,
    slugs: Slugs,
}

/// Reads the slugs of the public nodes of these keys.
type Slugs = fn(&Db, Vec<Uuid>) -> BoxFuture<'_, Result<Vec<String>>>;

impl Names {
    /// The key of the node that a filter's argument names, as an expression.
    pub fn key<E: SlugEntity>(&mut self, argument: Option<&ID>) -> Result<Option<Expr>> {
        let Some(text) = argument else { return Ok(None) };
        let name = Name::parse::<E>(text)?;
        self.0.push(Named {
            name: name.clone(),
            node_type: E::TYPE,
            is_known: |loaders, name| Box::pin(is_known::<E>(loaders, name)),
            slugs: |db, ids| Box::pin(slugs::<E>(db, ids)),
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

async fn is_known<E: SlugEntity>(loaders: Arc<RequestLoaders>, name: Name) -> Result<bool> {
    let columns = node::columns_of::<E>(&[]);
    let found = match name {
        Name::Id(key) => loaders.load(ById::<E>::new(key, columns)).await?,
        Name::Slug(slug) => loaders.load(BySlug::<E>::new(slug, columns)).await?,
    };
    Ok(found.is_some())
}

async fn slugs<E: SlugEntity>(db: &Db, ids: Vec<Uuid>) -> Result<Vec<String>> {
    let rows = node::read::<E>(db, &ids, node::columns_of::<E>(&[E::SLUG.as_str()])).await?;
    Ok(rows.values().map(|row| E::slug(row).to_owned()).collect())
}

impl Named {
    async fn unknown(&self, ctx: &Context<'_>) -> Error {
        let Name::Slug(slug) = &self.name else { return unknown_id(self.node_type) };
        let noun = self.node_type.name().to_lowercase();
        let shown: String = slug.chars().take(LONGEST_SLUG).collect();
        let hint = match self.nearest(ctx, slug).await {
            Some(nearest) => format!("Did you mean `{nearest}`?"),
            None => "Look for it with `search`.".to_owned(),
        };
        Error::invalid("UNKNOWN_NAME", format!("There is no {noun} `{shown}`. {hint}"))
    }

    /// The slug of a public node that looks like this one. Public slugs are data that anybody can list: unlike names of the
    /// schema they are told whatever `suggestions` says.
    async fn nearest(&self, ctx: &Context<'_>, slug: &str) -> Option<String> {
        if slug.len() > LONGEST_SLUG || !ctx.request().may_hint() {
            return None;
        }
        // Without a hint the error is as good as before: whatever is wrong here was logged.
        let similar = search::similar(ctx.db().reads(), slug, self.node_type, CANDIDATES).await.ok()?;
        if similar.is_empty() {
            return None;
        }
        let slugs = (self.slugs)(ctx.db(), similar).await.ok()?;
        let near = slugs.into_iter().map(|known| (strsim::damerau_levenshtein(&known, slug), known)).min();
        near.filter(|(distance, known)| *distance <= known.len().max(slug.len()) / 3).map(|(_, known)| known)
    }
}

/// The error for an id that no public node of this type has.
#[must_use]
pub fn unknown_id(node_type: NodeType) -> Error {
    let noun = node_type.name().to_lowercase();
    Error::invalid("UNKNOWN_NAME", format!("There is no public {noun} with this id."))
}
