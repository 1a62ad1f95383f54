//! The metrics of this crate.

/// Requests for something that the principal may not do.
pub(crate) const DENIALS: &str = "regia_access_denials_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(
        DENIALS,
        "Requests for something that whoever asked may not do."
    );
}
