//! The public codes of errors. Each code is declared once, here. The constants of the program, the HTTP status of an
//! answer and the tables of `docs/errors.md` are made from the declaration.
//!
//! After a change of the declaration: `FOLKMOOT_BLESS=1 cargo test --test it errors` writes the tables anew.

/// Where a code reaches clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// An HTTP answer with this status, for every media type that the client accepts.
    Status(u16),
    /// The answer to a GraphQL request. Its HTTP status depends on the media type that the client accepts. For errors
    /// during execution it is 200.
    Graphql,
    /// The output of the command line. No client of the API sees it.
    CommandLine,
}

/// Makes [`Code`] from rows: `Variant = "CODE", reach, "meaning", "what the caller can do";`.
macro_rules! codes {
    ($($variant:ident = $code:literal, $reach:expr, $meaning:literal, $remedy:literal;)+) => {
        /// A stable word for programs. It stands in `extensions.code` of an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it is written in an answer, for instance `BAD_CURSOR`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The code that is written so in an answer.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Where it reaches clients.
            #[must_use]
            pub fn reach(self) -> Reach {
                use Reach::{CommandLine, Graphql, Status};
                match self { $(Self::$variant => $reach),+ }
            }

            /// What it means, as Markdown.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }

            /// What the caller can do, as Markdown.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),+ }
            }
        }
    };
}

impl Code {
    /// The HTTP status of the code. `None` if the status depends on the media type, or if the code is never in an HTTP
    /// answer.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self.reach() {
            Reach::Status(status) => Some(status),
            Reach::Graphql | Reach::CommandLine => None,
        }
    }
}

