//! `make bench`: a released server on its private PostgreSQL (fsync on) under simulated load, all on
//! this machine. Prints a table with the machine's load and writes `target/bench/results.json`.
//!
//! Arguments: the server's program, a folder for its data (made anew), the file for the results.
#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_simulate::bench::{
    Measured, Server, folder_bytes, limiter, median, policy, print, write_json,
};
use regia_simulate::load::{self, Devices, LoadOptions, LoadReport, Login, Pace, Until};

/// Devices that the server knows when the periodic sessions are measured.
const FLEET: u64 = 100_000;

/// Each figure is the median of so many runs.
const RUNS: usize = 3;

/// Length of one run.
const RUN: Duration = Duration::from_secs(8);

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(program), Some(folder), Some(results)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: bench SERVER DATA-FOLDER RESULTS-FILE".into());
    };
    let mut server = Server::start(&program, &folder)?;
    let mut measured = measure(&server, &folder)?;
    measured.extend(policy::measure(&folder)?);
    server.stop()?;
    measured.extend(limiter::measure(&program, &folder)?);
    print(&measured)?;
    write_json(&results, &measured)?;
    let holds = measured.iter().all(|figure| figure.holds() != Some(false));
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

fn measure(server: &Server, folder: &Path) -> Result<Vec<Measured>, Failure> {
    let basic = || Login::Basic {
        username: "fleet".into(),
        password: Server::PASSWORD.into(),
    };
    let digest = || Login::Digest {
        username: "fleet".into(),
        password: Server::PASSWORD.into(),
    };
    let mut figures = Vec::new();
    let empty = folder_bytes(folder)?;
    let registered = registrations(server, &basic())?;
    figures.push(Measured::at_least(
        "registrations",
        registered,
        "sessions/s",
        4_000.0,
    ));
    let bytes = folder_bytes(folder)?.saturating_sub(empty);
    figures.push(Measured::plain(
        "database_bytes_per_device",
        bytes as f64 / FLEET as f64,
        "bytes",
    ));
    for (name, connections, bar) in [
        ("periodic_16", 16, Some(6_000.0)),
        ("periodic_64", 64, Some(8_000.0)),
        ("periodic_256", 256, None),
    ] {
        let before = server.cpu()?;
        let mut sessions = 0;
        let rate = median::<Failure>(RUNS, || {
            let report = run(server, basic(), connections, Pace::Closed)?;
            sessions += report.sessions;
            Ok(report.rate())
        })?;
        let spent = server.cpu()?.saturating_sub(before);
        figures.push(Measured::new(name, rate, "sessions/s", bar));
        let each = spent.as_secs_f64() * 1e6 / sessions.max(1) as f64;
        figures.push(Measured::plain(format!("{name}_cpu"), each, "µs/session"));
    }
    let rate = median::<Failure>(RUNS, || Ok(run(server, digest(), 64, Pace::Closed)?.rate()))?;
    figures.push(Measured::plain("periodic_64_digest", rate, "sessions/s"));
    let p99 = median::<Failure>(RUNS, || {
        let report = run(server, basic(), 64, Pace::Open { rate: 1_000.0 })?;
        Ok(report.latency.quantile(0.99).as_secs_f64() * 1_000.0)
    })?;
    figures.push(Measured::at_most("open_loop_1000_p99", p99, "ms", 20.0));
    let resident = server.resident_bytes()? as f64 / 1e6;
    figures.push(Measured::at_most("server_resident", resident, "MB", 200.0));
    Ok(figures)
}

/// The whole fleet registers in as many equal parts as there are runs; the median of their rates.
fn registrations(server: &Server, login: &Login) -> Result<f64, Failure> {
    let part = FLEET.div_ceil(RUNS as u64);
    let mut first = 0;
    median::<Failure>(RUNS, || {
        let count = part.min(FLEET - first);
        let options = LoadOptions {
            devices: Devices::New { first },
            until: Until::Sessions(count),
            ..options(server, login.clone(), 64)
        };
        first += count;
        Ok(checked(load::run(
            &options,
            &Clock::system(),
            &Chance::seeded(first),
        )?)?
        .rate())
    })
}

fn run(
    server: &Server,
    login: Login,
    connections: usize,
    pace: Pace,
) -> Result<LoadReport, Failure> {
    let options = LoadOptions {
        pace,
        ..options(server, login, connections)
    };
    checked(load::run(&options, &Clock::system(), &Chance::seeded(1))?)
}

fn options(server: &Server, login: Login, connections: usize) -> LoadOptions {
    LoadOptions {
        acs: server.acs().to_owned(),
        login,
        oui: "00D09E".into(),
        serial_prefix: "BENCH".into(),
        devices: Devices::Known { count: FLEET },
        connections,
        pace: Pace::Closed,
        until: Until::Elapsed(RUN),
    }
}

/// A run in which sessions failed says nothing about speed.
fn checked(report: LoadReport) -> Result<LoadReport, Failure> {
    if report.failed() == 0 {
        return Ok(report);
    }
    Err(format!(
        "{} of {} sessions failed: {:?}",
        report.failed(),
        report.sessions,
        report.failures
    )
    .into())
}
