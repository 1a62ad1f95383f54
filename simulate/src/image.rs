//! Firmware images for simulated CPEs: a line that names the version and the hash of the rest.

use sha2::{Digest as _, Sha256};

use crate::model::mix;

const MAGIC: &str = "regia-image 1 ";
/// The first line is shorter; without a line end by then, it is no image.
const MAX_HEAD_BYTES: usize = 256;

/// An image that a simulated CPE accepts and then shows `version` of. The same arguments give the
/// same bytes.
#[must_use]
pub fn make(version: &str, payload_bytes: usize, seed: u64) -> Vec<u8> {
    let mut payload: Vec<u8> = (0..payload_bytes.div_ceil(8) as u64)
        .flat_map(|block| mix(seed, block).to_le_bytes())
        .collect();
    payload.truncate(payload_bytes);
    let hash = hex(&Sha256::digest(&payload));
    let mut image = format!("{MAGIC}{version} {hash}\n").into_bytes();
    image.append(&mut payload);
    image
}

/// Why a file is not accepted (fault 9018).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadImage {
    #[error("the file has another size than announced")]
    Size,
    #[error("the hash of the image does not fit its content")]
    Hash,
    #[error("the file is no image and its name holds no version")]
    NoVersion,
}

/// Reads an image piece by piece, keeping nothing but its first line.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    head: Vec<u8>,
    in_payload: bool,
    bytes: u64,
    hash: Sha256,
}

impl Reader {
    pub(crate) fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if self.in_payload {
            self.hash.update(piece);
            return;
        }
        if self.head.len() > MAX_HEAD_BYTES {
            return;
        }
        self.head.extend_from_slice(piece);
        if let Some(end) = self.head.iter().position(|byte| *byte == b'\n') {
            let payload = self.head.split_off(end + 1);
            self.hash.update(&payload);
            self.in_payload = true;
        }
    }

    /// The version, from the image or else from the file's name; `size` 0 is unknown.
    pub(crate) fn finish(self, size: u64, names: &[&str]) -> Result<String, BadImage> {
        if size != 0 && size != self.bytes {
            return Err(BadImage::Size);
        }
        let head = std::str::from_utf8(&self.head)
            .unwrap_or_default()
            .trim_end();
        let Some((version, hash)) = head
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.rsplit_once(' '))
        else {
            return names
                .iter()
                .find_map(|name| version_in(name))
                .ok_or(BadImage::NoVersion);
        };
        if hash != hex(&self.hash.finalize()) {
            return Err(BadImage::Hash);
        }
        Ok(version.to_owned())
    }
}

/// The first run of digits and dots with a dot inside: `fw-2.1.0.bin` is 2.1.0.
fn version_in(name: &str) -> Option<String> {
    let name = name.rsplit('/').next()?;
    name.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|run| run.trim_matches('.'))
        .find(|run| run.contains('.'))
        .map(str::to_owned)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(image: &[u8], piece: usize, size: u64, name: &str) -> Result<String, BadImage> {
        let mut reader = Reader::default();
        for piece in image.chunks(piece) {
            reader.take(piece);
        }
        reader.finish(size, &[name])
    }

    #[test]
    fn an_image_is_accepted_in_pieces_of_any_size() {
        let image = make("2.1.0-rc 3", 5_000, 7);
        let size = image.len() as u64;
        for piece in [1, 7, 100, 4096, 10_000] {
            for size in [0, size] {
                assert_eq!(read(&image, piece, size, "x"), Ok("2.1.0-rc 3".into()));
            }
        }
        assert_eq!(image, make("2.1.0-rc 3", 5_000, 7));
        assert_ne!(image, make("2.1.0-rc 3", 5_000, 8));
    }

    #[test]
    fn a_damaged_or_foreign_file_is_refused() {
        let image = make("2.1.0", 100, 7);
        let mut damaged = image.clone();
        damaged.extend_from_slice(b"x");
        let long = vec![b'x'; 1000];
        for (file, size, name, expected) in [
            (&image[..], 5, "x", Err(BadImage::Size)),
            (&damaged[..], 0, "x", Err(BadImage::Hash)),
            (b"anything", 0, "firmware.bin", Err(BadImage::NoVersion)),
            (b"anything", 8, "/f/1.0/fw_v3.2.bin", Ok("3.2".into())),
            (&long[..], 0, "R4.10.7.img", Ok("4.10.7".into())),
            (b"", 0, "", Err(BadImage::NoVersion)),
        ] {
            assert_eq!(read(file, 64, size, name), expected, "{name}");
        }
    }
}
