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
use sea_orm::sea_query::Expr;

use super::{
    context::ContextExt,
    loader::RequestLoaders,
    node::{self, ById, BySlug, Name, SlugEntity},
};
use crate::error::{Error, Result};

/// No slug is longer than this many letters, and an error repeats no more of a text.
const LONGEST_SLUG: usize = 80;

/// The nodes that a filter names.
#[derive(Default)]
pub struct Names(Vec<Named>);

/// A node that a filter names, and how nodes of its type are looked up.
struct Named {
    name: Name,
    node_type: NodeType,
    is_known: fn(Arc<RequestLoaders>, Name) -> BoxFuture<'static, Result<bool>>,
}

impl Names {
    /// The key of the node that a filter's argument names, as an expression.
    pub fn key<E: SlugEntity>(&mut self, argument: Option<&ID>) -> Result<Option<Expr>> {
        let Some(text) = argument else { return Ok(None) };
        let name = Name::parse::<E>(text)?;
        self.0.push(Named {
            name: name.clone(),
            node_type: E::TYPE,
            is_known: |loaders, name| Box::pin(is_known::<E>(loaders, name)),
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
                return Err(named.unknown());
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

impl Named {
    fn unknown(&self) -> Error {
        let Name::Slug(slug) = &self.name else { return unknown_id(self.node_type) };
        let noun = self.node_type.name().to_lowercase();
        let shown: String = slug.chars().take(LONGEST_SLUG).collect();
        let message = format!("There is no {noun} `{shown}`. Look for it with `search`.");
        Error::invalid("UNKNOWN_NAME", message)
    }
}

/// The error for an id that no public node of this type has.
#[must_use]
pub fn unknown_id(node_type: NodeType) -> Error {
    let noun = node_type.name().to_lowercase();
    Error::invalid("UNKNOWN_NAME", format!("There is no public {noun} with this id."))
}
