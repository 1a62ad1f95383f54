//! `/acs`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regia_console::Page;
use regia_console::chart::{Chart, Colour, Share, Shares};
use regia_web::{Caller, Problem};

use super::charts::charts;
use super::onboarding::Question;
use super::render;
use crate::context::Context;
use crate::flows::census;
use crate::model::sample::Span;
use crate::store::summary::Summary;

/// With fewer minutes counted, a day would be an empty chart with a dot at its end.
const YOUNG_MINUTES: i64 = 60;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    summary: Arc<Summary>,
    spans: Vec<(String, String, bool)>,
    charts: Vec<Chart>,
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
    let list = page.listing("");
    let chosen = list.get("span").and_then(Span::parse);
    let mut span = chosen.unwrap_or_default();
    let summary = census::summary(&context, &principal).await?;
    let mut samples = census::series(&context, &principal, span).await?;
    let minutes: i64 = samples.iter().map(|sample| sample.minutes).sum();
    if chosen.is_none() && minutes < YOUNG_MINUTES {
        span = Span::Hour;
        samples = census::series(&context, &principal, span).await?;
    }
    let spans = Span::ALL.map(|one| {
        let key = format!("acs.chart.spans.{}", one.as_str());
        let href = list.link(&[("span", Some(one.as_str()))]);
        (page.t(&key).to_string(), href, one == span)
    });
    render(&HomePage {
        spans: spans.into(),
        charts: charts(&page, &samples, span.steps().0),
        versions: shares(&summary.versions, "software_version"),
        classes: shares(&summary.classes, "product_class"),
        summary,
        question: Question::new(&context, &principal),
        page,
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
