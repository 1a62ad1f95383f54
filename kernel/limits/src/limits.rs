//! Decisions: in Redis where there is one, else in this process.

use std::sync::Arc;
use std::time::Duration;

use regia_clock::Clock;
use regia_lifecycle::Lifecycle;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::remote::{Entry, RedisFailure, Shared};
use crate::rules::Rate;
use crate::settings::{LimitsSettings, RedisSettings};
use crate::signals;
use crate::table::Table;

/// Uses that wait to be told to Redis at most; past that they count on this node only.
const MAX_UNTOLD: usize = 16_384;

/// Uses told in one question.
const TOLD_AT_ONCE: usize = 256;

/// A kind of request with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Its name, in headers, metrics and keys: lower-case letters.
    pub name: &'static str,
    /// Its limit, if it has one.
    pub rate: Option<Rate>,
}

impl Class {
    /// A class.
    #[must_use]
    pub const fn new(name: &'static str, rate: Option<Rate>) -> Self {
        Self { name, rate }
    }
}

/// Somebody's bucket of a class.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'a> {
    /// The class.
    pub class: Class,
    /// Whose, such as `user:7`.
    pub of: &'a str,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether there was room in every bucket; if not, nothing was taken from any.
    pub allowed: bool,
    /// When there will be room; zero when there was.
    pub retry_after: Duration,
    /// How each limited bucket stands now, in the order that was asked.
    pub standings: Vec<Standing>,
}

/// How a bucket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its class.
    pub class: &'static str,
    /// What it holds when it is full.
    pub quota: u64,
    /// The time in which an empty one is full again.
    pub window: Duration,
    /// What it holds now.
    pub remaining: u64,
    /// When it holds one more; zero when it is full.
    pub more_after: Duration,
}

/// The buckets of this process. Clones are the same.
#[derive(Debug, Clone)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    began_at: Instant,
    nodes: u32,
    table: Table,
    shared: Option<(Arc<Shared>, mpsc::Sender<Entry>)>,
}

impl Limits {
    /// Buckets of this process only.
    #[must_use]
    pub fn in_process(settings: &LimitsSettings, clock: Clock) -> Self {
        Self::new(settings, clock, None)
    }

    /// Buckets in Redis if `redis.url` is set, else in this process. Does not wait for Redis: until
    /// it answers this node admits its share.
    ///
    /// # Errors
    /// An address that is none.
    pub fn start(
        settings: &LimitsSettings,
        redis: &RedisSettings,
        clock: Clock,
        lifecycle: &Lifecycle,
    ) -> Result<Self, RedisFailure> {
        let Some(shared) = Shared::new(redis, clock.clone())? else {
            return Ok(Self::in_process(settings, clock));
        };
        let shared = Arc::new(shared);
        let (sender, untold) = mpsc::channel(MAX_UNTOLD);
        let limits = Self::new(settings, clock, Some((Arc::clone(&shared), sender)));
        lifecycle.spawn("limits_redis", shared.keep(lifecycle.stopping()));
        let telling = limits.clone().tell(untold);
        let stopping = lifecycle.stopping();
        lifecycle.spawn("limits_tell", async move {
            stopping.run_until_cancelled(telling).await;
        });
        Ok(limits)
    }

    fn new(
        settings: &LimitsSettings,
        clock: Clock,
        shared: Option<(Arc<Shared>, mpsc::Sender<Entry>)>,
    ) -> Self {
        Self(Arc::new(Inner {
            began_at: clock.instant(),
            nodes: settings.expected_nodes,
            table: Table::new(settings.max_keys),
            shared,
            clock,
        }))
    }

    /// Takes one from every bucket, or nothing from any. All buckets of one question stand in one
    /// place of a Redis Cluster, which `tag` names; a bucket must always be asked for with the same.
    ///
    /// Never fails: when Redis is away, this node decides, with its share of the limits.
    pub async fn ask(&self, tag: &str, buckets: &[Bucket<'_>]) -> Verdict {
        let limited: Vec<(Class, &str, Rate)> = buckets
            .iter()
            .filter_map(|bucket| Some((bucket.class, bucket.of, bucket.class.rate?)))
            .collect();
        if limited.is_empty() {
            return Verdict::of(true, &[]);
        }
        let verdict = match self.ask_shared(tag, &limited).await {
            Some(verdict) => verdict,
            None => self.ask_here(&limited),
        };
        if !verdict.allowed {
            for standing in verdict
                .standings
                .iter()
                .filter(|found| found.remaining == 0)
            {
                metrics::counter!(signals::REFUSED, "class" => standing.class).increment(1);
            }
        }
        verdict
    }

    /// When somebody whose bucket is used up may come again; `None` when there is room. Looks at what
    /// this node knows and takes nothing. For those who cannot wait, with [`Limits::note`].
    #[must_use]
    pub fn is_spent(&self, bucket: Bucket<'_>) -> Option<Duration> {
        let rate = self.rate_here(bucket.class.rate?);
        let name = self.0.table.name(bucket.class.name, bucket.of);
        let ahead = self.0.table.ahead(self.now_us(), name, rate);
        let wait = rate.wait(ahead);
        if wait.is_zero() {
            return None;
        }
        metrics::counter!(signals::REFUSED, "class" => bucket.class.name).increment(1);
        Some(wait)
    }

    /// Takes one, whether there is room or not, without waiting: other nodes learn of it a moment
    /// later, and this one of theirs with it.
    pub fn note(&self, tag: impl FnOnce() -> String, bucket: Bucket<'_>) {
        let Some(rate) = bucket.class.rate else {
            return;
        };
        let name = self.0.table.name(bucket.class.name, bucket.of);
        self.0.table.note(self.now_us(), name, self.rate_here(rate));
        let Some((shared, sender)) = &self.0.shared else {
            return;
        };
        let told = shared.is_up() && {
            let entry = Entry::new(tag(), (bucket.class.name, bucket.of), rate);
            sender.try_send(entry).is_ok()
        };
        if !told {
            metrics::counter!(signals::UNTOLD).increment(1);
        }
    }

    /// Whether limits are counted in Redis now.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0
            .shared
            .as_ref()
            .is_some_and(|(shared, _)| shared.is_up())
    }

