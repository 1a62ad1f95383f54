//! The metrics of this crate.

/// Attempts to log in, labelled `outcome`.
pub(crate) const LOGINS: &str = "regia_access_logins_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(
        LOGINS,
        "Steps of logging in, by outcome (`welcome`, `code_needed`, `refused`, `wrong_code`, \
         `limited`, `over`, `overloaded`, `failed`)."
    );
}
