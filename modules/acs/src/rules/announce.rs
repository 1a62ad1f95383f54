//! What a row of an import says: which columns there are, and what each row announces.

use std::collections::HashMap;

use thiserror::Error;

use super::sheet::Record;
use crate::model::identity::Identity;
use crate::model::import::Reason;
use crate::model::note;

/// Characters of a user name and of a password (TR-181 `ManagementServer`: at most 256).
const MAX_CREDENTIAL_CHARS: usize = 256;

/// Where each thing stands in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    places: HashMap<Column, usize>,
    count: usize,
    /// Names that say nothing here, as they were written.
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
    Oui,
    ProductClass,
    Serial,
    Tags,
    Note,
    Username,
    Password,
}

/// Why a first line names no table of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeadError {
    /// A column is missing without which there is no device.
    #[error("the first line names no column {0}")]
    Missing(&'static str),
    /// Two columns say the same.
    #[error("two columns of the first line mean {0}")]
    Twice(&'static str),
}

impl Columns {
    /// Reads the first line. Case, spaces, hyphens and underscores make no difference.
    ///
    /// # Errors
    /// When OUI or serial number is missing, or a column is there twice.
    pub fn of(head: &Record) -> Result<Self, HeadError> {
        let mut columns = Self {
            count: head.cells.len(),
            ..Self::default()
        };
        for (place, name) in head.cells.iter().enumerate() {
            let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            let (column, called) = match plain.to_lowercase().as_str() {
                "oui" => (Column::Oui, "oui"),
                "productclass" => (Column::ProductClass, "product_class"),
                "serial" | "serialnumber" => (Column::Serial, "serial_number"),
                "tag" | "tags" => (Column::Tags, "tags"),
                "note" | "notes" => (Column::Note, "note"),
                "username" | "user" => (Column::Username, "username"),
                "password" => (Column::Password, "password"),
                _ => {
                    if !plain.is_empty() {
                        columns.ignored.push(name.trim().chars().take(64).collect());
                    }
                    continue;
                }
            };
            if columns.places.insert(column, place).is_some() {
                return Err(HeadError::Twice(called));
            }
        }
        for (column, called) in [(Column::Oui, "oui"), (Column::Serial, "serial_number")] {
            if !columns.places.contains_key(&column) {
                return Err(HeadError::Missing(called));
            }
        }
        Ok(columns)
    }

    fn cell<'a>(&self, record: &'a Record, column: Column) -> &'a str {
        let place = self.places.get(&column);
        let cell = place.and_then(|place| record.cells.get(*place));
        plain(cell.map_or("", |cell| cell.trim()))
    }
}

/// A cell without the apostrophe that an export puts before what looks like a formula.
fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Its line.
    pub line: u32,
    /// Who it names; as far as it was written where it is refused.
    pub identity: Identity,
    /// Labels.
    pub tags: Vec<String>,
    /// Free text.
    pub notes: String,
    /// User name of its own credential; empty without one.
    pub username: String,
    /// Password of its own credential; empty without one, and where the row is refused.
    pub password: String,
    /// Why it cannot be a device.
    pub refused: Option<Reason>,
    /// What belongs to that, such as a line.
    pub detail: String,
}

/// Reads a row.
#[must_use]
pub fn read(columns: &Columns, record: &Record) -> Announced {
    let cell = |column| columns.cell(record, column);
    let oui: String = cell(Column::Oui)
        .chars()
        .filter(|c| !matches!(c, ':' | '-'))
        .collect();
    let tags = cell(Column::Tags).split([',', ';', '|']).map(str::trim);
    let mut announced = Announced {
        line: record.line,
        identity: Identity {
            oui: oui.to_ascii_uppercase(),
            product_class: cell(Column::ProductClass).to_owned(),
            serial_number: cell(Column::Serial).to_owned(),
        },
        tags: tags
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        notes: cell(Column::Note).to_owned(),
        username: cell(Column::Username).to_owned(),
        password: cell(Column::Password).to_owned(),
        refused: None,
        detail: String::new(),
    };
    announced.refused = refusal(columns, record, &announced);
    if announced.refused.is_some() {
        announced.shorten();
    }
    announced
}

