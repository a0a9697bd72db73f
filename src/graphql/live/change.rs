//! Changes: what happened to the public nodes, to sync from and to follow.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Subscription};
use data_encoding::BASE64URL_NOPAD;
use entity::{
    change::{self, Operation},
    change_log, event, group,
    node_type::NodeType,
    nouns,
};
use futures_util::{Stream, stream};
use uuid::Uuid;

use super::feed::{self, Feed, Message, Subscriber};
use crate::{
    domain::changes::{self, Wanted},
    error::{Code, Error, Result},
    graphql::{
        context::{ContextExt, Moment, RequestContext},
        meter::{CHOSEN_CHANGES, Meter},
        relay::{
            connection::{PageInfo, Span},
            id, names,
            node::{self, NodeRef},
        },
        scalar::DateTime,
        types::node::{Node, node_of},
    },
};

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Operation")]
pub enum ChangeOperation {
    /// It was created, changed, or became public. Put it in the place of what you hold under its id.
    Upsert,
    /// It was deleted, or is public no more. Forget it.
    Delete,
    /// It became part of another node of its type, which answers to its id from now on. Put that one in its place.
    Merge,
}

/// Declares [`ChangeType`] from the list of nouns.
macro_rules! change_type {
    (
        public { $($noun:ident $module:ident $one:literal $many:literal $(search $by:literal)?;)* }
        private $private:tt
    ) => {
        /// The types of nodes whose changes are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ChangeType {
            $(#[doc = $many] $noun,)*
        }

        impl From<ChangeType> for NodeType {
            fn from(of: ChangeType) -> Self {
                match of {
                    $(ChangeType::$noun => Self::$noun,)*
                }
            }
        }
    };
}

nouns!(change_type);

/// A change of a node, for those who keep a copy of the data. Of each node only the last change is kept, and it comes
/// with the node as it is now: to follow the log is to have everything, not to replay it.
#[derive(Clone)]
pub struct Change {
    row: change::Model,
    /// The position at which its reader began.
    began: LogPosition,
    /// The node, if it was read together with the change.
    node: Option<Arc<Message>>,
}

/// A change of a node, for those who keep a copy of the data. Of each node only the last change is kept, and it comes
/// with the node as it is now: to follow the log is to have everything, not to replay it.
#[Object]
impl Change {
    /// The place of the change in the log, to go on from with `after`. Opaque.
    async fn cursor(&self) -> String {
        LogPosition { seq: self.row.seq, ..self.began }.encode()
    }

    /// What happened.
    async fn operation(&self) -> ChangeOperation {
        self.row.operation.into()
    }

    /// The name of the node's type, for instance `Event`.
    async fn typename(&self) -> &str {
        self.row.node_type.name()
    }

    /// The id of the node that changed.
    async fn id(&self) -> ID {
        id::encode(self.row.node_type, self.row.node_id)
    }

    /// The node as it is now; after a merge the one that answers for it. Null after a deletion, and where the node was
    /// deleted since, which a later change tells.
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        if let Some(message) = &self.node {
            ctx.request().meter.objects(1);
            return message.node.clone().map(Ok);
        }
        node_of(ctx, self.row.node_type, feed::shown(&self.row)?).await.transpose()
    }

    /// The id of the node that it became part of; null unless `operation` is `MERGE`.
    async fn merged_into(&self) -> Option<ID> {
        self.row.merged_into_id.map(|key| id::encode(self.row.node_type, key))
    }

    /// When it was recorded, UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }
}

/// A piece of the change log. It is no connection: it is read in one direction only, and each change has its cursor itself.
#[derive(SimpleObject)]
pub struct ChangePage {
    /// The changes in order.
    nodes: Vec<Change>,
    /// Where the page stands in the log. Keep `endCursor`, also of a page without changes, and ask from there next time.
    /// Without a next page you are up to date.
    page_info: PageInfo,
}

/// A position in the log. Deletions up to number `floor` had been pruned when the reader began without a copy, so it
/// never saw those nodes. `epoch` identifies the log.
#[derive(Clone, Copy)]
struct LogPosition {
    seq: i64,
    floor: i64,
    epoch: i64,
}

impl LogPosition {
    /// The position of a client that begins without a copy.
    fn beginning(head: &change_log::Model) -> Self {
        Self { seq: 0, floor: head.pruned_seq, epoch: head.epoch }
    }

    fn encode(self) -> String {
        BASE64URL_NOPAD.encode(format!("changes:{}:{}:{}", self.seq, self.floor, self.epoch).as_bytes())
    }

