//! The shapes of elements, stated once and used to read and to write.
//!
//! [`record!`] says of a structure which element holds which field, in the schema's order.
//! [`messages!`] says of an enum which element is which message. What an element may hold is one
//! of the [`kinds`].

pub(crate) mod kinds;

use crate::error::ParseError;
use crate::read::Cursor;
use crate::write::Writer;

/// A structure whose fields are elements (an xsd `sequence`).
pub(crate) trait Record {
    /// Reads the elements within the current one, in any order; unknown ones are passed over.
    fn read_fields(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError>;
    /// Writes them in the schema's order.
    fn write_fields(&self, out: &mut Writer<'_>);
}

impl<T: Record> Record for Box<T> {
    fn read_fields(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        (**self).read_fields(cursor)
    }

    fn write_fields(&self, out: &mut Writer<'_>) {
        (**self).write_fields(out);
    }
}

/// A structure that stands in SOAP arrays.
pub(crate) trait Item: Record + Default {
    /// The name of its element and of its type.
    const ELEMENT: &'static str;

    /// Refuses another entry when the array has `length` already.
    fn check_length(_cursor: &Cursor<'_>, _length: usize) -> Result<(), ParseError> {
        Ok(())
    }
}

/// All that one side can say.
pub(crate) trait Message: Sized {
    /// Reads the message whose element was opened last.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseError>;
    /// Writes the message with its element.
    fn write(&self, out: &mut Writer<'_>);
}

/// `record!(Type { "Element" => field: kind, … })` implements [`Record`];
/// `record!(Type as "TypeStruct" { … })` also [`Item`].
macro_rules! record {
    ($type:ident as $item:literal { $($shape:tt)* }) => {
        impl $crate::shape::Item for $type {
            const ELEMENT: &'static str = $item;
        }
        record!($type { $($shape)* });
    };
    ($type:ident { $($element:literal => $field:ident: $kind:ident),* $(,)? }) => {
        impl $crate::shape::Record for $type {
            fn read_fields(
                &mut self,
                cursor: &mut $crate::read::Cursor<'_>,
            ) -> Result<(), $crate::error::ParseError> {
                while let Some(name) = cursor.child()? {
                    match name {
                        $($element => {
                            $crate::shape::kinds::$kind::read(&mut self.$field, $element, cursor)?;
                        })*
                        _ => cursor.skip()?,
                    }
                }
                Ok(())
            }

            fn write_fields(&self, out: &mut $crate::write::Writer<'_>) {
                $($crate::shape::kinds::$kind::write(&self.$field, $element, out);)*
            }
        }
    };
}
pub(crate) use record;

/// `messages!(Enum { "Element" => Variant shape, … })` implements [`Message`] and `name`.
///
/// A shape is `()` for a message without content, `(record)` for a variant around a [`Record`],
/// `("Element": kind)` for a variant around the content of one element, or
/// `{ "Element" => field: kind }` for a variant with fields. `Fault` and `Unknown` come by
/// themselves.
macro_rules! messages {
    ($enum:ident { $($element:literal => $variant:ident $shape:tt,)* }) => {
        impl $enum {
            /// The local name of the message's element, such as `GetParameterValuesResponse`.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => $element,)*
                    Self::Fault(_) => "Fault",
                    Self::Unknown { name, .. } => name,
                }
            }
        }

        impl $crate::shape::Message for $enum {
            fn read(
                cursor: &mut $crate::read::Cursor<'_>,
            ) -> Result<Self, $crate::error::ParseError> {
                Ok(match cursor.name() {
                    $($element => read_message!(cursor, $variant $shape),)*
                    "Fault" => Self::Fault($crate::message::fault::SoapFault::read(cursor)?),
                    unknown => {
                        let name = $crate::error::excerpt($crate::dialect::element_name(unknown));
                        cursor.skip()?;
                        let content = $crate::fragment::Fragment::default();
                        Self::Unknown { name, content }
                    }
                })
            }

            fn write(&self, out: &mut $crate::write::Writer<'_>) {
                if let Self::Fault(fault) = self {
                    return $crate::message::fault::SoapFault::write(fault, out);
                }
                out.open_message(self.name());
                match self {
                    $(message_pattern!(inner $variant $shape) => {
                        write_message!(out, inner $variant $shape);
                    })*
                    Self::Unknown { content, .. } => out.fragment(content),
                    Self::Fault(_) => {}
                }
                out.close_message(self.name());
            }
        }
    };
}
pub(crate) use messages;

/// The content of a message, by its shape.
macro_rules! read_message {
    ($cursor:ident, $variant:ident ()) => {{
        $cursor.skip()?;
        Self::$variant
    }};
    ($cursor:ident, $variant:ident (record)) => {{
        let mut record = Default::default();
        $crate::shape::Record::read_fields(&mut record, $cursor)?;
        Self::$variant(record)
    }};
    ($cursor:ident, $variant:ident ($element:literal: $kind:ident)) => {{
        let mut content = Default::default();
        while let Some(name) = $cursor.child()? {
            match name {
                $element => $crate::shape::kinds::$kind::read(&mut content, $element, $cursor)?,
                _ => $cursor.skip()?,
            }
        }
        Self::$variant(content)
    }};
    ($cursor:ident, $variant:ident { $($element:literal => $field:ident: $kind:ident),* }) => {{
        $(let mut $field = Default::default();)*
        while let Some(name) = $cursor.child()? {
            match name {
                $($element => {
                    $crate::shape::kinds::$kind::read(&mut $field, $element, $cursor)?;
                })*
                _ => $cursor.skip()?,
            }
        }
        Self::$variant { $($field),* }
    }};
}
pub(crate) use read_message;

/// The pattern that binds the content of a message, by its shape.
macro_rules! message_pattern {
    ($inner:ident $variant:ident ()) => { Self::$variant };
    ($inner:ident $variant:ident ($($shape:tt)+)) => { Self::$variant($inner) };
    ($inner:ident $variant:ident { $($element:literal => $field:ident: $kind:ident),* }) => {
        Self::$variant { $($field),* }
    };
}
pub(crate) use message_pattern;

/// The content of a message, by its shape.
macro_rules! write_message {
    ($out:ident, $inner:ident $variant:ident ()) => {};
    ($out:ident, $inner:ident $variant:ident (record)) => {
        $crate::shape::Record::write_fields($inner, $out);
    };
    ($out:ident, $inner:ident $variant:ident ($element:literal: $kind:ident)) => {
        $crate::shape::kinds::$kind::write($inner, $element, $out);
    };
    ($out:ident, $inner:ident $variant:ident {
        $($element:literal => $field:ident: $kind:ident),*
    }) => {
        $($crate::shape::kinds::$kind::write($field, $element, $out);)*
    };
}
pub(crate) use write_message;
