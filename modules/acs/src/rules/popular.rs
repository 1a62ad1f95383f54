//! The few settings that people ask for by name, found in both data models (TR-098, TR-181).

use crate::model::tree::{Node, Tree};

/// A setting that people ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Common<'a> {
    /// The message that names it.
    pub label: &'static str,
    /// Its path in this device's data model.
    pub path: &'a str,
    /// What is known of it.
    pub node: &'a Node,
}

/// Label and paths, the likelier first.
const COMMON: [(&str, &[&str]); 5] = [
    (
        "acs.common.model",
        &[
            "Device.DeviceInfo.ModelName",
            "InternetGatewayDevice.DeviceInfo.ModelName",
        ],
    ),
    (
        "acs.common.uptime",
        &[
            "Device.DeviceInfo.UpTime",
            "InternetGatewayDevice.DeviceInfo.UpTime",
        ],
    ),
    (
        "acs.common.ssid",
        &[
            "Device.WiFi.SSID.1.SSID",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID",
        ],
    ),
    (
        "acs.common.key",
        &[
            "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.KeyPassphrase",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.PreSharedKey",
        ],
    ),
    (
        "acs.common.channel",
        &[
            "Device.WiFi.Radio.1.Channel",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel",
        ],
    ),
];

/// The common settings that the device has.
#[must_use]
pub fn common(tree: &Tree) -> Vec<Common<'_>> {
    COMMON
        .iter()
        .filter_map(|(label, paths)| {
            let (path, node) = paths
                .iter()
                .find_map(|path| tree.nodes.get_key_value(*path))?;
            Some(Common { label, path, node })
        })
        .collect()
}

/// A host on the device's local network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its name, or nothing.
    pub name: String,
    /// Its IP address.
    pub address: String,
    /// Its MAC address.
    pub mac: String,
    /// Whether it is connected now, as far as the device says.
    pub active: bool,
}

const HOST_TABLES: [&str; 2] = [
    "Device.Hosts.Host.",
    "InternetGatewayDevice.LANDevice.1.Hosts.Host.",
];

/// Hosts that are shown at most.
const MAX_HOSTS: usize = 256;

/// The hosts that the device names.
#[must_use]
pub fn hosts(tree: &Tree) -> Vec<Host> {
    let mut hosts: Vec<(String, Host)> = Vec::new();
    for table in HOST_TABLES {
        for (path, _) in tree.below(table, "") {
            let Some(rest) = path.strip_prefix(table) else {
                continue;
            };
            let Some((instance, name)) = rest.split_once('.') else {
                continue;
            };
            let Some(text) = tree.text(path) else {
                continue;
            };
            if hosts.last().is_none_or(|(last, _)| last != instance) {
                if hosts.len() == MAX_HOSTS {
                    break;
                }
                let host = Host {
                    name: String::new(),
                    address: String::new(),
                    mac: String::new(),
                    active: false,
                };
                hosts.push((instance.to_owned(), host));
            }
            let Some((_, host)) = hosts.last_mut() else {
                continue;
            };
            match name {
                "HostName" => text.clone_into(&mut host.name),
                "IPAddress" => text.clone_into(&mut host.address),
                "PhysAddress" | "MACAddress" => text.clone_into(&mut host.mac),
                "Active" => host.active = matches!(text, "1" | "true"),
                _ => {}
            }
        }
    }
    hosts.into_iter().map(|(_, host)| host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tree::Value;

    fn tree(values: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in values {
            let value = Value {
                text: (*text).to_owned(),
                kind: "string".to_owned(),
                sealed: false,
                seen_at: 0,
            };
            tree.nodes.insert(
                (*path).to_owned(),
                Node {
                    value: Some(value),
                    writable: None,
                },
            );
        }
        tree
    }

    #[test]
    fn common_settings_are_found_in_both_data_models() {
        for (path, label) in [
            ("Device.WiFi.SSID.1.SSID", "acs.common.ssid"),
            (
                "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel",
                "acs.common.channel",
            ),
        ] {
            let tree = tree(&[(path, "x"), ("Device.Other", "y")]);
            let found: Vec<_> = common(&tree).iter().map(|c| (c.label, c.path)).collect();
            assert_eq!(found, [(label, path)]);
        }
    }

    #[test]
    fn hosts_are_put_together_from_their_parameters() {
        let tree = tree(&[
            ("Device.Hosts.Host.1.Active", "true"),
            ("Device.Hosts.Host.1.HostName", "tv"),
            ("Device.Hosts.Host.1.IPAddress", "192.0.2.9"),
            ("Device.Hosts.Host.1.PhysAddress", "00:00:5E:00:53:01"),
            ("Device.Hosts.Host.2.HostName", "phone"),
            ("Device.Hosts.HostNumberOfEntries", "2"),
        ]);
        let hosts = hosts(&tree);
        assert_eq!(hosts.len(), 2);
        assert_eq!((hosts[0].name.as_str(), hosts[0].active), ("tv", true));
        assert_eq!((hosts[1].name.as_str(), hosts[1].active), ("phone", false));
    }
}
