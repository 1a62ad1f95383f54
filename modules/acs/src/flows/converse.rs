//! The inside of a session: settle what earlier sessions left open, ask, take answers in.
//!
//! Each step is one transaction that first holds the device row by session and epoch: when that
//! fails, another session has the device, and nothing of this one counts any more.

use regia_cwmp::{AcsMessage, CpeMessage, Dialect, TransferComplete};
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use serde_json::{Value as Json, json};

use super::keep::{Learned, keep};
use super::note;
use super::onboard;
use super::rpc;
use super::transfer;
use crate::context::Context;
use crate::model::command::{Assignment, Command};
use crate::model::device::Standing;
use crate::model::identity::DeviceId;
use crate::model::task::{Stage, Task, TaskFault, TaskState};
use crate::model::tree::Tree;
use crate::rules::change::Changes;
use crate::rules::facts::Facts;
use crate::rules::plan::{self, Absorbed, Ask, View};
use crate::rules::settle::{self, Settlement};
use crate::store::arrival::Reading;
use crate::store::session::Claim;
use crate::store::task::Ending;
use crate::store::timeline::{self, Happening};
use crate::store::{arrival, session as row, task, tree};
use crate::wire::cookie::Ticket;
use crate::wire::machine::Phase;
use crate::wire::session::Session;
use crate::wire::tap::Tap;

/// What to send to the device.
#[derive(Debug)]
pub enum Reply {
    /// A question, with its id.
    Question(AcsMessage, String),
    /// An answer to its own request.
    Answer(AcsMessage),
    /// Nothing is left: the session ends.
    Nothing,
    /// The session is no longer this one's.
    Superseded,
}

/// Answers a request of the device. What it reports is durable before it is acknowledged.
///
/// # Errors
/// When the database does not take it; the device then keeps its report and sends it again.
pub async fn serve(
    context: &Context,
    session: &Session,
    request: &CpeMessage,
) -> Result<Reply, StoreError> {
    let (record, answer) = note::answer(request);
    if let CpeMessage::Unknown { name, .. } = request {
        crate::signals::refused("unknown_method");
        let device = session.claim.device;
        tracing::info!(acs.device = %device, method = name, "a device called a method that there is not");
    }
    if let Some(record) = record {
        let mut tx = context.store.ingest(session.claim.territory).await?;
        if !row::hold(&mut tx, &session.claim, context.node).await? {
            return Ok(Reply::Superseded);
        }
        let news = match request {
            CpeMessage::TransferComplete(report) if session.standing == Standing::Active => {
                transfer::report(&mut tx, &session.claim, report).await?
            }
            _ => true,
        };
        if news {
            note::record(&mut tx, &session.claim, record).await?;
        }
        tx.commit().await?;
        context.announce(session.claim.device);
    }
    Ok(Reply::Answer(answer))
}

/// Takes an answer in, if there is one, and asks the next question.
///
/// # Errors
/// When the database does not take it; the session must then end, and a later one goes on.
pub async fn advance(
    context: &Context,
    session: &mut Session,
    answer: Option<&CpeMessage>,
) -> Result<Reply, StoreError> {
    let mut tx = context.store.ingest(session.claim.territory).await?;
    if !row::hold(&mut tx, &session.claim, context.node).await? {
        return Ok(Reply::Superseded);
    }
    if session.tree.is_none() {
        session.tree = Some(tree::load(&mut tx, session.claim.device).await?);
    }
    let mut step = Step {
        context,
        tx,
        changed: false,
        changes: Changes::default(),
        facts: Facts::default(),
    };
    let mut going_on = None;
    if let (Some(answer), Some((task, _))) = (answer, session.asked.take()) {
        match step.absorb(session, *task, answer).await? {
            Taken::In(task) => going_on = task.map(|task| *task),
            Taken::Unasked => return Ok(Reply::Superseded),
        }
    }
    if let Some(background) = session.background.as_mut() {
        onboard::begin(&mut step.tx, &session.claim, background).await?;
    }
    let reply = step.ask(session, going_on).await?;
    step.finish(session).await?;
    Ok(reply)
}

