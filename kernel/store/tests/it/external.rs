//! The check of a configured server.

use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::external::{Purpose, check};
use regia_store::{ConnectOptions, Store, StoreSettings};
use regia_testkit::TestDb;

#[tokio::test]
async fn a_fit_server_is_accepted_for_both_purposes() {
    let db = TestDb::empty().await;
    check(&db.url(), Purpose::Migrate).await.unwrap();
    let unmigrated = check(&db.url(), Purpose::Serve).await.unwrap_err();
    assert!(
        unmigrated
            .problem
            .contains("may not read and write our tables"),
        "{unmigrated}"
    );
    Store::migrate(&db.url()).await.unwrap();
    let fit = check(&db.url(), Purpose::Serve).await.unwrap();
    assert!(fit.database.starts_with("regia_test_"), "{fit:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_one_sentence() {
    let db = TestDb::new().await;
    let url = db.url().expose().to_owned();
    let (_, number) = url.split_once("regia_test_").unwrap();
    let role: String = "reader_".chars().chain(number.chars().take(12)).collect();
    db.own(&format!("create role {role} login")).await;

    let as_reader = url.replacen("://regia", &format!("://{role}"), 1);
    for (url, purpose, problem, next_step) in [
        (
            "not an address".to_owned(),
            Purpose::Serve,
            "is not valid",
            "postgres://user",
        ),
        (
            "postgres://u@127.0.0.1:1/d".to_owned(),
            Purpose::Serve,
            "nothing answers at 127.0.0.1:1",
            "start PostgreSQL there",
        ),
        (
            url.replacen("/regia_test_", "/no_", 1),
            Purpose::Serve,
            "has no database no_",
            "create database",
        ),
        (
            as_reader.clone(),
            Purpose::Migrate,
            "may not create schemas",
            "grant create on database",
        ),
        (
            as_reader,
            Purpose::Serve,
            "may not read and write our tables",
            "grant",
        ),
    ] {
        let unfit = check(&Secret::from(url.clone()), purpose)
            .await
            .unwrap_err();
        assert!(unfit.problem.contains(problem), "{url}: {unfit}");
        assert!(unfit.next_step.contains(next_step), "{url}: {unfit}");
        assert!(!unfit.to_string().contains('\n'), "{unfit}");
    }
    db.own(&format!("drop role {role}")).await;
}

#[tokio::test]
async fn an_owner_without_special_rights_migrates_and_another_role_serves() {
    let db = TestDb::empty().await;
    let url = db.url().expose().to_owned();
    let (_, number) = url.split_once("/regia_test_").unwrap();
    let number: String = number.chars().take(12).collect();
    let (owner, server) = (format!("owner_{number}"), format!("server_{number}"));
    let plain = format!("plain_{number}");
    db.own(&format!(
        "create role {owner} login createrole; create role {server} login noinherit;
         create role {plain} login;
         grant create on database regia_test_{} to {owner}, {plain}",
        url.split_once("/regia_test_")
            .unwrap()
            .1
            .split('?')
            .next()
            .unwrap()
    ))
    .await;
    let of = |role: &str| Secret::from(url.replacen("://regia", &format!("://{role}"), 1));
    // Who may make no roles needs those that an administrator made.
    let refused = check(&of(&plain), Purpose::Migrate).await.unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("grant regia_tenant to regia_area; grant"),
        "{said}"
    );
    db.own(&format!(
        "grant regia_tenant, regia_area, regia_app, regia_ingest, regia_upkeep to {plain}"
    ))
    .await;
    check(&of(&plain), Purpose::Migrate).await.unwrap();
    check(&of(&owner), Purpose::Migrate).await.unwrap();
    Store::migrate(&of(&owner)).await.unwrap();
    check(&of(&server), Purpose::Serve).await.unwrap_err();
    Store::admit(&of(&owner), &of(&server)).await.unwrap();
    check(&of(&server), Purpose::Serve).await.unwrap();
    for role in [&server, &owner] {
        let options = ConnectOptions::new(of(role), &StoreSettings::default());
        let store = Store::connect(&options).await.unwrap();
        let mut tx = store.begin(TerritoryId::ROOT).await.unwrap();
        let seen: i64 = sqlx::query_scalar("select count(*) from kernel.territory")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, 1, "{role}");
        drop(tx);
        let mut tx = store.begin(TerritoryId(2)).await.unwrap();
        let seen: i64 = sqlx::query_scalar("select count(*) from kernel.territory")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, 0, "{role}");
    }
}
