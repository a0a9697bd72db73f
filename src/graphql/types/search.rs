//! Search across all types.

use async_graphql::{Context, Enum, Object, SimpleObject, Union};
use data_encoding::BASE64URL_NOPAD;
use entity::{node_type::NodeType, searchable_nouns};
use uuid::Uuid;

use super::node::Node;
use crate::{
    db::value::is_storable,
    domain::search::{self, Hit, Position, Texts},
    error::{Code, Error, Result},
    graphql::{
        context::ContextExt,
        relay::connection::{PageInfo, Span},
    },
};

/// Declares the types of search from the list of nouns.
macro_rules! search_types {
    ($($noun:ident $module:ident $one:literal $by:literal;)*) => {
        /// The types that search looks through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum SearchType {
            $(#[doc = $by] $noun,)*
        }

        impl From<SearchType> for NodeType {
            fn from(search_type: SearchType) -> Self {
                match search_type {
                    $(SearchType::$noun => Self::$noun,)*
                }
            }
        }

        /// What search can find; `__typename` tells which it is.
        #[derive(Clone, Union)]
        pub enum SearchResult {
            $(#[doc = $one] $noun(super::$module::$noun),)*
        }

        impl SearchResult {
            /// The node as a result, if search finds nodes of its type.
            fn of(node: Node) -> Option<Self> {
                match node {
                    $(Node::$noun(node) => Some(Self::$noun(node)),)*
                    _ => None,
                }
            }

            /// The name or title, and the longer text.
            fn texts(&self) -> (Option<String>, Option<String>) {
                match self {
                    $(Self::$noun(node) => entity::$module::Entity::title_and_text(&node.0),)*
                }
            }
        }
    };
}

searchable_nouns!(search_types);

impl SearchResult {
    async fn load(ctx: &Context<'_>, hit: &Hit) -> Result<Option<Self>> {
        let node = super::node::node_of(ctx, hit.node_type, hit.position.node_id).await?;
        Ok(node.and_then(Self::of))
    }
}

/// A piece of a text.
#[derive(Clone, SimpleObject)]
pub struct TextFragment {
    /// The piece, as it was written.
    text: String,
    /// Whether it is what was searched for.
    highlighted: bool,
}

/// Why something was found: its texts in pieces, those that match marked. There is no markup in them; put the pieces one
/// after another.
#[derive(Clone, SimpleObject)]
pub struct SearchHighlight {
    /// Its name or title; empty if it has none.
    title: Vec<TextFragment>,
    /// The part of its description around the first match; null if it has none.
    text: Option<Vec<TextFragment>>,
}

/// A result and its place among the results (Relay edge).
#[derive(Clone)]
pub struct SearchResultEdge {
    position: Position,
    node: SearchResult,
    query: std::sync::Arc<search::Query>,
}

/// A result and its place among the results (Relay edge).
#[Object]
impl SearchResultEdge {
    /// The place among the results, for `after` and `before`. Opaque.
    async fn cursor(&self) -> String {
        encode(&self.position)
    }

    /// What was found.
    async fn node(&self) -> SearchResult {
        self.node.clone()
    }

    /// Why it was found.
    async fn highlight(&self) -> SearchHighlight {
        let (title, text) = self.node.texts();
        SearchHighlight {
            title: title.map(|title| self.fragments(&title)).unwrap_or_default(),
            text: text.map(|text| self.fragments(&text)),
        }
    }
}

impl SearchResultEdge {
    fn fragments(&self, text: &str) -> Vec<TextFragment> {
        let fragments = search::highlight(text, &self.query).into_iter();
        fragments.map(|fragment| TextFragment { text: fragment.text, highlighted: fragment.highlighted }).collect()
    }
}

/// A page of results (Relay connection).
pub struct SearchResultConnection {
    edges: Vec<SearchResultEdge>,
    page_info: PageInfo,
    /// What `totalCount` counts; `None` for a query without words, or without types.
    counted: Option<(std::sync::Arc<search::Query>, Vec<NodeType>)>,
}

impl SearchResultConnection {
    /// The page for a query without words, or without types.
    fn empty() -> Self {
        let page_info =
            PageInfo { has_next_page: false, has_previous_page: false, start_cursor: None, end_cursor: None };
        Self { edges: Vec::new(), page_info, counted: None }
    }
}

/// A page of results, the best first (Relay connection).
#[Object]
impl SearchResultConnection {
    /// The results of the page, each with its cursor and why it was found.
    async fn edges(&self) -> &[SearchResultEdge] {
        &self.edges
    }

    /// The results of the page, for those who need nothing but them.
    async fn nodes(&self) -> Vec<SearchResult> {
        self.edges.iter().map(|edge| edge.node.clone()).collect()
    }

    /// Where the page stands among the results.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many results there are on all pages together. Computed only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let Some((query, types)) = &self.counted else { return Ok(0) };
        ctx.request().meter.points(crate::graphql::meter::COUNT_AT_ROOT);
        let count = search::count(ctx.db().reads(), query, types).await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

fn encode(position: &Position) -> String {
    let place = (position.rank, &position.title, position.node_id);
    BASE64URL_NOPAD.encode(serde_json::to_string(&place).unwrap_or_default().as_bytes())
}

fn decode(cursor: &str) -> Result<Position> {
    let json = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let place = json.and_then(|json| serde_json::from_slice::<(i32, String, Uuid)>(&json).ok());
    let (rank, title, node_id) = place.filter(|(_, title, _)| is_storable(title)).ok_or_else(|| {
        Error::invalid(Code::BadCursor, "This is not a cursor of a search. Pass what it returned, unchanged.")
    })?;
    Ok(Position { rank, title, node_id })
}

/// One page, and the query that found it. If what was typed finds nothing, that is the query that was probably meant.
/// Its statement runs only after an empty page.
async fn look_up(
    ctx: &Context<'_>,
    query: search::Query,
    types: &[NodeType],
    page: &search::HitPage,
) -> Result<(search::Query, Vec<Hit>)> {
    let (reads, meter) = (ctx.db().reads(), &ctx.request().meter);
    meter.points(crate::graphql::meter::SEARCH);
    let hits = search::find(reads, &query, types, page).await?;
    if !hits.is_empty() {
        return Ok((query, hits));
    }
    match search::meant(reads, &query).await? {
        Some(meant) => {
            let hits = search::find(reads, &meant, types, page).await?;
            Ok((meant, hits))
        }
        None => Ok((query, hits)),
    }
}

/// The root field of search.
#[derive(Default)]
pub struct SearchQueries;

#[Object]
impl SearchQueries {
    /// Everything public that has all of these words, the best first. Each must be the beginning of a word there,
    /// whatever its accents and capitals: `kube` finds Kubernetes. Whole words come before beginnings, unless a name begins
    /// with all that was asked for. Signs between words mean nothing. Only if nothing matches so, names and titles that have
    /// the text inside are found.
    ///
    /// Only if nothing at all matches, of whatever type, mistyped words are taken for the words of names that they look like:
    /// `kuberntes` finds what `kubernetes` finds. The results, their order, `totalCount`, pages and highlights are then those
    /// of what was meant. A letter may be missing, too many, wrong or swapped with the next one: one in words of 4 to 7
    /// letters, two in longer ones. Shorter words and numbers must be right, and the filters of lists (`query`) take all
    /// words as they are.
    ///
    /// Ask while somebody types: a text without a letter or digit, an empty one too, has no results and is no error.
    ///
    /// ```graphql
    /// { search(query: "kube", types: [TALK]) { edges { node { ... on Talk { title } } } } }
    /// ```
    ///
    /// With more than 200 characters or 16 words it is the error `BAD_SEARCH`.
    #[expect(clippy::too_many_arguments, reason = "they are the API's")]
    #[graphql(cache_control(max_age = 60))]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words to look for, as people type them; without any, nothing is found.")] query: String,
        #[graphql(desc = "Only these types; all unless said otherwise. An empty list finds nothing.")] types: Option<
            Vec<SearchType>,
        >,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said otherwise. Not together with `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor, which an earlier page of the same search returned.")]
        after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100. The best still comes first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor, which an earlier page of the same search returned.")]
        before: Option<String>,
    ) -> Result<SearchResultConnection> {
        let query = search::Query::typed(&query)?;
        let in_nothing = types.as_ref().is_some_and(Vec::is_empty);
        let types: Vec<NodeType> = types.unwrap_or_default().into_iter().map(Into::into).collect();
        let Span { limit, backward } = Span::new(first, last)?;
        let bounds = [after, before].map(|cursor| cursor.as_deref().map(decode).transpose());
        let [after, before] = bounds;
        let page = search::HitPage { limit: limit + 1, backward, after: after?, before: before? };
        let Some(query) = query.filter(|_| !in_nothing) else { return Ok(SearchResultConnection::empty()) };
        let (query, mut hits) = look_up(ctx, query, &types, &page).await?;
        let query = std::sync::Arc::new(query);
        let more = u64::try_from(hits.len()).unwrap_or(u64::MAX) > limit;
        hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if backward {
            hits.reverse();
        }
        let page_info = PageInfo {
            has_next_page: if backward { page.before.is_some() } else { more },
            has_previous_page: if backward { more } else { page.after.is_some() },
            start_cursor: hits.first().map(|hit| encode(&hit.position)),
            end_cursor: hits.last().map(|hit| encode(&hit.position)),
        };
        let nodes = futures_util::future::try_join_all(hits.iter().map(|hit| SearchResult::load(ctx, hit))).await?;
        let edge = |(hit, node): (Hit, Option<SearchResult>)| {
            Some(SearchResultEdge { position: hit.position, node: node?, query: query.clone() })
        };
        let edges = hits.into_iter().zip(nodes).filter_map(edge).collect();
        Ok(SearchResultConnection { edges, page_info, counted: Some((query, types)) })
    }
}