    fn decode(cursor: &str) -> Result<Self> {
        let parse = || {
            let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
            let mut numbers = text.strip_prefix("changes:")?.split(':').map(str::parse);
            let mut number = || numbers.next()?.ok().filter(|number| *number >= 0);
            let place = Self { seq: number()?, floor: number()?, epoch: number()? };
            numbers.next().is_none().then_some(place)
        };
        parse().ok_or_else(|| {
            Error::invalid(Code::BadCursor, "This is not a cursor of the changes. Pass what they returned, unchanged.")
        })
    }

    /// Refuses a position of another log, or one behind which deletions were pruned.
    fn hold_against(self, head: &change_log::Model) -> Result<Self> {
        // A position beyond the end is of a log that was lost when a backup was restored.
        let is_there = self.epoch == head.epoch && self.seq <= head.last_seq;
        if is_there && head.pruned_seq <= self.seq.max(self.floor) { Ok(self) } else { Err(changes::too_old()) }
    }
}

fn wanted(types: Option<Vec<ChangeType>>, group_id: Option<ID>) -> Result<Wanted> {
    let group = match group_id.map(|text| NodeRef::parse::<group::Entity>(&text)).transpose()? {
        Some(NodeRef::Id(key)) => Some(key),
        Some(NodeRef::Slug(slug)) => return Err(node::bad_id(&slug)),
        None => None,
    };
    Ok(Wanted { types: types.map(|types| types.into_iter().map(Into::into).collect()), group })
}

/// An error if the log does not know the wanted group. It knows a deleted group as long as it keeps that deletion, so
/// that a client that follows the group is told of it.
async fn is_told(ctx: &Context<'_>, wanted: &Wanted) -> Result<()> {
    let Some(group) = wanted.group else { return Ok(()) };
    if changes::tells_of(ctx.db().reads(), group).await? { Ok(()) } else { Err(names::unknown_id(NodeType::Group)) }
}

/// The root field of changes.
#[derive(Default)]
pub struct ChangeQueries;

#[Object]
impl ChangeQueries {
    /// The changes of public nodes in the order in which they were recorded; of each node the last one. Without `after`
    /// that is everything there is. To keep a copy:
    ///
    /// - Ask without `after`, and page on while there is a next page.
    /// - Keep the last `endCursor`, and ask from there whenever you like: you get what changed since.
    /// - The error `CURSOR_TOO_OLD`, after months of absence, says to forget the copy and to begin again.
    #[graphql(cache_control(no_cache))]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only what comes after this cursor, of a page or of a change; everything unless said otherwise."
        )]
        after: Option<String>,
        #[graphql(desc = "Only nodes of these types; all unless said otherwise. An empty list lets nothing pass.")]
        types: Option<Vec<ChangeType>>,
        #[graphql(
            desc = "Only nodes that are or were of this group, and all people, organizations, venues and topics, which belong to no group. A group that is not known is the error `UNKNOWN_NAME`."
        )]
        group_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 20 unless said otherwise.")] first: Option<i32>,
    ) -> Result<ChangePage> {
        if types.is_some() || group_id.is_some() {
            ctx.request().meter.points(CHOSEN_CHANGES);
        }
        let wanted = wanted(types, group_id)?;
        let place = after.as_deref().map(LogPosition::decode).transpose()?;
        let limit = Span::new(first, None)?.limit;
        let seq = place.map_or(0, |place| place.seq);
        let page = changes::page(ctx.db().reads(), seq, &wanted, limit).await?;
        let place = place.unwrap_or(LogPosition::beginning(&page.head)).hold_against(&page.head)?;
        is_told(ctx, &wanted).await?;
        let cursor = |seq| LogPosition { seq, ..place }.encode();
        // After the last page, the log has no wanted change up to its head.
        let last = page.rows.last().map(|row| row.seq);
        let end = if page.more { last } else { Some(page.head.last_seq) };
        ctx.request().meter.objects(page.rows.len());
        let nodes: Vec<Change> = page.rows.into_iter().map(|row| Change { row, began: place, node: None }).collect();
        Ok(ChangePage {
            page_info: PageInfo {
                has_next_page: page.more,
                has_previous_page: after.is_some(),
                start_cursor: nodes.first().map(|node| cursor(node.row.seq)),
                end_cursor: end.map(cursor),
            },
            nodes,
        })
    }
}

/// The subscriptions to changes.
#[derive(Default)]
pub struct ChangeSubscriptions;

