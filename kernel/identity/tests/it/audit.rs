//! The audit trail.

use regia_access::audit::{self, Entry};
use regia_lifecycle::Lifecycle;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use crate::site::Site;

#[tokio::test]
async fn an_entry_says_who_changed_what_from_where() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let mut tx = site.begin().await;
    let entry = Entry {
        before: Some(json!({ "notes": "" })),
        after: Some(json!({ "notes": "roof" })),
        ..Entry::new("acs.device.annotate", "device:42")
    };
    audit::record(&mut tx, &principal, entry).await.unwrap();
    let row: Value = sqlx::query_scalar(
        "select to_jsonb(audit) - 'recorded_at' - 'entry_id' - 'mac' from access.audit
         where action = 'acs.device.annotate'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(
        row,
        json!({
            "territory_id": 1, "actor_kind": "user", "actor_id": 1, "actor_name": "admin",
            "action": "acs.device.annotate", "object": "device:42",
            "before": { "notes": "" }, "after": { "notes": "roof" },
            "address": "192.0.2.1", "trace_id": "trace",
        })
    );
}

#[tokio::test]
async fn changes_of_access_are_in_the_trail() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    site.access
        .users()
        .reset_password(&principal, "admin", None)
        .await
        .unwrap();
    site.access.logout(&principal).await.unwrap();
    let mut tx = site.begin().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select format('%s: %s %s', actor_name, action, object) from access.audit order by entry_id",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(
        rows,
        [
            "first start: access.user.create user:1",
            "admin: access.login.create login:1",
            "admin: access.user.set_password user:1",
        ]
    );
}

#[tokio::test]
async fn entries_are_neither_changed_nor_taken_away() {
    let site = Site::new().await;
    for statement in [
        "update access.audit set actor_name = 'x'",
        "delete from access.audit",
    ] {
        let mut tx = site.begin().await;
        let refused = sqlx::query(statement).execute(tx.conn()).await.unwrap_err();
        assert!(
            refused.to_string().contains("permission denied"),
            "{refused}"
        );
        let mut owner = PgConnection::connect(site.db.url().expose()).await.unwrap();
        let refused = sqlx::query(statement)
            .execute(&mut owner)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("only ever added to"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn upkeep_forgets_what_ended() {
    let site = Site::new().await;
    site.log_in().await;
    site.run("update access.login set last_used_at = now() - interval '1 day'")
        .await;
    let lifecycle = Lifecycle::new();
    site.access.run_upkeep(&lifecycle);
    // The first round has ended when the second is waited for.
    assert!(
        lifecycle
            .stop(std::time::Duration::from_secs(30))
            .await
            .clean()
    );
    let mut tx = site.begin().await;
    let logins: i64 = sqlx::query_scalar("select count(*) from access.login")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(logins, 0);
}
