//! One of every message in both directions, filled by whoever asks.

use regia_cwmp::{
    AcsFault, AcsMessage, AllQueuedTransfer, Argument, AutonomousDuStateChangeComplete,
    AutonomousTransferComplete, ChangeDuState, CpeFault, CpeMessage, DeviceId, Download, DuInstall,
    DuOperation, DuResult, DuStateChangeComplete, DuUninstall, DuUpdate, Event, Inform, Kicked,
    ParameterAttribute, ParameterFault, ParameterInfo, ParameterValue, QueuedTransfer,
    RequestDownload, ScheduleDownload, SetParameterAttribute, TimeWindow, TransferComplete,
    TransferFault, TransferResponse, Upload, ValueKind,
};

/// Gives the fields; every example is what the schema allows there.
pub(crate) trait Fill {
    /// Any text.
    fn text(&mut self, example: &str) -> String;
    /// Text without white space around it.
    fn token(&mut self, example: &str) -> String;
    fn number(&mut self, example: u32) -> u32;
    fn signed(&mut self, example: i32) -> i32;
    fn flag(&mut self) -> bool;
    /// How many entries a list has.
    fn length(&mut self, example: usize) -> usize;
    /// Whether something optional is there.
    fn some(&mut self) -> bool;

    fn optional(&mut self, example: &str) -> Option<String> {
        self.some().then(|| self.text(example))
    }

    fn time(&mut self) -> Option<String> {
        let example = "2026-11-21T08:28:42Z";
        self.some()
            .then(|| self.token(example))
            .filter(|time| !time.is_empty())
    }

    fn list<T>(&mut self, example: usize, mut entry: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.length(example)).map(|_| entry(self)).collect()
    }

    fn names(&mut self) -> Vec<String> {
        self.list(2, |f| f.token("Device.DeviceInfo.SoftwareVersion"))
    }

    fn values(&mut self) -> Vec<ParameterValue> {
        ValueKind::ALL
            .into_iter()
            .map(|(kind, _)| value(self, kind))
            .collect()
    }
}

/// What the schema allows.
pub(crate) struct Valid;

impl Fill for Valid {
    fn text(&mut self, example: &str) -> String {
        example.to_owned()
    }

    fn token(&mut self, example: &str) -> String {
        example.to_owned()
    }

    fn number(&mut self, example: u32) -> u32 {
        example
    }

    fn signed(&mut self, example: i32) -> i32 {
        example
    }

    fn flag(&mut self) -> bool {
        true
    }

    fn length(&mut self, example: usize) -> usize {
        example
    }

    fn some(&mut self) -> bool {
        true
    }
}

fn value<F: Fill + ?Sized>(f: &mut F, kind: ValueKind) -> ParameterValue {
    let value = match kind {
        ValueKind::String => f.text("a <b> & \"c\""),
        ValueKind::Int | ValueKind::Long => f.token("-5"),
        ValueKind::UnsignedInt | ValueKind::UnsignedLong => f.token("5"),
        ValueKind::Boolean => f.token("1"),
        ValueKind::DateTime => f.token("2026-11-21T08:28:42Z"),
        ValueKind::Base64 => f.token("AAEC"),
        ValueKind::HexBinary => f.token("00FF"),
    };
    ParameterValue {
        name: f.token("Device.X_Example.Value"),
        value,
        kind,
    }
}

fn transfer_fault<F: Fill>(f: &mut F) -> TransferFault {
    TransferFault {
        code: f.number(9010),
        text: f.text("no such file"),
    }
}

fn du_result<F: Fill>(f: &mut F, operation_performed: Option<String>) -> DuResult {
    DuResult {
        uuid: f.token("00000000-0000-4000-8000-000000000001"),
        deployment_unit_ref: f.token("Device.SoftwareModules.DeploymentUnit.1."),
        version: f.token("1.2"),
        current_state: f.token("Installed"),
        resolved: f.flag(),
        execution_unit_refs: f.token("Device.SoftwareModules.ExecutionUnit.1."),
        start_time: f.time(),
        complete_time: f.time(),
        fault: TransferFault {
            code: f.number(9032),
            text: f.text("there already"),
        },
        operation_performed,
    }
}

/// All that a CPE says.
pub(crate) fn of_cpe<F: Fill>(f: &mut F) -> Vec<CpeMessage> {
    let mut messages = requests_of_cpe(f);
    messages.extend(answers_of_cpe(f));
    messages
}

