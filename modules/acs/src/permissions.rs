//! What may be allowed in this module, and the least of the server's roles that has it.

use regia_access::{Permission, SystemRole};

use crate::model::command::Command;
use crate::model::grant::Level;

use SystemRole::{Administrator, Operator, Technician, Viewer};

const VIEWER: i16 = Level::Viewer.number();
const MANAGER: i16 = Level::Manager.number();
const ADMIN: i16 = Level::Admin.number();

/// Devices with their parameters, history and timeline; the fleet in numbers.
pub const DEVICE_READ: Permission = Permission::new(
    "acs.device.read",
    Viewer,
    "See devices with their parameters, history and timeline, and the fleet in numbers.",
)
.or_handed(VIEWER);
/// Tags and notes.
pub const DEVICE_ANNOTATE: Permission = Permission::new(
    "acs.device.annotate",
    Technician,
    "Give devices tags and notes.",
)
.or_handed(MANAGER);
/// Letting a quarantined device back in.
pub const DEVICE_READMIT: Permission = Permission::new(
    "acs.device.readmit",
    Operator,
    "Let a quarantined device back in.",
)
.or_handed(ADMIN);
/// Out of service and back into it.
pub const DEVICE_RETIRE: Permission = Permission::new(
    "acs.device.retire",
    Operator,
    "Take devices out of service and back into it.",
);
/// With everything that is known of it.
pub const DEVICE_DELETE: Permission = Permission::new(
    "acs.device.delete",
    Administrator,
    "Delete devices with everything that is known of them.",
);
/// Making one device of two rows, or saying that they are two.
pub const DEVICE_MERGE: Permission = Permission::new(
    "acs.device.merge",
    Operator,
    "Make one device of two rows, or say that they are two.",
);
/// To another territory.
pub const DEVICE_MOVE: Permission = Permission::new(
    "acs.device.move",
    Operator,
    "Move devices to another territory.",
);
/// Handing single devices to users.
pub const DEVICE_GRANT: Permission = Permission::new(
    "acs.device.grant",
    Administrator,
    "Hand single devices to users, and take them back.",
)
.or_handed(ADMIN);

/// Tasks and what came of them.
pub const TASK_READ: Permission =
    Permission::new("acs.task.read", Viewer, "See tasks and what came of them.").or_handed(VIEWER);
/// Reading from a device, setting its parameters, restarting it.
pub const TASK_RUN: Permission = Permission::new(
    "acs.task.run",
    Technician,
    "Read from a device, set its parameters, restart it, and see to these tasks.",
)
.or_handed(MANAGER);
/// Back to factory settings.
pub const DEVICE_RESET: Permission = Permission::new(
    "acs.device.reset",
    Operator,
    "Put a device back to its factory settings.",
)
.or_handed(ADMIN);
/// Sending files to a device, firmware among them, and having it send some.
pub const FILE_SEND: Permission = Permission::new(
    "acs.file.send",
    Technician,
    "Send files to a device, firmware among them, and have it send some.",
)
.or_handed(ADMIN);
/// Methods written by hand.
pub const RPC_RUN: Permission = Permission::new(
    "acs.rpc.run",
    Operator,
    "Send a device methods that were written by hand.",
)
.or_handed(ADMIN);
/// Seeing secret parameters.
pub const SECRET_REVEAL: Permission = Permission::new(
    "acs.secret.reveal",
    Operator,
    "See the secret parameters of a device.",
)
.or_handed(ADMIN);

/// The protocol trace of a device.
pub const TRACE_READ: Permission = Permission::new(
    "acs.trace.read",
    Technician,
    "Read what a device and the server say to each other.",
)
.or_handed(MANAGER);
/// Starting and stopping it.
pub const TRACE_RUN: Permission = Permission::new(
    "acs.trace.run",
    Technician,
    "Start and stop the protocol trace of a device.",
)
.or_handed(MANAGER);

/// Files and whom they were given to.
pub const FILE_READ: Permission = Permission::new(
    "acs.file.read",
    Viewer,
    "See and download files, and see which devices were given them.",
);
/// Storing and describing them.
pub const FILE_WRITE: Permission =
    Permission::new("acs.file.write", Operator, "Store files and describe them.").in_whole();
