//! Defaults and limits of settings about connections.

use super::{ConnectionSettings, Connections};

impl Connections {
    /// Lowers the number of connections, if the system allows fewer than were set.
    pub fn lower(&mut self, most: u32) {
        if most < self.max_connections {
            (self.max_connections, self.client_connections) = (most, self.client_connections.min(share_of(most)));
        }
    }
}

/// How many of the connections one client may have: a quarter, at least 64, but at most three quarters.
fn share_of(most: u32) -> u32 {
    let quarter = most / 4;
    quarter.max(64).min(most - quarter)
}

/// The default of `client_connections`.
pub(super) fn share(settings: &ConnectionSettings) -> i64 {
    u32::try_from(settings.max_connections()).map_or(i64::MAX, |most| share_of(most).into())
}
