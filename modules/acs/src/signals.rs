//! What the module measures. Labels are closed sets.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::model::task::TaskState;

const INFORMS: &str = "regia_acs_informs_total";
const SESSIONS_ENDED: &str = "regia_acs_sessions_ended_total";
const SESSIONS_OPEN: &str = "regia_acs_sessions_open";
const REFUSED: &str = "regia_acs_refused_requests_total";
const RPCS: &str = "regia_acs_rpcs_total";
const TASKS: &str = "regia_acs_tasks_ended_total";
const BATCH_SIZE: &str = "regia_acs_batch_informs";
const BATCH_SECONDS: &str = "regia_acs_batch_seconds";
const CONNECTION_REQUESTS: &str = "regia_acs_connection_requests_total";
const FILE_REQUESTS: &str = "regia_acs_file_requests_total";
const TRANSFER_REPORTS: &str = "regia_acs_transfer_reports_total";
const TRACE_MESSAGES: &str = "regia_acs_trace_messages_total";
const BACKGROUND_PLACES: &str = "regia_acs_background_places_free";

/// Tells the exporter what each metric means.
pub fn describe() {
    describe_counter!(
        INFORMS,
        "Informs by result: admitted, registered, denied, turned_away, too_often, failed."
    );
    describe_counter!(SESSIONS_ENDED, "Sessions that ended, by reason.");
    describe_gauge!(SESSIONS_OPEN, "Sessions that this node holds.");
    describe_counter!(
        REFUSED,
        "Requests that were no message or out of order, by reason."
    );
    describe_counter!(RPCS, "Questions sent to devices, by method.");
    describe_counter!(TASKS, "Tasks that ended, by command and state.");
    describe_histogram!(BATCH_SIZE, "Informs in one database batch.");
    describe_histogram!(
        BATCH_SECONDS,
        metrics::Unit::Seconds,
        "Seconds that a batch of Informs took."
    );
    describe_counter!(CONNECTION_REQUESTS, "Connection requests, by result.");
    describe_counter!(FILE_REQUESTS, "Requests of devices for files, by result.");
    describe_counter!(
        TRANSFER_REPORTS,
        "Reports of ended transfers: done, failed, again, unknown."
    );
    describe_counter!(TRACE_MESSAGES, "Messages of traced devices: kept, dropped.");
    describe_gauge!(
        BACKGROUND_PLACES,
        "Places left for devices to discover or onboard."
    );
}

/// An Inform was answered.
pub fn inform(result: &'static str) {
    counter!(INFORMS, "result" => result).increment(1);
}

/// A session ended.
pub fn session_ended(reason: &'static str) {
    counter!(SESSIONS_ENDED, "reason" => reason).increment(1);
}

/// How many sessions this node holds.
pub fn sessions_open(count: usize) {
    gauge!(SESSIONS_OPEN).set(count as f64);
}

/// A request was refused.
pub fn refused(reason: &'static str) {
    counter!(REFUSED, "reason" => reason).increment(1);
}

/// A question left.
pub fn rpc(method: &'static str) {
    counter!(RPCS, "method" => method).increment(1);
}

/// A task ended.
pub fn task_ended(command: &'static str, state: TaskState) {
    counter!(TASKS, "command" => command, "state" => state.as_str()).increment(1);
}

/// A batch of Informs was committed.
pub fn batch(size: usize, took: Duration) {
    histogram!(BATCH_SIZE).record(size as f64);
    histogram!(BATCH_SECONDS).record(took.as_secs_f64());
}

/// A connection request was answered, or not.
pub fn connection_request(result: &'static str) {
    counter!(CONNECTION_REQUESTS, "result" => result).increment(1);
}

/// How many places are left for devices to discover or onboard.
pub fn background_places(free: usize) {
    gauge!(BACKGROUND_PLACES).set(free as f64);
}

/// Messages of traced devices were written.
pub fn trace_kept(count: usize) {
    counter!(TRACE_MESSAGES, "result" => "kept").increment(count as u64);
}

/// Messages of traced devices found no room, or the database did not take them.
pub fn trace_dropped(count: u32) {
    counter!(TRACE_MESSAGES, "result" => "dropped").increment(count.into());
}

/// A device asked for a file or sent one.
pub fn file_request(result: &'static str) {
    counter!(FILE_REQUESTS, "result" => result).increment(1);
}

/// A device said how a transfer ended.
pub fn transfer_reported(result: &'static str) {
    counter!(TRANSFER_REPORTS, "result" => result).increment(1);
}
