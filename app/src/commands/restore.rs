//! `regia restore`: a backup becomes an installation in an empty folder or an empty database.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use regia_clock::Chance;
use regia_secrets::KeyRing;
use regia_settings::Environment;
use regia_store::Store;
use tokio::runtime::Handle;

use crate::archive::{self, Manifest};
use crate::database::{Reached, UNFINISHED_RESTORE};
use crate::place::Place;
use crate::settings::Settings;
use crate::terminal::say;
use crate::{keys, programs};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The file that `regia backup` wrote.
    file: PathBuf,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments
        .place
        .settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    let runtime = Handle::current();
    tokio::task::block_in_place(|| {
        archive::read(
            &arguments.file,
            |manifest, keys| runtime.block_on(prepare(&settings, manifest, &keys)),
            |reached, dump| {
                let loaded = programs::load(&reached.programs.folder, &reached.url, dump);
                runtime.block_on(reached.close());
                loaded
            },
        )
    })?;
    if settings.database.url.is_none() {
        let marker = settings.data_dir().join(UNFINISHED_RESTORE);
        fs::remove_file(&marker).with_context(|| format!("{} stays", marker.display()))?;
    }
    say("the backup is restored; start the server with: regia serve");
    Ok(ExitCode::SUCCESS)
}

/// Everything before the dump: an empty place with the backup's key, and a database that answers.
async fn prepare(
    settings: &Settings,
    manifest: &Manifest,
    keys: &KeyRing,
) -> anyhow::Result<Reached> {
    say(&format!(
        "restoring the backup of {} (regia {}, PostgreSQL {})",
        manifest.made_at, manifest.regia_version, manifest.postgres_version
    ));
    if settings.database.url.is_some() || settings.server.secret_key.is_some() {
        check_key(settings, keys)?;
    }
    if settings.database.url.is_some() {
        let reached = Reached::open(settings).await?;
        Store::make_roles(&reached.url).await?;
        return Ok(reached);
    }
    check_empty(settings)?;
    let reached = Reached::open(settings).await?;
    Store::make_roles(&reached.url).await?;
    let folder = settings.data_dir();
    let marker = folder.join(UNFINISHED_RESTORE);
    fs::write(&marker, "").with_context(|| format!("{} cannot be made", marker.display()))?;
    if settings.server.secret_key.is_none() {
        keys.save(&folder.join(keys::FILE))?;
    }
    Ok(reached)
}

fn check_empty(settings: &Settings) -> anyhow::Result<()> {
    let folder = settings.data_dir();
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !occupied,
        "{} is not empty; choose another --data-dir, or move it away first",
        folder.display()
    );
    Ok(())
}

fn check_key(settings: &Settings, keys: &KeyRing) -> anyhow::Result<()> {
    let configured = keys::load(settings, &Chance::from_system())?;
    let needed = keys.fingerprint();
    if configured.fingerprint() != needed && !configured.old_fingerprints().contains(&needed) {
        bail!(
            "the backup was sealed with the key {needed}, and `server.secret_key` is {}; take the \
             backup's key out with: tar -xOf FILE secret_key",
            configured.fingerprint()
        );
    }
    Ok(())
}
