//! `regia serve`: starts everything, waits for the wish to stop, stops everything.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use regia_clock::{Chance, Clock};
use regia_lifecycle::Lifecycle;
use regia_settings::Environment;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime;

use crate::compose::{self, Parts};
use crate::database::Database;
use crate::keys;
use crate::place::Place;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::terminal::say;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Address of the console and the API [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    web_listen: Option<String>,
    /// Address that devices talk CWMP to [default: 0.0.0.0:7547].
    #[arg(long, value_name = "ADDRESS")]
    cwmp_listen: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let settings = arguments.place.settings(&environment, |sources| {
        sources
            .argument("--web-listen", "web.listen", arguments.web_listen)
            .argument("--cwmp-listen", "acs.listen", arguments.cwmp_listen)
    })?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    raise_open_files();
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(settings, environment));
    // After a second signal something may still run; the process ends without it.
    runtime.shutdown_background();
    ended
}

/// Each connection is an open file, and the usual soft limit (1024) is a leftover of `select`.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files stays as it was");
    }
}

async fn serve(settings: Settings, environment: Environment) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let drain = Duration::from_secs(settings.server.drain_seconds);
    let lifecycle = Lifecycle::new();
    let database = tokio::select! {
        started = start(settings, &environment, &lifecycle) => started?,
        () = signals.next() => return Ok(ExitCode::FAILURE),
    };
    tokio::select! {
        () = signals.next() => {}
        () = database.lost() => bail!("the private PostgreSQL is gone; its last words are in the log"),
    }
    tracing::info!(
        server.drain_seconds = drain.as_secs(),
        "stopping; a second signal stops at once"
    );
    tokio::select! {
        clean = stop(&lifecycle, drain, database) => Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        () = signals.next() => {
            tracing::warn!("stopped at once by a second signal");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn start(
    settings: Settings,
    environment: &Environment,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Database> {
    tracing::info!(
        server.version = env!("CARGO_PKG_VERSION"),
        server.data_dir = %settings.data_dir().display(),
        "the server starts"
    );
    let metrics = regia_telemetry::metrics::install()?;
    let chance = Chance::from_system();
    let mut database = Database::start(&settings).await?;
    let keys = keys::load(&settings, &chance)?;
    database.claim(&keys).await?;
    database.watch(lifecycle);
    let parts = Parts {
        store: database.store.clone(),
        clock: Clock::system(),
        chance,
        keys,
        lifecycle: lifecycle.clone(),
        metrics,
    };
    for line in compose::run(parts, settings, environment).await? {
        say(&line);
    }
    tracing::info!("the server is ready");
    Ok(database)
}

async fn stop(lifecycle: &Lifecycle, drain: Duration, database: Database) -> bool {
    let report = lifecycle.stop(drain).await;
    database.stop().await;
    tracing::info!("the server has stopped");
    report.clean()
}
