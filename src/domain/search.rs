//! Search across all public nodes, the same on both databases.
//!
//! - [`query`]: what somebody typed becomes a [`Query`]; no sign in it is an operator.
//! - [`index`]: [`refresh`] keeps one document a public node, at the end of every write. `document` makes it of texts.
//! - [`rank`]: [`find`], [`count`] and [`matching`] answer a query in one statement each; in a second one, [`find`] looks
//!   inside words when no word begins so.
//! - `rank_bucket`: the steps in which hits are looked for. The first hits are found without reading the others.
//! - [`mod@similar`]: if a query finds nothing at all, [`meant`] says what it means, and that is searched for. [`similar()`]
//!   names nodes that look like a text. `likeness` is the rule of both.
//! - [`mod@highlight`]: why a text was found.
//! - `dialect`: all that differs between the databases. `sqlite` and `postgres` implement it. Both get tokens that were cut
//!   and folded here, compare them as bytes and know nothing of languages. So they find the same nodes in the same order.
//!
//! A node matches when each word of the query begins one of its words. Only if there is no such node at all, those match
//! that have the whole query somewhere inside a name: "ernetes" finds Kubernetes, and "rust" does not find Zero Trust.
//!
//! Only if nothing has that either, words of names are put in the place of those that look like them: "kuberntes" finds
//! what "kubernetes" finds, in the same order. So what was typed and what was meant never mix, and pages, counts and
//! highlights are those of one query. Filters of lists ([`matching`]) take all words as they are.
//!
//! Nodes come in this order: a name equals the query; a name begins with it; the names have all words as they are;
//! names and text have them; the names have words that begin so; names and text do; the query stands inside a name.
//! Within that: groups, people, the rest; then by title, then by key.

use sea_orm::DbBackend;

use self::dialect::Dialect;

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
mod sqlite;
mod tokens;

pub use highlight::{Fragment, highlight};
pub use index::{fill, is_filled, rebuild, refresh};
pub use query::Query;
pub use rank::{Hit, Page, count, find, matching, outline};
pub use rank_bucket::Position;
pub use similar::{meant, similar};

/// What this database does in a way of its own.
fn dialect(backend: DbBackend) -> &'static dyn Dialect {
    match backend {
        DbBackend::Postgres => &postgres::Postgres,
        _ => &sqlite::Sqlite,
    }
}
