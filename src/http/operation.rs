//! An operation from its request to its answer: all steps before its execution, and what is added to the answer. The
//! same for HTTP, WebSocket and event streams.

use std::sync::Arc;

use async_graphql::{Request, Response as GraphqlResponse, ServerError, Value, parser::types::OperationType, value};
use chrono::{DateTime, Utc};
use futures_util::{
    Stream, StreamExt,
    future::Either,
    stream::{self, BoxStream},
};

use super::{
    App,
    admission::Permit,
    client::Client,
    delivery::Deliveries,
    documents,
    rate_limiter::{self, Reservation},
    request::{Incoming, Report},
    response::{failed_before_execution, finish, refused},
    response_cache::{Answer, CachedResponse, Flight, Key, Lookup, RequestCost},
    unread::{Answered, Room},
};
use crate::{
    error::{Code, Error, Result},
    graphql::{
        context::{Gate, RequestContext},
        limits::{self, Refusal, document::DescriptionPaths},
        loader::RequestLoaders,
        meter::Meter,
    },
};

/// An operation that is within the limits and paid for.
pub struct Operation {
    client: Client,
    request: Request,
    described: DescriptionPaths,
    kind: OperationType,
    loaders: Arc<RequestLoaders>,
    meter: Arc<Meter>,
    moment: DateTime<Utc>,
    reservation: Reservation,
    /// Set if it is a subscription that is executed (and not only asked for its cost).
    deliveries: Option<Arc<Deliveries>>,
    cost: u64,
    nodes: u64,
    report: Report,
    register: Option<(String, Arc<str>)>,
    flight: Option<Flight>,
}

/// How a request gets its answer.
pub enum Prepared {
    /// From the cache.
    Cached(Arc<CachedResponse>, Room),
    /// By an execution.
    Operation(Box<Operation>),
}

impl Prepared {
    /// The answer of a query.
    pub async fn answer(self, app: &App) -> Answer {
        match self {
            Self::Cached(cached, room) => Answer::Cached(cached, room),
            Self::Operation(operation) => operation.answer(app).await,
        }
    }
}

/// Looks for a cached response, which costs the same points. If there is none, it does the same as [`prepare`].
pub async fn find(app: &App, client: &Client, incoming: Incoming) -> Result<Prepared, Refusal> {
    delay_refusal(client, find_cached(app, client, incoming).await).await
}

/// A refusal for lack of points is delayed here, after everything else of its request was dropped.
async fn delay_refusal<T>(client: &Client, prepared: Result<T, Refusal>) -> Result<T, Refusal> {
    if matches!(&prepared, Err(refusal) if refusal.error.code() == Code::RateLimited) {
        rate_limiter::refuse(client).await;
    }
    prepared
}

async fn find_cached(app: &App, client: &Client, incoming: Incoming) -> Result<Prepared, Refusal> {
    let report = incoming.report()?;
    let document = app.documents.find(&incoming)?;
    let flight = match look(app, &incoming, report, &document).await {
        Lookup::Cached(cached) => {
            rate_limiter::reserve(client, 0)?.raise(cached.costs.requested).await?.refund(cached.costs.actual);
            if let Some(hash) = document.register {
                app.documents.register(hash, document.text);
            }
            let mut room = app.admission.room_for(client).await?;
            room.fit(cached.body.len());
            return Ok(Prepared::Cached(cached, room));
        }
        Lookup::Nothing(flight) => flight,
    };
    prepare_document(app, client, incoming, report, document, flight).await.map(Box::new).map(Prepared::Operation)
}

/// A request for a cost report bypasses the cache, since the report is about an execution.
async fn look(app: &App, incoming: &Incoming, report: Report, document: &documents::FoundDocument) -> Lookup {
    let Some(responses) = app.responses.as_ref().filter(|_| report == Report::Nothing) else {
        return Lookup::Nothing(None);
    };
    match Key::new(document.text.clone(), incoming.operation_name.clone(), &incoming.variables) {
        Some(key) => responses.find(key).await,
        None => Lookup::Nothing(None),
    }
}

