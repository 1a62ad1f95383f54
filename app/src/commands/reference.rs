//! `regia reference`: the pages of `docs/reference/`, from the code that they describe.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use regia_access::Permission;

use crate::compose;
use crate::settings::Settings;
use crate::terminal::say;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Folder that the pages are written to.
    #[arg(long, value_name = "FOLDER", default_value = "docs/reference")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, page) in pages() {
        let path = folder.join(name);
        fs::write(&path, page).with_context(|| format!("{} cannot be written", path.display()))?;
        say(&path.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn pages() -> [(&'static str, String); 3] {
    [
        ("settings.md", regia_settings::reference::<Settings>()),
        (
            "metrics.md",
            regia_telemetry::metrics::reference(compose::describe_metrics),
        ),
        ("permissions.md", permissions()),
    ]
}

/// What may be allowed, by name.
fn permissions() -> String {
    let mut all = compose::permissions();
    all.sort_by_key(|permission| permission.name);
    let rows = all.into_iter().map(|permission| {
        let Permission {
            name,
            least,
            means,
            whole,
            handed,
        } = permission;
        let handed = handed.map_or_else(|| "never".to_owned(), |level| level.to_string());
        let place = if whole {
            "the whole tenant"
        } else {
            "a territory"
        };
        format!(
            "| `{name}` | {means} | {} | {place} | {handed} |\n",
            least.as_str()
        )
    });
    let head = "# Permissions\n\nEach role has what those before it have: viewer, technician, operator, \
                administrator,\nsuper_administrator. A role counts in its territory and everything \
                below it. A single device that\nwas handed to a user allows what its level (1 \
                viewer, 2 manager, 3 admin) reaches.\n\n| Permission | What it lets somebody do | Least role | \
                Held in | Least level of a device handed over |\n|---|---|---|---|---|\n";
    rows.fold(head.to_owned(), |page, row| page + &row)
}
