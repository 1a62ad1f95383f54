//! The metrics of this crate.

/// API keys that are none, or none any more.
pub(crate) const UNKNOWN: &str = "regia_access_unknown_keys_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(UNKNOWN, "Requests with an API key that is not valid.");
}
