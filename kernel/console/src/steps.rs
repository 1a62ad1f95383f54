//! The steps of something that takes a while, each where it stands.

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `ok` when it is done, `info` while it is under way, `idle` before, `bad` or `warn` when it
    /// did not go well.
    pub tone: &'static str,
    /// What it is, and how it went.
    pub label: String,
    /// How much of how much is done, while it is under way and both are known.
    pub part: Option<(u64, u64)>,
}
