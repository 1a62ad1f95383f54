//! The whole API under a schema fuzzer: Schemathesis reads the description that the server hands out,
//! calls every operation rightly and wrongly, and compares each answer with what is described. The
//! stream of live events belongs to the pages, not to the API: `kernel/console/src/live/tests.rs`.

mod fixtures;
mod people;
mod site;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regia_testkit::TestDb;
use serde_json::{Value as Json, json};

use crate::server::{API_KEY, Server, place};
use crate::visit::{MANAGED, start_fleet};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fuzzed");
const FUZZER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/tools/schemathesis/bin/python3"
);
const DESCRIPTION: &str = "/api/openapi.json";

/// The fuzzer asks more, and is wrong more often, than anybody is allowed to.
const WITHOUT_LIMITS: [(&str, &str); 5] = [
    ("REGIA__LIMITS__ANONYMOUS_PER_MINUTE", "0"),
    ("REGIA__LIMITS__BULK_PER_MINUTE", "0"),
    ("REGIA__LIMITS__EXPORT_PER_MINUTE", "0"),
    ("REGIA__ACCESS__BANS__AUTOMATIC", "false"),
    ("REGIA__ACCESS__FAILED_LOGINS_PER_MINUTE", "1000"),
];

/// What the fuzzer can do by chance only: these stop something that runs, and here it is soon over.
/// Tested in `modules/acs/tests/it/imports.rs` and `modules/acs/src/flows/search/tests.rs`.
const SELDOM_DONE: [&str; 2] = [
    "POST /api/v1/acs/imports/{id}/stop",
    "POST /api/v1/acs/searches/{id}/cancel",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_a_fuzzer_as_it_is_described() {
    let (database, place) = (TestDb::new().await, place());
    // Where a setting says how far to go with new devices, nobody may choose it over the API.
    let open = |(name, _): &&(&str, &str)| *name != "REGIA__ACS__ONBOARDING__MODE";
    let variables: Vec<_> = MANAGED
        .iter()
        .filter(open)
        .chain(&WITHOUT_LIMITS)
        .copied()
        .collect();
    let server = Server::start_on(&database, place.path(), &variables);
    let mode = json!({ "mode": "manage" });
    site::Site::new(&server, API_KEY).ask("PUT", "/api/v1/acs/onboarding", &mode);
    let fleet = start_fleet(&server).await;
    let fixtures = fixtures::made(&server, &database).await;
    let met = fuzzed(&server, place.path(), &fixtures);
    fleet.stop().await;

    let described = operations(&server);
    let called: BTreeSet<_> = met.keys().cloned().collect();
    assert_eq!(called, described);
    let done =
        |(_, answers): &(&String, &Answers)| answers.keys().any(|code| code.starts_with('2'));
    let never: BTreeMap<_, _> = met
        .iter()
        .filter(|met| !done(met) && !SELDOM_DONE.contains(&met.0.as_str()))
        .collect();
    assert_eq!(never, BTreeMap::new());
    // Whoever asked is still who they were.
    assert_eq!(server.get_with_key("/api/v1/access/keys").0, 200);
}

/// How often an operation answered each status.
type Answers = BTreeMap<String, u32>;

/// Runs the fuzzer to its end: what each operation answered.
///
/// # Panics
/// With the fuzzer's own report, when it found something.
fn fuzzed(server: &Server, place: &Path, fixtures: &Json) -> BTreeMap<String, Answers> {
    assert!(
        Path::new(FUZZER).exists(),
        "the fuzzer is not installed: run scripts/install test"
    );
    let file = |name| -> PathBuf { place.join(name) };
    std::fs::write(file("fixtures.json"), fixtures.to_string()).unwrap();
    let said = Command::new(FUZZER)
        .current_dir(place)
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(Path::new(HERE).join("schemathesis.toml"))
        .arg("run")
        .arg(format!("http://{}{DESCRIPTION}", server.console))
        .env("SCHEMATHESIS_HOOKS", Path::new(HERE).join("hooks.py"))
        .env("REGIA_FUZZ_FIXTURES", file("fixtures.json"))
        .env("REGIA_FUZZ_MET", file("met.json"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success(),
        "{report}\n{}\nthe server said:\n{}",
        String::from_utf8_lossy(&said.stderr),
        troubles(&server.log())
    );
    serde_json::from_str(&std::fs::read_to_string(file("met.json")).unwrap()).unwrap()
}

/// What may explain a failure of the server.
fn troubles(log: &str) -> String {
    let lines = log.lines().filter(|line| line.contains(" ERROR "));
    lines.take(40).collect::<Vec<_>>().join("\n")
}

/// Every operation of the description, as the fuzzer names it.
fn operations(server: &Server) -> BTreeSet<String> {
    let description = site::Site::new(server, API_KEY).ask("GET", DESCRIPTION, &Json::Null);
    let paths = description["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    methods.collect()
}
