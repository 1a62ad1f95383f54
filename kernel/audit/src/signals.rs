//! The metrics of this crate.

/// Rows that were put into blocks.
pub(crate) const SEALED: &str = "regia_audit_sealed_rows_total";
/// Blocks of all tenants together.
pub(crate) const BLOCKS: &str = "regia_audit_blocks";
/// How often the end of a chain was not what this server last saw.
pub(crate) const WENT_BACK: &str = "regia_audit_went_back_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(
        SEALED,
        "Rows of the audit trail that this node put into blocks."
    );
    metrics::describe_gauge!(
        BLOCKS,
        "Blocks of the audit trail's chains, of all tenants together. It never falls."
    );
    metrics::describe_counter!(
        WENT_BACK,
        "How often a chain of the audit trail ended before where this node saw it end: somebody took \
         blocks away, or the database is an older one."
    );
}
