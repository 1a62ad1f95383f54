//! The look and the parts of every page: layout, components, assets, messages, live events.

pub mod answer;
pub mod assets;
pub mod chart;
pub mod csv;
pub mod export;
pub mod history;
pub mod listing;
pub mod live;
pub mod locale;
pub mod messages;
pub mod navigation;
pub mod search;
pub mod steps;
pub mod tree;

mod console;
mod denial;
mod page;
mod quantity;
mod reasons;
mod refusal;
mod request;
mod who;

pub use console::{Console, Parts};
pub use denial::{explain_denials, no_role};
pub use page::{Dotted, Icon, Moment, Page, Theme, Visitor};
pub use quantity::Quantity;
pub use refusal::Refusal;
pub use request::choices;
