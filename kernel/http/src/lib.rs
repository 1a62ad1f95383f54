//! What every handler speaks: extractors that check their input, problem answers (RFC 9457), pages of
//! lists, the name of a request, and what all operations share in the API's description.

mod asked;
mod extract;
mod openapi;
mod page;
mod problem;
mod trace;

pub use asked::{Asked, is_event_stream};
pub use extract::{CSRF_FIELD, Form, Json, Path, Query, whole_body};
pub use openapi::{API, describe};
pub use page::{PageIn, PageOut, cursor};
pub use problem::{FieldError, Problem, whole_seconds};
pub use trace::TraceId;
