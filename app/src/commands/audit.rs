//! `regia audit …`: looks for traces of tampering in the audit trail.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::{Args, Subcommand};
use regia_audit::{Actor, Finding, Head, Report, Span, Trail};
use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_secrets::KeyRing;
use regia_settings::Environment;
use regia_store::{ConnectOptions, Store};
use time::Date;
use time::format_description::well_known::Iso8601;

use crate::database::Reached;
use crate::keys;
use crate::place::Place;
use crate::settings::Settings;
use crate::terminal::say;

/// All of them work while a server runs or not.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Checks every row and block; ends with 1 when something is wrong.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
    /// The first day, such as 2026-03-01 [default: the beginning].
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The last day [default: today].
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    /// The end of a chain as an earlier check or the server's log said it; may be given again.
    #[arg(long, value_name = "HEAD")]
    noted: Vec<Head>,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "a day is written 2026-03-01".to_owned())
}

pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Verify(arguments) = command;
    let settings = arguments
        .place
        .settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    let span = Span {
        from: arguments.from,
        to: arguments.to,
        noted: arguments.noted,
    };
    ensure!(
        span.from.is_none() || span.to.is_none() || span.from <= span.to,
        "--from is after --to"
    );
    let keys = keys::existing(&settings)?;
    let reached = Reached::open(&settings).await?;
    let verified = verify(&reached, settings, &keys, &span).await;
    reached.close().await;
    let (report, took) = verified?;
    tell(&report, took);
    Ok(match report.is_clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn verify(
    reached: &Reached,
    settings: Settings,
    keys: &KeyRing,
    span: &Span,
) -> anyhow::Result<(Report, Duration)> {
    let options = ConnectOptions::new(reached.url.clone(), &settings.database);
    let store = Store::connect(&options).await?.signing_with(keys);
    let clock = Clock::system();
    let began_at = clock.instant();
    let trail = Trail::new(store.clone(), clock.clone(), settings.access.audit_days);
    let verified = async {
        let report = trail.verify(None, span).await?;
        let took = clock.instant() - began_at;
        let actor = Actor::system("command line");
        trail.note(TerritoryId::ROOT, actor, span, &report).await?;
        anyhow::Ok((report, took))
    };
    let verified = verified.await;
    store.close().await;
    verified
}

/// Lines that are stable for scripts: what is wrong, the ends of the chains, the numbers.
fn tell(report: &Report, took: Duration) {
    for finding in &report.findings {
        say(&line(finding));
    }
    if report.more > 0 {
        say(&format!("… and {} more", report.more));
    }
    for head in &report.heads {
        say(&format!("head {head}"));
    }
    if let Some(day) = report.kept_from {
        say(&format!("days before {day} were dropped by retention"));
    }
    if report.legacy > 0 {
        say(&format!(
            "{} rows are from before the chain, and nothing protects them",
            report.legacy
        ));
    }
    if report.waiting > 0 {
        say(&format!("{} rows wait for their block", report.waiting));
    }
    let rate = report.rows as f64 / took.as_secs_f64().max(0.001);
    say(&format!(
        "{} rows, {} blocks, {} days in {:.1} s ({rate:.0} rows/s): {}",
        report.rows,
        report.blocks,
        report.days,
        took.as_secs_f64(),
        match report.is_clean() {
            true => "the audit trail is as the server wrote it",
            false => "SOMEBODY CHANGED THE AUDIT TRAIL",
        }
    ));
}

fn line(finding: &Finding) -> String {
    let mut line = format!("bad {} tenant {}", finding.flaw.as_str(), finding.tenant);
    if let Some(day) = finding.day {
        line += &format!(" day {day}");
    }
    if let Some(entry) = finding.entry_id {
        line += &format!(" row {entry}");
    }
    if let Some(block) = finding.block {
        line += &format!(" block {block}");
    }
    line
}
