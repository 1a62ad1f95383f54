//! The hub under load, loss and stop.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use regia_lifecycle::Lifecycle;
use tower::ServiceExt;

use super::*;

fn live() -> Live {
    Live::new(Chance::seeded(1))
}

fn topic(text: &str) -> Topic {
    text.parse().unwrap()
}

fn topics(texts: &[&str]) -> BTreeSet<Topic> {
    texts.iter().map(|text| topic(text)).collect()
}

fn batch(texts: &[&str]) -> Option<Arc<BTreeSet<Topic>>> {
    Some(Arc::new(topics(texts)))
}

async fn next(reader: &mut Reader) -> What {
    reader.next().await.unwrap().what
}

#[test]
fn a_topic_is_short_and_plain() {
    for (text, fine) in [
        ("device:42", true),
        ("acs.tasks", true),
        ("", false),
        ("a b", false),
        ("a,b", false),
        ("*", false),
        (&"x".repeat(65), false),
    ] {
        assert_eq!(text.parse::<Topic>().is_ok(), fine, "{text}");
    }
}

#[tokio::test]
async fn a_reader_hears_its_topics_only() {
    let live = live();
    let mut reader = live.read(topics(&["device:1", "tasks"]), None).unwrap();
    assert_eq!(next(&mut reader).await, What::Joined);
    live.deliver(batch(&["device:2"]));
    live.deliver(batch(&["device:1", "device:2"]));
    assert_eq!(
        next(&mut reader).await,
        What::Topics(vec![topic("device:1")])
    );
    live.deliver(None);
    assert_eq!(next(&mut reader).await, What::Reload);
}

