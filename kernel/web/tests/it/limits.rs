//! How much anybody may ask, and what a flood leaves alone.

use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt;
use http::{Method, Request};
use regia_limits::LimitsSettings;
use regia_web::{ForwardingHeader, Peer, WebSettings};
use tower::ServiceExt;

use crate::site::{API_KEY, Answer, PASSWORD, Site, request};

/// Small enough to be used up.
fn few() -> LimitsSettings {
    LimitsSettings {
        api_per_minute: 60,
        api_burst: 3,
        bulk_per_minute: 6,
        bulk_burst: 1,
        export_per_minute: 6,
        export_burst: 1,
        anonymous_per_minute: 60,
        anonymous_burst: 2,
        ..Default::default()
    }
}

async fn site() -> Site {
    Site::with(few(), WebSettings::default()).await
}

fn lines(answer: &Answer, name: &str) -> Vec<String> {
    let all = answer.headers.get_all(name).iter();
    all.map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address = std::net::SocketAddr::new(address.parse().unwrap(), 4_711);
    request.extensions_mut().insert(Peer {
        address,
        ..Peer::LOCAL
    });
    request
}

#[tokio::test]
async fn a_key_is_told_how_much_is_left_and_refused_when_nothing_is() {
    let site = site().await;
    for left in [2, 1, 0] {
        let answer = site.with_key(Method::GET, "/api/v1/things/1", "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(lines(&answer, "ratelimit-policy"), ["\"api\";q=3;w=3"]);
        let more = 1; // rounded up
        assert_eq!(
            lines(&answer, "ratelimit"),
            [format!("\"api\";r={left};t={more}")]
        );
    }
    let answer = site.with_key(Method::GET, "/api/v1/things/1", "").await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(answer.body.contains("web.rate_limited"), "{}", answer.body);
    assert_eq!(lines(&answer, "ratelimit"), ["\"api\";r=0;t=1"]);
    // A person is somebody else, and a second brings one more.
    let browser = site.log_in().await;
    assert!(!browser.csrf.is_empty());
    site.clock.advance(Duration::from_secs(1));
    let again = site.with_key(Method::GET, "/api/v1/things/1", "").await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn a_key_has_its_own_limit_and_takes_from_its_owners() {
    let site = site().await;
    let ask = async |key: &str| {
        let headers = [("x-api-key", key)];
        site.send(request(Method::GET, "/api/v1/things/1", &headers, ""))
            .await
    };
    // Of nobody, with a limit below the usual one.
    site.run("update access.api_key set requests_per_minute = 2")
        .await;
    let told = async |key: &str| {
        let answer = ask(key).await;
        let line = lines(&answer, "ratelimit");
        let policy = lines(&answer, "ratelimit-policy");
        assert_eq!(
            (line.len(), policy.len()),
            (1, 1),
            "one line for each class"
        );
        (answer.status, format!("{} {}", policy[0], line[0]))
    };
    for (status, line) in [
        (200, "\"api\";q=2;w=60 \"api\";r=1;t=30"),
        (200, "\"api\";q=2;w=60 \"api\";r=0;t=30"),
        (429, "\"api\";q=2;w=60 \"api\";r=0;t=30"),
    ] {
        assert_eq!(told(API_KEY).await, (status, line.to_owned()));
    }
    site.clock.advance(Duration::from_secs(600));
    // Of somebody: two keys of one owner get no more than the owner.
    site.run("update access.api_key set requests_per_minute = null, user_id = 1")
        .await;
    site.key_of(1, "another key").await;
    for (key, status, line) in [
        (API_KEY, 200, "\"api\";q=3;w=3 \"api\";r=2;t=1"),
        ("another key", 200, "\"api\";q=3;w=3 \"api\";r=1;t=1"),
        ("another key", 200, "\"api\";q=3;w=3 \"api\";r=0;t=1"),
        (API_KEY, 429, "\"api\";q=3;w=3 \"api\";r=0;t=1"),
    ] {
        assert_eq!(told(key).await, (status, line.to_owned()), "{key}");
    }
    // The owner's own browser too.
    let headers = [
        ("cookie", &*site.cookie_of_admin().await),
        ("accept", "text/html"),
    ];
    let page = site.send(request(Method::GET, "/form", &headers, "")).await;
    assert_eq!(page.status, 429);
    // A key's own limit holds before its owner's.
    site.clock.advance(Duration::from_secs(600));
    site.run("update access.api_key set requests_per_minute = 1 where name = 'first key'")
        .await;
    assert_eq!(told(API_KEY).await.1, "\"api\";q=1;w=60 \"api\";r=0;t=60");
    assert_eq!(ask(API_KEY).await.headers["retry-after"], "60");
    assert_eq!(ask("another key").await.status, 200);
}

