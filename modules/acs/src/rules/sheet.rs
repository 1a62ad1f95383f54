//! Rows of a CSV file as its bytes arrive: UTF-8 with or without a mark at its beginning, cells
//! separated by comma, semicolon or tab, quoted or not, lines ended by LF or CRLF.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use thiserror::Error;

/// Bytes of one row: notes of 10,000 characters fit, and nothing that is no row.
const MAX_ROW_BYTES: usize = 64 * 1024;

/// Cells of one row.
const MAX_CELLS: usize = 64;

/// Bytes in which the first line must end.
const MAX_HEAD_BYTES: usize = 8 * 1024;

/// What a spreadsheet writes before UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A row: the line on which it begins, and its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The first line is 1.
    pub line: u32,
    /// The cells, not trimmed.
    pub cells: Vec<String>,
}

/// Why a file is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SheetError {
    /// The text is in another encoding, such as Windows-1252 or UTF-16.
    #[error("line {0} is not UTF-8; save the file as \"CSV UTF-8\"")]
    NotUtf8(u32),
    /// A row without an end, most likely a quote that is not closed.
    #[error("the row that begins on line {0} is too long; a quote may be missing")]
    TooLong(u32),
    /// More cells than any table of devices has.
    #[error("line {0} has more than {MAX_CELLS} cells")]
    TooManyCells(u32),
}

/// Takes a file apart, piece by piece.
#[derive(Debug)]
pub struct Sheet {
    /// The beginning, until the first line tells the separator.
    head: Option<Vec<u8>>,
    reader: Reader,
    row: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes and ends of the row under way.
    filled: (usize, usize),
    /// Line breaks read so far.
    breaks: u32,
    /// The line on which the row under way began; 0 between rows.
    began: u32,
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            head: Some(Vec::new()),
            reader: Reader::new(),
            row: vec![0; MAX_ROW_BYTES],
            ends: vec![0; MAX_CELLS],
            filled: (0, 0),
            breaks: 0,
            began: 0,
        }
    }
}

impl Sheet {
    /// Takes a piece and adds the rows that end in it.
    ///
    /// # Errors
    /// When it is no table in UTF-8.
    pub fn feed(&mut self, piece: &[u8], rows: &mut Vec<Record>) -> Result<(), SheetError> {
        let Some(head) = &mut self.head else {
            return self.read(piece, rows);
        };
        head.extend_from_slice(piece);
        if head.contains(&b'\n') || head.len() >= MAX_HEAD_BYTES {
            let head = std::mem::take(head);
            return self.begin(&head, rows);
        }
        Ok(())
    }

    /// Takes the end and adds the row that ends with it.
    ///
    /// # Errors
    /// As [`Sheet::feed`].
    pub fn finish(mut self, rows: &mut Vec<Record>) -> Result<(), SheetError> {
        if let Some(head) = self.head.take() {
            self.begin(&head, rows)?;
        }
        if self.began > 0 {
            self.step(&[], rows)?;
        }
        Ok(())
    }

