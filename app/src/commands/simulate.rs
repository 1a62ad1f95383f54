//! `regia simulate cpe`: CPEs that talk to an ACS, for demos, load and tests.

use std::process::ExitCode;

use clap::Subcommand;
use regia_simulate::{Report, SimulateCpe};
use regia_telemetry::LogSettings;
use tokio_util::sync::CancellationToken;

use crate::signals::Signals;
use crate::terminal::say;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs CPEs until it is told to stop, then says what they did.
    Cpe(SimulateCpe),
}

pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Cpe(options) = command;
    regia_telemetry::init(&LogSettings::default())?;
    let mut signals = Signals::listen()?;
    let stop = CancellationToken::new();
    say(&format!(
        "{} CPEs talk to {}; Ctrl-C stops them",
        options.count, options.acs
    ));
    let fleet = regia_simulate::run(&options, stop.clone());
    tokio::pin!(fleet);
    let report = tokio::select! {
        ended = &mut fleet => ended?,
        () = signals.next() => {
            stop.cancel();
            fleet.await?
        }
    };
    for line in lines(&report) {
        say(&line);
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(report: &Report) -> [String; 4] {
    [
        format!(
            "sessions {}, failed {}",
            report.sessions, report.failed_sessions
        ),
        format!(
            "RPCs answered {}, with a fault {}",
            report.rpcs, report.faults
        ),
        format!(
            "transfers {}, failed {}",
            report.transfers, report.failed_transfers
        ),
        format!(
            "reboots {}, connection requests {}",
            report.reboots, report.connection_requests
        ),
    ]
}
