//! The metrics of this crate.

/// Attempts to log in, labelled `outcome`.
pub(crate) const LOGINS: &str = "regia_access_logins_total";
/// Requests for something that the principal may not do.
pub(crate) const DENIALS: &str = "regia_access_denials_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(
        LOGINS,
        "Steps of logging in, by outcome (`welcome`, `code_needed`, `refused`, `wrong_code`, \
         `limited`, `over`, `overloaded`, `failed`)."
    );
    metrics::describe_counter!(
        DENIALS,
        "Requests for something that whoever asked may not do."
    );
}
