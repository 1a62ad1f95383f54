//! The database of an installation: its own PostgreSQL or the one that the settings name.

use std::time::Duration;

use anyhow::{Context, ensure};
use regia_cluster::{Cluster, ClusterError, ClusterOptions, ClusterState, Neighbour, Programs};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_secrets::{KeyRing, Secret};
use regia_store::external::{self, Purpose};
use regia_store::{ConnectOptions, Store, StoreSettings};

use crate::settings::Settings;

/// Lies in the data folder while a restore fills it.
pub(crate) const UNFINISHED_RESTORE: &str = "restore.unfinished";

/// How soon a database that went away, or came back, is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A database that takes longer to answer is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database that answers, with its schema up to date.
#[derive(Debug)]
pub(crate) struct Database {
    pub store: Store,
    cluster: Option<Cluster>,
}

impl Database {
    /// Takes the data folder and starts the private PostgreSQL, or checks the configured one; then
    /// migrates and connects.
    pub(crate) async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let StoreSettings {
            url, migrate_url, ..
        } = &settings.database;
        let (url, migrate_url, cluster) = match url {
            Some(url) => (
                url.clone(),
                migrate_url.as_ref().unwrap_or(url).clone(),
                None,
            ),
            None => {
                let cluster = private(settings).await?;
                (cluster.server_url(), cluster.url(), Some(cluster))
            }
        };
        if cluster.is_none() {
            external::check(&migrate_url, Purpose::Migrate).await?;
        }
        Store::migrate(&migrate_url)
            .await
            .context("the database cannot be brought up to date")?;
        Store::admit(&migrate_url, &url)
            .await
            .context("the server's role cannot be given its rights")?;
        if cluster.is_none() {
            external::check(&url, Purpose::Serve).await?;
        }
        let store = Store::connect(&ConnectOptions::new(url, &settings.database)).await?;
        Ok(Self { store, cluster })
    }

    /// Refuses a secret key that is not the one that sealed what is stored; the right one signs rows.
    pub(crate) async fn claim(&mut self, keys: &KeyRing) -> anyhow::Result<()> {
        let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
        let (current, old) = (keys.fingerprint(), keys.old_fingerprints());
        regia_store::installation::claim_fingerprint(&mut tx, &current, &old).await?;
        tx.commit().await?;
        self.store = self.store.clone().signing_with(keys);
        Ok(())
    }

    /// Holds readiness back while the database does not answer.
    pub(crate) fn watch(&self, lifecycle: &Lifecycle) {
        let (store, lifecycle) = (self.store.clone(), lifecycle.clone());
        lifecycle.clone().spawn("database watch", async move {
            let mut timer = tokio::time::interval(LOOK_EVERY);
            let mut away = None;
            let stopping = lifecycle.stopping();
            let mut look = async || {
                timer.tick().await;
                store.measure();
                match tokio::time::timeout(PATIENCE, store.ping()).await {
                    Ok(answer) => answer.map_err(|error| Fault::from(error).chain()),
                    Err(_) => Err(format!("nothing within {} s", PATIENCE.as_secs())),
                }
            };
            while let Some(answer) = stopping.run_until_cancelled(look()).await {
                match answer {
                    Ok(()) if away.take().is_some() => tracing::info!("the database answers again"),
                    Err(error) if away.is_none() => {
                        away = Some(lifecycle.latch("database"));
                        tracing::error!(error, "the database does not answer");
                    }
                    _ => {}
                }
            }
        });
    }

    /// Returns when the private PostgreSQL is gone for good; never for a configured one.
    pub(crate) async fn lost(&self) {
        match &self.cluster {
            // An error means the same: nobody looks after it any more.
            Some(cluster) => {
                drop(
                    cluster
                        .state()
                        .wait_for(|state| *state == ClusterState::Stopped)
                        .await,
                );
            }
            None => std::future::pending().await,
        }
    }

    /// Waits for the connections in use, then for PostgreSQL's own end.
    pub(crate) async fn stop(self) {
        self.store.close().await;
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

/// A database that a command works on, beside a running server or without one.
#[derive(Debug)]
pub(crate) struct Reached {
    pub url: Secret,
    pub programs: Programs,
    cluster: Option<Cluster>,
}

impl Reached {
    /// The configured database, the private one of a running server, or the private one started
    /// for this command.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database.url {
            let programs = Programs::newest(settings.database.bin_dir.as_deref())?;
            return Ok(Self {
                url: url.clone(),
                programs,
                cluster: None,
            });
        }
        let options = options(settings);
        match Cluster::start(options.clone()).await {
            Ok(cluster) => Ok(Self {
                url: cluster.url(),
                programs: Programs::fitting(&options)?,
                cluster: Some(cluster),
            }),
            Err(ClusterError::Locked { .. }) => {
                let Neighbour { url, programs } = Neighbour::of(&options)?;
                Ok(Self {
                    url,
                    programs,
                    cluster: None,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Stops what was started for this command.
    pub(crate) async fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

async fn private(settings: &Settings) -> anyhow::Result<Cluster> {
    let folder = settings.data_dir();
    ensure!(
        !folder.join(UNFINISHED_RESTORE).exists(),
        "a restore into {} did not end; remove the folder and restore again",
        folder.display()
    );
    Ok(Cluster::start(options(settings)).await?)
}

fn options(settings: &Settings) -> ClusterOptions {
    ClusterOptions::new(settings.data_dir(), &settings.database)
}
