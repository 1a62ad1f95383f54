//! What the module's parts work with: handed in once, shared by all.

use std::sync::Arc;

use regia_access::{Denied, Permission, Principal};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_ident::TerritoryId;
use regia_secrets::Key;
use regia_store::{Areas, Store, Tx};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::fault::AcsError;
use crate::flows::census::Census;
use crate::model::identity::DeviceId;
use crate::model::onboarding::Answer;
use crate::model::task::{Task, TaskId};
use crate::permissions;
use crate::rules::secrecy::Secrecy;
use crate::settings::AcsSettings;
use crate::store::arrival::Node;
use crate::store::{device, task};
use crate::wire::gate::{Failures, Starts};
use crate::wire::login::FleetCredentials;
use crate::wire::session::Sessions;
use crate::wire::tap::Tracer;

/// The channel on which nodes tell each other that a device has work; the payload is its number.
pub const WORK_CHANNEL: &str = "acs_work";

/// The channel on which nodes tell each other that fleet credentials changed.
pub const CREDENTIAL_CHANNEL: &str = "acs_credential";

/// The channel on which nodes tell each other that the onboarding mode was chosen.
pub const ONBOARDING_CHANNEL: &str = "acs_onboarding";

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
    /// How far to go with new devices, as an operator answered.
    pub onboarding: Answer,
    /// How often devices begin sessions.
    pub starts: Starts,
    /// Failed logins of devices.
    pub failures: Failures,
    /// This process among all, and its lease on sessions.
    pub node: Node,
    /// The wish to stop: no session begins any more, those that run go on.
    pub stopping: CancellationToken,
    /// The last session is over: nothing more will be asked of the database.
    pub drained: CancellationToken,
    /// Sessions that this node holds.
    pub sessions: Sessions,
    /// Takes what traced devices say and hear.
    pub(crate) tracer: Tracer,
    /// Places for devices that are being discovered or onboarded.
    pub background: Arc<Semaphore>,
    /// Places for files on their way to devices or from them.
    pub transfers: Arc<Semaphore>,
    /// The fleet in numbers.
    pub census: Census,
    /// Pages that are open.
    pub live: Live,
    /// Devices to call in; see [`Context::call`].
    pub calls: mpsc::Sender<(TerritoryId, DeviceId)>,
}

impl Context {
    /// A transaction that reaches what the principal may do this to.
    ///
    /// # Errors
    /// When the principal may not do it anywhere, or the database does not answer.
    pub async fn begin(
        &self,
        principal: &Principal,
        permission: &Permission,
    ) -> Result<Tx, AcsError> {
        Ok(self.store.begin(principal.scope(permission)?).await?)
    }

    /// The same for one device. Whoever sees it and may not do this to it is denied; for everybody
    /// else it is not there.
    ///
    /// # Errors
    /// As [`Context::begin`], and when there is no such device for the principal.
    pub async fn begin_on(
        &self,
        principal: &Principal,
        permission: &Permission,
        id: DeviceId,
    ) -> Result<Tx, AcsError> {
        let scope = principal.scope(permission)?;
        let everywhere = scope.areas == Areas::Whole;
        let mut tx = self.store.begin(scope).await?;
        if everywhere || !device::among(&mut tx, &[id]).await?.is_empty() {
            return Ok(tx);
        }
        drop(tx);
        let mut tx = self.begin(principal, &permissions::DEVICE_READ).await?;
        Err(match device::among(&mut tx, &[id]).await?.is_empty() {
            true => AcsError::NoDevice(id),
            false => denied(permission),
        })
    }

    /// The same for what is asked of one task: it takes what giving its command takes.
    ///
    /// # Errors
    /// As [`Context::begin_on`].
    pub async fn begin_on_task(&self, principal: &Principal, id: TaskId) -> Result<Tx, AcsError> {
        let (tx, found) = self
            .begin_task(principal, id, &permissions::TASK_RUN)
            .await?;
        let permission = permissions::of(&found.command);
        if permission.name == permissions::TASK_RUN.name {
            return Ok(tx);
        }
        drop(tx);
        Ok(self.begin_task(principal, id, permission).await?.0)
    }

    async fn begin_task(
        &self,
        principal: &Principal,
        id: TaskId,
        permission: &Permission,
    ) -> Result<(Tx, Task), AcsError> {
        let mut tx = self.store.begin(principal.scope(permission)?).await?;
        if let Some(found) = task::find(&mut tx, id).await? {
            return Ok((tx, found));
        }
        drop(tx);
        let mut tx = self.begin(principal, &permissions::TASK_READ).await?;
        Err(match task::find(&mut tx, id).await? {
            Some(_) => denied(permission),
            None => AcsError::NoTask(id),
        })
    }

    /// Tells the pages that show a device, or tasks, that something changed. After the commit.
    pub fn announce(&self, device: DeviceId) {
        self.publish(&format!("device:{device}"));
        self.publish("tasks");
    }

    /// Tells the pages that show a topic, on every node, that it changed. After the commit.
    pub fn publish(&self, topic: &str) {
        if let Ok(topic) = topic.parse() {
            self.live.publish(topic);
        }
    }

    /// Has a device called in soon. When too many wait already, it is left to call by itself.
    pub fn call(&self, territory: TerritoryId, device: DeviceId) {
        if self.calls.try_send((territory, device)).is_err() {
            crate::signals::connection_request("skipped");
        }
    }
}

fn denied(permission: &Permission) -> AcsError {
    let permission = permission.name;
    Denied { permission }.into()
}
