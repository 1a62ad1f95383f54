//! A QR code as the path of an SVG image.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules that the standard asks for around the code (ISO/IEC 18004, 6.3.8).
const QUIET_MODULES: i32 = 4;

/// A QR code to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrPath {
    /// Width and height of the whole image in modules.
    pub size: i32,
    /// The dark modules, for the attribute `d`.
    pub path: String,
}

/// Draws the text; none when it is too long for any code.
#[must_use]
pub fn qr_path(text: &str) -> Option<QrPath> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a text does not fail.
            let _written = write!(path, "M{},{}h1v1h-1z", x + QUIET_MODULES, y + QUIET_MODULES);
        }
    }
    let size = code.size() + 2 * QUIET_MODULES;
    Some(QrPath { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_in_the_corner_and_light_around() {
        let code = qr_path("otpauth://totp/Regia:maria?secret=GEZDGNBV").unwrap();
        assert!(code.path.starts_with("M4,4h1v1h-1zM5,4"), "{}", code.path);
        assert!(code.size > 29, "{}", code.size);
        assert_eq!(qr_path(&"x".repeat(5_000)), None);
    }
}
