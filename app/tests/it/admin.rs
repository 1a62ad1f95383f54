//! `regia admin`.

use regia_access::{AccessSettings, NewMandate, Origin, Principal, Role, SystemRole};
use regia_clock::{Chance, Clock};
use regia_identity::Access;
use regia_secrets::KeyRing;
use regia_testkit::TestDb;
use regia_users::{NewUser, Person};

use crate::command::{regia, run};
use crate::hostile;
use crate::server::{API_KEY, SECRET_KEY, Server, eventually, place, request, shared, status};

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

#[tokio::test]
async fn who_is_locked_out_is_listed_and_let_in_again() {
    let database = TestDb::new().await;
    let place = place();
    let server = Server::start_on(&database, place.path(), &[("REGIA_ADMIN_PASSWORD", "lost")]);
    let url = database.url();
    let admin = |arguments: &[&str]| {
        let mut command = regia(&[&["admin"], arguments].concat());
        run(command.envs(shared(url.expose())))
    };
    suspend_admin(&database).await;
    let listed = "user admin, suspended\nuser maria, active";
    assert_eq!(admin(&["list-users"]).out.trim(), listed);
    assert_eq!(log_in(&server, "lost"), 401);
    let said = admin(&["unlock", "--user", "Admin"]);
    assert!(
        said.ok && said.out.trim() == "user Admin may log in",
        "{said:?}"
    );
    let listed = "user admin, active\nuser maria, active";
    assert_eq!(admin(&["list-users"]).out.trim(), listed);
    assert_eq!(log_in(&server, "lost"), 303);
    let said = admin(&["remove-second-factor"]);
    assert!(
        !said.ok && said.err.contains("there is no second factor"),
        "{said:?}"
    );
    let said = admin(&["resume", "--user", "nobody"]);
    assert!(
        !said.ok && said.err.contains("there is no user nobody"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_made_with_a_link_for_its_first_user() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &[]);
    let url = database.url();
    let admin = |arguments: &[&str]| {
        let mut command = regia(&[&["admin"], arguments].concat());
        run(command.envs(shared(url.expose())))
    };
    let said = admin(&["create-tenant", "Sud", "--admin", "sofia"]);
    assert!(said.ok, "{said:?}");
    let (first, second) = said.out.trim().split_once('\n').unwrap();
    assert!(first.ends_with(", Sud"), "{said:?}");
    let path = second.split_once(" at ").unwrap().1;
    assert!(path.starts_with("/welcome/"), "{said:?}");
    assert_eq!(server.get(path).0, 200);
    let listed = admin(&["list-tenants"]).out;
    assert_eq!(listed.trim(), format!("tenant 1, root\n{first}"));
    let users = admin(&["list-users"]).out;
    let number = first.split([' ', ',']).nth(1).unwrap();
    let sofia = format!("user sofia, invited, tenant {number}");
    assert_eq!(users.trim(), format!("user admin, active\n{sofia}"));
    let again = admin(&["create-tenant", "sud", "--admin", "other"]);
    assert!(!again.ok && again.err.contains("already"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_address_has_its_devices_answered_and_is_let_in_again() {
    let (database, place) = (TestDb::new().await, place());
    let more = [
        ("REGIA_FLEET_PASSWORD", "fleet-password-1"),
        ("REGIA__LIMITS__ANONYMOUS_PER_MINUTE", "0"),
        ("REGIA__ACS__ONBOARDING__CONCURRENT", "0"),
    ];
    let server = Server::start_on(&database, place.path(), &more);
    let url = database.url();
    let unban = || {
        let mut command = regia(&["admin", "unban", "127.0.0.1"]);
        run(command.envs(shared(url.expose())))
    };
    let before = unban();
    assert!(
        !before.ok && before.err.contains("127.0.0.1 is not banned"),
        "{before:?}"
    );
    let key = format!("Authorization: Bearer {API_KEY}");
    let headers = [key.as_str(), "Content-Type: application/json"];
    let ban =
        "{\"address\":\"127.0.0.1\",\"reason\":\"scans\",\"minutes\":60,\"even_my_own\":true}";
    let made = request(&server.console, "POST /api/v1/security/bans", &headers, ban);
    assert_eq!(status(&made), 201, "{made}");
    eventually("the ban", || server.get("/login").0 == 403);
    // Devices know no bans, from whatever address: those of an operator may share one.
    let session = hostile::open(&server, "BANNED");
    // To its end: an orderly stop waits for sessions that are open.
    let end = hostile::post(&server.cwmp, &[session], b"");
    assert_eq!(status(&end), 204, "{end}");
    let devices = server.get_with_key("/api/v1/acs/devices?serial=BANNED").1;
    assert!(devices.contains("\"BANNED\""), "{devices}");
    let said = unban();
    assert!(
        said.ok && said.out.trim() == "127.0.0.1 may ask again",
        "{said:?}"
    );
    eventually("the end of the ban", || server.get("/login").0 == 200);
    let trail = server
        .get_with_key("/api/v1/audit?action=access.security.unban")
        .1;
    assert!(trail.contains("command line"), "{trail}");
}

/// Another administrator does it.
async fn suspend_admin(database: &TestDb) {
    let keys = KeyRing::from_hex(&SECRET_KEY.into(), &[]).unwrap();
    let (settings, clock) = (AccessSettings::default(), Clock::system());
    let chance = Chance::from_system();
    let access = Access::new(database.store(), &keys, settings, clock, chance).unwrap();
    let tester = Principal::System("test");
    let nothing_more = Person::default();
    let everything = [NewMandate::whole(Role::System(
        SystemRole::SuperAdministrator,
    ))];
    let invited = access.users().invite_new_user(
        &tester,
        NewUser {
            name: "maria",
            person: &nothing_more,
            mandates: &everything,
        },
    );
    let (_, link) = invited.await.unwrap();
    let password = "stapler anchovy lantern".into();
    let used = access
        .users()
        .use_link(&link.token, &password, Origin::default());
    used.await.unwrap();
    let (_, admin) = access.users().user_named("admin").await.unwrap();
    access.users().suspend_user(&tester, admin).await.unwrap();
}
