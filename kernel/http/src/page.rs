//! What the lists of every API share: which page is wanted, and a page as it is answered.

use regia_store::page::{Cursor, Limit, Page};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;

/// Which page of a list without filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageIn {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Items on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageOut<T: ToSchema> {
    /// The items, in the list's order.
    items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T, U: From<T> + ToSchema> From<Page<T>> for PageOut<U> {
    fn from(page: Page<T>) -> Self {
        let Page { items, next } = page.map(U::from);
        Self { items, next }
    }
}

/// Where a list goes on: `next` of the page before, as its reader gives it back.
///
/// # Errors
/// When no page handed it out.
pub fn cursor<K: DeserializeOwned>(text: Option<&str>) -> Result<Option<K>, Problem> {
    text.map(Cursor::parse).transpose().map_err(|bad| {
        Problem::invalid("access.cursor_invalid", "The cursor is not valid.")
            .field("cursor", bad.to_string())
    })
}
