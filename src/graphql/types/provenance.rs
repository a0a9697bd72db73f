//! Where facts come from.

use async_graphql::Object;
use entity::provenance::{self, Column, Entity, Model};
use sea_orm::QueryOrder;

use super::object::enums;
use crate::graphql::relay::children::{Table, children};

enums! {
    /// What kind of source a fact has.
    ProvenanceKind shows "provenance::ProvenanceKind" {
        /// Another system's data.
        Import,
        /// A text, for instance a blog post.
        Document,
        /// Somebody said so.
        Person,
        /// Concluded from other facts.
        Derived,
    }

    /// How sure a fact is.
    Confidence shows "provenance::Confidence" {
        /// The source says so.
        Stated,
        /// The source gives an approximate value.
        Approximate,
        /// It follows from what the source says.
        Inferred,
        /// The source does not say.
        Unknown,
    }
}

/// Where a fact comes from.
#[derive(Clone)]
pub struct Provenance(Model);

/// Where a fact about a node comes from, and how sure it is.
#[Object]
impl Provenance {
    /// The field that it is about, as this API names it, for instance `startsAt`; null if it is about the whole node.
    async fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Who says so.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// What kind of source that is.
    async fn kind(&self) -> ProvenanceKind {
        self.0.kind.into()
    }

    /// How sure it is.
    async fn confidence(&self) -> Confidence {
        self.0.confidence.into()
    }

    /// Why it is only that sure; null if nothing needs to be said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

children! {
    /// The provenance of a node's facts.
    pub ProvenanceOfNode of provenance by NodeId: Provenance = |row| Provenance(row),
        sorted |select| select.order_by_asc(Column::Id);
}

impl Table for Entity {}
