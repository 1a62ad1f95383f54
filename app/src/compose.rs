//! The only place that names all modules: it hands each what it needs and wires them together.

use std::net::SocketAddr;
use std::time::Duration;

use regia_access::Access;
use regia_acs::Acs;
use regia_clock::{Chance, Clock};
use regia_lifecycle::Lifecycle;
use regia_secrets::KeyRing;
use regia_settings::Environment;
use regia_store::Store;
use regia_telemetry::metrics::{PrometheusHandle, UPKEEP_SECONDS};

use crate::first_start;
use crate::settings::Settings;

/// What every module may ask for.
#[derive(Debug)]
pub(crate) struct Parts {
    pub store: Store,
    pub clock: Clock,
    pub chance: Chance,
    pub keys: KeyRing,
    pub lifecycle: Lifecycle,
    pub metrics: PrometheusHandle,
}

/// Starts the modules; the lines are for whoever started the server.
pub(crate) async fn run(
    parts: Parts,
    settings: Settings,
    environment: &Environment,
) -> anyhow::Result<Vec<String>> {
    let Parts {
        store,
        clock,
        chance,
        keys,
        lifecycle,
        metrics,
    } = parts;
    describe_metrics();
    lifecycle.spawn("metrics upkeep", keep_up(metrics.clone(), &lifecycle));
    let access = Access::new(
        store.clone(),
        &keys,
        settings.access,
        clock.clone(),
        chance.clone(),
    )?;
    access.run_upkeep(&lifecycle);
    let parts = regia_acs::Parts {
        store,
        clock,
        chance,
        keys: &keys,
        lifecycle: lifecycle.clone(),
        settings: settings.acs,
    };
    let acs = Acs::start(parts).await?;
    first_start::seed(&access, &acs, environment).await
}

/// The addresses that will be listened on, each with its name.
pub(crate) fn listeners(_settings: &Settings) -> Vec<(&'static str, SocketAddr)> {
    Vec::new()
}

/// Describes the metrics of everything that is composed.
pub(crate) fn describe_metrics() {
    Lifecycle::describe_metrics();
    regia_access::describe_metrics();
    regia_acs::describe_metrics();
}

fn keep_up(
    metrics: PrometheusHandle,
    lifecycle: &Lifecycle,
) -> impl Future<Output = ()> + Send + 'static {
    let stopping = lifecycle.stopping();
    let mut timer = tokio::time::interval(Duration::from_secs(UPKEEP_SECONDS));
    async move {
        while stopping.run_until_cancelled(timer.tick()).await.is_some() {
            metrics.run_upkeep();
        }
    }
}
