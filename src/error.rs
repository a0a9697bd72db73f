//! The error of all layers. Its text is always safe to show to anybody. Its cause is logged where the error is made.
//!
//! Which one to use: [`Error::invalid`] when the caller can mend the request, [`Error::Unavailable`] when a retry may
//! help, [`Error::Internal`] for the rest.

pub use self::{
    code::{Code, Reach},
    printable::{is_direction_mark, printable, steers},
};

mod code;
mod printable;

/// What can go wrong, with a stable public [`Code`] each (see `docs/errors.md`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request asks for something impossible. The message says where, and what would be right.
    #[error("{message}")]
    Invalid {
        /// A stable word for programs.
        code: Code,
        /// A sentence for people, with the way out.
        message: String,
    },
    /// The database did not answer in time.
    #[error("The database is busy. Try again in a moment.")]
    Unavailable,
    /// The request took longer than the server allows.
    #[error("The request took too long. Ask for less at a time.")]
    Timeout,
    /// The client asked for more than its share.
    #[error("You have used up your points. Wait {retry_after} s, or ask for less at a time.")]
    RateLimited {
        /// In how many seconds there will be enough points.
        retry_after: u64,
    },
    /// The server has as many requests as it can serve.
    #[error("The server is busy. Try again in a moment.")]
    Overloaded,
    /// Anything else. The cause is in the server's log under the request's id.
    #[error("Something went wrong on our side. The server's log has the cause under this request's id.")]
    Internal,
    /// Another row has a value that only one may have. If another writer was first, the transaction is tried again.
    #[error("{0}: another row has this value already.")]
    Taken(String),
    /// The storage of the database fails, and this is what is wrong with it. Clients see it as [`Error::Internal`].
    #[error("{}", Self::Internal)]
    Storage(&'static str),
    /// Another error, which ended a subscription.
    #[error("{error} Then go on after the last `cursor` that you saw.")]
    Ended {
        /// Why it ended.
        error: Box<Self>,
        /// The cursor of the last change that the client got, or of the beginning of the subscription.
        after: String,
    },
    /// Another error, with the field of the answer that failed.
    #[error("{error}")]
    At {
        /// The way to the field from the root of the answer.
        path: Vec<Step>,
        /// What went wrong there.
        error: Box<Self>,
    },
}

/// A step on the way to a field of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the field of this name, or alias.
    Field(String),
    /// Into this item of a list.
    Item(usize),
}

/// The result of everything that can fail with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that the caller can mend. The message may repeat a request or data. Signs in it that steer a terminal
    /// are escaped.
    pub fn invalid(code: Code, message: impl Into<String>) -> Self {
        Self::Invalid { code, message: printable(&message.into()) }
    }

    /// The same error, with the field that failed. If there is a field already, it stays, because it is the innermost
    /// one.
    #[must_use]
    pub fn at(self, path: impl FnOnce() -> Vec<Step>) -> Self {
        match self {
            Self::At { .. } => self,
            error => Self::At { path: path(), error: Box::new(error) },
        }
    }

    /// The error itself, and the way to the field that failed. The way is empty if it is not known.
    #[must_use]
    pub fn parts(&self) -> (&Self, &[Step]) {
        match self {
            Self::At { path, error } => (error, path),
            error => (error, &[]),
        }
    }

    /// Logs the cause. The error itself has nothing of it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::Internal
    }

    /// The same error, which ended a subscription. The client goes on after this cursor, unless the error says that it
    /// cannot.
    #[must_use]
    pub fn ended(self, after: String) -> Self {
        match self.code() {
            Code::CursorTooOld => self,
            _ => Self::Ended { error: Box::new(self), after },
        }
    }

    /// After how many seconds a retry may help. `None` if it cannot help.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Overloaded
            | Self::Unavailable
            | Self::Invalid { code: Code::TooManyConnections | Code::TooManyOperations, .. } => Some(1),
            Self::At { error, .. } | Self::Ended { error, .. } => error.retry_after(),
            _ => None,
        }
    }

    /// The cursor after which the client goes on, if the error ended its subscription.
    #[must_use]
    pub fn resume_after(&self) -> Option<&str> {
        match self {
            Self::Ended { after, .. } => Some(after),
            Self::At { error, .. } => error.resume_after(),
            _ => None,
        }
    }

    /// The stable code of `extensions.code`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid { code, .. } => *code,
            Self::Unavailable => Code::Unavailable,
            Self::Timeout => Code::Timeout,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::Overloaded => Code::Overloaded,
            Self::Internal | Self::Storage(_) => Code::InternalServerError,
            Self::Taken(_) => Code::BadValue,
            Self::At { error, .. } | Self::Ended { error, .. } => error.code(),
        }
    }
}
