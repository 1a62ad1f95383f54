//! `regia simulate cpe` against a server: devices that nobody prepared appear.

use std::process::Stdio;

use regia_testkit::TestDb;
use rustix::process::{Pid, Signal, kill_process};

use crate::command::{Said, regia};
use crate::server::{Server, eventually, place};

#[tokio::test]
async fn simulated_cpes_become_devices() {
    let (database, place) = (TestDb::new().await, place());
    let fleet = ("REGIA_FLEET_PASSWORD", "fleet-password-1");
    let server = Server::start_on(&database, place.path(), &[fleet]);
    let acs = format!("http://{}/", server.cwmp);
    let mut simulate = regia(&["simulate", "cpe", "--acs", &acs, "--count", "3"]);
    let fleet = simulate
        .envs([fleet])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let fleet = fleet.spawn().unwrap();
    eventually("three devices", || {
        let path = "/api/v1/acs/devices?serial_prefix=SIM&count=exact&limit=1";
        server.get_with_key(path).1.contains("\"total\":3")
    });
    kill_process(Pid::from_child(&fleet), Signal::INT).unwrap();
    let said = Said::from(fleet.wait_with_output().unwrap());
    assert!(
        said.ok && said.out.contains("connection requests"),
        "{said:?}"
    );
}
