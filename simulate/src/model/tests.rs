//! The data models and the rules of the RPCs that read and change them.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;

use regia_cwmp::{ParameterValue, ValueKind};
use time::macros::datetime;

use super::*;

fn identity(seed: u64) -> Identity {
    Identity {
        oui: "00D09E".into(),
        product_class: "HG".into(),
        serial: format!("S{seed}"),
        seed,
    }
}

fn factory() -> Factory {
    Factory {
        acs_url: "http://acs/".into(),
        username: "fleet".into(),
        password: "secret".into(),
        interval_seconds: 300,
        retry_seconds: 5,
    }
}

fn facts<'a>(identity: &'a Identity, factory: &'a Factory) -> Facts<'a> {
    Facts {
        identity,
        factory,
        uptime_seconds: 1000,
        now: datetime!(2026-11-21 08:29:45 UTC),
        software: "1.0.0",
        parameter_key: "key",
        connection_request_url: "http://cpe/x",
    }
}

fn tree(standard: Standard) -> Tree {
    Tree::new(Template::new(standard, 2))
}

fn names(tree: &Tree, path: &str, next_level: bool) -> Vec<String> {
    tree.names(path, next_level)
        .unwrap()
        .into_iter()
        .map(|info| info.name)
        .collect()
}

fn one(tree: &Tree, path: &str) -> String {
    let (identity, factory) = (identity(1), factory());
    let values = tree.values(path, &facts(&identity, &factory)).unwrap();
    assert_eq!(values.len(), 1, "{path}");
    values[0].value.clone()
}

fn wanted(name: &str, value: &str, kind: ValueKind) -> ParameterValue {
    ParameterValue {
        name: name.into(),
        value: value.into(),
        kind,
    }
}

#[test]
fn the_models_can_be_read_and_have_the_promised_size() {
    for standard in [Standard::Tr098, Standard::Tr181] {
        standard.parse().unwrap();
        let sizes: Vec<usize> = (0..64)
            .map(|variation| Tree::new(Template::new(standard, variation)).parameters())
            .collect();
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(
            (300..=1500).contains(least) && (300..=1500).contains(most),
            "{standard:?}: {least} to {most}"
        );
        assert!(
            most - least > 300,
            "{standard:?} does not vary: {least} to {most}"
        );
    }
}

#[test]
fn every_value_obeys_its_own_type_and_rule() {
    let (identity, factory) = (identity(5), factory());
    let facts = facts(&identity, &factory);
    for standard in [Standard::Tr098, Standard::Tr181] {
        let tree = tree(standard);
        for value in tree.values("", &facts).unwrap() {
            let Err(code) = tree.check(&value) else {
                continue;
            };
            let hidden = value.value.is_empty();
            assert!(
                code == 9008 || (hidden && code == 9007),
                "{value:?}: {code}"
            );
        }
    }
}

#[test]
fn a_seed_repeats_the_tree_and_another_differs() {
    let factory = factory();
    let values = |seed| {
        let identity = identity(seed);
        Tree::new(Template::new(Standard::Tr181, 1))
            .values("", &facts(&identity, &factory))
            .unwrap()
    };
    assert_eq!(values(1), values(1));
    let same = values(1)
        .iter()
        .zip(values(2))
        .filter(|(a, b)| *a == b)
        .count();
    assert!(
        same < values(1).len() - 50,
        "{same} of {} are equal",
        values(1).len()
    );
}

/// Objects and parameters of a published data model, rows as `{i}`; `None` without the file.
fn published(file: &str) -> Option<BTreeSet<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/bbf/");
    let packed = std::fs::read(format!("{folder}{file}")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    let mut paths = BTreeSet::new();
    let mut object = String::new();
    for element in text.split('<') {
        let name = |tag| {
            let attributes = element
                .strip_prefix(tag)?
                .strip_prefix(char::is_whitespace)?;
            attributes.split_once("name=\"")?.1.split('"').next()
        };
        if let Some(name) = name("object") {
            object = name.to_owned();
            paths.insert(object.clone());
        } else if let Some(name) = name("parameter") {
            paths.insert(format!("{object}{name}"));
        }
    }
    Some(paths)
}

#[test]
fn every_path_is_one_of_the_published_model() {
    for (standard, file) in [
        (Standard::Tr098, "tr-098-1-8-0-full.xml.gz"),
        (Standard::Tr181, "tr-181-2-17-0-cwmp-full.xml.gz"),
    ] {
        let Some(published) = published(file) else {
            println!("skipped: {file} is not here");
            continue;
        };
        let rows = |path: &str| {
            let pieces = path.split('.').map(|piece| match piece.parse::<u32>() {
                Ok(_) => "{i}",
                Err(_) => piece,
            });
            pieces.collect::<Vec<_>>().join(".")
        };
        let unknown: BTreeSet<String> = names(&Tree::new(Template::new(standard, 6)), "", false)
            .iter()
            .map(|path| rows(path))
            // The object of a table without its rows has no entry of its own.
            .filter(|path| {
                !published.contains(path) && !published.contains(&format!("{path}{{i}}."))
            })
            .collect();
        assert_eq!(unknown, BTreeSet::new(), "{standard:?}");
    }
}

