//! `regia backup`: database and secret key in one file, while a server runs or not.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use regia_clock::Clock;
use regia_cluster::Programs;
use regia_settings::Environment;
use time::format_description::well_known::Rfc3339;

use crate::archive::{self, Manifest};
use crate::database::Reached;
use crate::place::Place;
use crate::terminal::say;
use crate::{keys, programs};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The file to write; it must not exist.
    file: PathBuf,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments
        .place
        .settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    let keys = keys::existing(&settings)?;
    let reached = Reached::open(&settings).await?;
    let Programs { folder, version } = &reached.programs;
    let made_at = Clock::system().now().format(&Rfc3339)?;
    let manifest = Manifest::new(made_at, *version, &keys);
    let written = archive::write(&arguments.file, &manifest, &keys, |to| {
        programs::dump(folder, &reached.url, to)
    });
    reached.close().await;
    let bytes = written?;
    say(&format!(
        "{} holds the backup ({bytes} bytes)",
        arguments.file.display()
    ));
    say("it holds the secret key too: whoever reads it reads every secret");
    Ok(ExitCode::SUCCESS)
}
