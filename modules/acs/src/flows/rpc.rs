//! A method that an operator wrote: sent once as it is, its answer kept as text.

use regia_cwmp::{AcsMessage, CpeMessage, Fragment, Redacted, Secrets, redact};
use serde_json::json;

use crate::context::Context;
use crate::model::command::Command;
use crate::model::identity::DeviceId;
use crate::model::task::Task;
use crate::rules::plan::{Absorbed, Ask, ours, told};
use crate::rules::secrecy::MASK;
use crate::wire::session::Session;

/// Bytes of an answer that are kept.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The path to which sealed contents are bound.
const PLACE: &str = "rpc";

/// The command as it is stored: with the whole content sealed when it holds secrets.
#[must_use]
pub(crate) fn sealed(
    context: &Context,
    device: DeviceId,
    method: String,
    content: &str,
) -> Command {
    let shown = hidden(context, content);
    let sealed = (shown != content).then(|| context.secrecy.seal(device, PLACE, content));
    Command::Rpc {
        method,
        content: shown,
        sealed,
    }
}

/// The method with its content.
#[must_use]
pub(crate) fn question(context: &Context, task: &Task) -> Ask {
    let Command::Rpc {
        method,
        content,
        sealed,
    } = &task.command
    else {
        return Ask::Failed(ours("This is no method that an operator wrote."));
    };
    let open = |sealed: &String| context.secrecy.open(task.device, PLACE, sealed);
    let content = match sealed {
        Some(sealed) => open(sealed),
        None => Some(content.clone()),
    };
    let Some(content) = content.and_then(|content| Fragment::parse(&content).ok()) else {
        return Ask::Failed(ours(
            "A secret of this task cannot be opened: its key is gone.",
        ));
    };
    Ask::Send(AcsMessage::Unknown {
        name: method.clone(),
        content,
    })
}

/// Keeps the answer, whatever it says, without its secrets.
#[must_use]
pub(crate) fn absorb(
    context: &Context,
    session: &mut Session,
    task: &Task,
    answer: &CpeMessage,
) -> Absorbed {
    let heard = session.heard.take().unwrap_or_default();
    if let CpeMessage::Fault(fault) = answer {
        return Absorbed::Failed(told(fault));
    }
    // What the question held must not come back in another place of the answer.
    let asked = match &task.command {
        Command::Rpc {
            sealed: Some(sealed),
            ..
        } => context.secrecy.open(task.device, PLACE, sealed),
        _ => None,
    };
    let asked = format!("<rpc>{}</rpc>", asked.unwrap_or_default());
    let known = redacted(context, &asked, &[]).found;
    let mut text = redacted(context, &heard, &known).text;
    let cut = text.len() > MAX_ANSWER_BYTES;
    text.truncate(text.floor_char_boundary(MAX_ANSWER_BYTES));
    // What JSON takes and a row does not.
    let text = text.replace('\0', "\u{fffd}");
    Absorbed::Done(json!({ "method": answer.name(), "answer": text, "cut": cut }))
}

/// Elements without their secrets: they may be several, so a root is put around them.
fn hidden(context: &Context, content: &str) -> String {
    let whole = redacted(context, &format!("<rpc>{content}</rpc>"), &[]).text;
    let inside = whole
        .strip_prefix("<rpc>")
        .and_then(|rest| rest.strip_suffix("</rpc>"));
    inside.unwrap_or(MASK).to_owned()
}

fn redacted(context: &Context, text: &str, known: &[String]) -> Redacted {
    let covers = |name: &str| context.secrecy.covers(name);
    let secrets = Secrets {
        covers: &covers,
        known,
        mask: MASK,
    };
    redact(text, &secrets)
}
