//! How far the server goes with new devices: asked once, changed at any time.

use std::time::Duration;

use regia_cwmp::AcsMessage;
use serde_json::json;

use crate::api::Api;
use crate::cpe::Cpe;
use crate::world::World;

#[tokio::test]
async fn until_somebody_answers_devices_are_observed_and_then_every_node_follows() {
    let world = World::new().await;
    let other = world.second_node().await;
    let api = Api::new(&world);
    let (_, asked) = api.get("/onboarding").await;
    assert_eq!(
        (&asked["mode"], &asked["source"]),
        (&json!("observe"), &json!("nobody"))
    );
    assert!(world.acs.open_question().is_some());
    let mut cpe = Cpe::new(other.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    assert!(cpe.call(&[("2 PERIODIC", "")]).await.is_none());

    let manage = json!({ "mode": "manage" });
    let (status, answered) = api.ask("PUT", "/onboarding", Some(manage)).await;
    assert_eq!((status, &answered["source"]), (200, &json!("answer")));
    assert_eq!(answered["chosen_by"], "system test");
    assert!(world.acs.open_question().is_none());
    let question = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            if let Some(question) = cpe.call(&[("2 PERIODIC", "")]).await {
                return question;
            }
        }
    });
    let question = question.await.unwrap();
    assert!(matches!(
        question.message,
        AcsMessage::SetParameterValues { .. }
    ));
    let lines = "select jsonb_agg(after) from access.audit where action = 'acs.onboarding.choose'";
    assert_eq!(world.value(lines).await, json!([{ "mode": "manage" }]));

    let restarted = world.second_node().await;
    assert!(restarted.open_question().is_none());
}

#[tokio::test]
async fn a_setting_wins_over_an_answer() {
    let world = World::with(|settings| {
        settings.onboarding.mode = serde_json::from_value("observe".into()).unwrap();
    })
    .await;
    let api = Api::new(&world);
    assert!(world.acs.open_question().is_none());
    let (status, problem) = api
        .ask("PUT", "/onboarding", Some(json!({ "mode": "manage" })))
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("acs.setting_wins"))
    );
    let (_, shown) = api.get("/onboarding").await;
    assert_eq!(
        (&shown["mode"], &shown["source"]),
        (&json!("observe"), &json!("settings"))
    );
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused() {
    let world = World::new().await;
    let api = Api::new(&world);
    for body in [
        json!({}),
        json!({ "mode": "dance" }),
        json!({ "mode": "manage", "now": true }),
    ] {
        let (status, _) = api.ask("PUT", "/onboarding", Some(body.clone())).await;
        assert_eq!(status, 422, "{body}");
    }
}
