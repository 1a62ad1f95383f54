//! The look and the parts of every page: layout, components, assets, messages, live events.

pub mod assets;
pub mod listing;
pub mod live;
pub mod locale;
pub mod messages;
pub mod navigation;
