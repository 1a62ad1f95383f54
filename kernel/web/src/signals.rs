//! The metrics of this crate.

/// Answers, labelled `route` (the pattern, or `unmatched`) and `status`.
pub(crate) const REQUESTS: &str = "regia_web_requests_total";
/// Time until the answer's head, labelled `route`.
pub(crate) const DURATION: &str = "regia_web_request_duration_seconds";
/// Problem answers, labelled `code`.
pub(crate) const PROBLEMS: &str = "regia_web_problems_total";
/// Requests that are worked on, labelled `room` (`guarded`, `open`).
pub(crate) const BUSY: &str = "regia_web_busy_requests";
/// Requests refused because their room was full, labelled `room`.
pub(crate) const SHED: &str = "regia_web_shed_total";

/// Describes the metrics of this crate to the recorder in use.
pub fn describe_metrics() {
    metrics::describe_counter!(REQUESTS, "Answers of console and API, by route and status.");
    metrics::describe_histogram!(DURATION, "Time until the head of an answer, by route.");
    metrics::describe_counter!(PROBLEMS, "Problem answers, by code.");
    metrics::describe_gauge!(
        BUSY,
        "Requests that are worked on, by room (`guarded`, `open`)."
    );
    metrics::describe_counter!(
        SHED,
        "Requests answered 503 because their room was full, by room."
    );
}
