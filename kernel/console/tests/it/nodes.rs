//! Live events of one node reach the browsers of another.

use regia_clock::Chance;
use regia_console::live::{Live, Topic, What};
use regia_lifecycle::Lifecycle;
use regia_testkit::TestDb;

#[tokio::test]
async fn what_one_node_publishes_another_hears() {
    let db = TestDb::new().await;
    let lifecycle = Lifecycle::new();
    let nodes = [1, 2].map(|seed| Live::new(Chance::seeded(seed)));
    for node in &nodes {
        node.start(&lifecycle, Some(db.store()));
    }
    let topic: Topic = "device:42".parse().unwrap();
    let mut reader = nodes[1].read([topic.clone()].into(), None).unwrap();
    assert_eq!(reader.next().await.unwrap().what, What::Joined);
    // The other node may not listen yet: it is told until it hears.
    let teller = nodes[0].clone();
    let told = topic.clone();
    let telling = async move {
        loop {
            teller.publish(told.clone());
            tokio::task::yield_now().await;
        }
    };
    let heard = tokio::select! {
        () = telling => None,
        change = reader.next() => change,
    };
    assert_eq!(heard.unwrap().what, What::Topics(vec![topic]));
    assert!(
        lifecycle
            .stop(std::time::Duration::from_secs(10))
            .await
            .clean()
    );
}