/// What became of an answer.
enum Taken {
    /// It is in its task, which goes on if it is there.
    In(Option<Box<Task>>),
    /// It answers another question.
    Unasked,
}

/// One transaction of a session.
struct Step<'a> {
    context: &'a Context,
    tx: Tx,
    changed: bool,
    changes: Changes,
    facts: Facts,
}

impl Step<'_> {
    /// Takes an answer into its task.
    async fn absorb(
        &mut self,
        session: &mut Session,
        mut task: Task,
        answer: &CpeMessage,
    ) -> Result<Taken, StoreError> {
        let question = task.progress.question;
        let absorbed = if matches!(task.command, Command::Rpc { .. }) {
            rpc::absorb(self.context, session, &task, answer)
        } else {
            self.with_view(session, &[], |view| plan::absorb(&mut task, answer, view))
        };
        task.progress.question = question;
        self.changed = true;
        match absorbed {
            Absorbed::Unasked => return Ok(Taken::Unasked),
            Absorbed::Continue => return Ok(Taken::In(Some(Box::new(task)))),
            Absorbed::Over => {
                let report = TransferComplete {
                    command_key: task.command_key.clone(),
                    ..TransferComplete::default()
                };
                transfer::report(&mut self.tx, &session.claim, &report).await?;
            }
            Absorbed::Wait => task::move_to(&mut self.tx, &task, TaskState::Waiting).await?,
            Absorbed::Done(result) => self.end(session, &task, done(result)).await?,
            Absorbed::Failed(fault) => self.end(session, &task, failed(fault)).await?,
        }
        Ok(Taken::In(None))
    }

    /// Finds the next question, of the task under way or of the next in order, and records that it
    /// is about to leave.
    async fn ask(
        &mut self,
        session: &mut Session,
        mut going_on: Option<Task>,
    ) -> Result<Reply, StoreError> {
        loop {
            let next = match going_on.take() {
                Some(task) => Some(task),
                None => self.next_task(session).await?,
            };
            let Some(mut task) = next else {
                return Ok(Reply::Nothing);
            };
            if session.rpcs >= self.context.settings.session.max_rpcs {
                task::move_to(&mut self.tx, &task, TaskState::Queued).await?;
                return Ok(Reply::Nothing);
            }
            let secrets = match (&task.command, task.progress.stage) {
                (Command::Onboard {}, Stage::Start) => {
                    onboard::prepare(self.context, &mut self.tx, session).await?
                }
                _ => Vec::new(),
            };
            if task.sent_epoch != Some(session.claim.epoch) {
                task.attempts += 1;
                task.command_key = format!("r{}-{}", task.id, task.attempts);
            }
            let ask = match (&task.command, task.progress.stage) {
                (Command::Download { .. } | Command::Upload { .. }, Stage::Start) => {
                    transfer::offer(self.context, &mut self.tx, session, &mut task).await?
                }
                (Command::Rpc { .. }, _) => rpc::question(self.context, &task),
                _ => self.with_view(session, &secrets, |view| plan::question(&task, view)),
            };
            match ask {
                Ask::Done(result) => self.end(session, &task, done(result)).await?,
                Ask::Failed(fault) => self.end(session, &task, failed(fault)).await?,
                Ask::Send(message) => {
                    task.progress.question += 1;
                    task.sent_epoch = Some(session.claim.epoch);
                    task.state = TaskState::Sent;
                    task::mark_sent(&mut self.tx, &task).await?;
                    session.rpcs += 1;
                    let id = task.question_id();
                    session.asked = Some((Box::new(task), id.clone()));
                    return Ok(Reply::Question(message, id));
                }
            }
        }
    }

    /// The first task in order that may run now.
    async fn next_task(&mut self, session: &mut Session) -> Result<Option<Task>, StoreError> {
        let mut open = task::list_open(&mut self.tx, session.claim.device).await?;
        if let Some(events) = session.events.take() {
            self.settle(session, &mut open, &events).await?;
        }
        if open.iter().any(settle::blocks) {
            return Ok(None);
        }
        Ok(open
            .into_iter()
            .find(|task| task.state == TaskState::Queued))
    }

    /// Decides about the tasks that earlier sessions left under way.
    async fn settle(
        &mut self,
        session: &mut Session,
        open: &mut Vec<Task>,
        events: &[regia_cwmp::Event],
    ) -> Result<(), StoreError> {
        let mut put_off = Vec::new();
        for task in open
            .iter_mut()
            .filter(|task| task.state != TaskState::Queued)
        {
            match settle::settle(task, events) {
                Settlement::Keep => {}
                Settlement::Done => {
                    self.end(session, task, done(json!({ "evidence": "inform" })))
                        .await?;
                    task.state = TaskState::Done;
                }
                Settlement::GiveUp => {
                    let fault = TaskFault {
                        code: None,
                        text: format!("The device did not answer {} times.", task.attempts),
                        parameters: Vec::new(),
                    };
                    self.end(session, task, failed(fault)).await?;
                    task.state = TaskState::Failed;
                }
                Settlement::Accepted => {
                    task.state = TaskState::Waiting;
                    task::move_to(&mut self.tx, task, TaskState::Waiting).await?;
                }
                Settlement::Again => {
                    task.state = TaskState::Queued;
                    let wait = settle::ease(task);
                    task::put_back(&mut self.tx, task, wait).await?;
                    put_off.extend((wait > 0).then_some(task.id));
                }
                Settlement::Uncertain => {
                    task.state = TaskState::Uncertain;
                    let doubt = settle::doubt(task, events);
                    task::doubt(&mut self.tx, task, &doubt).await?;
                    self.happen(session, "task_uncertain", task, Some(&doubt))
                        .await?;
                }
            }
        }
        open.retain(|task| {
            !matches!(task.state, TaskState::Done | TaskState::Failed)
                && !put_off.contains(&task.id)
        });
        Ok(())
    }

    async fn end(
        &mut self,
        session: &Session,
        task: &Task,
        ending: Ending,
    ) -> Result<(), StoreError> {
        task::finish(&mut self.tx, task.id, &ending).await?;
        onboard::ended(&mut self.tx, task, ending.state).await?;
        let kind = if ending.state == TaskState::Done {
            "task_done"
        } else {
            "task_failed"
        };
        crate::signals::task_ended(task.command.name(), ending.state);
        self.happen(session, kind, task, ending.fault.as_ref())
            .await
    }

    async fn happen(
        &mut self,
        session: &Session,
        kind: &'static str,
        task: &Task,
        fault: Option<&TaskFault>,
    ) -> Result<(), StoreError> {
        let detail = json!({ "task": task.id, "command": task.command.name(), "fault": fault });
        let happening = Happening {
            territory: session.claim.territory,
            device: session.claim.device,
            kind,
            detail,
        };
        timeline::append(&mut self.tx, &[happening]).await
    }

    /// Saves the tree and the facts if an answer changed them, ends the session's hold when
    /// nothing is left to ask, and commits.
    async fn finish(mut self, session: &Session) -> Result<(), StoreError> {
        let Session {
            claim, tree, asked, ..
        } = session;
        if self.changed {
            if let Some(tree) = tree {
                let learned = Learned {
                    territory: claim.territory,
                    device: claim.device,
                    tree,
                    changes: &self.changes,
                };
                keep(&mut self.tx, &mut [learned]).await?;
            }
            if !self.facts.is_empty() {
                let reading = Reading {
                    territory: claim.territory,
                    device: claim.device,
                    digest: None,
                    dialect: None,
                    manufacturer: None,
                    facts: self.facts,
                };
                arrival::record_readings(&mut self.tx, &[reading]).await?;
            }
        }
        if asked.is_none() {
            row::release(&mut self.tx, claim).await?;
        }
        self.tx.commit().await?;
        let unasked = self.changes.unasked();
        if unasked > 0 {
            crate::signals::refused("unasked_parameters");
            tracing::warn!(acs.device = %claim.device, acs.parameters = unasked,
                "an answer held parameters that nobody asked for; they were left out");
        }
        self.context.announce(claim.device);
        Ok(())
    }

    fn with_view<T>(
        &mut self,
        session: &mut Session,
        onboarding: &[Assignment],
        act: impl FnOnce(&mut View<'_>) -> T,
    ) -> T {
        let device: DeviceId = session.claim.device;
        act(&mut View {
            device,
            tree: session.tree.get_or_insert_with(Tree::default),
            root: &session.root,
            facts: &mut self.facts,
            changes: &mut self.changes,
            secrecy: &self.context.secrecy,
            now: self.context.clock.now().unix_timestamp(),
            onboarding,
        })
    }
}

