//! `regia audit verify`.

use regia_testkit::TestDb;

use crate::command::{regia, run};
use crate::server::{Server, place, shared};

#[tokio::test]
async fn a_row_that_somebody_changed_in_the_database_is_named() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &[]);
    let url = database.url();
    let verify = |arguments: &[&str]| {
        let mut command = regia(&[&["audit", "verify"], arguments].concat());
        run(command.envs(shared(url.expose())))
    };
    let said = verify(&[]);
    assert!(said.ok, "{said:?}");
    assert!(
        said.out
            .contains(": the audit trail is as the server wrote it"),
        "{said:?}"
    );
    let said = verify(&["--from", "2026-13-01"]);
    assert!(
        !said.ok && said.err.contains("a day is written 2026-03-01"),
        "{said:?}"
    );
    let said = verify(&["--noted", "1:1"]);
    assert!(
        !said.ok && said.err.contains("tenant:block:hash"),
        "{said:?}"
    );
    assert!(server.stop().success());
    database
        .own(
            "set session_replication_role = replica;
             update access.audit set actor_name = 'nobody' where action = 'access.user.create'",
        )
        .await;
    let said = verify(&[]);
    assert!(!said.ok, "{said:?}");
    assert!(
        said.out.contains("bad row_changed tenant 1 day "),
        "{said:?}"
    );
    assert!(
        said.out.contains("SOMEBODY CHANGED THE AUDIT TRAIL"),
        "{said:?}"
    );
}
