//! Simulated CPEs against a scripted ACS.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod acs;
mod cpe;
mod cwmp;
mod door;
mod faults;
mod load;
mod transfers;

use cwmp::Acs;
use regia_clock::Clock;
use regia_cwmp::{AcsMessage, CpeMessage, ParameterValue, ValueKind};
use regia_simulate::{Fleet, Model, Report, SimulateCpe};

fn options(acs: &Acs) -> SimulateCpe {
    SimulateCpe {
        acs: acs.url(),
        model: Model::Tr181,
        password: "secret".to_owned(),
        start_seconds: Some(0),
        boot_seconds: 0,
        change_seconds: 0,
        ..SimulateCpe::default()
    }
}

async fn fleet(options: &SimulateCpe) -> Fleet {
    Fleet::start(options, &Clock::system()).await.unwrap()
}

fn set(name: &str, value: &str, kind: ValueKind) -> ParameterValue {
    ParameterValue {
        name: name.into(),
        value: value.into(),
        kind,
    }
}

fn get(names: &[&str]) -> AcsMessage {
    AcsMessage::GetParameterValues(names.iter().map(|name| (*name).into()).collect())
}

fn values(message: &CpeMessage) -> Vec<&str> {
    match message {
        CpeMessage::GetParameterValuesResponse(values) => {
            values.iter().map(|value| value.value.as_str()).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Waits until the fleet has counted so many sessions: a CPE counts after its ACS is done.
async fn counted(fleet: &Fleet, sessions: u64) -> Report {
    loop {
        let report = fleet.report();
        if report.sessions + report.failed_sessions >= sessions {
            return report;
        }
        tokio::task::yield_now().await;
    }
}