#[test]
fn names_are_listed_as_the_standard_says() {
    let tree = tree(Standard::Tr181);
    assert_eq!(names(&tree, "", true), ["Device."]);
    assert_eq!(names(&tree, "", false)[0], "Device.");
    let next = names(&tree, "Device.", true);
    assert!(next.contains(&"Device.DeviceInfo.".into()), "{next:?}");
    assert!(next.contains(&"Device.RootDataModelVersion".into()));
    assert!(
        next.iter()
            .all(|name| name != "Device." && name.matches('.').count() <= 2)
    );
    let rows = names(&tree, "Device.WiFi.Radio.", true);
    assert_eq!(rows[..2], ["Device.WiFi.Radio.1.", "Device.WiFi.Radio.2."]);
    let all = names(&tree, "Device.WiFi.Radio.", false);
    assert_eq!(all[0], "Device.WiFi.Radio.");
    assert!(all.contains(&"Device.WiFi.Radio.1.Stats.Noise".into()));
    assert_eq!(
        names(&tree, "Device.DeviceInfo.UpTime", false),
        ["Device.DeviceInfo.UpTime"]
    );
    for (path, next_level, code) in [
        ("Device.DeviceInfo.UpTime", true, 9003),
        ("Device.Nothing.", false, 9005),
        ("Device.DeviceInfo", false, 9005),
        ("Device.WiFi.Radio.9.", true, 9005),
    ] {
        assert_eq!(tree.names(path, next_level), Err(code), "{path}");
    }
}

#[test]
fn values_may_be_set_when_name_type_and_value_are_right() {
    use ValueKind::{Boolean, DateTime, Int, String, UnsignedInt};
    let mut tree = tree(Standard::Tr181);
    for (name, value, kind, expected) in [
        ("Device.Nothing", "1", String, Err(9005)),
        ("Device.WiFi.", "1", String, Err(9005)),
        ("Device.DeviceInfo.UpTime", "1", UnsignedInt, Err(9008)),
        ("Device.WiFi.Radio.1.Enable", "true", String, Err(9006)),
        ("Device.WiFi.Radio.1.Enable", "maybe", Boolean, Err(9007)),
        ("Device.WiFi.Radio.1.Enable", "0", Boolean, Ok(())),
        ("Device.WiFi.Radio.1.Channel", "0", UnsignedInt, Err(9007)),
        ("Device.WiFi.Radio.1.Channel", "x", UnsignedInt, Err(9007)),
        ("Device.WiFi.Radio.1.Channel", "11", UnsignedInt, Ok(())),
        ("Device.WiFi.Radio.1.Channel", "11", Int, Err(9006)),
        ("Device.WiFi.SSID.1.SSID", "", String, Err(9007)),
        ("Device.WiFi.SSID.1.SSID", "Caffè & Bar", String, Ok(())),
        (
            "Device.WiFi.AccessPoint.1.Security.ModeEnabled",
            "WEP-64",
            String,
            Err(9007),
        ),
        (
            "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
            "short",
            String,
            Err(9007),
        ),
        (
            "Device.WiFi.AccessPoint.1.Security.PreSharedKey",
            "0g",
            ValueKind::HexBinary,
            Err(9007),
        ),
        (
            "Device.ManagementServer.PeriodicInformTime",
            "yesterday",
            DateTime,
            Err(9007),
        ),
        (
            "Device.ManagementServer.PeriodicInformTime",
            "2026-01-01T00:00:00Z",
            DateTime,
            Ok(()),
        ),
    ] {
        assert_eq!(
            tree.check(&wanted(name, value, kind)),
            expected,
            "{name} = {value}"
        );
    }
    tree.set("Device.WiFi.Radio.1.Enable", "0");
    assert_eq!(one(&tree, "Device.WiFi.Radio.1.Enable"), "false");
    tree.reset();
    assert_eq!(one(&tree, "Device.WiFi.Radio.1.Enable"), "true");
}

#[test]
fn secrets_read_as_empty_and_are_kept() {
    let (identity, factory) = (identity(1), factory());
    let mut tree = tree(Standard::Tr098);
    let path = "InternetGatewayDevice.ManagementServer.Password";
    tree.set(path, "new");
    assert_eq!(one(&tree, path), "");
    let facts = facts(&identity, &factory);
    assert_eq!(
        tree.text("ManagementServer.Password", &facts),
        Some("new".into())
    );
    tree.reset();
    assert_eq!(
        tree.text("ManagementServer.Password", &facts),
        Some("secret".into())
    );
}