fn requests_of_cpe<F: Fill>(f: &mut F) -> Vec<CpeMessage> {
    vec![
        CpeMessage::Inform(Box::new(Inform {
            device_id: DeviceId {
                manufacturer: f.token("Example"),
                oui: format!("{}A", f.token("00D09")),
                product_class: f.token("Gateway 3000"),
                serial_number: format!("{}1", f.token("SIM000")),
            },
            events: f.list(2, |f| Event {
                code: f.token("M Reboot"),
                command_key: f.text("key"),
            }),
            max_envelopes: f.number(1),
            current_time: f.time(),
            retry_count: f.number(0),
            parameters: f.values(),
        })),
        CpeMessage::GetRpcMethods,
        CpeMessage::TransferComplete(TransferComplete {
            command_key: f.text("key"),
            fault: transfer_fault(f),
            start_time: f.time(),
            complete_time: f.time(),
        }),
        CpeMessage::AutonomousTransferComplete(AutonomousTransferComplete {
            announce_url: f.token("http://example.net/announce"),
            transfer_url: f.token("http://example.net/file?a=1&b=2"),
            is_download: f.flag(),
            file_type: f.token("1 Firmware Upgrade Image"),
            file_size: f.number(1000),
            target_file_name: f.text("file"),
            fault: transfer_fault(f),
            start_time: f.time(),
            complete_time: f.time(),
        }),
        CpeMessage::RequestDownload(RequestDownload {
            file_type: f.token("3 Vendor Configuration File"),
            arguments: f.list(2, |f| Argument {
                name: f.token("Version"),
                value: f.text("2"),
            }),
        }),
        CpeMessage::DuStateChangeComplete(DuStateChangeComplete {
            results: f.list(2, |f| du_result(f, None)),
            command_key: f.text("key"),
        }),
        CpeMessage::AutonomousDuStateChangeComplete(AutonomousDuStateChangeComplete {
            results: f.list(1, |f| {
                let performed = f.text("Install");
                du_result(f, Some(performed))
            }),
        }),
        CpeMessage::Kicked(Kicked {
            command: f.text("command"),
            referer: f.text("http://192.168.1.1/"),
            arg: f.text("arg"),
            next: f.text("http://192.168.1.1/next"),
        }),
    ]
}

fn answers_of_cpe<F: Fill>(f: &mut F) -> Vec<CpeMessage> {
    vec![
        CpeMessage::GetRpcMethodsResponse(f.list(2, |f| f.token("GetRPCMethods"))),
        CpeMessage::SetParameterValuesResponse {
            status: f.number(1),
        },
        CpeMessage::GetParameterValuesResponse(f.values()),
        CpeMessage::GetParameterNamesResponse(f.list(3, |f| ParameterInfo {
            name: f.token("Device."),
            writable: f.flag(),
        })),
        CpeMessage::SetParameterAttributesResponse,
        CpeMessage::GetParameterAttributesResponse(f.list(2, |f| ParameterAttribute {
            name: f.token("Device.DeviceInfo.UpTime"),
            notification: f.number(2),
            access_list: f.list(1, |f| f.token("Subscriber")),
        })),
        CpeMessage::AddObjectResponse {
            instance_number: f.number(7).max(1),
            status: f.number(0),
        },
        CpeMessage::DeleteObjectResponse {
            status: f.number(0),
        },
        CpeMessage::RebootResponse,
        CpeMessage::FactoryResetResponse,
        CpeMessage::DownloadResponse(transfer_response(f)),
        CpeMessage::UploadResponse(transfer_response(f)),
        CpeMessage::ScheduleInformResponse,
        CpeMessage::ScheduleDownloadResponse,
        CpeMessage::CancelTransferResponse,
        CpeMessage::GetQueuedTransfersResponse(f.list(2, |f| QueuedTransfer {
            command_key: f.text("key"),
            state: f.number(2),
        })),
        CpeMessage::GetAllQueuedTransfersResponse(f.list(2, |f| AllQueuedTransfer {
            command_key: f.text("key"),
            state: f.number(3),
            is_download: f.flag(),
            file_type: f.token("1 Firmware Upgrade Image"),
            file_size: f.number(5),
            target_file_name: f.text("file"),
        })),
        CpeMessage::ChangeDuStateResponse,
        CpeMessage::Fault(CpeFault {
            code: f.number(9003).max(1),
            text: f.text("Invalid arguments"),
            parameters: f.list(2, |f| ParameterFault {
                name: f.token("Device.Users.User.1.Username"),
                code: f.number(9007),
                text: f.text("too long"),
            }),
        }),
    ]
}

fn transfer_response<F: Fill>(f: &mut F) -> TransferResponse {
    TransferResponse {
        status: f.number(1),
        start_time: f.time(),
        complete_time: f.time(),
    }
}

/// All that an ACS says.
pub(crate) fn of_acs<F: Fill>(f: &mut F) -> Vec<AcsMessage> {
    let mut messages = answers_of_acs(f);
    messages.extend(requests_of_acs(f));
    messages.extend(transfers_of_acs(f));
    messages
}