#[tokio::test]
async fn a_person_who_asks_too_often_sees_the_error_page() {
    let site = site().await;
    let browser = site.log_in().await;
    let headers = [("cookie", &*browser.cookie), ("accept", "text/html")];
    let page = || request(Method::GET, "/form", &headers, "");
    // One was used to log in.
    for _ in 0..2 {
        assert_eq!(site.send(page()).await.status, 200);
    }
    let answer = site.send(page()).await;
    assert_eq!(answer.status, 429);
    assert!(
        answer.body.starts_with("<p>web.rate_limited"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn what_costs_more_counts_in_a_class_of_its_own() {
    let limits = LimitsSettings {
        api_burst: 100,
        ..few()
    };
    let site = Site::with(limits, WebSettings::default()).await;
    let browser = site.log_in().await;
    let headers = [
        ("cookie", &*browser.cookie),
        ("x-csrf-token", &*browser.csrf),
    ];
    let ask = async |method: Method, address: &str| {
        site.send(request(method, address, &headers, "")).await
    };
    for (method, address, statuses) in [
        (Method::GET, "/bulk", [200, 200]),
        (Method::POST, "/bulk", [200, 429]),
        (Method::GET, "/list?page=2&format=", [200, 200]),
        (Method::GET, "/list?page=2&format=csv", [200, 429]),
        (Method::GET, "/bulk", [200, 200]),
    ] {
        for status in statuses {
            let answer = ask(method.clone(), address).await;
            assert_eq!(answer.status, status, "{method} {address}: {}", answer.body);
        }
    }
    let refused = ask(Method::POST, "/bulk").await;
    let policies = lines(&refused, "ratelimit-policy");
    assert_eq!(policies, ["\"bulk\";q=1;w=10", "\"api\";q=100;w=100"]);
    assert_eq!(refused.headers["retry-after"], "10");
    site.clock.advance(Duration::from_secs(10));
    assert_eq!(ask(Method::POST, "/bulk").await.status, 200);
}

#[tokio::test]
async fn strangers_are_counted_by_address_and_some_doors_count_nobody() {
    let site = site().await;
    let get = |address: &str, path: &str| from(address, request(Method::GET, path, &[], ""));
    for (path, status) in [("/login", 200), ("/api/v1/things/1", 401), ("/login", 429)] {
        assert_eq!(
            site.send(get("192.0.2.1", path)).await.status,
            status,
            "{path}"
        );
    }
    for path in ["/", "/api/openapi.json", "/nothing"] {
        assert_eq!(
            site.send(get("192.0.2.1", path)).await.status,
            429,
            "{path}"
        );
    }
    // Keys that are none.
    let junk = |address| {
        let headers = [("authorization", "Bearer junk")];
        from(
            address,
            request(Method::GET, "/api/v1/things/1", &headers, ""),
        )
    };
    assert_eq!(site.send(junk("192.0.2.1")).await.status, 429);
    for status in [401, 401, 429] {
        assert_eq!(site.send(junk("192.0.2.2")).await.status, status);
    }
    // A /64 is one stranger.
    for (address, status) in [
        ("2001:db8::1", 200),
        ("2001:db8::2", 200),
        ("2001:db8::3", 429),
        ("2001:db8:0:1::1", 200),
    ] {
        assert_eq!(
            site.send(get(address, "/login")).await.status,
            status,
            "{address}"
        );
    }
    for path in [
        "/health",
        "/health/live",
        "/up",
        "/metrics",
        "/assets/style",
    ] {
        for _ in 0..5 {
            let answer = site.send(get("192.0.2.1", path)).await;
            assert_ne!(answer.status, 429, "{path}");
            assert!(lines(&answer, "ratelimit").is_empty());
        }
    }
    // Who has a key is not a stranger, wherever they are.
    let bearer = format!("Bearer {API_KEY}");
    let headers = [("authorization", &*bearer)];
    let known = from(
        "192.0.2.1",
        request(Method::GET, "/api/v1/things/1", &headers, ""),
    );
    assert_eq!(site.send(known).await.status, 200);
}

#[tokio::test]
async fn a_forged_forwarding_header_changes_nothing_and_a_trusted_proxy_is_believed() {
    let settings = WebSettings {
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        forwarding_header: ForwardingHeader::XForwardedFor,
        ..Default::default()
    };
    let site = Site::with(few(), settings).await;
    let via = |peer: &str, forwarded: &str| {
        let headers = [
            ("x-forwarded-for", forwarded),
            ("forwarded", "for=203.0.113.9"),
        ];
        from(peer, request(Method::GET, "/login", &headers, ""))
    };
    for (peer, forwarded, status) in [
        // Each time another name, and still one stranger.
        ("192.0.2.1", "203.0.113.1", 200),
        ("192.0.2.1", "203.0.113.2", 200),
        ("192.0.2.1", "203.0.113.3", 429),
        // Behind the proxy each client is one, whatever it puts in front.
        ("10.0.0.1", "198.51.100.1", 200),
        ("10.0.0.2", "203.0.113.1, 198.51.100.1", 200),
        ("10.0.0.1", "203.0.113.2, 198.51.100.1", 429),
        ("10.0.0.1", "198.51.100.2", 200),
    ] {
        let answer = site.send(via(peer, forwarded)).await;
        assert_eq!(answer.status, status, "{peer} {forwarded}");
    }
}

#[tokio::test]
async fn a_flood_of_the_console_leaves_login_and_health_alone() {
    const ROOM: u32 = 4;
    let settings = WebSettings {
        max_concurrent: ROOM,
        ..Default::default()
    };
    let site = Site::with(LimitsSettings::default(), settings).await;
    let browser = site.log_in().await;
    let wait = || {
        let headers = [("cookie", &*browser.cookie)];
        site.router
            .clone()
            .oneshot(request(Method::GET, "/wait", &headers, ""))
    };
    let mut flood: Vec<_> = (0..100).map(|_| Box::pin(wait())).collect();
    // All begin; those that find no room are answered at once, the others wait.
    let (mut shed, mut waiting) = (0, Vec::new());
    for mut one in flood.drain(..) {
        match (&mut one).now_or_never() {
            Some(answer) => {
                let answer = answer.unwrap();
                assert_eq!(answer.status(), 503);
                assert!(answer.headers().contains_key("retry-after"));
                shed += 1;
            }
            None => waiting.push(one),
        }
    }
    assert_eq!((shed, waiting.len()), (96, 4));
    for path in ["/login", "/health/live", "/up", "/metrics", "/assets/style"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    let form = format!("name=admin&password={PASSWORD}");
    assert_eq!(site.post_login(&form, &[]).await.status, 303);
    site.gate.add_permits(4);
    for answer in futures_util::future::join_all(waiting).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(
        site.with_key(Method::GET, "/api/v1/things/1", "")
            .await
            .status,
        200
    );
}
