//! The database of an installation: its own PostgreSQL or the one that the settings name.

use anyhow::Context;
use regia_ident::TerritoryId;
use regia_secrets::KeyRing;
use regia_store::embedded::{Cluster, ClusterOptions, ClusterState};
use regia_store::{ConnectOptions, Store, StoreSettings};

use crate::settings::Settings;

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
                (cluster.url(), cluster.url(), Some(cluster))
            }
        };
        Store::migrate(&migrate_url)
            .await
            .context("the database cannot be brought up to date")?;
        let store = Store::connect(&ConnectOptions::new(url, &settings.database)).await?;
        Ok(Self { store, cluster })
    }

    /// Refuses a secret key that is not the one that sealed what is stored.
    pub(crate) async fn claim(&self, keys: &KeyRing) -> anyhow::Result<()> {
        let mut tx = self.store.begin(TerritoryId::ROOT).await?;
        let (current, old) = (keys.fingerprint(), keys.old_fingerprints());
        regia_store::installation::claim_fingerprint(&mut tx, &current, &old).await?;
        Ok(tx.commit().await?)
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

async fn private(settings: &Settings) -> anyhow::Result<Cluster> {
    let options = ClusterOptions::new(settings.data_dir(), &settings.database);
    Ok(Cluster::start(options).await?)
}
