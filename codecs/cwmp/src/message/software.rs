//! Software units (TR-069 A.4.1.10, A.4.2.3, A.4.2.4; since CWMP 1.2).

use super::transfers::TransferFault;

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
