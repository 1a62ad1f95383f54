//! The metrics of this crate.

/// Connections of the pool, labelled `state`.
pub(crate) const CONNECTIONS: &str = "regia_store_connections";
/// Time until a transaction had its connection.
pub(crate) const WAIT: &str = "regia_store_wait_seconds";
/// Transactions that could not begin, labelled `reason`.
pub(crate) const FAILURES: &str = "regia_store_begin_failures_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_gauge!(
        CONNECTIONS,
        "Connections to the database, by state (`used`, `idle`)."
    );
    metrics::describe_histogram!(
        WAIT,
        metrics::Unit::Seconds,
        "Time until a transaction had its connection."
    );
    metrics::describe_counter!(
        FAILURES,
        "Transactions that could not begin, by reason (`busy`, `unavailable`)."
    );
}