impl Announced {
    /// A refused row is kept to be shown, and no longer than that; its password is not kept.
    fn shorten(&mut self) {
        let short = |text: &str| -> String {
            let shown = text.chars().filter(|c| !c.is_control());
            shown.take(MAX_CREDENTIAL_CHARS).collect()
        };
        let identity = &mut self.identity;
        for text in [
            &mut identity.oui,
            &mut identity.product_class,
            &mut identity.serial_number,
            &mut self.notes,
            &mut self.username,
        ] {
            *text = short(text);
        }
        self.tags.truncate(note::MAX_TAGS);
        for tag in &mut self.tags {
            *tag = short(tag);
        }
        self.password.clear();
    }
}

fn refusal(columns: &Columns, record: &Record, row: &Announced) -> Option<Reason> {
    let Identity {
        oui,
        product_class,
        serial_number,
    } = &row.identity;
    let hex = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let printable = |text: &str| {
        text.len() <= MAX_CREDENTIAL_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if record.cells.len() > columns.count {
        Some(Reason::Cells)
    } else if !hex(oui) {
        Some(Reason::Oui)
    } else if Identity::new(oui, "", serial_number).is_err() {
        Some(Reason::Serial)
    } else if Identity::new(oui, product_class, serial_number).is_err() {
        Some(Reason::ProductClass)
    } else if !note::tags_fit(&row.tags) {
        Some(Reason::Tags)
    } else if !note::notes_fit(&row.notes) {
        Some(Reason::Note)
    } else if (row.password.is_empty() && !row.username.is_empty())
        || !printable(&row.password)
        || !printable(&row.username)
        || row.username.contains(':')
    {
        Some(Reason::Credential)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: u32, cells: &[&str]) -> Record {
        Record {
            line,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        }
    }

    #[test]
    fn the_first_line_says_what_stands_where() {
        let columns = Columns::of(&record(1, &["Serial Number", "OUI", "Customer", ""])).unwrap();
        assert_eq!(columns.ignored, ["Customer"]);
        let row = read(&columns, &record(2, &[" S1 ", "00:d0:9e", "Mary"]));
        assert_eq!(row.identity.to_string(), "00D09E--S1");
        assert_eq!(row.refused, None);
        for (head, expected) in [
            (&["oui"][..], HeadError::Missing("serial_number")),
            (&["serial"], HeadError::Missing("oui")),
            (&[], HeadError::Missing("oui")),
            (
                &["oui", "serial", "Serial-Number"],
                HeadError::Twice("serial_number"),
            ),
        ] {
            assert_eq!(Columns::of(&record(1, head)), Err(expected));
        }
    }

    #[test]
    fn a_row_is_read_or_refused_with_a_reason() {
        let head = [
            "oui",
            "product_class",
            "serial_number",
            "tags",
            "note",
            "username",
            "password",
        ];
        let columns = Columns::of(&record(1, &head)).unwrap();
        let long = "x".repeat(65);
        for (cells, expected) in [
            (&["00D09E", "HG1", "S1"][..], None),
            (
                &["00D09E", "", "=1+2", "a, b;c", "-note", "u", "password"],
                None,
            ),
            (&["00D09E", "", "'=1+2"], None),
            (&["D09E", "", "S1"], Some(Reason::Oui)),
            (&["", "", "S1"], Some(Reason::Oui)),
            (&["00D09G", "", "S1"], Some(Reason::Oui)),
            (&["00D09E", "", ""], Some(Reason::Serial)),
            (&["00D09E", "", long.as_str()], Some(Reason::Serial)),
            (&["00D09E", "a\u{7}", "S1"], Some(Reason::ProductClass)),
            (&["00D09E", "", "S1", long.as_str()], Some(Reason::Tags)),
            (&["00D09E", "", "S1", "", "\u{1}"], Some(Reason::Note)),
            (
                &["00D09E", "", "S1", "", "", "user"],
                Some(Reason::Credential),
            ),
            (
                &["00D09E", "", "S1", "", "", "u:v", "p"],
                Some(Reason::Credential),
            ),
            (
                &["00D09E", "", "S1", "", "", "", "a b"],
                Some(Reason::Credential),
            ),
            (
                &["00D09E", "", "S1", "", "", "", "", "more"],
                Some(Reason::Cells),
            ),
        ] {
            let row = read(&columns, &record(2, cells));
            assert_eq!(row.refused, expected, "{cells:?}");
            assert!(row.refused.is_none() || row.password.is_empty());
        }
        let row = read(&columns, &record(2, &["00D09E", "", "'=1+2", "a, b;c|d"]));
        assert_eq!(row.identity.serial_number, "=1+2");
        assert_eq!(row.tags, ["a", "b", "c", "d"]);
    }
}
