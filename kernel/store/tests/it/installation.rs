//! The secret key's fingerprint.

use regia_ident::TerritoryId;
use regia_store::Store;
use regia_store::installation::{ClaimError, claim_fingerprint};
use regia_testkit::TestDb;

async fn claim(store: &Store, current: &str, old: &[&str]) -> Result<(), ClaimError> {
    let old: Vec<String> = old.iter().map(|text| (*text).to_owned()).collect();
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    claim_fingerprint(&mut tx, current, &old).await?;
    Ok(tx.commit().await?)
}

#[tokio::test]
async fn a_database_keeps_to_the_key_that_made_it() {
    let db = TestDb::new().await;
    let store = db.store();
    for (current, old, accepted) in [
        ("one", [].as_slice(), true),
        ("one", &[], true),
        ("two", &[], false),
        ("two", &["zero"], false),
        ("two", &["zero", "one"], true),
        ("one", &[], false),
        ("two", &[], true),
    ] {
        let answer = claim(&store, current, old).await;
        assert_eq!(answer.is_ok(), accepted, "{current} {old:?}: {answer:?}");
    }
    let refused = claim(&store, "three", &[]).await.unwrap_err().to_string();
    assert!(
        refused.contains("two") && refused.contains("three"),
        "{refused}"
    );
}

#[tokio::test]
async fn of_two_first_starts_at_once_one_key_wins() {
    let db = TestDb::new().await;
    let store = db.store();
    let (a, b) = tokio::join!(claim(&store, "a", &[]), claim(&store, "b", &[]));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
}
