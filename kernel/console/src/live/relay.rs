//! Moves batches: to this process's readers, and through PostgreSQL to the other nodes'.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use regia_lifecycle::Lifecycle;
use regia_store::{Store, StoreError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{GAP, Live, RELOADS, Topic};

/// The PostgreSQL channel: `<process> <topic> <topic> …`, or `<process> *` for anything.
const CHANNEL: &str = "regia_live";

/// A payload's bytes; PostgreSQL takes 7,999.
const PAYLOAD: usize = 7_900;

/// Between two attempts to listen.
const AGAIN: Duration = Duration::from_secs(2);

impl Live {
    /// Sets the hub going until the process stops; with a store, also across nodes.
    pub fn start(&self, lifecycle: &Lifecycle, store: Option<Store>) {
        let stopping = lifecycle.stopping();
        if let Some(store) = store.clone() {
            let (live, stopping) = (self.clone(), stopping.clone());
            lifecycle.spawn("live-listen", async move {
                let _ = stopping.run_until_cancelled(live.listen(&store)).await;
            });
        }
        let live = self.clone();
        lifecycle.spawn("live-send", async move { live.send(store, stopping).await });
    }

    /// Delivers what is published, at most one batch per [`GAP`].
    async fn send(&self, store: Option<Store>, stopping: CancellationToken) {
        while stopping
            .run_until_cancelled(self.0.wake.notified())
            .await
            .is_some()
        {
            let Some(topics) = self.take() else { continue };
            self.deliver(topics.clone());
            if let Some(store) = &store
                && let Err(error) = self.notify(store, topics).await
            {
                tracing::warn!(%error, "other nodes' browsers were not told what changed");
            }
            if stopping.run_until_cancelled(sleep(GAP)).await.is_none() {
                return;
            }
        }
    }

    async fn notify(
        &self,
        store: &Store,
        topics: Option<Arc<BTreeSet<Topic>>>,
    ) -> Result<(), StoreError> {
        for payload in payloads(&self.0.process, topics.as_deref()) {
            store.notify(CHANNEL, &payload).await?;
        }
        Ok(())
    }

    /// Hears the other nodes. Whenever the connection was away, anything may have changed.
    async fn listen(&self, store: &Store) {
        let mut heard_before = false;
        loop {
            if let Err(error) = self.hear(store, &mut heard_before).await {
                tracing::warn!(%error, "not hearing other nodes' live events; trying again");
            }
            sleep(AGAIN).await;
        }
    }

    async fn hear(
        &self,
        store: &Store,
        heard_before: &mut bool,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut listener = store.listener().await?;
        listener.listen(CHANNEL).await?;
        if std::mem::replace(heard_before, true) {
            self.reload();
        }
        loop {
            match listener.try_recv().await? {
                Some(heard) => self.accept(heard.payload()),
                None => self.reload(),
            }
        }
    }

    fn reload(&self) {
        metrics::counter!(RELOADS, "reason" => "deaf").increment(1);
        self.deliver(None);
    }

    /// A payload of another node; its own is known already.
    pub(super) fn accept(&self, payload: &str) {
        let mut words = payload.split(' ');
        if words.next() == Some(&*self.0.process) {
            return;
        }
        let words: Vec<_> = words.collect();
        if words == ["*"] {
            return self.deliver(None);
        }
        let topics: BTreeSet<_> = words
            .into_iter()
            .filter_map(|word| word.parse().ok())
            .collect();
        if !topics.is_empty() {
            self.deliver(Some(Arc::new(topics)));
        }
    }
}

/// The texts that carry topics, each within PostgreSQL's limit.
pub(super) fn payloads(process: &str, topics: Option<&BTreeSet<Topic>>) -> Vec<String> {
    let Some(topics) = topics else {
        return vec![format!("{process} *")];
    };
    let mut payloads = Vec::new();
    let mut payload = process.to_owned();
    for topic in topics {
        if payload.len() + 1 + topic.0.len() > PAYLOAD {
            payloads.push(std::mem::replace(&mut payload, process.to_owned()));
        }
        payload.push(' ');
        payload.push_str(&topic.0);
    }
    payloads.push(payload);
    payloads
}
