//! `regia doctor`: looks at everything that a start needs and says the next step for each.

mod checks;

use std::process::ExitCode;

use clap::Args;
use regia_settings::Environment;

use crate::place::Place;
use crate::terminal::{hint, say};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
}

/// One line of the answer.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    /// What was looked at.
    thing: &'static str,
    sentence: String,
    next: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Finding {
    fn ok(thing: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Ok,
            thing,
            sentence: sentence.into(),
            next: None,
        }
    }

    fn warn(thing: &'static str, sentence: impl Into<String>, next: impl Into<String>) -> Self {
        let next = Some(next.into());
        Self {
            verdict: Verdict::Warn,
            thing,
            sentence: sentence.into(),
            next,
        }
    }

    fn fail(thing: &'static str, error: &anyhow::Error) -> Self {
        let sentence = format!("{error:#}");
        Self {
            verdict: Verdict::Fail,
            thing,
            sentence,
            next: hint(error),
        }
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    fn lines(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        };
        let next = self
            .next
            .as_ref()
            .map(|next| format!("\n      next: {next}"));
        format!(
            "{verdict}  {}: {}{}",
            self.thing,
            self.sentence,
            next.unwrap_or_default()
        )
    }
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments
        .place
        .settings(&Environment::of_process(), |sources| sources)
        .map_err(anyhow::Error::from)
        .and_then(|settings| settings.check().map(|()| settings));
    let findings = match settings {
        Ok(settings) => checks::all(&settings).await,
        Err(error) => vec![Finding::fail("settings", &error)],
    };
    for finding in &findings {
        say(&finding.lines());
    }
    let failed = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Fail);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
