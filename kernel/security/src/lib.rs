//! What is tried at the doors of console and API: the security log, and the addresses that are kept
//! out.

mod bans;
mod event;
mod fold;
mod list;
mod log;
mod network;
mod settings;
mod signals;
mod store;
mod violations;

pub use bans::{Ban, BanError, Bans, NewBan};
pub use event::{Event, Kind, Severity};
pub use list::{EventFilter, EventKey, Logged, PerHour};
pub use log::SecurityLog;
pub use network::{is_private, network, network_text};
pub use settings::BanSettings;
pub use signals::describe_metrics;
