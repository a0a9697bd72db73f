//! What connections share out.

use super::{ConnectionSettings, Connections};

impl Connections {
    /// Takes fewer than was wanted.
    pub fn lower(&mut self, most: u32) {
        if most < self.max_connections {
            (self.max_connections, self.client_connections) = (most, self.client_connections.min(share_of(most)));
        }
    }
}

/// How many of the connections one client may have: a quarter, at least 64, but never the last quarter.
fn share_of(most: u32) -> u32 {
    let quarter = most / 4;
    quarter.max(64).min(most - quarter)
}

/// How many of them it may have if nobody says anything.
pub(super) fn share(settings: &ConnectionSettings) -> i64 {
    u32::try_from(settings.max_connections()).map_or(i64::MAX, |most| share_of(most).into())
}