/// Looks up the document, holds it to the limits, and takes its cost out of the client's bucket.
pub async fn prepare(app: &App, client: &Client, incoming: Incoming) -> Result<Operation, Refusal> {
    delay_refusal(client, prepare_uncached(app, client, incoming).await).await
}

async fn prepare_uncached(app: &App, client: &Client, incoming: Incoming) -> Result<Operation, Refusal> {
    let report = incoming.report()?;
    let document = app.documents.find(&incoming)?;
    prepare_document(app, client, incoming, report, document, None).await
}

async fn prepare_document(
    app: &App,
    client: &Client,
    incoming: Incoming,
    report: Report,
    found: documents::FoundDocument,
    mut flight: Option<Flight>,
) -> Result<Operation, Refusal> {
    // A refused request costs a point, too, since reading its document is work.
    let mut reading = rate_limiter::reserve(client, 0)?;
    let is_paid = reading.try_raise(1);
    limits::variables::check(&incoming.variables, &app.limits)?;
    let reading = if is_paid { reading } else { pay(reading, 1, &mut flight).await? };
    let document = app.document_cache.read(&found.text)?;
    let operation = document.operation(incoming.operation_name.as_deref())?;
    let variables = operation.coerce(incoming.variables, app.document_cache.definitions())?;
    let checked = limits::check(operation.definition(), &variables, &app.limits, &app.costs)?;
    let asked = if report == Report::DryRun { 1 } else { checked.cost };
    let reservation = pay(reading, asked, &mut flight).await?;
    let moment = app.clock.now();
    let loaders = RequestLoaders::followed(&app.loaders, flight.as_ref().map(Flight::recorder));
    let meter = Arc::new(Meter::new(checked.kept, app.limits.answer));
    let budget = reservation.budget(moment, checked.nodes);
    let is_followed = operation.kind() == OperationType::Subscription && report != Report::DryRun;
    let deliveries = is_followed.then(|| Deliveries::new(app, client.clone(), &checked, meter.clone())).transpose()?;
    let gate = deliveries.clone().map(|deliveries| deliveries as Arc<dyn Gate>);
    let context = RequestContext::new(loaders.clone(), moment, meter.clone(), budget).gated(gate);
    let executable = operation.executable(&variables);
    let mut request = Request::new("").variables(variables).data(context);
    request.set_parsed_query(executable);
    Ok(Operation {
        client: client.clone(),
        request,
        described: operation.described().clone(),
        kind: operation.kind(),
        loaders,
        meter,
        moment,
        reservation,
        deliveries,
        cost: checked.cost,
        nodes: checked.nodes,
        report,
        register: found.register.map(|hash| (hash, found.text)),
        flight,
    })
}

/// Raises a reservation. If it has to wait for that, it gives up its flight, so that equal requests do not wait with
/// it.
async fn pay(mut reservation: Reservation, points: u64, flight: &mut Option<Flight>) -> Result<Reservation> {
    if reservation.try_raise(points) {
        return Ok(reservation);
    }
    *flight = None;
    reservation.raise(points).await
}

impl Operation {
    /// Whether it only reads.
    pub fn is_query(&self) -> bool {
        self.kind == OperationType::Query
    }