    /// Waits until limits are counted in Redis, or until they are not; for ever without a Redis.
    pub async fn until_shared(&self, shared: bool) {
        match &self.0.shared {
            Some((redis, _)) => redis.until_up(shared).await,
            None => std::future::pending().await,
        }
    }

    async fn ask_shared(&self, tag: &str, limited: &[(Class, &str, Rate)]) -> Option<Verdict> {
        let (shared, _) = self.0.shared.as_ref()?;
        let entries: Vec<Entry> = limited
            .iter()
            .map(|(class, of, rate)| Entry::new(tag.to_owned(), (class.name, of), *rate))
            .collect();
        let (allowed, aheads) = shared.spend(&entries).await?;
        let now = self.now_us();
        let buckets: Vec<(Class, Rate, u64)> = limited
            .iter()
            .zip(aheads)
            .map(|((class, of, rate), ahead)| {
                // When Redis goes away, nobody begins anew.
                self.0
                    .table
                    .learn(now, self.0.table.name(class.name, of), ahead);
                (*class, *rate, ahead)
            })
            .collect();
        Some(Verdict::of(allowed, &buckets))
    }

    fn ask_here(&self, limited: &[(Class, &str, Rate)]) -> Verdict {
        let asked: Vec<_> = limited
            .iter()
            .map(|(class, of, rate)| (self.0.table.name(class.name, of), self.rate_here(*rate)))
            .collect();
        let (allowed, aheads) = self.0.table.spend(self.now_us(), &asked);
        let classes = limited.iter().map(|(class, ..)| *class);
        let buckets: Vec<(Class, Rate, u64)> = classes
            .zip(asked)
            .zip(aheads)
            .map(|((class, (_, rate)), ahead)| (class, rate, ahead))
            .collect();
        Verdict::of(allowed, &buckets)
    }

    /// The rate that this node goes by when it decides alone: all of it where it is alone anyway,
    /// or knows what the others know; its share while Redis is away.
    fn rate_here(&self, rate: Rate) -> Rate {
        match &self.0.shared {
            Some((shared, _)) if !shared.is_up() => rate.share(self.0.nodes),
            _ => rate,
        }
    }

    /// Tells Redis what was noted, and learns how the buckets stand for all nodes.
    async fn tell(self, mut untold: mpsc::Receiver<Entry>) {
        let Some((shared, _)) = &self.0.shared else {
            return;
        };
        let mut entries = Vec::with_capacity(TOLD_AT_ONCE);
        while untold.recv_many(&mut entries, TOLD_AT_ONCE).await > 0 {
            let told = shared.note(&entries).await;
            metrics::counter!(signals::UNTOLD).increment((entries.len() - told.len()) as u64);
            let now = self.now_us();
            for (entry, ahead) in told {
                let name = self.0.table.name(entry.class, &entry.of);
                self.0.table.learn(now, name, ahead);
            }
            entries.clear();
        }
    }

    fn now_us(&self) -> u64 {
        let since = self
            .0
            .clock
            .instant()
            .saturating_duration_since(self.0.began_at);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

impl Verdict {
    fn of(allowed: bool, buckets: &[(Class, Rate, u64)]) -> Self {
        let standing = |&(class, rate, ahead): &(Class, Rate, u64)| Standing {
            class: class.name,
            quota: rate.burst(),
            window: Duration::from_micros(rate.span_us()),
            remaining: rate.remaining(ahead),
            more_after: rate.more_after(ahead),
        };
        let waits = buckets.iter().map(|(_, rate, ahead)| rate.wait(*ahead));
        Self {
            allowed,
            retry_after: if allowed {
                Duration::ZERO
            } else {
                waits.max().unwrap_or_default()
            },
            standings: buckets.iter().map(standing).collect(),
        }
    }
}
