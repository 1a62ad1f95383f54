//! What a store of buckets does, the same for each.

use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_limits::{Bucket, Class, Limits, LimitsSettings, Rate};

use crate::nodes::{Node, SOON, shared, slow};

const MINUTE: Duration = Duration::from_secs(60);

macro_rules! conformance {
    ($($case:ident),* $(,)?) => {
        mod in_process {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let settings = super::LimitsSettings::default();
                super::$case(super::Limits::in_process(&settings, super::Clock::system())).await;
            })*
        }
        mod in_redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let node = super::Node::reaching(&super::shared()).await;
                super::$case(node.limits.clone()).await;
                assert!(node.limits.is_shared(), "redis was lost meanwhile");
            })*
        }
    };
}

conformance!(
    a_burst_is_admitted_and_no_more,
    all_buckets_give_or_none,
    buckets_are_apart,
    no_rate_is_no_limit,
    simultaneous_requests_get_no_more,
    what_was_used_comes_back,
    what_cannot_wait_is_noted,
    ten_thousand_keys_have_buckets_of_their_own,
);

async fn ask(limits: &Limits, class: Class, of: &str) -> regia_limits::Verdict {
    limits.ask(of, &[Bucket { class, of }]).await
}

async fn a_burst_is_admitted_and_no_more(limits: Limits) {
    for remaining in [2, 1, 0] {
        let verdict = ask(&limits, slow(3), "user:1").await;
        assert!(verdict.allowed);
        assert_eq!(verdict.retry_after, Duration::ZERO);
        let [standing] = verdict.standings[..] else {
            panic!("{verdict:?}")
        };
        assert_eq!((standing.class, standing.quota), ("slow", 3));
        assert_eq!(
            (standing.window, standing.remaining),
            (3 * MINUTE, remaining)
        );
        assert!(!standing.more_after.is_zero() && standing.more_after <= MINUTE);
    }
    for _ in 0..2 {
        let verdict = ask(&limits, slow(3), "user:1").await;
        assert!(!verdict.allowed && verdict.standings[0].remaining == 0);
        assert!(!verdict.retry_after.is_zero() && verdict.retry_after <= MINUTE);
    }
}

async fn all_buckets_give_or_none(limits: Limits) {
    let wide = Class::new("wide", Rate::per_minute(1, 5));
    let (key, user) = (
        Bucket {
            class: wide,
            of: "key:1",
        },
        Bucket {
            class: slow(2),
            of: "user:1",
        },
    );
    let both = [key, user];
    for (allowed, left) in [(true, [4, 1]), (true, [3, 0]), (false, [3, 0])] {
        let verdict = limits.ask("user:1", &both).await;
        assert_eq!(verdict.allowed, allowed, "{verdict:?}");
        let found: Vec<u64> = verdict.standings.iter().map(|one| one.remaining).collect();
        assert_eq!(found, left);
    }
    // What was refused took nothing.
    for allowed in [true, true, true, false] {
        assert_eq!(limits.ask("user:1", &[key]).await.allowed, allowed);
    }
}

async fn buckets_are_apart(limits: Limits) {
    let other = Class::new("other", Rate::per_minute(1, 1));
    for (class, of) in [(slow(1), "a"), (slow(1), "b"), (other, "a"), (other, "b")] {
        assert!(ask(&limits, class, of).await.allowed, "{class:?} {of}");
        assert!(!ask(&limits, class, of).await.allowed, "{class:?} {of}");
    }
}

async fn no_rate_is_no_limit(limits: Limits) {
    let free = Class::new("free", Rate::per_minute(0, 0));
    for _ in 0..100 {
        let verdict = ask(&limits, free, "a").await;
        assert!(verdict.allowed && verdict.standings.is_empty());
    }
    limits.note(
        || "a".into(),
        Bucket {
            class: free,
            of: "a",
        },
    );
    assert_eq!(
        limits.is_spent(Bucket {
            class: free,
            of: "a"
        }),
        None
    );
}

async fn simultaneous_requests_get_no_more(limits: Limits) {
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let limits = limits.clone();
            tokio::spawn(async move {
                let mut admitted = 0;
                for _ in 0..50 {
                    admitted += u32::from(ask(&limits, slow(100), "user:1").await.allowed);
                }
                admitted
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 100);
}

async fn what_was_used_comes_back(limits: Limits) {
    // One in 20 ms.
    let class = Class::new("quick", Rate::per_minute(3_000, 2));
    let clock = Clock::system();
    let began = clock.instant();
    let mut admitted = 0_u32;
    while admitted < 7 {
        admitted += u32::from(ask(&limits, class, "a").await.allowed);
        assert!(clock.instant() - began < SOON, "it never comes back");
        tokio::task::yield_now().await;
    }
    // Two at once, and five that took their time.
    assert!(clock.instant() - began >= Duration::from_millis(5 * 20 - 1));
}

async fn what_cannot_wait_is_noted(limits: Limits) {
    let bucket = Bucket {
        class: slow(3),
        of: "device",
    };
    for _ in 0..3 {
        assert_eq!(limits.is_spent(bucket), None);
        limits.note(|| "d1".into(), bucket);
    }
    let wait = limits.is_spent(bucket).unwrap();
    assert!(!wait.is_zero() && wait <= MINUTE);
    let other = Bucket {
        of: "another",
        ..bucket
    };
    assert_eq!(limits.is_spent(other), None);
}

async fn ten_thousand_keys_have_buckets_of_their_own(limits: Limits) {
    let seed = Chance::from_system().secret(8);
    let mut tasks = tokio::task::JoinSet::new();
    for part in 0..10 {
        let (limits, seed) = (limits.clone(), seed.clone());
        tasks.spawn(async move {
            for number in 0..1_000 {
                let of = format!("{seed}:{part}:{number}");
                assert!(ask(&limits, slow(1), &of).await.allowed);
                assert!(!ask(&limits, slow(1), &of).await.allowed);
            }
        });
    }
    tasks.join_all().await;
}