    fn begin(&mut self, head: &[u8], rows: &mut Vec<Record>) -> Result<(), SheetError> {
        self.head = None;
        let text = head.strip_prefix(MARK).unwrap_or(head);
        if text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF") {
            return Err(SheetError::NotUtf8(1));
        }
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
        self.reader = ReaderBuilder::new().delimiter(separator(first)).build();
        self.read(text, rows)
    }

    fn read(&mut self, mut input: &[u8], rows: &mut Vec<Record>) -> Result<(), SheetError> {
        while !input.is_empty() {
            if self.began == 0 {
                input = self.skip_breaks(input);
                if input.is_empty() {
                    return Ok(());
                }
                self.began = self.breaks.saturating_add(1);
            }
            let taken = self.step(input, rows)?;
            input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Blank lines are no rows.
    fn skip_breaks<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let blank = input
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let blank = blank.count();
        let (skipped, rest) = input.split_at_checked(blank).unwrap_or((input, &[]));
        self.count(skipped);
        rest
    }

    fn count(&mut self, bytes: &[u8]) {
        let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.breaks = self
            .breaks
            .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
    }

    /// One step of the reader; how many bytes it took.
    fn step(&mut self, input: &[u8], rows: &mut Vec<Record>) -> Result<usize, SheetError> {
        let (bytes, ends) = self.filled;
        let row = self.row.get_mut(bytes..).unwrap_or_default();
        let marks = self.ends.get_mut(ends..).unwrap_or_default();
        let (result, taken, written, ended) = self.reader.read_record(input, row, marks);
        self.count(input.get(..taken).unwrap_or_default());
        self.filled = (bytes + written, ends + ended);
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => return Err(SheetError::TooLong(self.began)),
            ReadRecordResult::OutputEndsFull => return Err(SheetError::TooManyCells(self.began)),
            ReadRecordResult::Record => {
                rows.push(self.record()?);
                self.filled = (0, 0);
                self.began = 0;
            }
        }
        Ok(taken)
    }

    fn record(&self) -> Result<Record, SheetError> {
        let mut from = 0;
        let mut cells = Vec::with_capacity(self.filled.1);
        for end in self.ends.iter().take(self.filled.1) {
            let bytes = self.row.get(from..*end).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| SheetError::NotUtf8(self.began))?;
            cells.push(text.to_owned());
            from = *end;
        }
        Ok(Record {
            line: self.began,
            cells,
        })
    }
}

/// The separator of a first line: the one of the three that it has most of.
fn separator(first: &[u8]) -> u8 {
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    let mut best = b',';
    for other in [b';', b'\t'] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<(u32, String)>, SheetError> {
        let (mut sheet, mut rows) = (Sheet::default(), Vec::new());
        for piece in pieces {
            sheet.feed(piece, &mut rows)?;
        }
        sheet.finish(&mut rows)?;
        let row = |record: Record| (record.line, record.cells.join("|"));
        Ok(rows.into_iter().map(row).collect())
    }

    #[test]
    fn a_table_is_read_however_it_was_written_and_wherever_it_is_cut() {
        for (text, expected) in [
            ("a,b\n1,2\n", &[(1, "a|b"), (2, "1|2")][..]),
            ("a,b\r\n1,2", &[(1, "a|b"), (2, "1|2")]),
            ("\u{FEFF}a;b\r\n1,5;2\r\n", &[(1, "a|b"), (2, "1,5|2")]),
            ("a\tb\n1\t2", &[(1, "a|b"), (2, "1|2")]),
            ("a,b\n\n\r\n1,\n", &[(1, "a|b"), (4, "1|")]),
            (
                "a,b\n\"x\ny\",\"say \"\"z\"\"\"\n3,4",
                &[(1, "a|b"), (2, "x\ny|say \"z\""), (4, "3|4")],
            ),
            ("a,b\n=1+2,@x", &[(1, "a|b"), (2, "=1+2|@x")]),
            ("grün,b", &[(1, "grün|b")]),
            ("", &[]),
            ("\n\n", &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, cells)| (*line, (*cells).to_owned()))
                .collect();
            assert_eq!(read(&[text.as_bytes()]).as_ref(), Ok(&expected), "{text:?}");
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(
                read(&bytes).as_ref(),
                Ok(&expected),
                "{text:?} byte by byte"
            );
        }
    }

    #[test]
    fn what_is_no_table_in_utf_8_is_refused_with_its_line() {
        let long = format!("a,b\n\"{}", "x".repeat(MAX_ROW_BYTES + 1));
        let wide = format!("a\n{}", ",".repeat(MAX_CELLS));
        for (bytes, expected) in [
            (&b"a,b\n1,2\nM\xFCller,3\n"[..], SheetError::NotUtf8(3)),
            (b"\xFF\xFEa\0,\0", SheetError::NotUtf8(1)),
            (long.as_bytes(), SheetError::TooLong(2)),
            (wide.as_bytes(), SheetError::TooManyCells(2)),
        ] {
            assert_eq!(read(&[bytes]), Err(expected));
        }
    }
}
