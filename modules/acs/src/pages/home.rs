//! `/acs`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regia_console::Page;
use regia_console::chart::{Colour, Share, Shares};
use regia_web::{Caller, Problem};

use super::onboarding::Question;
use super::render;
use crate::context::Context;
use crate::flows::inspect;
use crate::store::summary::Summary;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    summary: Arc<Summary>,
    versions: Shares,
    classes: Shares,
    question: Question,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("acs.home.title");
    let summary = inspect::summary(&context, &principal).await?;
    let versions = shares(&summary.versions, "software_version");
    let classes = shares(&summary.classes, "product_class");
    render(&HomePage {
        page,
        summary,
        versions,
        classes,
        question: Question::new(&context),
    })
}

fn shares(counts: &[(String, i64)], filter: &str) -> Shares {
    let share = |(label, count): &(String, i64)| Share {
        label: label.clone(),
        count: u64::try_from(*count).unwrap_or_default(),
        colour: Colour::Series(1),
        href: (!label.is_empty()).then(|| {
            format!(
                "/acs/devices?{filter}={}",
                utf8_percent_encode(label, NON_ALPHANUMERIC)
            )
        }),
    };
    Shares(counts.iter().map(share).collect())
}
