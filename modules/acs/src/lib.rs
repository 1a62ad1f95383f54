//! Broadband devices: registered, read, configured and restarted over TR-069 (CWMP).

use std::sync::Arc;

use axum::Router;
use regia_access::Principal;
use regia_clock::{Chance, Clock};
use regia_console::Page;
use regia_console::live::Live;
use regia_console::search::Answers;
use regia_fault::Fault;
use regia_lifecycle::Lifecycle;
use regia_limits::Limits;
use regia_secrets::{KeyRing, Secret};
use regia_store::{Store, StoreError};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::context::Context;
use crate::flows::census::Census;
use crate::model::onboarding::{Answer, Source};
use crate::rules::secrecy::Secrecy;
use crate::store::arrival::Node;
use crate::store::{timeline, trace};
use crate::wire::batch::Batches;
use crate::wire::gate::{Failures, Starts};
use crate::wire::login::FleetCredentials;
use crate::wire::server::{self, Server};
use crate::wire::session::Sessions;
use crate::wire::tap::Tracer;

pub use crate::flows::fleet::{FIRST_USERNAME, Seeded};
pub use crate::pages::{ACTIONS, MESSAGES, NAVIGATION};
pub use crate::permissions::ALL as PERMISSIONS;
pub use crate::settings::AcsSettings;
pub use crate::signals::describe as describe_metrics;

mod api;
mod context;
mod fault;
mod flows;
mod model;
mod pages;
mod permissions;
mod rules;
mod settings;
mod signals;
mod store;
mod tasks;
#[cfg(test)]
mod testing;
mod wire;

/// What the module is given.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The rows.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub chance: Chance,
    /// The installation's secret key and its predecessors.
    pub keys: &'a KeyRing,
    /// Where background work is started, and told to stop.
    pub lifecycle: Lifecycle,
    /// Section `acs`.
    pub settings: AcsSettings,
    /// Pages that are open, to be told what changed.
    pub live: Live,
    /// Where it is counted how often a device calls.
    pub limits: Limits,
}

/// The module, running.
#[derive(Debug, Clone)]
pub struct Acs {
    context: Arc<Context>,
    batches: Arc<Batches>,
}

/// Devices that wait to be called in at most; the others call by themselves.
const MAX_CALLS: usize = 10_000;

impl Acs {
    /// Starts the module on a migrated database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start(parts: Parts<'_>) -> Result<Self, StoreError> {
        let Parts {
            store,
            clock,
            chance,
            keys,
            lifecycle,
            settings,
            live,
            limits,
        } = parts;
        signals::describe();
        timeline::keep_partitions(&store, clock.now(), settings.retention_days).await?;
        trace::keep_partitions(&store, clock.now()).await?;
        let (calls, called) = mpsc::channel(MAX_CALLS);
        let (tracer, heard) = Tracer::new();
        let context = Arc::new(Context {
            secrecy: Secrecy::new(
                keys.derive("acs parameter"),
                chance.clone(),
                &settings.secret_parameters,
            ),
            credential_key: keys.derive("acs credential"),
            cookie_key: keys.derive("acs cookie"),
            fleet: FleetCredentials::default(),
            onboarding: Answer::default(),
            starts: Starts::new(limits, &settings.session),
            failures: Failures::new(settings.auth.failures_per_minute, clock.instant()),
            node: Node::new(&chance, &settings),
            stopping: lifecycle.stopping(),
            drained: CancellationToken::new(),
            census: Census::default(),
            sessions: Sessions::default(),
            tracer,
            background: Arc::new(Semaphore::new(settings.onboarding.places())),
            live,
            transfers: Arc::new(Semaphore::new(settings.files.places())),
            calls,
            store,
            clock,
            chance,
            settings,
        });
        flows::fleet::load(&context).await?;
        flows::mode::load(&context).await?;
        let batches = Arc::new(Batches::start(&context, &lifecycle));
        let stopping = || lifecycle.stopping();
        let shared = || Arc::clone(&context);
        lifecycle.spawn("acs_drain", tasks::drain::run(shared()));
        lifecycle.spawn("acs_sweep", tasks::sweep::run(shared(), stopping()));
        lifecycle.spawn("acs_listen", tasks::listen::run(shared(), stopping()));
        lifecycle.spawn("acs_discover", tasks::discover::run(shared(), stopping()));
        lifecycle.spawn("acs_housekeep", tasks::housekeep::run(shared(), stopping()));
        lifecycle.spawn("acs_backfill", tasks::backfill::run(shared(), stopping()));
        lifecycle.spawn("acs_bulk", tasks::bulk::run(shared(), stopping()));
        lifecycle.spawn("acs_import", tasks::import::run(shared(), stopping()));
        lifecycle.spawn("acs_twin", tasks::twin::run(shared(), stopping()));
        lifecycle.spawn("acs_census", tasks::census::run(shared(), stopping()));
        lifecycle.spawn("acs_trace", tasks::trace::run(shared(), heard));
        lifecycle.spawn("acs_search", tasks::search::run(shared(), stopping()));
        lifecycle.spawn("acs_reach", flows::reach::run(shared(), called, stopping()));
        Ok(Self { context, batches })
    }

    /// Makes sure that there is a fleet credential.
    ///
    /// # Errors
    /// When the given password is too short, or the database does not answer.
    pub async fn seed_fleet_credential(&self, given: Option<Secret>) -> Result<Seeded, Fault> {
        Ok(flows::fleet::seed(&self.context, given).await?)
    }

    /// Where in the console to answer how far the server goes with new devices, while nobody did.
    #[must_use]
    pub fn open_question(&self) -> Option<&'static str> {
        let found = flows::mode::in_force(&self.context);
        (found.source == Source::Nobody).then_some("/acs/onboarding")
    }

    /// The operations of the API, without `/api/v1`.
    #[must_use]
    pub fn api(&self) -> OpenApiRouter {
        api::router(Arc::clone(&self.context))
    }

    /// The pages of the console.
    pub fn pages(&self) -> Router {
        pages::router(Arc::clone(&self.context))
    }

    /// The devices that the search of the top bar finds by the beginning of their serial numbers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search(
        &self,
        principal: &Principal,
        page: &Page,
        text: &str,
    ) -> Result<Answers, Fault> {
        Ok(pages::find_devices(&self.context, principal, page, text).await?)
    }

    /// Cancelled when the server stops and the last session is over: until then the CWMP listeners
    /// must be served.
    #[must_use]
    pub fn drained(&self) -> CancellationToken {
        self.context.drained.clone()
    }

    /// The routes of the CWMP listeners. Each request carries its [`regia_listener::Peer`].
    pub fn cwmp(&self) -> Router {
        let server = Server {
            context: Arc::clone(&self.context),
            batches: Arc::clone(&self.batches),
        };
        server::router(server)
    }
}
