//! What the keyed hashes of rows and blocks are made over.
//!
//! Only the server has the key, so a row or block that was written or changed by somebody who has the
//! database alone has no right hash. Values stand as PostgreSQL stores them: JSON is its text.

use regia_ident::TerritoryId;
use regia_secrets::Key;
use time::{Date, OffsetDateTime};

/// Another layout takes another number.
const ROW: &[u8] = b"audit row 1";
const ROWS: &[u8] = b"audit rows 1";
const BLOCK: &[u8] = b"audit block 1";

/// Where the chain of a tenant begins.
pub(crate) const START: [u8; 32] = [0; 32];

/// A keyed hash as rows hold it.
pub(crate) type Mac = [u8; 32];

/// A row of the trail as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub tenant: TerritoryId,
    pub entry_id: i64,
    pub recorded_at: OffsetDateTime,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub action: String,
    pub object: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub address: Option<String>,
    pub trace_id: Option<String>,
}

impl Row {
    /// Hands the parts that are signed to `use_`, in a fixed order. What may be absent is told from
    /// what is empty.
    fn with_parts<T>(&self, use_: impl FnOnce(&[&[u8]]) -> T) -> T {
        let numbers = [
            self.tenant.0.to_be_bytes(),
            self.entry_id.to_be_bytes(),
            micros(self.recorded_at).to_be_bytes(),
        ];
        let actor_id = self.actor_id.map(i64::to_be_bytes);
        let mut parts: Vec<&[u8]> = vec![ROW];
        parts.extend(numbers.iter().map(<[u8; 8]>::as_slice));
        for text in [
            &self.actor_kind,
            &self.actor_name,
            &self.action,
            &self.object,
        ] {
            parts.push(text.as_bytes());
        }
        let texts = [&self.before, &self.after, &self.address, &self.trace_id];
        let texts = texts.map(|text| text.as_deref().map(str::as_bytes));
        for optional in [actor_id.as_ref().map(<[u8; 8]>::as_slice)]
            .into_iter()
            .chain(texts)
        {
            parts.push(if optional.is_some() { b"1" } else { b"0" });
            parts.push(optional.unwrap_or_default());
        }
        use_(&parts)
    }

    /// The row's keyed hash.
    pub(crate) fn mac(&self, key: &Key) -> Mac {
        self.with_parts(|parts| key.mac(parts))
    }

    /// Whether the server made this hash for this row.
    pub(crate) fn is_signed_by(&self, key: &Key, mac: &Mac) -> bool {
        self.with_parts(|parts| key.verify(parts, mac))
    }
}

/// A block of the chain as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub tenant: TerritoryId,
    pub number: i64,
    pub sealed_at: OffsetDateTime,
    /// The day of its rows, UTC.
    pub day: Date,
    pub entry_ids: Vec<i64>,
    pub rows_mac: Mac,
    pub previous: Mac,
}

impl Block {
    fn with_parts<T>(&self, use_: impl FnOnce(&[&[u8]]) -> T) -> T {
        let ids: Vec<u8> = self
            .entry_ids
            .iter()
            .flat_map(|id| id.to_be_bytes())
            .collect();
        use_(&[
            BLOCK,
            &self.tenant.0.to_be_bytes(),
            &self.number.to_be_bytes(),
            &micros(self.sealed_at).to_be_bytes(),
            &self.day.to_julian_day().to_be_bytes(),
            &ids,
            &self.rows_mac,
            &self.previous,
        ])
    }

    /// The block's keyed hash, which the next one names.
    pub(crate) fn mac(&self, key: &Key) -> Mac {
        self.with_parts(|parts| key.mac(parts))
    }

    /// Whether the server made this hash for this block.
    pub(crate) fn is_signed_by(&self, key: &Key, mac: &Mac) -> bool {
        self.with_parts(|parts| key.verify(parts, mac))
    }
}

/// The keyed hash of rows' hashes, in the order of the block.
pub(crate) fn rows_mac(key: &Key, macs: &[Mac]) -> Mac {
    key.mac(&parts_of_rows(macs))
}

/// Whether the server made this hash for rows with these.
pub(crate) fn rows_are_signed(key: &Key, macs: &[Mac], mac: &Mac) -> bool {
    key.verify(&parts_of_rows(macs), mac)
}

fn parts_of_rows(macs: &[Mac]) -> Vec<&[u8]> {
    [ROWS]
        .into_iter()
        .chain(macs.iter().map(<[u8; 32]>::as_slice))
        .collect()
}

/// PostgreSQL keeps microseconds.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
