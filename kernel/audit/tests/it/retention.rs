//! Days whose time has come, and rows from before the chain.

use crate::site::Site;
use regia_audit::Flaw;
use regia_lifecycle::Lifecycle;

#[tokio::test]
async fn a_day_that_somebody_else_took_away_is_found() {
    let site = Site::sealed().await;
    site.tamper(
        "do $$ declare t text; begin
             for t in select inhrelid::regclass::text from pg_inherits
                      where inhparent = 'access.audit'::regclass loop
                 execute 'truncate ' || t;
             end loop; end $$",
    )
    .await;
    let flaws = site.flaws().await;
    assert_eq!(flaws.len(), 5);
    assert!(flaws.iter().all(|flaw| flaw.0 == Flaw::RowMissing));
}

#[tokio::test]
async fn rows_from_before_the_chain_are_said_and_not_judged() {
    let site = Site::new().await;
    let old = "insert into access.audit (territory_id, actor_kind, actor_name, action, object)
               select 1, 'user', 'admin', 'acs.device.reboot', 'device:1' from generate_series(1, 4)";
    site.db.own(old).await;
    assert_eq!(site.verify().await.legacy, 4);
    site.write(1).await;
    site.trail.seal().await.unwrap();
    let report = site.verify().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.legacy, report.rows), (4, 1));
    // Much later a row without a hash is one that somebody smuggled in.
    site.tamper(
        "update access.audit set recorded_at = recorded_at + interval '2 hours' where mac is null",
    )
    .await;
    let flaws = site.flaws().await;
    assert_eq!(flaws.len(), 4);
    assert!(flaws.iter().all(|flaw| flaw.0 == Flaw::RowUnsigned));
}

#[tokio::test]
async fn the_background_makes_blocks_and_days_until_it_is_stopped() {
    let site = Site::new().await;
    site.write(1).await;
    let lifecycle = Lifecycle::new();
    site.trail.run(&lifecycle);
    // The first round of each ends before the stop is looked at.
    let stopped = lifecycle.stop(std::time::Duration::from_secs(30)).await;
    assert!(stopped.clean());
    assert_eq!(
        site.count("select count(*) from access.audit_block").await,
        1
    );
    let days = "select count(*) from pg_inherits where inhparent = 'access.audit'::regclass";
    assert_eq!(site.count(days).await, 9);
}