codes! {
    BadRequest = "BAD_REQUEST", Status(400),
        "The request is not a JSON object with a string `query` (or the id of a known document), or another of its fields has the wrong type.",
        "Mend the request; the message says where.";
    BadBatch = "BAD_BATCH", Status(400),
        "A batch has no request, or more than 10.",
        "Send several batches.";
    MethodNotAllowed = "METHOD_NOT_ALLOWED", Status(405),
        "A GET names a mutation or a subscription.",
        "POST it, or open a stream.";
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", Status(415),
        "The body of a POST is not `application/json` in UTF-8, or is compressed.",
        "Send `Content-Type: application/json`.";
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", Status(413),
        "The body is longer than 256 KiB.",
        "Ask for less at a time; send values as variables.";
    BodyTimeout = "BODY_TIMEOUT", Status(408),
        "The body took too long to arrive.",
        "Send it again.";
    UrlTooLong = "URL_TOO_LONG", Status(414),
        "The URL is longer than 16 KiB.",
        "POST the request, or register the document.";
    HeadersTooLarge = "HEADERS_TOO_LARGE", Status(431),
        "The headers are more than 64 or longer than 16 KiB.",
        "Send fewer.";
    BadHost = "BAD_HOST", Status(400),
        "The request has no `Host`, or more than one.",
        "Send one, as HTTP/1.1 wants it.";
    UnknownHost = "UNKNOWN_HOST", Status(421),
        "The `Host` of the request is none of this server's names.",
        "Use the server's public address. The operator adds a name to `public_hosts`.";
    TooManyConnections = "TOO_MANY_CONNECTIONS", Status(503),
        "The server has as many connections as it takes, or as many from this address.",
        "Try again after `Retry-After`.";
    StreamRequired = "STREAM_REQUIRED", Graphql,
        "A subscription was posted without a stream.",
        "Use `/graphql/ws` or `Accept: text/event-stream`.";
    ForbiddenOrigin = "FORBIDDEN_ORIGIN", Status(403),
        "A page of another origin opens a WebSocket.",
        "The operator adds the origin to `cors_origins`.";
    UpgradeRequired = "UPGRADE_REQUIRED", Status(426),
        "`/graphql/ws` was asked without an upgrade.",
        "Connect with a WebSocket client.";
    TooManyOperations = "TOO_MANY_OPERATIONS", Status(429),
        "A WebSocket carries 256 operations already, the client has 100 subscriptions, or it leaves too many answers unread.",
        "Read what waits, complete one. If a socket is full, open another.";
    StreamEnded = "STREAM_ENDED", Graphql,
        "An event stream has lived for an hour, which is the longest that one may.",
        "Open another, and go on after the last `cursor` that you saw.";
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND", Status(200),
        "Nobody registered a document of this hash.",
        "Send the hash with `query` once. Apollo's clients do so by themselves.";
    PersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED", Graphql,
        "This server answers trusted documents only.",
        "Send trusted documents.";
    UnknownDocument = "UNKNOWN_DOCUMENT", Graphql,
        "No trusted document has this id.",
        "Send its text as `query`.";
    DocumentNotTrusted = "DOCUMENT_NOT_TRUSTED", Graphql,
        "This server answers trusted documents only, and this is none.",
        "Ask its operator to add it.";
    RateLimited = "RATE_LIMITED", Status(429),
        "The client has used up its points ([cost](cost.md)).",
        "Wait for `Retry-After`, also in `extensions.retryAfter`; ask for less. A subscription that ended so goes on after the cursor in `extensions.after`.";
    Overloaded = "OVERLOADED", Status(503),
        "As many requests run as the server runs at once, in all or of this client, and others wait already.",
        "Try again after `Retry-After`.";
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED", Graphql,
        "The document is not GraphQL, or has a name of more than 200 letters or a string of more than 32 KiB.",
        "Mend the document at `locations`.";
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED", Graphql,
        "The document does not fit the schema, the variables do not fit the document, or no single operation is named.",
        "Compare with the schema. With several operations, pass `operationName`.";
    BadUserInput = "BAD_USER_INPUT", Graphql,
        "A value of an argument has the wrong form, for instance a date that is none.",
        "Mend the value; the scalar's description says its form.";
    QueryTooLarge = "QUERY_TOO_LARGE", Graphql,
        "The document has more than 5,000 tokens, 200 fragments or 32 KiB of comments and blanks, or, its fragments written out, more than 10,000 selections and values of arguments, 30 aliases, 20 root fields or 50 directives. Or its variables hold more than 5,000 values, or come to as many where they stand.",
        "Ask for less at a time.";
    QueryTooDeep = "QUERY_TOO_DEEP", Graphql,
        "Selections, or the values of an argument or a variable, nest deeper than 20, more than 20 fragments are spread within one another, or more than 100 fields and fragments stand within one another.",
        "Ask in several requests.";
    QueryTooExpensive = "QUERY_TOO_EXPENSIVE", Graphql,
        "The answer may hold more than 10,000 objects, or cost more than 1,000 points ([cost](cost.md)).",
        "Ask for smaller pages, and for fewer lists within lists.";
    AnswerTooLarge = "ANSWER_TOO_LARGE", Graphql,
        "The texts of the answer have more bytes than an answer may (`answer_limit`, 4 MiB). The fields that are beyond are null.",
        "Ask for smaller pages.";
    BadFilter = "BAD_FILTER", Graphql,
        "A filter comes to more than 100 filters, nested ones counted, or `and`, `or` or `year` has more than 20 entries, another list in a filter more than 500, or a year is none.",
        "Ask in several requests; write years with four digits.";
    BadArguments = "BAD_ARGUMENTS", Graphql,
        "A singular field got neither `id` nor `slug`, or both.",
        "Pass one of them.";
    BadId = "BAD_ID", Graphql,
        "The text is not an id, or the id of another type. In a filter an id of the right type that nothing has is `UNKNOWN_NAME`.",
        "Pass what an `id` field returned. A filter takes a slug, too.";
    UnknownName = "UNKNOWN_NAME", Graphql,
        "A filter, `groupId` of `changes` or `id` of `eventChanged` names something that is not there or not public. Singular fields are null instead.",
        "Take the slug that the message proposes, or look for it with `search`. What was deleted or is public no more has to be left out.";
    TooManyIds = "TOO_MANY_IDS", Graphql,
        "`nodes` was asked for more than 100 ids.",
        "Ask in several requests.";
    BadPage = "BAD_PAGE", Graphql,
        "`first` or `last` is not between 1 and 100, or both are given.",
        "Pass one of them, in the range; page on with a cursor.";
    BadCursor = "BAD_CURSOR", Graphql,
        "`after` or `before` is not a cursor, is damaged, or belongs to another order.",
        "Pass a cursor unchanged, with the `orderBy` it came from; else start again.";
    CursorTooOld = "CURSOR_TOO_OLD", Graphql,
        "Deletions since this cursor of `changes` are not kept any more.",
        "Forget what you hold, and begin again without `after`.";
    BadSearch = "BAD_SEARCH", Graphql,
        "A search text has more than 200 characters or more than 16 words, or `query` in a filter has no letter or digit. \
         In `search` a text without any finds nothing and is no error.",
        "Shorten it; leave `query` out of the filter until there is a word.";
    Unavailable = "UNAVAILABLE", Status(503),
        "The database did not give a connection in time, or a transaction lost a race.",
        "Try again in a moment.";
    Timeout = "TIMEOUT", Status(503),
        "The request, or one of its statements, took longer than the server allows.",
        "Ask for less at a time.";
    InternalServerError = "INTERNAL_SERVER_ERROR", Status(500),
        "Something else went wrong. Nothing of the cause is shown.",
        "Tell the operator the `x-request-id` of the answer.";
    DatabaseUnreachable = "DATABASE_UNREACHABLE", CommandLine,
        "There is no connection to the database, or it gives no turn to write. The message says where it should be and why.",
        "Do what the message says. What an import wrote stays; run it again.";
    StorageFailed = "STORAGE_FAILED", CommandLine,
        "The database can keep nothing more: its disk is full or fails, or its file is damaged or can only be read.",
        "Mend that. What an import wrote stays; run it again.";
    DatabaseUpgraded = "DATABASE_UPGRADED", CommandLine,
        "Another version of Folkmoot has brought the database up to date while this one wrote. Nothing of the write is kept.",
        "Use that version. What an import wrote before stays; run it again.";
    NoData = "NO_DATA", CommandLine,
        "The path is not a data directory of the format.",
        "Pass the directory that holds the files.";
    UnknownReference = "UNKNOWN_REFERENCE", CommandLine,
        "A record names another one that is not known.",
        "Mend the source; its batch was left out.";
    BadValue = "BAD_VALUE", CommandLine,
        "A value is against a rule of its field. The message says which.",
        "Mend the source; its batch was left out.";
    BadTimeZone = "BAD_TIME_ZONE", CommandLine,
        "A zone is not in the IANA database.",
        "Mend the source; the record was left out.";
}
