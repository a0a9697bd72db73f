//! Reads rows of nouns.

use std::collections::HashMap;

use sea_orm::{QueryFilter, prelude::*};
use uuid::Uuid;

use super::Run;
use crate::{db::keys::is_any, domain::noun::Noun, error::Result};

impl Run<'_> {
    /// The rows of these nodes as they are.
    pub(super) async fn current<N: Noun>(&self, nodes: &[Uuid]) -> Result<HashMap<Uuid, N::Model>> {
        if nodes.is_empty() {
            return Ok(HashMap::new());
        }
        let is_wanted = is_any(self.backend(), N::ID.into_expr(), nodes);
        let rows = N::find().filter(is_wanted).all(&self.tx.reading()).await?;
        Ok(rows.into_iter().map(|row| (N::id(&row), row)).collect())
    }
}
