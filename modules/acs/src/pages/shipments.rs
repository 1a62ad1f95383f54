//! A task that moves a file, as a row: the file, and how far it is

use regia_console::Page;
use regia_console::steps::Step;

use super::tasks::TaskRow;
use crate::model::delivery::{self, Delivery, Shipment, Standing, StepKind};
use crate::rules::steps::steps;

impl TaskRow {
    /// A task with its device, and with the file that it moves, if it moves one.
    pub(super) fn shipped(shipment: Shipment, page: &Page) -> Self {
        let Shipment {
            task,
            delivery,
            serial_number,
        } = shipment;
        let mut row = Self::new(task, page);
        row.serial_number = serial_number;
        if let Some(delivery) = delivery {
            row.steps = steps(&row.task, &delivery)
                .into_iter()
                .map(|step| shown(step, &delivery, page))
                .collect();
            row.file = named(&delivery, page);
        }
        row
    }
}

/// Name and address of the file; an address only while it is there.
fn named(delivery: &Delivery, page: &Page) -> Option<(String, Option<String>)> {
    let id = delivery.file?;
    Some(match &delivery.name {
        Some(name) => (name.clone(), Some(format!("/acs/files/{id}"))),
        None => (page.t("acs.files.deleted").arg("id", id).to_string(), None),
    })
}

fn shown(step: delivery::Step, delivery: &Delivery, page: &Page) -> Step {
    let transfer = delivery.transfer.as_ref();
    let moved = transfer.map_or(0, |transfer| transfer.moved_bytes);
    let tone = match step.standing {
        Standing::Done => "ok",
        Standing::Now => "info",
        Standing::ToCome => "idle",
        Standing::Failed => "bad",
        Standing::Unseen => "warn",
    };
    let partly = step.kind == StepKind::Fetched && moved > 0 && step.standing != Standing::Done;
    let key = if partly {
        "acs.steps.fetched.partly".to_owned()
    } else {
        format!(
            "acs.steps.{}.{}",
            step.kind.as_str(),
            step.standing.as_str()
        )
    };
    let label = page
        .t(&key)
        .arg("moved", page.bytes(moved))
        .arg("bytes", page.bytes(delivery.bytes))
        .arg("version", &delivery.target_version)
        .to_string();
    let part = (partly && step.standing == Standing::Now).then_some((moved, delivery.bytes));
    Step { tone, label, part }
}
