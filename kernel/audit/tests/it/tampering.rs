//! What somebody does who owns the tables, but has no key.

use regia_audit::Flaw;

use crate::site::Site;

/// After two blocks of three and two rows, numbered from 1.
async fn check(statements: &str, expected: &[(Flaw, Option<i64>, Option<i64>)]) {
    let site = Site::sealed().await;
    assert!(site.verify().await.is_clean());
    site.tamper(statements).await;
    assert_eq!(site.flaws().await, expected, "{statements}");
    // Going on afterwards hides nothing.
    site.write(1).await;
    site.trail.seal().await.unwrap();
    let later = site.flaws().await;
    assert!(!later.is_empty(), "{statements}");
}

#[tokio::test]
async fn a_changed_row_is_found() {
    for change in [
        "actor_name = 'eve'",
        "after = null",
        "before = '{}'",
        "action = 'acs.device.read'",
        "object = 'device:77'",
        "address = '192.0.2.9'",
        "trace_id = null",
        "actor_id = 9",
        "mac = null",
        "mac = sha256('x')",
        "mac = (select mac from access.audit where entry_id = 1)",
    ] {
        let statement = format!("update access.audit set {change} where entry_id = 2");
        check(&statement, &[(Flaw::RowChanged, Some(2), Some(1))]).await;
    }
}

#[tokio::test]
async fn a_row_at_another_time_or_with_another_number_is_found() {
    check(
        "update access.audit set recorded_at = recorded_at + interval '1 microsecond'
         where entry_id = 2",
        &[(Flaw::RowChanged, Some(2), Some(1))],
    )
    .await;
    check(
        "insert into access.audit overriding system value
         select territory_id, 99, recorded_at, actor_kind, actor_id, actor_name, action, object,
                before, after, address, trace_id, mac
         from access.audit where entry_id = 2;
         delete from access.audit where entry_id = 2",
        &[
            (Flaw::RowMissing, Some(2), Some(1)),
            (Flaw::RowUnsealed, Some(99), None),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_row_that_is_gone_is_found() {
    check(
        "delete from access.audit where entry_id = 4",
        &[(Flaw::RowMissing, Some(4), Some(2))],
    )
    .await;
    check(
        "delete from access.audit where entry_id > 3; delete from access.audit_block where number = 2",
        &[(Flaw::BlockMissing, None, Some(2))],
    )
    .await;
}

#[tokio::test]
async fn a_row_written_behind_the_servers_back_is_found() {
    let forged = "insert into access.audit
        (territory_id, entry_id, actor_kind, actor_name, action, object, mac)
        overriding system value
        select 1, 50, 'user', 'admin', 'acs.device.reboot', 'device:1',";
    check(
        &format!("{forged} sha256('x')"),
        &[(Flaw::RowUnsealed, Some(50), None)],
    )
    .await;
    let queued = "insert into access.audit_unsealed
        select territory_id, recorded_at, entry_id from access.audit where entry_id = 50";
    check(
        &format!("{forged} sha256('x'); {queued}"),
        &[(Flaw::RowChanged, Some(50), None)],
    )
    .await;
    check(
        &format!("{forged} null; {queued}"),
        // In the chain's first hour it may be one of the version before, until it is sealed.
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_row_that_was_sealed_already_is_not_sealed_again_unnoticed() {
    check(
        "insert into access.audit_unsealed
         select territory_id, recorded_at, entry_id from access.audit where entry_id = 2",
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_copy_of_a_row_is_found() {
    check(
        "insert into access.audit overriding system value
         select territory_id, entry_id, recorded_at + interval '1 microsecond', actor_kind, actor_id,
                actor_name, action, object, before, after, address, trace_id, mac
         from access.audit where entry_id = 2",
        &[(Flaw::RowTwice, Some(2), Some(1))],
    )
    .await;
}

#[tokio::test]
async fn a_changed_block_is_found() {
    for change in [
        "entry_ids = array[1, 2]",
        "rows_mac = sha256('x')",
        "mac = sha256('x')",
        "sealed_at = sealed_at + interval '1 microsecond'",
        "day = day + 1",
    ] {
        let site = Site::sealed().await;
        let statement = format!("update access.audit_block set {change} where number = 1");
        site.tamper(&statement).await;
        let flaws = site.flaws().await;
        let changed = (Flaw::BlockChanged, None, Some(1));
        assert!(flaws.contains(&changed), "{change}: {flaws:?}");
    }
}

#[tokio::test]
async fn a_block_that_is_gone_is_found() {
    for (number, rows) in [(1, 3), (2, 2)] {
        let site = Site::sealed().await;
        let statement = format!("delete from access.audit_block where number = {number}");
        site.tamper(&statement).await;
        let flaws = site.flaws().await;
        let missing = (Flaw::BlockMissing, None, Some(number));
        assert!(flaws.contains(&missing), "{number}: {flaws:?}");
        let unsealed = flaws.iter().filter(|flaw| flaw.0 == Flaw::RowUnsealed);
        assert_eq!(unsealed.count(), rows);
    }
}

#[tokio::test]
async fn a_chain_that_ends_earlier_with_its_head_set_back_is_found_by_what_was_noted() {
    let site = Site::sealed().await;
    let noted = site.verify().await.heads;
    site.tamper(
        "delete from access.audit where entry_id > 3;
         delete from access.audit_block where number = 2;
         update access.audit_head set number = 1,
             mac = (select mac from access.audit_block where number = 1)",
    )
    .await;
    // The database alone cannot tell this from yesterday's backup.
    assert!(site.verify().await.is_clean());
    let span = regia_audit::Span {
        noted,
        ..Default::default()
    };
    let report = site.trail.verify(None, &span).await.unwrap();
    assert_eq!(report.findings[0].flaw, Flaw::BlockMissing);
}

#[tokio::test]
async fn a_head_that_is_gone_or_changed_is_found() {
    check(
        "delete from access.audit_head",
        &[(Flaw::HeadChanged, None, None)],
    )
    .await;
    check(
        "update access.audit_head set mac = sha256('x')",
        &[(Flaw::HeadChanged, None, Some(2))],
    )
    .await;
}

#[tokio::test]
async fn the_servers_own_roles_cannot_change_anything() {
    use regia_ident::TerritoryId;
    let site = Site::sealed().await;
    for statement in [
        "update access.audit set actor_name = 'x'",
        "delete from access.audit",
        "update access.audit_block set day = day",
        "delete from access.audit_block",
    ] {
        let tenant = site.begin().await;
        let upkeep = site.db.store().upkeep(TerritoryId::ROOT).await.unwrap();
        for mut tx in [tenant, upkeep] {
            let refused = sqlx::query(statement).execute(tx.conn()).await.unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{refused}"
            );
        }
    }
    let mut tx = site.begin().await;
    let refused = sqlx::query("delete from access.audit_unsealed")
        .execute(tx.conn())
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
}
