//! Addresses of Redis, and what `regia doctor` asks.

use regia_limits::{Bucket, LimitsSettings, RedisKind, RedisSettings, check};

use regia_testkit::Redis;

use crate::nodes::{Node, SOON, at, shared, slow};

fn settings(url: &str) -> RedisSettings {
    RedisSettings {
        url: Some(url.into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_said_without_its_password() {
    for url in [
        "",
        "http://:geheim@127.0.0.1",
        "redis://:geheim@",
        "redis://:geheim@a,redis://b",
    ] {
        let error = check(&settings(url)).await.unwrap_err().to_string();
        assert!(error.contains("redis.url"), "{url}: {error}");
        assert!(!error.contains("geheim"), "{error}");
    }
    let sentinel = RedisSettings {
        kind: RedisKind::Sentinel,
        ..settings("redis://127.0.0.1:1")
    };
    let error = check(&sentinel).await.unwrap_err().to_string();
    assert!(error.contains("sentinel_master"), "{error}");
}

#[tokio::test]
async fn a_redis_that_answers_tells_its_version() {
    assert_eq!(check(&RedisSettings::default()).await.unwrap(), None);
    let version = check(&shared()).await.unwrap().unwrap();
    assert!(version.contains('.'), "{version}");
    let error = check(&settings("redis://127.0.0.1:1")).await.unwrap_err();
    assert_eq!(error.to_string(), "Redis does not answer");
}

#[tokio::test]
async fn without_an_address_nobody_waits_for_redis() {
    let node = Node::start(&LimitsSettings::default(), &RedisSettings::default());
    assert!(!node.limits.is_shared());
}

#[tokio::test]
async fn a_cluster_counts_for_all_nodes() {
    let server = Redis::cluster();
    let client = redis::Client::open(server.url()).unwrap();
    let mut console = client.get_multiplexed_async_connection().await.unwrap();
    let slots = redis::cmd("CLUSTER")
        .arg(&["ADDSLOTSRANGE", "0", "16383"])
        .to_owned();
    slots.query_async::<()>(&mut console).await.unwrap();
    let redis = RedisSettings {
        kind: RedisKind::Cluster,
        ..at(&server.url())
    };
    let (one, other) = (Node::reaching(&redis).await, Node::reaching(&redis).await);
    // A young cluster says no for a moment.
    let begun = tokio::time::Instant::now();
    for number in 0_u32.. {
        one.until(true).await;
        let of = number.to_string();
        if one.admitted(slow(10), &of, 6).await == 6 && one.limits.is_shared() {
            other.until(true).await;
            assert_eq!(other.admitted(slow(10), &of, 6).await, 4);
            break;
        }
        assert!(begun.elapsed() < SOON, "the cluster never answers");
    }
    assert!(check(&redis).await.unwrap().is_some());
    // Uses of many devices at once, which lie on several nodes of a cluster.
    let class = slow(2);
    let devices = ["a", "b", "c", "d"].map(|of| Bucket { class, of });
    let size = redis::cmd("DBSIZE");
    let known: usize = size.query_async(&mut console).await.unwrap();
    for (tag, bucket) in devices.into_iter().enumerate() {
        one.limits.note(|| format!("d{tag}"), bucket);
    }
    // They are told in the background; whoever uses one then hears of all uses.
    while size.query_async::<usize>(&mut console).await.unwrap() < known + devices.len() {
        assert!(begun.elapsed() < SOON, "it never tells");
    }
    for (tag, bucket) in devices.into_iter().enumerate() {
        other.limits.note(|| format!("d{tag}"), bucket);
        while other.limits.is_spent(bucket).is_none() {
            assert!(begun.elapsed() < SOON, "it never learns");
            tokio::task::yield_now().await;
        }
    }
}
