//! What is kept of the values of devices.

use std::time::Duration;

use crate::flows::inspect;
use crate::testing::{TESTER, World};

const SSID: &str = "Device.WiFi.SSID.1.SSID";
const UPTIME: &str = "Device.DeviceInfo.UpTime";
const PASSWORD: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

#[tokio::test]
async fn a_changed_value_appears_in_the_history_with_its_time() {
    let world = World::new().await;
    let device = world.inform("S1", &[(SSID, "One"), (UPTIME, "1")]).await;
    let of = |path| inspect::history(&world.context, &TESTER, device, path);
    assert_eq!(
        of(SSID).await.unwrap(),
        [],
        "a first value replaces nothing"
    );
    let began_at = world.clock.now().unix_timestamp();
    for name in ["Two", "Three"] {
        world.clock.advance(Duration::from_secs(60));
        world.inform("S1", &[(SSID, name), (UPTIME, name)]).await;
    }
    let past: Vec<_> = of(SSID)
        .await
        .unwrap()
        .into_iter()
        .map(|one| {
            (
                one.value.text,
                one.value.seen_at - began_at,
                one.replaced_at - began_at,
            )
        })
        .collect();
    assert_eq!(
        past,
        [("Two".to_owned(), 60, 120), ("One".to_owned(), 0, 60)]
    );
    assert_eq!(of(UPTIME).await.unwrap(), []);
}

#[tokio::test]
async fn the_history_of_a_secret_stays_sealed_and_can_be_opened() {
    let world = World::new().await;
    let device = world.inform("S1", &[(PASSWORD, "first-secret")]).await;
    world.inform("S1", &[(PASSWORD, "second-secret")]).await;
    let past = inspect::history(&world.context, &TESTER, device, PASSWORD)
        .await
        .unwrap();
    let [past] = past.as_slice() else {
        panic!("{past:?}")
    };
    assert!(past.value.sealed && !past.value.text.contains("first"));
    let open = world
        .context
        .secrecy
        .open(device, PASSWORD, &past.value.text);
    assert_eq!(open.as_deref(), Some("first-secret"));
}

#[tokio::test]
async fn no_more_than_twenty_changes_are_kept() {
    let world = World::new().await;
    let mut device = None;
    for index in 0..25 {
        device = Some(world.inform("S1", &[(SSID, &index.to_string())]).await);
    }
    let past = inspect::history(&world.context, &TESTER, device.unwrap(), SSID)
        .await
        .unwrap();
    let texts: Vec<String> = past.into_iter().map(|one| one.value.text).collect();
    let expected: Vec<String> = (4..24).rev().map(|index| index.to_string()).collect();
    assert_eq!(texts, expected);
}
