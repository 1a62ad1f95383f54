//! Who may open a session.

use regia_acs::AcsSettings;
use regia_cwmp::{AcsMessage, CpeMessage};
use regia_httpauth::{Challenge, DigestRequest, parse_challenges};

use crate::cpe::{Answer, Cpe, basic};
use crate::world::{FLEET_PASSWORD, World};

fn digest(answer: &Answer, username: &str, password: &str) -> String {
    let values = answer.headers.get_all("www-authenticate");
    let challenges = parse_challenges(values.iter().map(axum::http::HeaderValue::as_bytes));
    let request = DigestRequest {
        method: "POST",
        uri: "/",
        username,
        password,
    };
    challenges
        .iter()
        .find_map(|challenge| match challenge {
            Challenge::Digest(digest) => Some(digest.answer(&request, 1, "0123456789abcdef")),
            Challenge::Basic { .. } => None,
        })
        .expect("a Digest challenge")
}

#[tokio::test]
async fn without_or_with_wrong_credentials_a_device_is_challenged_and_not_registered() {
    let world = World::new().await;
    for (index, authorization) in [
        None,
        Some(basic("fleet", "wrong")),
        Some(basic("somebody", FLEET_PASSWORD)),
        Some("Basic %%%".to_owned()),
        Some("Bearer x".to_owned()),
        Some("Digest username=\"fleet\"".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let mut cpe = Cpe::new(world.acs.cwmp(), &format!("S{index}"));
        cpe.authorization = authorization;
        let answer = cpe.inform(&[("0 BOOTSTRAP", "")]).await;
        assert_eq!(answer.status, 401, "{:?}", cpe.authorization);
        let offers: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(offers.len(), 2);
        assert!(offers[0].to_str().unwrap().starts_with("Digest "));
        assert!(cpe.cookie.is_none());
    }
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        0
    );
}

#[tokio::test]
async fn digest_with_the_fleet_credential_opens_a_session_and_expires() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.authorization = None;
    let challenge = cpe.inform(&[("0 BOOTSTRAP", "")]).await;
    cpe.authorization = Some(digest(&challenge, "fleet", "wrong"));
    assert_eq!(cpe.inform(&[("0 BOOTSTRAP", "")]).await.status, 401);
    cpe.authorization = Some(digest(&challenge, "fleet", FLEET_PASSWORD));
    assert_eq!(cpe.inform(&[("0 BOOTSTRAP", "")]).await.status, 200);
    world.clock.advance(std::time::Duration::from_secs(301));
    let answer = cpe.inform(&[("2 PERIODIC", "")]).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.headers["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("stale=true")
    );
}

#[tokio::test]
async fn basic_can_be_refused_where_there_is_no_tls() {
    let world = World::with(|settings| settings.auth.basic_without_tls = false).await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let answer = cpe.inform(&[("0 BOOTSTRAP", "")]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
}

#[tokio::test]
async fn guessing_is_answered_with_come_back_later_for_that_identity_alone() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let right = cpe.authorization.replace(basic("fleet", "guess"));
    for _ in 0..AcsSettings::default().auth.failures_per_minute {
        assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 401);
    }
    cpe.authorization = right;
    let answer = cpe.inform(&[("1 BOOT", "")]).await;
    assert_eq!(answer.status, 503);
    let seconds: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((30..90).contains(&seconds));
    let mut other = Cpe::new(world.acs.cwmp(), "S2");
    assert_eq!(other.inform(&[("1 BOOT", "")]).await.status, 200);
    world.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 200);
}

#[tokio::test]
async fn a_device_that_calls_without_end_is_told_to_come_back_and_a_session_never_is() {
    let world = World::with(|settings| {
        settings.session.starts_burst = 3;
        settings.onboarding.concurrent = 0;
    })
    .await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    for _ in 0..3 {
        assert_eq!(cpe.inform(&[("2 PERIODIC", "")]).await.status, 200);
        assert_eq!(cpe.nothing().await.status, 204);
    }
    let answer = cpe.inform(&[("2 PERIODIC", "")]).await;
    assert_eq!(answer.status, 503);
    let seconds = answer.headers["retry-after"].to_str().unwrap();
    assert!((30..90).contains(&seconds.parse().unwrap()), "{seconds}");
    let mut other = Cpe::new(world.acs.cwmp(), "S2");
    assert_eq!(other.inform(&[("2 PERIODIC", "")]).await.status, 200);
    // Thirty a minute: one more after two seconds, and it goes to its end.
    world.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(cpe.inform(&[("2 PERIODIC", "")]).await.status, 200);
    assert_eq!(cpe.nothing().await.status, 204);
    assert_eq!(cpe.inform(&[("2 PERIODIC", "")]).await.status, 503);
}

