//! Buckets in Redis, and what happens while it is away.
//!
//! One failure or late answer is enough to leave it: from then on nobody asks, and so nobody waits,
//! until a task of its own has made a new connection and had an answer.

mod connect;

use std::sync::Arc;
use std::time::Duration;

use redis::Script;
use regia_clock::Clock;
use regia_secrets::Secret;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::rules::Rate;
use crate::settings::RedisSettings;
use crate::signals;
use connect::{Link, Place};

/// Pause before Redis is tried again; doubled by every failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// A connection that held so long ended a disturbance: the next pause is the first again.
const STEADY: Duration = Duration::from_secs(10);

/// Why Redis cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisFailure {
    /// The settings do not say where it is.
    #[error("`redis.url` is no address of Redis: {0}")]
    Address(String),
    /// Sentinels, and no name to ask them for.
    #[error("`redis.kind` is `sentinel`; `redis.sentinel_master` is needed too")]
    NoMaster,
    /// It does not answer, or not as it should.
    #[error("Redis does not answer")]
    Away(#[source] redis::RedisError),
}

/// A bucket as Redis knows it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub class: &'static str,
    pub of: String,
    tag: String,
    rate: Rate,
}

impl Entry {
    pub(crate) fn new(tag: String, (class, of): (&'static str, &str), rate: Rate) -> Self {
        let of = of.to_owned();
        Self {
            class,
            of,
            tag,
            rate,
        }
    }
}

/// See the module sentence.
#[derive(Debug)]
pub(crate) struct Shared {
    clock: Clock,
    place: Place,
    prefix: String,
    script: Script,
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts connections, so that a failure of an old one does not end the present one.
    epoch: u64,
    link: Option<Link>,
}

impl Shared {
    /// Nothing without `redis.url`.
    pub(crate) fn new(
        settings: &RedisSettings,
        clock: Clock,
    ) -> Result<Option<Self>, RedisFailure> {
        let Some(place) = Place::new(settings)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            clock,
            place,
            prefix: settings.prefix.clone(),
            script: Script::new(include_str!("remote/spend.lua")),
            state: watch::Sender::default(),
        }))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state.borrow().link.is_some()
    }

    pub(crate) async fn until_up(&self, up: bool) {
        let mut state = self.state.subscribe();
        // Ends with an error only when the sender is gone, and it is ours.
        drop(state.wait_for(|state| state.link.is_some() == up).await);
    }

    /// Takes one from all or nothing from any; `None` when Redis is away.
    pub(crate) async fn spend(&self, entries: &[Entry]) -> Option<(bool, Vec<u64>)> {
        let entries: Vec<&Entry> = entries.iter().collect();
        self.run(true, &entries).await
    }

    /// Takes one from each, with room or without; those that Redis took, and how far ahead they are.
    pub(crate) async fn note<'a>(&self, entries: &'a [Entry]) -> Vec<(&'a Entry, u64)> {
        let mut told = Vec::with_capacity(entries.len());
        for group in self.place.groups(entries, |entry| &entry.tag) {
            // One key may be there twice: each of its uses is noted, and the last one is the latest.
            if let Some((_, aheads)) = self.run(false, &group).await {
                told.extend(group.into_iter().zip(aheads));
            }
        }
        told
    }

    async fn run(&self, must_fit: bool, entries: &[&Entry]) -> Option<(bool, Vec<u64>)> {
        let (epoch, link) = {
            let state = self.state.borrow();
            (state.epoch, state.link.clone()?)
        };
        let mut call = self.script.prepare_invoke();
        call.arg(u8::from(must_fit));
        for Entry {
            class,
            of,
            tag,
            rate,
        } in entries
        {
            call.key(format!("{}:limit:{{{tag}}}:{class}:{of}", self.prefix));
            call.arg(rate.interval_us()).arg(rate.burst());
        }
        let asked_at = self.clock.instant();
        let answer: Result<Vec<u64>, _> = link.invoke(&call).await;
        let took = self.clock.instant().saturating_duration_since(asked_at);
        metrics::histogram!(signals::ASKED).record(took.as_secs_f64());
        match answer {
            Ok(answer) if answer.len() == entries.len() + 1 => {
                let mut numbers = answer.into_iter();
                let allowed = numbers.next() == Some(1);
                Some((allowed, numbers.collect()))
            }
            Ok(_) => {
                self.lose(epoch, "it answered something else");
                None
            }
            Err(error) => {
                self.lose(epoch, &error.to_string());
                None
            }
        }
    }

    /// Leaves a connection, once, whoever finds out first.
    fn lose(&self, epoch: u64, reason: &str) {
        let left = self.state.send_if_modified(|state| {
            let present = state.epoch == epoch && state.link.is_some();
            if present {
                state.link = None;
            }
            present
        });
        if left {
            metrics::counter!(signals::LOST).increment(1);
            metrics::gauge!(signals::SHARED).set(0.0);
            tracing::warn!(
                error = reason,
                "redis is away: until it is back this node admits its share of every limit"
            );
        }
    }

    /// Keeps a connection, until the server stops.
    pub(crate) fn keep(
        self: &Arc<Self>,
        stopping: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let shared = Arc::clone(self);
        async move {
            stopping.run_until_cancelled(shared.connect_again()).await;
        }
    }

    async fn connect_again(&self) {
        metrics::gauge!(signals::SHARED).set(0.0);
        let (mut pause, mut said) = (FIRST_PAUSE, false);
        loop {
            match self.place.connect().await {
                Ok(link) => {
                    let since = self.clock.instant();
                    self.state.send_modify(|state| {
                        state.epoch += 1;
                        state.link = Some(link);
                    });
                    metrics::gauge!(signals::SHARED).set(1.0);
                    tracing::info!("limits are counted in redis, for all nodes together");
                    said = true;
                    self.until_up(false).await;
                    if self.clock.instant().saturating_duration_since(since) >= STEADY {
                        pause = FIRST_PAUSE;
                    }
                }
                Err(error) if !said => {
                    said = true;
                    tracing::warn!(
                        error = %error,
                        "redis does not answer: until it does this node admits its share of every limit"
                    );
                }
                Err(error) => tracing::debug!(error = %error, "redis does not answer yet"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

/// Looks whether Redis answers, for `regia doctor`; its version. Nothing without `redis.url`.
///
/// # Errors
/// Why it cannot be used.
pub async fn check(settings: &RedisSettings) -> Result<Option<String>, RedisFailure> {
    match Place::new(settings)? {
        Some(place) => place.version().await.map(Some).map_err(RedisFailure::Away),
        None => Ok(None),
    }
}

fn addresses(url: &Secret) -> impl Iterator<Item = &str> {
    url.expose()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
}
