//! A CPE without a network: its answers, its agenda, what it forgets.

mod agenda;
mod answers;

use std::time::Duration;

use regia_clock::Clock;
use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, Inform, ParameterValue, ValueKind};
use time::macros::datetime;

use super::{Cpe, Parts, Restart};
use crate::faults::Faults;
use crate::model::{Factory, Identity, Standard, Template};

fn cpe(clock: &Clock) -> Cpe {
    Cpe::new(Parts {
        identity: Identity {
            oui: "00D09E".into(),
            product_class: "HG".into(),
            serial: "S1".into(),
            seed: 7,
        },
        factory: Factory {
            acs_url: "http://acs/".into(),
            username: "fleet".into(),
            password: "secret".into(),
            interval_seconds: 300,
            retry_seconds: 5,
        },
        template: Template::new(Standard::Tr181, 2),
        faults: Faults::default(),
        clock: clock.clone(),
        preemptive_basic: false,
        connection_request_url: "http://cpe/x".into(),
        journal: crate::Journal::default(),
        silence: std::time::Duration::ZERO,
    })
}

fn clock() -> Clock {
    Clock::by_hand(datetime!(2026-11-21 08:00:00 UTC))
}

fn value(name: &str, value: &str, kind: ValueKind) -> ParameterValue {
    ParameterValue {
        name: name.into(),
        value: value.into(),
        kind,
    }
}

fn set(cpe: &mut Cpe, name: &str, text: &str, kind: ValueKind) {
    let values = vec![value(
        &format!("Device.ManagementServer.{name}"),
        text,
        kind,
    )];
    let set = AcsMessage::SetParameterValues {
        values,
        parameter_key: "k".into(),
    };
    assert_eq!(
        cpe.answer(set),
        CpeMessage::SetParameterValuesResponse { status: 0 }
    );
}

fn fault(cpe: &mut Cpe, question: AcsMessage) -> u32 {
    match cpe.answer(question) {
        CpeMessage::Fault(CpeFault { code, text, .. }) => {
            assert!(!text.is_empty());
            code
        }
        _ => 0,
    }
}

fn codes(inform: &Inform) -> Vec<&str> {
    inform
        .events
        .iter()
        .map(|event| event.code.as_str())
        .collect()
}

/// As if a session had told everything.
fn told(cpe: &mut Cpe) -> Inform {
    let inform = cpe.inform();
    cpe.acknowledge(&inform);
    inform
}

#[test]
fn a_boot_forgets_what_a_factory_reset_must_and_nothing_else() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    set(&mut cpe, "Username", "own", ValueKind::String);
    clock.advance(Duration::from_secs(50));
    assert_eq!(cpe.facts().uptime_seconds, 50);
    assert_eq!(
        cpe.answer(AcsMessage::Reboot {
            command_key: "r".into()
        }),
        CpeMessage::RebootResponse
    );
    let restart = cpe.restart.take();
    assert_eq!(
        restart,
        Some(Restart::Reboot {
            command_key: "r".into()
        })
    );
    cpe.boot(restart);
    assert_eq!(cpe.facts().uptime_seconds, 0);
    assert_eq!(codes(&told(&mut cpe)), ["1 BOOT", "M Reboot"]);
    assert_eq!(
        (cpe.setting("Username").as_str(), cpe.parameter_key.as_str()),
        ("own", "k")
    );

    assert_eq!(
        cpe.answer(AcsMessage::FactoryReset),
        CpeMessage::FactoryResetResponse
    );
    let restart = cpe.restart.take();
    cpe.boot(restart);
    assert_eq!(codes(&told(&mut cpe)), ["0 BOOTSTRAP", "1 BOOT"]);
    assert_eq!(
        (cpe.setting("Username").as_str(), cpe.parameter_key.as_str()),
        ("fleet", "")
    );
}