#[tokio::test]
async fn who_has_no_credential_uses_up_nobodys_calls() {
    let world = World::with(|settings| settings.session.starts_burst = 1).await;
    let mut stranger = Cpe::new(world.acs.cwmp(), "S1");
    stranger.authorization = Some(basic("fleet", "guess"));
    for _ in 0..3 {
        assert_eq!(stranger.inform(&[("1 BOOT", "")]).await.status, 401);
    }
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 200);
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 503);
}

/// Lets the server onboard the device; gives user name and password that it set.
async fn onboard(world: &World, cpe: &mut Cpe) -> (String, String) {
    cpe.call(&[("0 BOOTSTRAP", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let question = cpe
        .call(&[("6 CONNECTION REQUEST", "")])
        .await
        .expect("a question");
    let AcsMessage::SetParameterValues { values, .. } = &question.message else {
        panic!("{question:?}");
    };
    let set = |name: &str| {
        let name = format!("Device.ManagementServer.{name}");
        values
            .iter()
            .find(|value| value.name == name)
            .expect("a value")
            .value
            .clone()
    };
    assert_eq!(set("PeriodicInformInterval"), "3600");
    let credential = (set("Username"), set("Password"));
    let answer = CpeMessage::SetParameterValuesResponse { status: 0 };
    cpe.answer(&question, answer).await;
    credential
}

async fn managed() -> World {
    World::with(|settings| {
        settings.onboarding.mode = serde_json::from_value("manage".into()).unwrap();
    })
    .await
}

#[tokio::test]
async fn a_device_gets_its_own_credential_and_old_and_new_are_valid_until_it_is_used() {
    let world = managed().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let (username, password) = onboard(&world, &mut cpe).await;
    assert_eq!(username, "00D09E-HG1-S1");
    assert!(password.len() >= 22);
    assert_eq!(
        cpe.inform(&[("2 PERIODIC", "")]).await.status,
        200,
        "the old one"
    );
    cpe.authorization = Some(basic(&username, &password));
    assert_eq!(
        cpe.inform(&[("2 PERIODIC", "")]).await.status,
        200,
        "the new one"
    );
    cpe.authorization = Some(basic("fleet", FLEET_PASSWORD));
    assert_eq!(
        cpe.inform(&[("2 PERIODIC", "")]).await.status,
        401,
        "the old one is over"
    );
    cpe.authorization = None;
    let challenge = cpe.inform(&[("2 PERIODIC", "")]).await;
    cpe.authorization = Some(digest(&challenge, &username, &password));
    assert_eq!(
        cpe.inform(&[("2 PERIODIC", "")]).await.status,
        200,
        "the new one by Digest"
    );
    let mut other = Cpe::new(world.acs.cwmp(), "S2");
    other.authorization = Some(basic(&username, &password));
    assert_eq!(
        other.inform(&[("1 BOOT", "")]).await.status,
        401,
        "another device's"
    );
}

#[tokio::test]
async fn a_device_that_returns_with_the_fleet_credential_is_quarantined_until_it_proves_itself() {
    let world = managed().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let (username, password) = onboard(&world, &mut cpe).await;
    cpe.authorization = Some(basic(&username, &password));
    cpe.call(&[("2 PERIODIC", "")]).await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await
        .as_i64()
        .unwrap();
    world.queue(device, "reboot", serde_json::json!({})).await;
    cpe.authorization = Some(basic("fleet", FLEET_PASSWORD));
    assert!(
        cpe.call(&[("0 BOOTSTRAP", "")]).await.is_none(),
        "no task for a stranger"
    );
    let standing = "select to_jsonb(standing) from acs.device";
    assert_eq!(world.value(standing).await, "quarantined");
    cpe.authorization = Some(basic(&username, &password));
    assert!(
        cpe.call(&[("2 PERIODIC", "")]).await.is_some(),
        "the device itself"
    );
    assert_eq!(world.value(standing).await, "active");
}

#[tokio::test]
async fn a_returning_device_can_be_onboarded_anew_by_itself() {
    let world = World::with(|settings| {
        settings.onboarding.mode = serde_json::from_value("manage".into()).unwrap();
        settings.onboarding.returning = serde_json::from_value("auto".into()).unwrap();
    })
    .await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let (username, password) = onboard(&world, &mut cpe).await;
    cpe.authorization = Some(basic(&username, &password));
    cpe.call(&[("2 PERIODIC", "")]).await;
    cpe.authorization = Some(basic("fleet", FLEET_PASSWORD));
    cpe.call(&[("0 BOOTSTRAP", "")]).await;
    assert_eq!(
        world
            .value("select to_jsonb(standing) from acs.device")
            .await,
        "active"
    );
    let (_, again) = onboard(&world, &mut cpe).await;
    assert_ne!(again, password);
}