    /// Whether it has one answer for each event.
    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }

    /// The answer of a query. It is cached for later requests, if possible.
    async fn answer(mut self, app: &App) -> Answer {
        let is_query = self.is_query();
        let entered = if self.report == Report::DryRun { None } else { app.admission.enter_at_once(&self.client) };
        // Mutations are never cached. And equal requests do not wait for an execution that itself waits for a permit.
        let Some(flight) = self.flight.take().filter(|_| is_query && entered.is_some()) else {
            return Answer::Fresh(Box::new(self.execute(app, entered).await));
        };
        let (moment, meter, requested) = (self.moment, self.meter.clone(), self.cost);
        let answered = self.execute(app, entered).await;
        let actual = actual(&answered.response, meter.cost(), requested);
        flight.land(answered, moment, RequestCost { requested, actual }).await
    }

    /// The answer of a query. The request timeout counts from when it has a permit.
    async fn execute(self, app: &App, entered: Option<(Permit, Room)>) -> Answered {
        let Self { client, request, described, loaders, meter, reservation, cost, nodes, report, register, .. } = self;
        let Answered { response, room } = if report == Report::DryRun {
            GraphqlResponse::default().into()
        } else {
            let execution = async {
                let (_permit, room) = match entered {
                    Some(entered) => entered,
                    None => app.admission.enter_for(&client).await?,
                };
                // In a box: the future is large, and would else be moved with the outer one.
                let execution = loaders.drive(Box::pin(app.schema.execute(request)));
                let ended = tokio::time::timeout(app.config.request_timeout, execution).await;
                ended.map(|response| Answered { response, room }).map_err(|_| Error::Timeout)
            };
            execution.await.unwrap_or_else(|error| refused(&error.into()).into())
        };
        let mut response = finish(response);
        described.correct(&mut response.data, app.document_cache.definitions());
        let actual = actual(&response, meter.cost(), cost);
        if report == Report::DryRun {
            response.extensions.insert("cost".into(), value!({ "requested": cost, "nodes": nodes }));
        } else {
            reservation.refund(actual);
        }
        if report == Report::Cost {
            let costs = value!({ "requested": cost, "actual": actual, "nodes": nodes });
            response.extensions.insert("cost".into(), costs);
        }
        let is_good = report != Report::DryRun && !failed_before_execution(&response);
        if let Some((hash, text)) = register.filter(|_| is_good) {
            app.documents.register(hash, text);
        }
        Answered { response, room }
    }

    /// One answer for a query, one for each event of a subscription.
    pub fn stream(self, app: &App) -> impl Stream<Item = Answered> + Send + 'static {
        let app = app.clone();
        let Some(deliveries) = self.deliveries.clone() else {
            // In a box: subscriptions, of which there may be many, would else take as much memory as this future.
            return Either::Left(stream::once(Box::pin(async move { self.execute(&app, None).await })));
        };
        let Self { request, loaders, reservation, register, .. } = self;
        let subscription = Subscription { events: app.schema.execute_stream(request), loaders, deliveries };
        let opening = (reservation, register);
        Either::Right(stream::unfold(Some((subscription, Some(opening))), move |going| {
            let app = app.clone();
            async move {
                let (mut subscription, opening) = going?;
                let Some((reservation, register)) = opening else {
                    let (Answered { response, room }, goes_on) = subscription.next().await?;
                    return Some((
                        Answered { response: finish(response), room },
                        goes_on.then_some((subscription, None)),
                    ));
                };
                if let Err(error) = subscription.deliveries.open(reservation).await {
                    return Some((refused(&error.into()).into(), None));
                }
                let (Answered { mut response, room }, goes_on) = subscription.next().await?;
                if response.data == Value::Null {
                    // It failed before the first event, so its errors have no path.
                    response.errors.iter_mut().for_each(|error| error.path.clear());
                }
                if let Some((hash, text)) = register.filter(|_| !failed_before_execution(&response)) {
                    app.documents.register(hash, text);
                }
                Some((Answered { response: finish(response), room }, goes_on.then_some((subscription, None))))
            }
        }))
    }
}

/// The actual cost of an answer. Work that ran into the timeout was not counted to its end, so nothing is refunded.
fn actual(response: &GraphqlResponse, counted: u64, requested: u64) -> u64 {
    let took_too_long = |error: &ServerError| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        matches!(code, Some(Value::String(code)) if Code::from_text(code) == Some(Code::Timeout))
    };
    if response.errors.iter().any(took_too_long) { counted.max(requested) } else { counted }
}

/// A running subscription.
struct Subscription {
    events: BoxStream<'static, GraphqlResponse>,
    loaders: Arc<RequestLoaders>,
    deliveries: Arc<Deliveries>,
}

impl Subscription {
    /// The next answer, and whether more may follow.
    async fn next(&mut self) -> Option<(Answered, bool)> {
        let answered = tokio::select! {
            biased;
            response = self.loaders.clone().drive(self.events.next()) => Some(response?),
            () = self.deliveries.overdue() => None,
        };
        let Some(response) = answered else {
            let error = self.deliveries.time_out();
            return Some((refused(&error.into()).into(), false));
        };
        let room = self.deliveries.end();
        Some((Answered { response, room }, true))
    }
}
