//! API keys.

use regia_access::{AccessError, ApiKeyId, Origin, Principal};
use regia_store::page::Limit;

use crate::site::{API_KEY, Site};

const SYSTEM: Principal = Principal::System("test");

#[tokio::test]
async fn a_key_names_itself_until_it_is_revoked() {
    let site = Site::new().await;
    let (id, text) = site
        .access
        .create_api_key(&SYSTEM, "reports")
        .await
        .unwrap();
    assert!(text.expose().starts_with("regia_") && text.expose().len() == 46);
    let ask = async || {
        site.access
            .authenticate_key(&text, Origin::default())
            .await
            .unwrap()
    };
    let principal = ask().await.unwrap();
    assert_eq!(principal.to_string(), "key reports");
    assert!(site.access.still_valid(&principal).await.unwrap());
    site.access.revoke_api_key(&SYSTEM, id).await.unwrap();
    assert!(ask().await.is_none());
    assert!(!site.access.still_valid(&principal).await.unwrap());
    for id in [id, ApiKeyId(4711)] {
        let again = site.access.revoke_api_key(&SYSTEM, id).await;
        assert!(matches!(again, Err(AccessError::NoApiKey(_))));
    }
}

#[tokio::test]
async fn junk_is_nobodys_key() {
    let site = Site::new().await;
    for junk in [
        "",
        "x",
        "regia_",
        &API_KEY[1..],
        &"A".repeat(100_000),
        "' or true --",
    ] {
        let found = site
            .access
            .authenticate_key(&junk.into(), Origin::default())
            .await
            .unwrap();
        assert!(found.is_none(), "{junk:.20}");
    }
}

#[tokio::test]
async fn a_key_outlives_a_rotation_of_the_secret_key() {
    let site = Site::new().await;
    let found = site
        .with_rotated_key()
        .authenticate_key(&API_KEY.into(), Origin::default())
        .await;
    assert!(found.unwrap().is_some());
}

#[tokio::test]
async fn the_list_tells_of_keys_and_never_their_text() {
    let site = Site::new().await;
    let (second, _) = site
        .access
        .create_api_key(&SYSTEM, "reports")
        .await
        .unwrap();
    site.access
        .authenticate_key(&API_KEY.into(), Origin::default())
        .await
        .unwrap();
    let one = Limit::try_from(1).unwrap();
    let page = site.access.list_api_keys(None, one).await.unwrap();
    assert_eq!(page.items[0].name, "reports");
    assert!(page.items[0].last_used_at.is_none());
    assert!(page.next.is_some());
    let page = site.access.list_api_keys(Some(second), one).await.unwrap();
    assert_eq!(page.items[0].name, "first key");
    assert!(page.items[0].last_used_at.is_some());
    assert!(page.next.is_none());
}
