//! What the server says about itself: log lines, and metrics for Prometheus.

pub mod metrics;

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// Log lines, written to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// The shape of a line; `auto` is text on a terminal and JSON elsewhere.
    pub format: LogFormat,
    /// The least level that is logged (error, warn, info, debug, trace, off), with exceptions by
    /// crate: `info,regia_acs=debug`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            filter: "info,sqlx=warn".into(),
        }
    }
}

/// Why logs or metrics did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("`log.filter` does not parse: `{filter}`; such as `info` or `info,regia_acs=debug`")]
    Filter {
        /// As set.
        filter: String,
        /// The parser's reason.
        source: ParseError,
    },
    /// Somebody else took the place.
    #[error("{0} were started twice in this process")]
    Twice(&'static str),
}

/// Starts logging to standard error for the whole process; panics become log lines.
///
/// # Errors
/// A filter that does not parse, or a second start.
pub fn init(settings: &LogSettings) -> Result<(), TelemetryError> {
    let terminal = std::io::stderr().is_terminal();
    subscriber(settings, terminal, std::io::stderr)?
        .try_init()
        .map_err(|_| TelemetryError::Twice("logs"))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn subscriber<W>(
    settings: &LogSettings,
    terminal: bool,
    writer: W,
) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter: Targets = settings
        .filter
        .parse()
        .map_err(|source| TelemetryError::Filter {
            filter: settings.filter.clone(),
            source,
        })?;
    let json = match settings.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let layer = fmt::layer().with_writer(writer).with_ansi(terminal);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match json {
        true => layer
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        false => layer.boxed(),
    };
    // One filter for all, not one of the layer: sqlx asks whether a line is wanted and then writes
    // none, and a layer's own filter then swallows the next line of anybody.
    Ok(tracing_subscriber::registry().with(layer).with(filter))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or("no text");
    tracing::error!(
        panic.location = location,
        panic.text = text,
        "a thread panicked at {location}"
    );
}

#[cfg(test)]
mod tests;
