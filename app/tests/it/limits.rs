//! Servers that count in one Redis, which is killed and comes back.

use regia_testkit::{Redis, TestDb};

use crate::server::{API_KEY, Server, eventually, place, shared};

/// Whether a server counts in Redis, as its metrics say.
fn counts_in_redis(server: &Server, yes: bool) -> bool {
    let line = format!("regia_limits_shared {}", u8::from(yes));
    server.get("/metrics").1.lines().any(|found| found == line)
}

fn ask(server: &Server) -> (u16, String) {
    server.get_with_key("/api/v1/acs/devices?limit=1")
}

fn admitted(server: &Server, count: usize) -> usize {
    (0..count).filter(|_| ask(server).0 == 200).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_count_together_and_go_on_while_redis_is_away() {
    let (database, place) = (TestDb::new().await, place());
    let mut redis = Redis::start();
    let (address, url) = (redis.url(), database.url());
    let mut variables = shared(url.expose()).to_vec();
    variables.extend([
        ("REGIA__REDIS__URL", &*address),
        ("REGIA__REDIS__TIMEOUT_MS", "5000"),
        ("REGIA__LIMITS__API_PER_MINUTE", "1"),
        ("REGIA__LIMITS__API_BURST", "40"),
    ]);
    let start = |name: &str| Server::start_with(&place.path().join(name), &variables);
    let (one, other) = (start("one"), start("other"));
    for server in [&one, &other] {
        eventually("redis", || counts_in_redis(server, true));
    }
    assert_eq!((admitted(&one, 30), admitted(&other, 30)), (30, 10));
    assert_eq!(admitted(&one, 1), 0);
    redis.kill();
    for server in [&one, &other] {
        // Somebody must ask for it to be missed; what was used stays used.
        let (status, answer) = ask(server);
        assert_eq!(status, 429, "{answer}");
        assert!(counts_in_redis(server, false));
        let (_, answer) = ask(server);
        assert!(answer.contains("\"api\";q=20;"), "{answer}");
        assert_eq!(server.get("/health/ready").0, 200);
        assert_eq!(server.get("/login").0, 200);
    }
    redis.restart();
    for server in [&one, &other] {
        eventually("redis again", || counts_in_redis(server, true));
    }
    assert_eq!((admitted(&one, 30), admitted(&other, 30)), (30, 10));
    assert!(!one.log().contains(API_KEY));
    for server in [one, other] {
        let log = server.log();
        assert_eq!(log.matches("redis is away").count(), 1, "{log}");
    }
}
