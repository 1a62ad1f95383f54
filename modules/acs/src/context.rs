//! What the module's parts work with: handed in once, shared by all.

use std::sync::Arc;

use regia_clock::{Chance, Clock};
use regia_ident::TerritoryId;
use regia_secrets::Key;
use regia_store::Store;
use tokio::sync::{Semaphore, mpsc};

use crate::model::identity::DeviceId;
use crate::rules::secrecy::Secrecy;
use crate::settings::AcsSettings;
use crate::store::arrival::Node;
use crate::wire::gate::Failures;
use crate::wire::login::FleetCredentials;
use crate::wire::session::Sessions;

/// The channel on which nodes tell each other that a device has work; the payload is its number.
pub const WORK_CHANNEL: &str = "acs_work";

/// The channel on which nodes tell each other that fleet credentials changed.
pub const CREDENTIAL_CHANNEL: &str = "acs_credential";

/// See the module sentence.
#[derive(Debug)]
pub struct Context {
    /// The rows.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Chance,
    /// Settings of the module.
    pub settings: AcsSettings,
    /// Seals secret parameters.
    pub secrecy: Secrecy,
    /// Hashes and seals device credentials.
    pub credential_key: Key,
    /// Makes session cookies and nonces.
    pub cookie_key: Key,
    /// Credentials that a whole fleet may start with.
    pub fleet: FleetCredentials,
    /// Failed logins of devices.
    pub failures: Failures,
    /// This process among all, and its lease on sessions.
    pub node: Node,
    /// Sessions that this node holds.
    pub sessions: Sessions,
    /// Places for devices that are being discovered or onboarded.
    pub background: Arc<Semaphore>,
    /// Devices to call in; see [`Context::call`].
    pub calls: mpsc::Sender<(TerritoryId, DeviceId)>,
}

impl Context {
    /// Has a device called in soon. When too many wait already, it is left to call by itself.
    pub fn call(&self, territory: TerritoryId, device: DeviceId) {
        if self.calls.try_send((territory, device)).is_err() {
            crate::signals::connection_request("skipped");
        }
    }
}
