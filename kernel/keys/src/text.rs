//! The text of a key: `regia_`, forty letters and digits drawn by chance, and their CRC-32 in eight
//! hexadecimal digits. The beginning lets scanners for leaked secrets recognise it, the end lets them
//! and us tell a key from junk without asking anybody.

use regia_clock::Chance;
use regia_secrets::{Key, Secret};

const PREFIX: &str = "regia_";
/// 232 bits.
const DRAWN_CHARS: usize = 40;
const CHECK_CHARS: usize = 8;

/// The first key may be given by whoever starts the server, and looks as they like.
const LONGEST_BYTES: usize = 256;

pub(crate) fn draw(chance: &Chance) -> Secret {
    let drawn = chance.secret(DRAWN_CHARS);
    let check = crc32(drawn.as_bytes());
    format!("{PREFIX}{drawn}{check:08x}").into()
}

/// Whether it is worth a look into the database. Keys drawn by earlier versions have no check, and a
/// given one may be anything that can be typed.
pub(crate) fn may_be_key(text: &str) -> bool {
    let printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if text.is_empty() || text.len() > LONGEST_BYTES || !text.bytes().all(printable) {
        return false;
    }
    match text.strip_prefix(PREFIX) {
        Some(rest) if rest.len() == DRAWN_CHARS + CHECK_CHARS => {
            let (drawn, check) = rest.split_at(DRAWN_CHARS);
            check == format!("{:08x}", crc32(drawn.as_bytes()))
        }
        _ => true,
    }
}

/// What is stored of a key.
pub(crate) fn hash(key: &Key, text: &Secret) -> [u8; 32] {
    key.mac(&[b"api key", text.expose().as_bytes()])
}

/// What may be stored of it since before a rotation of the secret key.
///
/// Looking a hash up leaks nothing by its time: whoever lacks the secret key cannot choose it.
pub(crate) fn hashes(key: &Key, text: &Secret) -> Vec<[u8; 32]> {
    key.macs(&[b"api key", text.expose().as_bytes()])
}

/// CRC-32 of ISO 3309, which is `zlib.crc32` and what scanners have at hand.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_one_of_zlib() {
        for (text, expected) in [("", 0), ("123456789", 0xcbf4_3926), ("a", 0xe8b7_be43)] {
            assert_eq!(crc32(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn junk_is_told_from_keys() {
        let drawn = draw(&Chance::seeded(1));
        let drawn = drawn.expose();
        assert_eq!(drawn.len(), 54);
        let last = if drawn.ends_with('0') { "1" } else { "0" };
        let wrong = format!("{}{last}", drawn.get(..53).unwrap());
        for (text, expected) in [
            (drawn, true),
            (&*wrong, false),
            (&format!("regia_{}", "A".repeat(48)), false),
            // As earlier versions drew them.
            (&format!("regia_{}", "A".repeat(40)), true),
            ("a key for scripts", true),
            ("", false),
            (&"A".repeat(256), true),
            (&"A".repeat(257), false),
            ("a\0b", false),
            ("a\tb", false),
            ("chiavé", false),
        ] {
            assert_eq!(may_be_key(text), expected, "{text:.20}");
        }
    }
}
