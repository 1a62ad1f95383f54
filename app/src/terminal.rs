//! Lines for the person or script that started the command.

use std::borrow::Cow;
use std::io::{self, Write};

use regia_cluster::ClusterError;
use regia_settings::SettingsError;

/// A line on standard output. A reader that went away is no reason to stop.
pub(crate) fn say(line: &str) {
    write_line(&mut io::stdout().lock(), line);
}

/// An error with its causes and, where there is one, the next step, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut page = format!("error: {error:#}");
    if let Some(hint) = hint(error) {
        page.push_str(&format!("\n  hint: {hint}"));
    }
    write_line(&mut io::stderr().lock(), &page);
}

/// The next step that the error itself knows.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let settings = cause
            .downcast_ref::<SettingsError>()
            .and_then(SettingsError::hint);
        let cluster = cause.downcast_ref::<ClusterError>().map(ClusterError::hint);
        settings.map(str::to_owned).or(cluster.map(Cow::into_owned))
    })
}

fn write_line(to: &mut impl Write, line: &str) {
    let written = writeln!(to, "{line}").and_then(|()| to.flush());
    drop(written);
}