#[Subscription]
impl ChangeSubscriptions {
    /// Each change of a public node as it is recorded. With `after`, first those since then, without a gap: a client
    /// that lost its connection goes on from the `cursor` of the last change that it saw.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Begin after this cursor, of a page or of a change; from now on unless said otherwise.")]
        after: Option<String>,
        #[graphql(desc = "Only nodes of these types; all unless said otherwise. An empty list lets nothing pass.")]
        types: Option<Vec<ChangeType>>,
        #[graphql(
            desc = "Only nodes that are or were of this group, and all people, organizations, venues and topics, which belong to no group. A group that is not known is the error `UNKNOWN_NAME`."
        )]
        group_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Change>> + use<>> {
        let wanted = wanted(types, group_id)?;
        let place = after.as_deref().map(LogPosition::decode).transpose()?;
        let head = changes::head(ctx.db().reads()).await?;
        let now = LogPosition { seq: head.last_seq, ..LogPosition::beginning(&head) };
        let began = place.map_or(Ok(now), |place| place.hold_against(&head))?;
        is_told(ctx, &wanted).await?;
        let feed = ctx.data_unchecked::<Arc<Feed>>();
        let subscriber = feed.subscribe(began.seq, began.floor, wanted).await?;
        Ok(follow(ctx, subscriber, began, |_| true))
    }

    /// Each change of this event and of its parts as it is recorded: its talks, its sponsorships, its fundraisers, its resources
    /// and those of its talks. A part that is deleted, or becomes another event's, is told as well.
    async fn event_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The event's global id. One that no public event has is the error `UNKNOWN_NAME`.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Change>> + use<>> {
        let NodeRef::Id(key) = NodeRef::parse::<event::Entity>(&id)? else { return Err(node::bad_id(&id)) };
        if ctx.load(node::ById::<event::Entity>::new(key, node::columns_of::<event::Entity>(&[]))).await?.is_none() {
            return Err(names::unknown_id(NodeType::Event));
        }
        let (head, parts) = changes::parts_of_event(ctx.db().reads(), key).await?;
        let types = [NodeType::Event, NodeType::Talk, NodeType::Sponsorship, NodeType::Fundraiser, NodeType::Resource];
        let wanted = Wanted { types: Some(types.into()), group: None };
        let began = LogPosition { seq: head.last_seq, ..LogPosition::beginning(&head) };
        let feed = ctx.data_unchecked::<Arc<Feed>>();
        let subscriber = feed.subscribe(began.seq, began.floor, wanted).await?;
        let mut whole = Whole { event: key, parts };
        Ok(follow(ctx, subscriber, began, move |message| whole.is_changed_by(message)))
    }
}

/// An event and its parts, as far as this subscription has seen them.
struct Whole {
    event: Uuid,
    parts: HashSet<Uuid>,
}

impl Whole {
    fn is_changed_by(&mut self, message: &Message) -> bool {
        let id = message.row.node_id;
        let (is, was) = (self.has(message.node.as_ref()), self.parts.contains(&id));
        if is {
            self.parts.insert(id);
        } else {
            self.parts.remove(&id);
        }
        id == self.event || is || was
    }

    fn has(&self, node: Option<&Node>) -> bool {
        let event_id = match node {
            Some(Node::Talk(talk)) => talk.0.event_id,
            Some(Node::Sponsorship(sponsorship)) => sponsorship.0.event_id,
            Some(Node::Fundraiser(fundraiser)) => fundraiser.0.event_id,
            Some(Node::Resource(resource)) if resource.0.talk_id.is_some_and(|id| self.parts.contains(&id)) => {
                return true;
            }
            Some(Node::Resource(resource)) => resource.0.event_id,
            _ => None,
        };
        event_id == Some(self.event)
    }
}

/// The changes of a subscriber. Each passes the gate of the request, and then sets the subscription's moment. An error
/// ends the stream; the client resumes from the last cursor.
fn follow<F: FnMut(&Message) -> bool + Send + 'static>(
    ctx: &Context<'_>,
    subscriber: Subscriber,
    began: LogPosition,
    is_wanted: F,
) -> impl Stream<Item = Result<Change>> + use<F> {
    let RequestContext { moment, meter, gate, .. } = ctx.request();
    let (moment, meter, gate): (Arc<Moment>, Arc<Meter>, _) = (moment.clone(), meter.clone(), gate.clone());
    stream::unfold(Some((subscriber, is_wanted, began)), move |following| {
        let (moment, meter, gate) = (moment.clone(), meter.clone(), gate.clone());
        async move {
            let (mut subscriber, mut is_wanted, last) = following?;
            if let Some(gate) = &gate {
                gate.rest();
            }
            loop {
                let message = match subscriber.next().await? {
                    Ok(message) if !is_wanted(&message) => continue,
                    Ok(message) => message,
                    Err(error) => return Some((Err(error.ended(last.encode())), None)),
                };
                if let Some(gate) = &gate
                    && let Err(error) = gate.enter(last.encode()).await
                {
                    return Some((Err(error.ended(last.encode())), None));
                }
                moment.set(subscriber.clock().now());
                meter.objects(1);
                let place = LogPosition { seq: message.row.seq, ..began };
                let change = Change { row: message.row.clone(), began, node: Some(message) };
                return Some((Ok(change), Some((subscriber, is_wanted, place))));
            }
        }
    })
}
