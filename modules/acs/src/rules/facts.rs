//! What the device row keeps of all parameters, and the digest that tells whether it must be read.

use regia_cwmp::ParameterValue;

/// Facts about a device that lists show; absent where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `Device.` or `InternetGatewayDevice.`.
    pub root: Option<String>,
    /// `DeviceInfo.SoftwareVersion`.
    pub software_version: Option<String>,
    /// `DeviceInfo.HardwareVersion`.
    pub hardware_version: Option<String>,
    /// `DeviceInfo.ProvisioningCode`.
    pub provisioning_code: Option<String>,
    /// `ManagementServer.ConnectionRequestURL`.
    pub connection_request_url: Option<String>,
    /// `ManagementServer.ConnectionRequestUsername`.
    pub connection_request_username: Option<String>,
    /// The first WAN address among the parameters of an inform.
    pub external_address: Option<String>,
    /// `ManagementServer.PeriodicInformInterval`, seconds.
    pub inform_interval_seconds: Option<i32>,
}

/// Longest text that the device row takes; longer values stay in the tree alone.
const MAX_FACT_CHARS: usize = 256;

impl Facts {
    /// The facts in the parameters of one inform.
    #[must_use]
    pub fn of(parameters: &[ParameterValue]) -> Self {
        let mut facts = Self::default();
        for parameter in parameters {
            facts.observe(&parameter.name, &parameter.value);
            if facts.external_address.is_none() && names_external_address(&parameter.name) {
                facts.external_address = fact(&parameter.value).filter(|text| !text.is_empty());
            }
        }
        facts
    }

    /// Takes note of one value.
    pub fn observe(&mut self, path: &str, value: &str) {
        let Some((root, rest)) = path.split_once('.') else {
            return;
        };
        let place = match rest {
            "DeviceInfo.SoftwareVersion" => &mut self.software_version,
            "DeviceInfo.HardwareVersion" => &mut self.hardware_version,
            "DeviceInfo.ProvisioningCode" => &mut self.provisioning_code,
            "ManagementServer.ConnectionRequestURL" => &mut self.connection_request_url,
            "ManagementServer.ConnectionRequestUsername" => &mut self.connection_request_username,
            "ManagementServer.PeriodicInformInterval" => {
                self.inform_interval_seconds =
                    value.trim().parse().ok().filter(|seconds| *seconds > 0);
                return;
            }
            _ => {
                if self.root.is_none() {
                    self.root = known_root(root);
                }
                return;
            }
        };
        *place = fact(value);
        if self.root.is_none() {
            self.root = known_root(root);
        }
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn known_root(root: &str) -> Option<String> {
    matches!(root, "Device" | "InternetGatewayDevice").then(|| format!("{root}."))
}

fn fact(value: &str) -> Option<String> {
    (value.chars().count() <= MAX_FACT_CHARS).then(|| value.to_owned())
}

/// The parameters that TR-098 and TR-181 make part of every inform for the WAN address.
fn names_external_address(path: &str) -> bool {
    (path.starts_with("InternetGatewayDevice.WANDevice.") && path.ends_with(".ExternalIPAddress"))
        || (path.starts_with("Device.IP.Interface.") && path.ends_with(".IPAddress"))
}

/// Counters that change with every inform: they say nothing about whether the rest changed.
const VOLATILE: [&str; 4] = [
    ".UpTime",
    ".Uptime",
    ".CurrentLocalTime",
    ".MemoryStatus.Free",
];

/// A digest of an inform's parameters that stays the same while nothing but counters changes;
/// never 0, the value of a device that has not been read.
#[must_use]
pub fn digest(parameters: &[ParameterValue], dialect: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(dialect.as_bytes());
    for parameter in parameters {
        if !is_volatile(&parameter.name) {
            hasher.update(parameter.name.as_bytes());
            hasher.update(&[0]);
            hasher.update(parameter.value.as_bytes());
            hasher.update(&[1]);
        }
    }
    let hash = hasher.finalize();
    hash.as_bytes()
        .first_chunk()
        .map_or(1, |bytes| i64::from_le_bytes(*bytes))
        | 1
}

/// Whether a parameter is a counter whose change is no news.
#[must_use]
pub fn is_volatile(path: &str) -> bool {
    VOLATILE.iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: &str) -> ParameterValue {
        ParameterValue {
            name: name.to_owned(),
            value: value.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn facts_are_found_in_both_data_models() {
        let facts = Facts::of(&[
            parameter("InternetGatewayDevice.DeviceInfo.SoftwareVersion", "V1"),
            parameter(
                "InternetGatewayDevice.ManagementServer.PeriodicInformInterval",
                "300",
            ),
            parameter(
                "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress",
                "192.0.2.7",
            ),
        ]);
        assert_eq!(facts.root.as_deref(), Some("InternetGatewayDevice."));
        assert_eq!(facts.software_version.as_deref(), Some("V1"));
        assert_eq!(facts.external_address.as_deref(), Some("192.0.2.7"));
        assert_eq!(facts.inform_interval_seconds, Some(300));
        let facts = Facts::of(&[
            parameter("Device.DeviceInfo.HardwareVersion", "H2"),
            parameter(
                "Device.IP.Interface.1.IPv4Address.1.IPAddress",
                "198.51.100.9",
            ),
            parameter("Device.ManagementServer.PeriodicInformInterval", "x"),
        ]);
        assert_eq!(facts.root.as_deref(), Some("Device."));
        assert_eq!(facts.hardware_version.as_deref(), Some("H2"));
        assert_eq!(facts.external_address.as_deref(), Some("198.51.100.9"));
        assert_eq!(facts.inform_interval_seconds, None);
    }

    #[test]
    fn the_digest_changes_with_values_and_not_with_counters() {
        let version = parameter("Device.DeviceInfo.SoftwareVersion", "V1");
        let uptime = |value| parameter("Device.DeviceInfo.UpTime", value);
        let base = digest(&[version.clone(), uptime("1")], "d");
        assert_eq!(base, digest(&[version.clone(), uptime("2")], "d"));
        assert_ne!(
            base,
            digest(&[parameter("Device.DeviceInfo.SoftwareVersion", "V2")], "d")
        );
        assert_ne!(base, digest(&[version], "e"));
        assert_ne!(digest(&[], ""), 0);
    }
}
