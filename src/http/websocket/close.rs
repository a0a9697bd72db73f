//! Why a socket is closed. Each code is declared once, here: its number, and its line in `docs/errors.md`.

use axum::extract::ws::{CloseFrame, Message};

/// How long a reason may be, in bytes: a close frame has 125, two are the code.
const LONGEST_REASON: usize = 123;

/// Makes [`CloseCode`] from rows: `Variant = number, "meaning";`.
macro_rules! close_codes {
    ($($variant:ident = $number:literal, $meaning:literal;)+) => {
        /// The code of a close frame.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CloseCode {
            $(#[doc = $meaning] $variant = $number,)+
        }

        impl CloseCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it is in the frame.
            #[must_use]
            pub fn number(self) -> u16 {
                self as u16
            }

            /// What it means, as Markdown.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

close_codes! {
    GoingAway = 1001, "The server ends, or the socket has lived for an hour, which is the longest that one may. Connect again, and go on after the last `cursor`.";
    BadFrame = 1002, "A frame breaks the WebSocket protocol.";
    NotUtf8 = 1007, "A text is not UTF-8.";
    Policy = 1008, "The client has no points for a message that is longer than 8 KiB ([cost](cost.md)). Wait, then connect again.";
    TooLarge = 1009, "A message is longer than 256 KiB.";
    Failure = 1011, "Something went wrong on our side.";
    NoSignOfLife = 1013, "The client did not answer pings for 45 seconds. Connect again.";
    BadMessage = 4400, "A message is none of the protocol `graphql-transport-ws`; the reason says why.";
    Unauthorized = 4401, "`subscribe` came before `connection_init`.";
    InitTimeout = 4408, "`connection_init` did not come within 10 seconds.";
    IdInUse = 4409, "An operation with this id is running.";
    SecondInit = 4429, "A second `connection_init`.";
}

/// Why a socket is closed.
pub(super) struct Close(CloseCode, String);

impl Close {
    /// A reason is cut where the frame has no more room.
    pub(super) fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Self(code, reason.into())
    }

    /// The last message of the socket.
    pub(super) fn frame(mut self) -> Message {
        while self.1.len() > LONGEST_REASON {
            self.1.pop();
        }
        Message::Close(Some(CloseFrame { code: self.0.number(), reason: self.1.into() }))
    }
}
