//! What an element may hold: each kind has a `read` (of the element that was opened last, to its
//! end) and a `write` (of the whole element).

use crate::error::ParseError;
use crate::read::Cursor;
use crate::write::Writer;

/// Text, exactly as it stands.
pub(crate) mod text {
    use super::{Cursor, ParseError, Writer};

    pub(crate) fn read(
        field: &mut String,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        *field = cursor.text()?.into_owned();
        Ok(())
    }

    pub(crate) fn write(field: &str, element: &str, out: &mut Writer<'_>) {
        out.leaf(element, field);
    }
}

/// Text without the white space around it, which only comes from pretty printing.
pub(crate) mod token {
    pub(crate) use super::text::write;
    use super::{Cursor, ParseError};

    pub(crate) fn read(
        field: &mut String,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        let text = cursor.text()?;
        *field = text.trim_ascii().to_owned();
        Ok(())
    }
}

/// Text that may be left out.
pub(crate) mod optional {
    use super::{Cursor, ParseError, Writer};

    pub(crate) fn read(
        field: &mut Option<String>,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        *field = Some(cursor.text()?.into_owned());
        Ok(())
    }

    pub(crate) fn write(field: &Option<String>, element: &str, out: &mut Writer<'_>) {
        if let Some(text) = field {
            out.leaf(element, text);
        }
    }
}

/// A time as it was sent; nothing or the standard's "unknown time" (TR-106 3.2) is `None`.
pub(crate) mod time {
    use super::{Cursor, ParseError, Writer};

    const UNKNOWN_TIME: &str = "0001-01-01T00:00:00Z";

    pub(crate) fn read(
        field: &mut Option<String>,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        let text = cursor.text()?;
        let text = text.trim_ascii();
        *field = (!text.is_empty() && text != UNKNOWN_TIME).then(|| text.to_owned());
        Ok(())
    }

    pub(crate) fn write(field: &Option<String>, element: &str, out: &mut Writer<'_>) {
        out.leaf(element, field.as_deref().unwrap_or(UNKNOWN_TIME));
    }
}

/// A whole number. Nothing counts as 0, what is out of range as the nearest in range: devices
/// send `-1` where they mean "unknown".
pub(crate) mod number {
    use super::{Cursor, ParseError, Writer};

    /// `u32` or `i32`.
    pub(crate) trait Number: Copy + ToString {
        fn nearest(wide: i64) -> Self;
    }

    impl Number for u32 {
        fn nearest(wide: i64) -> Self {
            Self::try_from(wide.max(0)).unwrap_or(Self::MAX)
        }
    }

    impl Number for i32 {
        fn nearest(wide: i64) -> Self {
            Self::try_from(wide).unwrap_or(if wide < 0 { Self::MIN } else { Self::MAX })
        }
    }

    pub(crate) fn read<N: Number>(
        field: &mut N,
        element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        let text = cursor.text()?;
        let wide = match text.trim_ascii() {
            "" => Ok(0),
            digits => digits.parse(),
        };
        let position = cursor.position();
        let wide = wide.map_err(|_| ParseError::Value {
            element,
            wanted: "number",
            position,
        })?;
        *field = N::nearest(wide);
        Ok(())
    }

    pub(crate) fn write<N: Number>(field: &N, element: &str, out: &mut Writer<'_>) {
        out.leaf(element, &field.to_string());
    }
}

/// True for `1` and `true` in any case, else false: odd flags count as not set.
pub(crate) mod flag {
    use super::{Cursor, ParseError, Writer};

    pub(crate) fn read(
        field: &mut bool,
        _element: &str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        let text = cursor.text()?;
        let text = text.trim_ascii();
        *field = text == "1" || text.eq_ignore_ascii_case("true");
        Ok(())
    }

    pub(crate) fn write(field: &bool, element: &str, out: &mut Writer<'_>) {
        out.leaf(element, if *field { "1" } else { "0" });
    }
}

/// A structure.
pub(crate) mod record {
    use super::{Cursor, ParseError, Writer};
    use crate::shape::Record;

    pub(crate) fn read<T: Record>(
        field: &mut T,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        field.read_fields(cursor)
    }

    pub(crate) fn write<T: Record>(field: &T, element: &str, out: &mut Writer<'_>) {
        out.open(element);
        field.write_fields(out);
        out.close(element);
    }
}

/// Structures one after the other, without an array around them.
pub(crate) mod repeated {
    use super::{Cursor, ParseError, Writer};
    use crate::shape::Record;

    pub(crate) fn read<T: Record + Default>(
        field: &mut Vec<T>,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        cursor.count_item()?;
        let mut entry = T::default();
        entry.read_fields(cursor)?;
        field.push(entry);
        Ok(())
    }

    pub(crate) fn write<T: Record>(field: &[T], element: &str, out: &mut Writer<'_>) {
        for entry in field {
            super::record::write(entry, element, out);
        }
    }
}

/// A SOAP array of structures. The count that it claims is never looked at: devices write `[02]`,
/// or 16 for 7.
pub(crate) mod list {
    use super::{Cursor, ParseError, Writer};
    use crate::shape::Item;

    pub(crate) fn read<T: Item>(
        field: &mut Vec<T>,
        element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        while let Some(name) = cursor.child()? {
            if name != T::ELEMENT {
                cursor.skip()?;
                continue;
            }
            T::check_length(cursor, field.len())?;
            super::repeated::read(field, element, cursor)?;
        }
        Ok(())
    }

    pub(crate) fn write<T: Item>(field: &[T], element: &str, out: &mut Writer<'_>) {
        out.open_array(element, (out.cwmp_prefix(), T::ELEMENT), field.len());
        super::repeated::write(field, T::ELEMENT, out);
        out.close(element);
    }
}

/// A SOAP array of strings.
pub(crate) mod strings {
    use super::{Cursor, ParseError, Writer};

    pub(crate) fn read(
        field: &mut Vec<String>,
        _element: &'static str,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ParseError> {
        while let Some(name) = cursor.child()? {
            if name != "string" {
                cursor.skip()?;
                continue;
            }
            cursor.count_item()?;
            field.push(cursor.text()?.trim_ascii().to_owned());
        }
        Ok(())
    }

    pub(crate) fn write(field: &[String], element: &str, out: &mut Writer<'_>) {
        out.open_array(element, (out.xsd_prefix(), "string"), field.len());
        for text in field {
            out.leaf("string", text);
        }
        out.close(element);
    }
}
