//! Lines for the person or script that started the command.

use std::io::{self, Write};

use regia_settings::SettingsError;

/// A line on standard output. A reader that went away is no reason to stop.
pub(crate) fn say(line: &str) {
    write_line(&mut io::stdout().lock(), line);
}

/// An error with its causes and, where there is one, the next step, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut page = format!("error: {error:#}");
    if let Some(hint) = error
        .downcast_ref::<SettingsError>()
        .and_then(SettingsError::hint)
    {
        page.push_str(&format!("\n  hint: {hint}"));
    }
    write_line(&mut io::stderr().lock(), &page);
}

fn write_line(to: &mut impl Write, line: &str) {
    let written = writeln!(to, "{line}").and_then(|()| to.flush());
    drop(written);
}
