//! How much anybody may ask: buckets by class and principal, in this process, or in Redis for all
//! nodes together.

mod limits;
mod remote;
mod rules;
mod settings;
mod signals;
mod table;

pub use limits::{Bucket, Class, Limits, Standing, Verdict};
pub use remote::{RedisFailure, check};
pub use rules::Rate;
pub use settings::{LimitsSettings, RedisKind, RedisSettings};
pub use signals::describe_metrics;
