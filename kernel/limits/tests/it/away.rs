//! Redis that is away, slow, or come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use redis::AsyncConnectionConfig;
use regia_limits::{LimitsSettings, RedisSettings};
use regia_testkit::Redis;

use crate::nodes::{Node, at, shared, slow};

const BURST: u32 = 100;

/// What one of two nodes admits alone.
const SHARE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_each_node_admits_its_share_until_redis_is_back() {
    let mut server = Redis::start();
    let redis = at(&server.url());
    let nodes = [
        Arc::new(Node::reaching(&redis).await),
        Arc::new(Node::reaching(&redis).await),
    ];
    let (stop, admitted, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let load: Vec<_> = (0..8)
        .map(|task| {
            let (node, stop) = (Arc::clone(&nodes[task % 2]), Arc::clone(&stop));
            let (admitted, asked) = (Arc::clone(&admitted), Arc::clone(&asked));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let allowed = node.ask(slow(BURST), "load").await.allowed;
                    admitted.fetch_add(usize::from(allowed), Ordering::Relaxed);
                    asked.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    server.kill();
    for node in &nodes {
        node.until(false).await;
        // Nobody was told no because Redis is away: a new caller has the node's share.
        assert_eq!(node.admitted(slow(BURST), "alone", 200).await, SHARE);
        let standing = node.ask(slow(BURST), "another").await.standings[0];
        assert_eq!((standing.quota, standing.remaining), (50, 49));
    }
    let before = asked.load(Ordering::Relaxed);
    while asked.load(Ordering::Relaxed) < before + 1_000 {
        tokio::task::yield_now().await;
    }
    server.restart();
    for node in &nodes {
        node.until(true).await;
    }
    let (one, other) = tokio::join!(
        nodes[0].admitted(slow(BURST), "together", 80),
        nodes[1].admitted(slow(BURST), "together", 80)
    );
    assert_eq!(one + other, 100);
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    // The budget, a share on each node, and the budget of a Redis that came back empty.
    let most = BURST as usize + 2 * SHARE + BURST as usize;
    assert!(admitted.load(Ordering::Relaxed) <= most);
}

#[tokio::test]
async fn who_has_used_the_budget_does_not_begin_anew_when_redis_goes() {
    let mut server = Redis::start();
    let node = Node::reaching(&at(&server.url())).await;
    assert_eq!(node.admitted(slow(10), "user:1", 8).await, 8);
    server.kill();
    // The failure itself is answered by the node.
    assert_eq!(node.admitted(slow(10), "user:1", 8).await, 1);
    assert!(!node.limits.is_shared());
}

#[tokio::test]
async fn a_server_starts_without_redis_and_finds_it_later() {
    let mut server = Redis::start();
    let url = server.url();
    server.kill();
    let node = Node::start(&LimitsSettings::default(), &at(&url));
    assert_eq!(node.admitted(slow(10), "user:1", 20).await, 5);
    server.restart();
    node.until(true).await;
    assert_eq!(node.admitted(slow(10), "user:1", 20).await, 10);
}

#[tokio::test]
async fn a_redis_that_is_slow_is_left_and_found_again() {
    let server = Redis::start();
    let redis = RedisSettings {
        timeout_ms: 20,
        ..at(&server.url())
    };
    let node = Node::reaching(&redis).await;
    let mut console = connect(&server.url()).await;
    let pause = redis::cmd("CLIENT").arg("PAUSE").arg(300).to_owned();
    pause.query_async::<()>(&mut console).await.unwrap();
    assert!(node.ask(slow(10), "user:1").await.allowed);
    assert!(!node.limits.is_shared());
    node.until(true).await;
}

#[tokio::test]
async fn a_clock_that_jumps_costs_at_most_an_empty_bucket() {
    let redis = shared();
    let node = Node::reaching(&redis).await;
    let mut console = connect(redis.url.as_ref().unwrap().expose()).await;
    let key = |of: &str| format!("{}:limit:{{{of}}}:slow:{of}", redis.prefix);
    // Left by a clock that was ahead by thirty years, and by one that was behind.
    for (of, arrival, allowed) in [
        ("ahead", "2700000000000000", false),
        ("behind", "1000", true),
        ("junk", "no number", true),
    ] {
        let set = redis::cmd("SET").arg(key(of)).arg(arrival).to_owned();
        set.query_async::<()>(&mut console).await.unwrap();
        let verdict = node.ask(slow(2), of).await;
        assert_eq!(verdict.allowed, allowed, "{of}");
        assert!(verdict.retry_after.as_secs() <= 60, "{of}: {verdict:?}");
    }
    // Buckets do not stay for ever.
    let ttl = redis::cmd("PTTL").arg(key("behind")).to_owned();
    let ttl: i64 = ttl.query_async(&mut console).await.unwrap();
    assert!((1..=60_000).contains(&ttl), "{ttl}");
}

async fn connect(url: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url).unwrap();
    let config = AsyncConnectionConfig::new();
    let connection = client.get_multiplexed_async_connection_with_config(&config);
    connection.await.unwrap()
}