/// Ends a task that the events of an Inform prove done.
///
/// # Errors
/// When the database does not take it.
pub async fn end_proven(
    tx: &mut Tx,
    (territory, device): (TerritoryId, DeviceId),
    task: &Task,
) -> Result<(), StoreError> {
    let ending = done(json!({ "evidence": "inform" }));
    task::finish(tx, task.id, &ending).await?;
    onboard::ended(tx, task, ending.state).await?;
    crate::signals::task_ended(task.command.name(), ending.state);
    let detail = json!({ "task": task.id, "command": task.command.name() });
    let happening = Happening {
        territory,
        device,
        kind: "task_done",
        detail,
    };
    timeline::append(tx, &[happening]).await
}

const fn done(result: Json) -> Ending {
    Ending {
        state: TaskState::Done,
        result: Some(result),
        fault: None,
    }
}

const fn failed(fault: TaskFault) -> Ending {
    Ending {
        state: TaskState::Failed,
        result: None,
        fault: Some(fault),
    }
}

/// Whether this session has its device still.
///
/// # Errors
/// When the database does not answer.
pub async fn is_held(context: &Context, claim: &Claim) -> Result<bool, StoreError> {
    let mut tx = context.store.ingest(claim.territory).await?;
    let held = row::is_held(&mut tx, claim).await?;
    tx.commit().await?;
    Ok(held)
}

