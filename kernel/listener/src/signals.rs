//! The metrics of this crate.

/// Open connections, labelled `listener`.
pub(crate) const CONNECTIONS: &str = "regia_web_connections";
/// Connections that ended without our wish, labelled `listener` and `reason`.
pub(crate) const DROPPED: &str = "regia_web_dropped_connections_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_gauge!(CONNECTIONS, "Open connections, by listener.");
    metrics::describe_counter!(
        DROPPED,
        "Connections that were dropped, by listener and reason (`accept`, `address`, `handshake`, `slow`)."
    );
}
