//! A file for devices, or from one.

use time::OffsetDateTime;

use super::device::Device;
use super::identity::DeviceId;

regia_ident::id! {
    /// A file.
    FileId
}

/// What a file is and whom it fits, as its sender declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name, without folders.
    pub name: String,
    /// As CWMP spells it: `1 Firmware Upgrade Image`.
    pub file_type: String,
    /// The software version that a device has after it; empty when it makes none.
    pub target_version: String,
    /// The OUI of the devices that it fits; empty fits all.
    pub oui: String,
    /// The product classes that it fits; none fits all.
    pub product_classes: Vec<String>,
    /// The hardware versions that it fits; none fits all.
    pub hardware_versions: Vec<String>,
    /// The device that sends it.
    pub device: Option<DeviceId>,
}

/// A file that is there as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its number.
    pub id: FileId,
    /// What it is and whom it fits.
    pub draft: Draft,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// Who sent it.
    pub created_by: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// Bytes of a stored chunk; only the last one of a file is shorter.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Types of files that devices fetch (TR-069 A.3.2.8).
pub const DOWNLOAD_TYPES: [&str; 6] = [
    "1 Firmware Upgrade Image",
    "2 Web Content",
    "3 Vendor Configuration File",
    "4 Tone File",
    "5 Ringer File",
    "6 Stored Firmware Image",
];

/// Types of files that devices send; the last two are followed by an instance number (TR-069
/// A.4.1.5).
pub const UPLOAD_TYPES: [&str; 4] = [
    "1 Vendor Configuration File",
    "2 Vendor Log File",
    "3 Vendor Configuration File",
    "4 Vendor Log File",
];

/// Characters of a type (TR-069 A.3.2.8: `string(64)`), a name, and any other text.
const MAX_TYPE_CHARS: usize = 64;
const MAX_NAME_CHARS: usize = 128;
const MAX_TEXT_CHARS: usize = 64;
const MAX_LISTED: usize = 64;

impl Draft {
    /// Checks what came from outside: the first field that is wrong, and why.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let fits = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        let name = self.name.trim();
        if name.is_empty()
            || !fits(name, MAX_NAME_CHARS)
            || name.contains(['/', '\\'])
            || name.starts_with('.')
        {
            return Err((
                "name",
                "1 to 128 characters without slashes, not beginning with a dot",
            ));
        }
        if !is_download_type(&self.file_type) {
            return Err((
                "type",
                "a file type of TR-069 A.3.2.8, such as 1 Firmware Upgrade Image, or X <OUI> <name>",
            ));
        }
        if !fits(&self.target_version, MAX_TEXT_CHARS) {
            return Err(("version", "at most 64 characters"));
        }
        if !self.oui.is_empty()
            && (self.oui.len() != 6 || !self.oui.chars().all(|c| c.is_ascii_hexdigit()))
        {
            return Err(("oui", "six hex digits"));
        }
        let listed = |list: &[String]| {
            list.len() <= MAX_LISTED
                && list
                    .iter()
                    .all(|text| !text.is_empty() && fits(text, MAX_TEXT_CHARS))
        };
        if !listed(&self.product_classes) {
            return Err(("product_class", "at most 64 of 1 to 64 characters"));
        }
        if !listed(&self.hardware_versions) {
            return Err(("hardware_version", "at most 64 of 1 to 64 characters"));
        }
        Ok(())
    }

    /// What of the device does not fit; nothing when the file is for it.
    #[must_use]
    pub fn mismatches(&self, device: &Device) -> Vec<&'static str> {
        let one_of = |list: &[String], text: &String| list.is_empty() || list.contains(text);
        let mut found = Vec::new();
        if !self.oui.is_empty() && !self.oui.eq_ignore_ascii_case(&device.identity.oui) {
            found.push("OUI");
        }
        if !one_of(&self.product_classes, &device.identity.product_class) {
            found.push("product class");
        }
        if !one_of(&self.hardware_versions, &device.hardware_version) {
            found.push("hardware version");
        }
        found
    }
}

/// Whether devices fetch files of this type.
#[must_use]
pub fn is_download_type(text: &str) -> bool {
    DOWNLOAD_TYPES.contains(&text) || is_vendor_type(text)
}

/// Whether devices send files of this type.
#[must_use]
pub fn is_upload_type(text: &str) -> bool {
    let instance = |text: &str| {
        text.strip_prefix(' ')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    text.len() <= MAX_TYPE_CHARS
        && (is_vendor_type(text)
            || UPLOAD_TYPES.iter().any(|known| {
                text.strip_prefix(known).is_some_and(|rest| {
                    rest.is_empty() || (known.starts_with(['3', '4']) && instance(rest))
                })
            }))
}

/// `X <OUI> <name>`.
fn is_vendor_type(text: &str) -> bool {
    let mut words = text.splitn(3, ' ');
    let parts = (words.next(), words.next(), words.next());
    text.len() <= MAX_TYPE_CHARS
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        && matches!(parts, (Some("X"), Some(oui), Some(name))
            if oui.len() == 6 && oui.bytes().all(|b| b.is_ascii_hexdigit()) && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_a_type_that_the_standard_or_a_vendor_names() {
        let cases = [
            ("1 Firmware Upgrade Image", true, false),
            ("3 Vendor Configuration File", true, true),
            ("1 Vendor Configuration File", false, true),
            ("4 Vendor Log File 2", false, true),
            ("2 Vendor Log File 2", false, false),
            ("X 00D09E Radio", true, true),
            ("X Radio", false, false),
            ("", false, false),
        ];
        for (text, down, up) in cases {
            assert_eq!(
                (is_download_type(text), is_upload_type(text)),
                (down, up),
                "{text}"
            );
        }
    }
}