/// Takes over a session that another node began, with the question that it has on its way.
/// Nothing when the session is superseded, ended, or was silent for too long.
///
/// # Errors
/// When the database does not answer.
pub async fn take_over(
    context: &Context,
    ticket: &Ticket,
) -> Result<Option<Box<Session>>, StoreError> {
    let mut tx = context.store.ingest(ticket.territory).await?;
    let taken = row::take_over(&mut tx, ticket.device, &ticket.session, context.node).await?;
    let Some(taken) = taken else { return Ok(None) };
    let open = task::list_open(&mut tx, ticket.device).await?;
    let asked = open
        .into_iter()
        .find(|task| task.state == TaskState::Sent && task.sent_epoch == Some(taken.epoch - 1));
    tx.commit().await?;
    let claim = Claim {
        territory: ticket.territory,
        device: ticket.device,
        session: ticket.session,
        epoch: taken.epoch,
    };
    let dialect = Dialect::from_text(&taken.dialect).unwrap_or_default();
    let mut session = Session::new(claim, taken.standing, dialect, context.clock.instant());
    session.root = taken.root;
    session.tap = taken.traced.then(|| Tap::on(&claim));
    session.has_work = taken.standing == Standing::Active;
    session.asked = asked.map(|task| {
        let id = task.question_id();
        (Box::new(task), id)
    });
    if session.asked.is_some() {
        session.phase = Phase::Asked;
    }
    Ok(Some(Box::new(session)))
}
