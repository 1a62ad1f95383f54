//! The metrics of this crate.

/// Requests refused, labelled `class`.
pub(crate) const REFUSED: &str = "regia_limits_refused_total";
/// 1 while limits are counted in Redis, 0 while this node counts alone.
pub(crate) const SHARED: &str = "regia_limits_shared";
/// How often Redis was lost.
pub(crate) const LOST: &str = "regia_limits_redis_lost_total";
/// Time of one question to Redis.
pub(crate) const ASKED: &str = "regia_limits_redis_duration_seconds";
/// Uses that were not told to other nodes.
pub(crate) const UNTOLD: &str = "regia_limits_untold_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(REFUSED, "Requests refused for their number, by class.");
    metrics::describe_gauge!(
        SHARED,
        "1 while limits are counted in Redis, 0 while this node counts alone."
    );
    metrics::describe_counter!(LOST, "How often Redis was lost to the limits.");
    metrics::describe_histogram!(ASKED, "Time of one question of the limits to Redis.");
    metrics::describe_counter!(
        UNTOLD,
        "Uses that other nodes were not told of: Redis was away, or too many waited."
    );
}
