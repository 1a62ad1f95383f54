//! The rows of schema `access`.

pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod login;
pub(crate) mod mandate;
pub(crate) mod user;

pub use api_key::ApiKeySummary;
pub use login::LoginSummary;
