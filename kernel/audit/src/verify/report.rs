//! What a check of the trail found.

use std::fmt;
use std::str::FromStr;

use regia_ident::TerritoryId;
use time::Date;

/// Findings that a report names; more are counted.
const NAMED: usize = 100;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// A row is not what the server wrote.
    RowChanged,
    /// A row that a block holds is gone.
    RowMissing,
    /// A row is in no block and waits for none: it was written behind the server's back.
    RowUnsealed,
    /// A row has no hash, and is not from before there were any.
    RowUnsigned,
    /// A row stands there twice.
    RowTwice,
    /// A block is not what the server wrote, or its rows were exchanged.
    BlockChanged,
    /// A block is gone.
    BlockMissing,
    /// A block does not follow the one before it.
    BlockMisplaced,
    /// The remembered end of the chain is not its end.
    HeadChanged,
}

impl Flaw {
    /// Its name for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RowChanged => "row_changed",
            Self::RowMissing => "row_missing",
            Self::RowUnsealed => "row_unsealed",
            Self::RowUnsigned => "row_unsigned",
            Self::RowTwice => "row_twice",
            Self::BlockChanged => "block_changed",
            Self::BlockMissing => "block_missing",
            Self::BlockMisplaced => "block_misplaced",
            Self::HeadChanged => "head_changed",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Whose trail.
    pub tenant: TerritoryId,
    /// What.
    pub flaw: Flaw,
    /// The day of the row or block, where it is known.
    pub day: Option<Date>,
    /// The row's number.
    pub entry_id: Option<i64>,
    /// The block's number.
    pub block: Option<i64>,
}

/// The end of a chain; its text is `tenant:block:hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose chain.
    pub tenant: TerritoryId,
    /// Its last block.
    pub number: i64,
    /// That block's hash, 64 hexadecimal digits.
    pub hash: String,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tenant,
            number,
            hash,
        } = self;
        write!(f, "{tenant}:{number}:{hash}")
    }
}

/// A text that no check has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoHead;

impl fmt::Display for NoHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the end of a chain is tenant:block:hash, such as 1:42:9f… with 64 digits")
    }
}

impl std::error::Error for NoHead {}

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let mut parts = text.trim().splitn(3, ':');
        let mut part = || parts.next().ok_or(NoHead);
        let tenant = part()?.parse().map_err(|_| NoHead)?;
        let number = part()?.parse().map_err(|_| NoHead)?;
        let hash = part()?.to_ascii_lowercase();
        let is_hash = hash.len() == 64 && hash.chars().all(|char| char.is_ascii_hexdigit());
        is_hash
            .then_some(Self {
                tenant,
                number,
                hash,
            })
            .ok_or(NoHead)
    }
}

/// How much was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows whose hash was made again.
    pub rows: u64,
    /// Blocks of the chain that were looked at.
    pub blocks: u64,
    /// Days whose rows were looked at, each tenant's.
    pub days: u64,
    /// Rows that wait for their block.
    pub waiting: u64,
    /// Rows from before the chain, which nothing protects.
    pub legacy: u64,
    /// Days before this were dropped by age, as the trail says itself.
    pub kept_from: Option<Date>,
    /// The end of each chain: worth noting elsewhere.
    pub heads: Vec<Head>,
    /// The first things that are wrong.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < NAMED {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_chain_is_read_as_it_is_written() {
        let head = Head {
            tenant: TerritoryId(1),
            number: 42,
            hash: "9f".repeat(32),
        };
        assert_eq!(head.to_string().parse(), Ok(head));
        for text in ["", "1", "1:2", "1:2:9f", "a:2:9f", "1:2:zz"] {
            assert_eq!(text.parse::<Head>(), Err(NoHead), "{text}");
        }
    }
}