#[tokio::test]
async fn a_slow_reader_is_told_to_reload_and_dropped() {
    let live = live();
    let mut reader = live.read(topics(&["a"]), None).unwrap();
    assert_eq!(next(&mut reader).await, What::Joined);
    for _ in 0..=BEHIND {
        live.deliver(batch(&["a"]));
    }
    let last = reader.next().await.unwrap();
    assert_eq!((last.what, last.at), (What::Reload, live.position()));
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn a_reader_that_comes_back_hears_what_it_missed() {
    let live = live();
    live.deliver(batch(&["a"]));
    let seen = live.position();
    live.deliver(batch(&["b"]));
    live.deliver(batch(&["a", "c"]));
    for (since, wanted, what) in [
        (seen.clone(), vec!["a"], What::Topics(vec![topic("a")])),
        (
            seen.clone(),
            vec!["b", "c"],
            What::Topics(vec![topic("b"), topic("c")]),
        ),
        (live.position(), vec!["a", "b"], What::Joined),
        (
            Position {
                number: 99,
                ..seen.clone()
            },
            vec!["a"],
            What::Reload,
        ),
        (
            Position {
                process: "other".into(),
                number: 1,
            },
            vec!["a"],
            What::Reload,
        ),
    ] {
        let mut reader = live.read(topics(&wanted), Some(&since)).unwrap();
        assert_eq!(next(&mut reader).await, what, "{since} {wanted:?}");
    }
    live.deliver(None);
    let mut reader = live.read(topics(&["z"]), Some(&seen)).unwrap();
    assert_eq!(next(&mut reader).await, What::Reload);
}

#[tokio::test]
async fn what_is_remembered_is_bounded() {
    let live = live();
    let seen = live.position();
    for number in 0..=REMEMBERED / 2 {
        live.deliver(batch(&[&format!("device:{number}")]));
    }
    let mut reader = live.read(topics(&["tasks"]), Some(&seen)).unwrap();
    assert_eq!(next(&mut reader).await, What::Reload);
    assert!(live.state().remembered <= REMEMBERED);
}

#[test]
fn what_waits_is_bounded() {
    let live = live();
    for number in 0..=PENDING {
        live.publish(topic(&format!("device:{number}")));
    }
    assert_eq!(live.take(), Some(None));
    assert_eq!(live.take(), None);
}

#[test]
fn places_are_bounded_and_given_back() {
    let live = live();
    let readers: Vec<_> = (0..READERS)
        .filter_map(|_| live.read(topics(&["a"]), None))
        .collect();
    assert_eq!(readers.len(), READERS);
    assert!(live.read(topics(&["a"]), None).is_none());
    drop(readers);
    assert!(live.read(topics(&["a"]), None).is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_published_together_travels_together() {
    let (live, lifecycle) = (live(), Lifecycle::new());
    let mut reader = live.read(topics(&["a", "b", "c"]), None).unwrap();
    assert_eq!(next(&mut reader).await, What::Joined);
    live.start(&lifecycle, None);
    live.publish(topic("a"));
    assert_eq!(next(&mut reader).await, What::Topics(vec![topic("a")]));
    for text in ["b", "c", "b"] {
        live.publish(topic(text));
    }
    assert_eq!(
        next(&mut reader).await,
        What::Topics(vec![topic("b"), topic("c")])
    );
    assert!(lifecycle.stop(GAP).await.clean());
}

#[test]
fn other_nodes_are_heard_and_the_own_is_not() {
    let (live, own) = (live(), live().0.process.clone());
    for (payload, number) in [
        (format!("{own} a"), 0),
        ("other a b".into(), 1),
        ("other *".into(), 2),
        ("other".into(), 2),
    ] {
        live.accept(&payload);
        assert_eq!(live.position().number, number, "{payload}");
    }
}

#[test]
fn payloads_stay_within_the_limit_and_lose_nothing() {
    let many: BTreeSet<_> = (0..2_000)
        .map(|number| topic(&format!("device:{number}")))
        .collect();
    let payloads = relay::payloads("p", Some(&many));
    assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() < 8_000));
    let carried: BTreeSet<_> = payloads
        .iter()
        .flat_map(|payload| payload.split(' ').skip(1))
        .map(topic)
        .collect();
    assert_eq!(carried, many);
    assert_eq!(relay::payloads("p", None), ["p *"]);
}

async fn ask(live: &Live, lifecycle: &Lifecycle, path: &str) -> axum::response::Response {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router(live.clone(), lifecycle)
        .oneshot(request)
        .await
        .unwrap()
}

async fn frames(body: &mut Body, count: usize) -> String {
    let mut text = String::new();
    for _ in 0..count {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        text.push_str(std::str::from_utf8(&frame).unwrap());
    }
    text
}

#[tokio::test]
async fn a_stream_tells_changes_and_closes_when_the_process_stops() {
    let (live, lifecycle) = (live(), Lifecycle::new());
    let since = live.position();
    live.deliver(batch(&["device:7"]));
    let path = format!("/live?topics=device:7,tasks&since={since}");
    let answer = ask(&live, &lifecycle, &path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let text = frames(&mut body, 2).await;
    assert!(text.starts_with("retry: "), "{text}");
    assert!(text.contains(&format!("id: {}", live.position())), "{text}");
    assert!(text.contains("event: changed\ndata: device:7\n"), "{text}");
    lifecycle.begin_stop();
    assert!(body.frame().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_beats() {
    let (live, lifecycle) = (live(), Lifecycle::new());
    let mut body = ask(&live, &lifecycle, "/live?topics=tasks")
        .await
        .into_body();
    let text = frames(&mut body, 3).await;
    assert!(text.ends_with("\n\n:\n\n"), "{text}");
}

#[tokio::test]
async fn wishes_that_are_none_are_refused() {
    let (live, lifecycle) = (live(), Lifecycle::new());
    let many: Vec<_> = (0..=500).map(|number| format!("d:{number}")).collect();
    for path in [
        "/live?topics=",
        "/live?topics=a%20b",
        &format!("/live?topics={}", many.join(",")),
    ] {
        assert_eq!(
            ask(&live, &lifecycle, path).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}
