//! HTTP Basic and Digest authentication.
