//! Software units (TR-069 A.4.1.10, A.4.2.3, A.4.2.4; since CWMP 1.2).

use super::transfers::TransferFault;
use crate::error::ParseError;
use crate::read::Cursor;
use crate::shape::{Record, kinds, record};
use crate::write::Writer;

/// Installs, updates and removes deployment units (A.4.1.10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeDuState {
    /// In the order in which the CPE is to carry them out.
    pub operations: Vec<DuOperation>,
    /// Comes back with DUStateChangeComplete; at most 32 characters.
    pub command_key: String,
}

/// One change of a deployment unit (xsd `OperationStruct`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DuOperation {
    /// Installs a unit (xsd `InstallOpStruct`).
    Install(DuInstall),
    /// Updates a unit, or all that came from one address (xsd `UpdateOpStruct`).
    Update(DuUpdate),
    /// Removes a unit (xsd `UninstallOpStruct`).
    Uninstall(DuUninstall),
}

/// What to install (xsd `InstallOpStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuInstall {
    /// Where the unit is; at most 1,024 characters.
    pub url: String,
    /// RFC 4122; the CPE makes one when it is missing.
    pub uuid: Option<String>,
    /// For the file server.
    pub username: Option<String>,
    /// For the file server.
    pub password: Option<String>,
    /// The path of the execution environment; the CPE chooses when it is missing.
    pub execution_env_ref: Option<String>,
}

/// What to update (xsd `UpdateOpStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuUpdate {
    /// The unit; all units when both this and `url` are missing.
    pub uuid: Option<String>,
    /// The version to update from.
    pub version: Option<String>,
    /// Where the new version is; the address of its installation when missing.
    pub url: Option<String>,
    /// For the file server.
    pub username: Option<String>,
    /// For the file server.
    pub password: Option<String>,
}

/// What to remove (xsd `UninstallOpStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuUninstall {
    /// The unit.
    pub uuid: String,
    /// One version of it; all versions when missing.
    pub version: Option<String>,
    /// One environment; all environments when missing.
    pub execution_env_ref: Option<String>,
}

/// The end of a ChangeDUState (A.4.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuStateChangeComplete {
    /// One or more for each operation.
    pub results: Vec<DuResult>,
    /// The key of the request.
    pub command_key: String,
}

/// Changes that the ACS did not ask for (A.4.2.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutonomousDuStateChangeComplete {
    /// Each with its [`DuResult::operation_performed`].
    pub results: Vec<DuResult>,
}

/// How one operation ended (xsd `OpResultStruct`, `AutonOpResultStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuResult {
    /// The unit.
    pub uuid: String,
    /// The unit's path in the data model, or empty.
    pub deployment_unit_ref: String,
    /// The unit's version.
    pub version: String,
    /// `Installed`, `Uninstalled` or `Failed`.
    pub current_state: String,
    /// Whether all that the unit depends on is there.
    pub resolved: bool,
    /// The paths of its execution units, separated by commas, or empty.
    pub execution_unit_refs: String,
    /// When it began, as in [`TransferComplete::start_time`](super::TransferComplete::start_time).
    pub start_time: Option<String>,
    /// When it was over, as in [`TransferComplete::start_time`](super::TransferComplete::start_time).
    pub complete_time: Option<String>,
    /// How it ended.
    pub fault: TransferFault,
    /// `Install`, `Update` or `Uninstall`; only for autonomous changes.
    pub operation_performed: Option<String>,
}

impl Record for ChangeDuState {
    fn read_fields(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        while let Some(name) = cursor.child()? {
            match name {
                "Operations" => {
                    cursor.count_item()?;
                    self.operations.push(DuOperation::read(cursor)?);
                }
                "CommandKey" => kinds::text::read(&mut self.command_key, "CommandKey", cursor)?,
                _ => cursor.skip()?,
            }
        }
        Ok(())
    }

    fn write_fields(&self, out: &mut Writer<'_>) {
        for operation in &self.operations {
            operation.write(out);
        }
        out.leaf("CommandKey", &self.command_key);
    }
}

impl DuOperation {
    /// Reads an operation; only its `xsi:type` says which.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseError> {
        let name = cursor.attribute("type").unwrap_or_default();
        let mut operation = match name.rsplit(':').next() {
            Some("InstallOpStruct") => Self::Install(DuInstall::default()),
            Some("UpdateOpStruct") => Self::Update(DuUpdate::default()),
            Some("UninstallOpStruct") => Self::Uninstall(DuUninstall::default()),
            _ => {
                return Err(ParseError::Value {
                    element: "Operations",
                    wanted: "known xsi:type",
                    position: cursor.position(),
                });
            }
        };
        match &mut operation {
            Self::Install(install) => install.read_fields(cursor)?,
            Self::Update(update) => update.read_fields(cursor)?,
            Self::Uninstall(uninstall) => uninstall.read_fields(cursor)?,
        }
        Ok(operation)
    }

    fn write(&self, out: &mut Writer<'_>) {
        let (name, fields): (_, &dyn Record) = match self {
            Self::Install(install) => ("InstallOpStruct", install),
            Self::Update(update) => ("UpdateOpStruct", update),
            Self::Uninstall(uninstall) => ("UninstallOpStruct", uninstall),
        };
        out.open_typed("Operations", (out.cwmp_prefix(), name));
        fields.write_fields(out);
        out.close("Operations");
    }
}

record!(DuInstall {
    "URL" => url: token,
    "UUID" => uuid: optional,
    "Username" => username: optional,
    "Password" => password: optional,
    "ExecutionEnvRef" => execution_env_ref: optional,
});

record!(DuUpdate {
    "UUID" => uuid: optional,
    "Version" => version: optional,
    "URL" => url: optional,
    "Username" => username: optional,
    "Password" => password: optional,
});

record!(DuUninstall {
    "UUID" => uuid: token,
    "Version" => version: optional,
    "ExecutionEnvRef" => execution_env_ref: optional,
});

record!(DuStateChangeComplete {
    "Results" => results: repeated,
    "CommandKey" => command_key: text,
});

record!(AutonomousDuStateChangeComplete {
    "Results" => results: repeated,
});

record!(DuResult {
    "UUID" => uuid: token,
    "DeploymentUnitRef" => deployment_unit_ref: token,
    "Version" => version: token,
    "CurrentState" => current_state: token,
    "Resolved" => resolved: flag,
    "ExecutionUnitRefList" => execution_unit_refs: token,
    "StartTime" => start_time: time,
    "CompleteTime" => complete_time: time,
    "Fault" => fault: record,
    "OperationPerformed" => operation_performed: optional,
});
