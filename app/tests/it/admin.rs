//! `regia admin reset-password`.

use regia_testkit::TestDb;

use crate::command::{regia, run};
use crate::server::{Server, place, request, shared, status};

fn log_in(server: &Server, password: &str) -> u16 {
    let headers = [
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/x-www-form-urlencoded",
    ];
    let body = format!("name=admin&password={password}");
    status(&request(&server.console, "POST /login", &headers, &body))
}

#[tokio::test]
async fn a_reset_password_takes_the_place_of_the_lost_one() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(
        &database,
        place.path(),
        &[("REGIA_ADMIN_PASSWORD", "lost-password")],
    );
    assert_eq!(log_in(&server, "lost-password"), 303);
    let url = database.url();
    let reset = |user| {
        let mut command = regia(&["admin", "reset-password", "--user", user]);
        run(command.envs(shared(url.expose())))
    };
    let said = reset("admin");
    assert!(said.ok, "{said:?}");
    let drawn = said
        .out
        .trim()
        .strip_prefix("user admin, password ")
        .unwrap();
    assert_eq!(
        (log_in(&server, drawn), log_in(&server, "lost-password")),
        (303, 401)
    );
    let said = reset("nobody");
    assert!(
        !said.ok && said.err.contains("there is no user nobody"),
        "{said:?}"
    );
}
