//! Daily partitions of log-like tables.
