//! The private server's configuration, written anew at every start so that a newer version of ours
//! can change it. What an operator puts into `postgres-local.conf` beside it wins.

use std::fs;
use std::path::Path;

/// Connections beyond our own pools: backup, `psql`, a second pool while one closes.
const SPARE_CONNECTIONS: u32 = 30;

/// What the configuration depends on.
#[derive(Debug, Clone)]
pub(crate) struct Tuning {
    pub(crate) max_connections: u32,
    pub(crate) memory_mb: u64,
    /// Off only for tests: a power cut may then lose everything. A killed process still loses
    /// nothing.
    pub(crate) durable: bool,
}

/// The text of `postgres.conf`.
pub(crate) fn text(tuning: &Tuning, socket_folder: &Path) -> String {
    let socket = socket_folder.display().to_string().replace('\'', "''");
    let connections = (tuning.max_connections + SPARE_CONNECTIONS).max(100);
    // A share that leaves room for the server itself and the file cache on a small machine.
    let shared_mb = (tuning.memory_mb / 8).clamp(64, 1024);
    let cache_mb = (tuning.memory_mb / 2).clamp(128, 65_536);
    let durable = if tuning.durable { "on" } else { "off" };
    format!(
        "\
# Written at every start. Put your own settings into postgres-local.conf beside this file.
cluster_name = 'regia'
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = {connections}

shared_buffers = {shared_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
# The cores belong to the sessions, and /dev/shm of a container is too small for parallel plans.
max_parallel_workers_per_gather = 0

fsync = {durable}
synchronous_commit = on
full_page_writes = {durable}
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
log_lock_waits = on
# Bound values hold secrets.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0

include_if_exists = 'postgres-local.conf'
"
    )
}

/// The memory this process may use, in megabytes: the machine's or its control group's.
pub(crate) fn memory_mb() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let machine_mb = machine.map_or(1024, |kilobytes| kilobytes / 1024);
    group.map_or(machine_mb, |bytes| machine_mb.min(bytes / 1_048_576))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_shared_within_bounds_and_quotes_are_kept() {
        for (memory_mb, expected) in [(256, "= 64MB"), (4_096, "= 512MB"), (262_144, "= 1024MB")] {
            let tuning = Tuning {
                max_connections: 500,
                memory_mb,
                durable: true,
            };
            let text = text(&tuning, Path::new("/it's"));
            let line = text
                .lines()
                .find(|line| line.starts_with("shared_buffers"))
                .unwrap();
            assert!(line.ends_with(expected), "{line}");
            assert!(text.contains("unix_socket_directories = '/it''s'"));
            assert!(text.contains("max_connections = 530"));
            assert!(text.contains("fsync = on"));
        }
    }
}
