//! PostgreSQL for every module: the pool, the one transaction type, migrations, keyset pages, and
//! daily partitions.

pub mod external;
pub mod installation;
pub mod page;
pub mod partitions;

mod error;
mod migrate;
mod scope;
mod settings;
mod signals;
mod store;
mod tx;

pub use error::StoreError;
pub use migrate::MIGRATIONS;
pub use scope::{Areas, Handed, Scope};
pub use settings::StoreSettings;
pub use signals::describe_metrics;
pub use store::{ConnectOptions, Store, parse_address};
pub use tx::Tx;