/// Deleting them.
pub const FILE_DELETE: Permission =
    Permission::new("acs.file.delete", Administrator, "Delete files.").in_whole();

/// Which fleet credentials there are.
pub const CREDENTIAL_READ: Permission = Permission::new(
    "acs.credential.read",
    Administrator,
    "See which fleet credentials there are.",
);
/// Adding and retiring them.
pub const CREDENTIAL_WRITE: Permission = Permission::new(
    "acs.credential.write",
    Administrator,
    "Add and retire fleet credentials.",
);

/// Which parameters are indexed.
pub const INDEX_READ: Permission = Permission::new(
    "acs.index.read",
    Viewer,
    "See which parameters are indexed.",
);
/// Indexing others.
pub const INDEX_WRITE: Permission = Permission::new(
    "acs.index.write",
    Administrator,
    "Choose which parameters are indexed.",
)
.in_whole();

/// Background searches and what they found.
pub const SEARCH_READ: Permission = Permission::new(
    "acs.search.read",
    Viewer,
    "See background searches and what they found.",
);
/// Starting and cancelling them.
pub const SEARCH_RUN: Permission = Permission::new(
    "acs.search.run",
    Technician,
    "Start and cancel background searches.",
);

/// Commands for many devices, and how far they are.
pub const BULK_READ: Permission = Permission::new(
    "acs.bulk.read",
    Viewer,
    "See commands for many devices, and how far they are.",
);
/// Giving, stopping and repeating them.
pub const BULK_RUN: Permission = Permission::new(
    "acs.bulk.run",
    Operator,
    "Give commands to many devices, stop and repeat them.",
);

/// Imports of devices, and how far they are.
pub const IMPORT_READ: Permission = Permission::new(
    "acs.import.read",
    Operator,
    "See imports of devices, and how far they are.",
);
/// Reading, applying, stopping and discarding them.
pub const IMPORT_RUN: Permission = Permission::new(
    "acs.import.run",
    Operator,
    "Upload, apply, stop and discard imports of devices.",
);

/// How far the server goes with new devices.
pub const ONBOARDING_READ: Permission = Permission::new(
    "acs.onboarding.read",
    Viewer,
    "See whether new devices are only watched or also managed.",
);
/// Saying so.
pub const ONBOARDING_WRITE: Permission = Permission::new(
    "acs.onboarding.write",
    Administrator,
    "Choose whether new devices are only watched or also managed.",
)
.in_whole();

/// Charts of the fleet over time.
pub const OVERVIEW_READ: Permission = Permission::new(
    "acs.overview.read",
    Viewer,
    "See charts of the fleet over time.",
)
.in_whole();

/// What giving a command takes.
#[must_use]
pub const fn of(command: &Command) -> &'static Permission {
    match command {
        Command::FactoryReset {} => &DEVICE_RESET,
        Command::Download { .. } | Command::Upload { .. } => &FILE_SEND,
        Command::Rpc { .. } => &RPC_RUN,
        _ => &TASK_RUN,
    }
}

/// All of them, for roles and reference.
pub const ALL: [Permission; 32] = [
    DEVICE_READ,
    DEVICE_ANNOTATE,
    DEVICE_READMIT,
    DEVICE_RETIRE,
    DEVICE_DELETE,
    DEVICE_MERGE,
    DEVICE_MOVE,
    DEVICE_GRANT,
    TASK_READ,
    TASK_RUN,
    DEVICE_RESET,
    FILE_SEND,
    RPC_RUN,
    SECRET_REVEAL,
    TRACE_READ,
    TRACE_RUN,
    FILE_READ,
    FILE_WRITE,
    FILE_DELETE,
    CREDENTIAL_READ,
    CREDENTIAL_WRITE,
    INDEX_READ,
    INDEX_WRITE,
    SEARCH_READ,
    SEARCH_RUN,
    BULK_READ,
    BULK_RUN,
    IMPORT_READ,
    IMPORT_RUN,
    ONBOARDING_READ,
    ONBOARDING_WRITE,
    OVERVIEW_READ,
];
