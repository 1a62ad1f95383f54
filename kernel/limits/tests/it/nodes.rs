//! Nodes that count together.

use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_lifecycle::Lifecycle;
use regia_limits::{Bucket, Class, Limits, LimitsSettings, Rate, RedisSettings, Verdict};
use regia_testkit::Redis;

/// Longer than anything here takes.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// So slow that nothing refills while a test runs.
pub(crate) fn slow(burst: u32) -> Class {
    Class::new("slow", Rate::per_minute(1, burst))
}

/// A node with a lifecycle of its own, which ends with it.
pub(crate) struct Node {
    pub limits: Limits,
    lifecycle: Lifecycle,
}

impl Node {
    pub(crate) fn start(settings: &LimitsSettings, redis: &RedisSettings) -> Self {
        let lifecycle = Lifecycle::new();
        let limits = Limits::start(settings, redis, Clock::system(), &lifecycle).unwrap();
        Self { limits, lifecycle }
    }

    /// One that has reached its Redis.
    pub(crate) async fn reaching(redis: &RedisSettings) -> Self {
        let node = Self::start(&LimitsSettings::default(), redis);
        node.until(true).await;
        node
    }

    pub(crate) async fn until(&self, shared: bool) {
        let turned = tokio::time::timeout(SOON, self.limits.until_shared(shared));
        turned.await.expect("redis comes and goes");
    }

    pub(crate) async fn ask(&self, class: Class, of: &str) -> Verdict {
        self.limits.ask(of, &[Bucket { class, of }]).await
    }

    /// How many of so many are admitted.
    pub(crate) async fn admitted(&self, class: Class, of: &str, count: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..count {
            admitted += usize::from(self.ask(class, of).await.allowed);
        }
        admitted
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.lifecycle.begin_stop();
    }
}

/// The Redis of all tests, with keys of our own, and with patience: the machine may be busy.
pub(crate) fn shared() -> RedisSettings {
    at(&Redis::shared())
}

pub(crate) fn at(url: &str) -> RedisSettings {
    RedisSettings {
        url: Some(url.into()),
        prefix: Chance::from_system().secret(12),
        timeout_ms: 5_000,
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_one_budget() {
    let redis = shared();
    let (one, other) = (Node::reaching(&redis).await, Node::reaching(&redis).await);
    let class = slow(40);
    let (first, second) = tokio::join!(
        one.admitted(class, "user:1", 60),
        other.admitted(class, "user:1", 60)
    );
    assert_eq!(first + second, 40);
    assert!(one.limits.is_shared() && other.limits.is_shared());
}

#[tokio::test]
async fn a_node_learns_what_another_noted() {
    let redis = shared();
    let (one, other) = (Node::reaching(&redis).await, Node::reaching(&redis).await);
    let class = slow(30);
    let bucket = Bucket {
        class,
        of: "00D09E-HG-1",
    };
    for _ in 0..29 {
        one.limits.note(|| "d1".into(), bucket);
    }
    assert_eq!(other.limits.is_spent(bucket), None);
    let deadline = tokio::time::Instant::now() + SOON;
    // They are told in the background: 29 uses, each of which is worth a minute.
    let client = redis::Client::open(Redis::shared()).unwrap();
    let mut console = client.get_multiplexed_async_connection().await.unwrap();
    let mut left = redis::cmd("PTTL");
    left.arg(format!("{}:limit:{{d1}}:slow:{}", redis.prefix, bucket.of));
    while left.query_async::<i64>(&mut console).await.unwrap() < 28 * 60_000 {
        assert!(tokio::time::Instant::now() < deadline, "it never tells");
    }
    // Each note of the other node tells it how the bucket stands for both.
    other.limits.note(|| "d1".into(), bucket);
    while other.limits.is_spent(bucket).is_none() {
        assert!(tokio::time::Instant::now() < deadline, "it never learns");
        tokio::task::yield_now().await;
    }
    assert!(other.limits.is_spent(bucket).unwrap() <= Duration::from_secs(60));
}
