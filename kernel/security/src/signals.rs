//! The metrics of this crate.

/// What happened at the doors, labelled `kind`.
pub(crate) const EVENTS: &str = "regia_security_events_total";
/// Events that were counted under no address, because too many came at once.
pub(crate) const CROWDED: &str = "regia_security_crowded_total";
/// Events that could not be stored.
pub(crate) const LOST: &str = "regia_security_lost_total";
/// Bans in force.
pub(crate) const BANS: &str = "regia_security_bans";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(EVENTS, "Events of the security log, by kind.");
    metrics::describe_counter!(
        CROWDED,
        "Events of the security log that are counted without their address, because too many \
         different ones came at once."
    );
    metrics::describe_counter!(
        LOST,
        "Events of the security log that could not be stored for too long."
    );
    metrics::describe_gauge!(BANS, "Addresses that are kept out of console and API.");
}