#[test]
fn rows_are_added_counted_and_deleted_and_numbers_not_used_twice() {
    for (standard, table, count, field) in [
        (
            Standard::Tr181,
            "Device.NAT.PortMapping.",
            "Device.NAT.PortMappingNumberOfEntries",
            "Protocol",
        ),
        (
            Standard::Tr098,
            "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.PortMapping.",
            "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.PortMappingNumberOfEntries",
            "PortMappingProtocol",
        ),
    ] {
        let mut tree = tree(standard);
        let before: u32 = one(&tree, count).parse().unwrap();
        let number = tree.add(table).unwrap();
        assert_eq!(number, before + 1);
        assert_eq!(one(&tree, count), (before + 1).to_string());
        assert_eq!(one(&tree, &format!("{table}{number}.{field}")), "TCP");
        assert!(names(&tree, table, true).contains(&format!("{table}{number}.")));
        tree.remove(&format!("{table}{number}.")).unwrap();
        tree.remove(&format!("{table}1.")).unwrap();
        assert_eq!(one(&tree, count), (before - 1).to_string());
        assert_eq!(tree.names(&format!("{table}1."), false), Err(9005));
        assert!(
            !names(&tree, table, false)
                .iter()
                .any(|name| name.starts_with(&format!("{table}1.")))
        );
        assert_eq!(tree.add(table), Ok(number + 1));
        tree.reset();
        assert_eq!(one(&tree, count), before.to_string());
    }
}

#[test]
fn a_row_comes_with_all_that_is_below_it() {
    let mut tree = tree(Standard::Tr181);
    let number = tree.add("Device.WiFi.AccessPoint.").unwrap();
    let row = format!("Device.WiFi.AccessPoint.{number}.");
    assert_eq!(one(&tree, &format!("{row}Security.ModeEnabled")), "None");
    assert_eq!(one(&tree, &format!("{row}Enable")), "false");
    assert_eq!(
        one(&tree, &format!("{row}AssociatedDeviceNumberOfEntries")),
        "0"
    );
    assert!(names(&tree, &row, true).contains(&format!("{row}AssociatedDevice.")));
    for table in [
        "Device.WiFi.Radio.",
        "Device.WiFi.",
        "Device.Nothing.",
        "Device.WiFi.SSID.1.",
    ] {
        assert_eq!(tree.add(table), Err(9005), "{table}");
    }
    for row in [
        "Device.WiFi.Radio.1.",
        "Device.WiFi.SSID.",
        "Device.WiFi.SSID.99.",
        "Device.",
    ] {
        assert_eq!(tree.remove(row), Err(9005), "{row}");
    }
    let full = (0..99).find_map(|_| tree.add("Device.WiFi.AccessPoint.").err());
    assert_eq!(full, Some(9004));
}

#[test]
fn notifications_are_set_by_path_and_rejected_for_what_never_rests() {
    let mut tree = tree(Standard::Tr181);
    for (path, notification, expected) in [
        ("Device.WiFi.SSID.1.SSID", 2, Ok(())),
        ("Device.DeviceInfo.UpTime", 2, Err(9009)),
        ("Device.DeviceInfo.UpTime", 1, Ok(())),
        ("Device.WiFi.", 1, Ok(())),
        ("Device.WiFi.", 7, Err(9009)),
        ("Device.Nothing", 0, Err(9005)),
    ] {
        assert_eq!(
            tree.check_notification(path, notification),
            expected,
            "{path}"
        );
    }
    assert_eq!(tree.notification("Device.DeviceInfo.SoftwareVersion"), 2);
    tree.set_attributes("Device.WiFi.SSID.1.", Some(1), None);
    assert_eq!(tree.notification("Device.WiFi.SSID.1.SSID"), 1);
    tree.set_attributes("Device.WiFi.SSID.1.SSID", None, Some(&[]));
    let attribute = &tree.attributes("Device.WiFi.SSID.1.SSID").unwrap()[0];
    assert_eq!(
        (attribute.notification, attribute.access_list.len()),
        (1, 0)
    );
    assert_eq!(tree.attributes("Device.Nothing"), None);
}

#[test]
fn many_cpes_share_one_template() {
    let template = Template::new(Standard::Tr098, 0);
    let mut trees: Vec<Tree> = (0..3).map(|_| Tree::new(Arc::clone(&template))).collect();
    trees[0].set("InternetGatewayDevice.DeviceInfo.ProvisioningCode", "x");
    assert_eq!(
        one(
            &trees[0],
            "InternetGatewayDevice.DeviceInfo.ProvisioningCode"
        ),
        "x"
    );
    assert_eq!(
        one(
            &trees[1],
            "InternetGatewayDevice.DeviceInfo.ProvisioningCode"
        ),
        ""
    );
}
