//! Search across all public nodes, the same on both databases.
//!
//! - [`query`]: what somebody typed becomes a [`Query`]. No sign in it is an operator.
//! - [`index`]: at the end of every write, [`refresh`] updates the documents, one for each public node. `source`
//!   reads the texts of each noun, `document` makes documents of them, each with its `weight`.
//! - [`mod@format`]: [`bring_up_to_date`] renews all documents at the start of a program that writes another format.
//! - [`rank`]: [`find`], [`count`] and [`matching`] answer a query in one statement each. If no word begins like the
//!   query, [`find`] looks inside words, in a second statement.
//! - `rank_bucket`: the steps in which hits are looked for. The first hits are found without reading the others.
//! - [`mod@similar`]: if a query finds nothing, [`meant`] finds the query that was meant, which is then searched for.
//!   [`similar()`] finds nodes whose names look like a text. `likeness` has the rules of both.
//! - [`mod@highlight`]: why a text was found.
//! - `dialect`: all that differs between the databases. `sqlite` and `postgres` implement it. Both get tokens that were
//!   cut and folded here, compare them as bytes and know nothing of languages. So they find the same nodes in the same
//!   order.
//!
//! A node matches when each word of the query begins one of its words. Only if there is no such node at all, those
//! match that have the whole query somewhere inside a name: "ernetes" finds Kubernetes, and "rust" does not find Zero
//! Trust.
//!
//! Only if nothing matches that way either, words of the query are replaced by words of names that look like them:
//! "kuberntes" finds what "kubernetes" finds, in the same order. So hits of the typed query and of the corrected one
//! never mix. Pages, counts and highlights are those of one query. Filters of lists ([`matching`]) correct nothing.
//!
//! Nodes come in this order: a name equals the query; a name begins with it; the names have all words as they are;
//! names and text have them; the names have words that begin so; names and text do; the query stands inside a name.
//! Within that: groups, people, the rest; then by title, then by key.

use sea_orm::DbBackend;

use self::dialect::Dialect;

pub mod format;
pub mod highlight;
pub mod index;
pub mod query;
pub mod rank;
pub mod similar;

mod dialect;
mod document;
mod likeness;
mod postgres;
mod rank_bucket;
mod source;
mod sqlite;
mod tokens;
mod weight;

pub use format::{bring_up_to_date, must_be_ours, rebuild};
pub use highlight::{Fragment, highlight};
pub use index::refresh;
pub use query::Query;
pub use rank::{Hit, HitPage, count, find, matching, outline};
pub use rank_bucket::Position;
pub use similar::{meant, similar};
pub use source::Texts;

/// What differs between the databases, for this one.
fn dialect(backend: DbBackend) -> &'static dyn Dialect {
    match backend {
        DbBackend::Postgres => &postgres::Postgres,
        _ => &sqlite::Sqlite,
    }
}