fn answers_of_acs<F: Fill>(f: &mut F) -> Vec<AcsMessage> {
    vec![
        AcsMessage::InformResponse {
            max_envelopes: f.number(1),
        },
        AcsMessage::GetRpcMethodsResponse(f.list(2, |f| f.token("Inform"))),
        AcsMessage::TransferCompleteResponse,
        AcsMessage::AutonomousTransferCompleteResponse,
        AcsMessage::RequestDownloadResponse,
        AcsMessage::DuStateChangeCompleteResponse,
        AcsMessage::AutonomousDuStateChangeCompleteResponse,
        AcsMessage::KickedResponse {
            next_url: f.token("http://example.net/"),
        },
        AcsMessage::Fault(AcsFault {
            code: f.number(8005).max(1),
            text: f.text("again"),
        }),
    ]
}

fn requests_of_acs<F: Fill>(f: &mut F) -> Vec<AcsMessage> {
    vec![
        AcsMessage::GetRpcMethods,
        AcsMessage::SetParameterValues {
            values: f.values(),
            parameter_key: f.text("key"),
        },
        AcsMessage::GetParameterValues(f.names()),
        AcsMessage::GetParameterNames {
            path: f.token("Device."),
            next_level: f.flag(),
        },
        AcsMessage::SetParameterAttributes(f.list(1, |f| SetParameterAttribute {
            name: f.token("Device.DeviceInfo.UpTime"),
            notification_change: f.flag(),
            notification: f.number(1),
            access_list_change: f.flag(),
            access_list: f.list(1, |f| f.token("Subscriber")),
        })),
        AcsMessage::GetParameterAttributes(f.names()),
        AcsMessage::AddObject {
            object_name: f.token("Device.Users.User."),
            parameter_key: f.text("key"),
        },
        AcsMessage::DeleteObject {
            object_name: f.token("Device.Users.User.1."),
            parameter_key: f.text("key"),
        },
        AcsMessage::Reboot {
            command_key: f.text("key"),
        },
        AcsMessage::FactoryReset,
        AcsMessage::ScheduleInform {
            delay_seconds: f.number(60),
            command_key: f.text("key"),
        },
        AcsMessage::CancelTransfer {
            command_key: f.text("key"),
        },
        AcsMessage::GetQueuedTransfers,
        AcsMessage::GetAllQueuedTransfers,
    ]
}

fn transfers_of_acs<F: Fill>(f: &mut F) -> Vec<AcsMessage> {
    vec![
        AcsMessage::Download(Box::new(Download {
            command_key: f.text("key"),
            file_type: f.token("1 Firmware Upgrade Image"),
            url: f.token("http://example.net/f/token/image.bin"),
            username: f.text("user"),
            password: f.text("p<a>ss&"),
            file_size: f.number(4_000_000),
            target_file_name: f.text("image.bin"),
            delay_seconds: f.number(0),
            success_url: f.token("http://example.net/good"),
            failure_url: f.token(""),
        })),
        AcsMessage::Upload(Upload {
            command_key: f.text("key"),
            file_type: f.token("2 Vendor Log File"),
            url: f.token("http://example.net/f/token/log"),
            username: f.text(""),
            password: f.text(""),
            delay_seconds: f.number(0),
        }),
        AcsMessage::ScheduleDownload(Box::new(ScheduleDownload {
            command_key: f.text("key"),
            file_type: f.token("1 Firmware Upgrade Image"),
            url: f.token("http://example.net/f/token/image.bin"),
            username: f.text(""),
            password: f.text(""),
            file_size: f.number(0),
            target_file_name: f.text(""),
            windows: f.list(2, |f| TimeWindow {
                start: f.number(0),
                end: f.number(3600),
                mode: f.token("1 At Any Time"),
                user_message: f.text("message"),
                max_retries: f.signed(-1),
            }),
        })),
        AcsMessage::ChangeDuState(ChangeDuState {
            operations: vec![
                DuOperation::Install(DuInstall {
                    url: f.token("http://example.net/unit"),
                    uuid: f.optional("00000000-0000-4000-8000-000000000001"),
                    username: f.optional("user"),
                    password: f.optional("pass"),
                    execution_env_ref: f.optional("Device.SoftwareModules.ExecEnv.1."),
                }),
                DuOperation::Update(DuUpdate {
                    uuid: f.optional("00000000-0000-4000-8000-000000000001"),
                    version: f.optional("1.3"),
                    url: f.optional("http://example.net/unit"),
                    username: f.optional("user"),
                    password: f.optional("pass"),
                }),
                DuOperation::Uninstall(DuUninstall {
                    uuid: f.token("00000000-0000-4000-8000-000000000001"),
                    version: f.optional("1.3"),
                    execution_env_ref: f.optional("Device.SoftwareModules.ExecEnv.1."),
                }),
            ],
            command_key: f.text("key"),
        }),
    ]
}
