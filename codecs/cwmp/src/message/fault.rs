//! Faults: refusals and failures of either side (TR-069 A.5, xsd element `Fault`).

use crate::error::ParseError;
use crate::read::Cursor;
use crate::shape::{Record, record};
use crate::write::Writer;

/// What a CPE answers instead of a response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CpeFault {
    /// 9000 to 9799, vendors 9800 to 9899 (A.5.1). A fault without one reads as 9002.
    pub code: u32,
    /// The CPE's own words. A fault without detail keeps its `faultstring`.
    pub text: String,
    /// The parameters that a SetParameterValues failed on; the code above is then 9003.
    pub parameters: Vec<ParameterFault>,
}

/// Why one parameter could not be set (xsd `SetParameterValuesFault`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterFault {
    /// The parameter's full path.
    pub name: String,
    /// As in [`CpeFault::code`](field@CpeFault::code).
    pub code: u32,
    /// The CPE's own words.
    pub text: String,
}

/// What an ACS answers instead of a response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcsFault {
    /// 8000 to 8799, vendors 8800 to 8899 (A.5.2). A fault without one reads as 8002.
    pub code: u32,
    /// One sentence for the CPE's log.
    pub text: String,
}

record!(CpeFault {
    "FaultCode" => code: number,
    "FaultString" => text: text,
    "SetParameterValuesFault" => parameters: repeated,
});

record!(ParameterFault {
    "ParameterName" => name: token,
    "FaultCode" => code: number,
    "FaultString" => text: text,
});

record!(AcsFault {
    "FaultCode" => code: number,
    "FaultString" => text: text,
});

/// A fault as it stands in a SOAP body (TR-069 3.5).
pub(crate) trait SoapFault: Record + Default {
    /// "Internal error", for a fault that does not say.
    const DEFAULT_CODE: u32;

    fn code(&self) -> u32;
    fn code_and_text(&mut self) -> (&mut u32, &mut String);

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseError> {
        let mut fault = Self::default();
        let mut words = String::new();
        while let Some(name) = cursor.child()? {
            match name {
                "faultstring" => words = cursor.text()?.into_owned(),
                "detail" => read_detail(&mut fault, cursor)?,
                _ => cursor.skip()?,
            }
        }
        let (code, text) = fault.code_and_text();
        if *code == 0 {
            *code = Self::DEFAULT_CODE;
            if text.is_empty() {
                *text = words;
            }
        }
        Ok(fault)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.open_soap("Fault");
        out.leaf(
            "faultcode",
            if blames_the_caller(self.code()) {
                "Client"
            } else {
                "Server"
            },
        );
        out.leaf("faultstring", "CWMP fault");
        out.open("detail");
        out.open_message("Fault");
        self.write_fields(out);
        out.close_message("Fault");
        out.close("detail");
        out.close_soap("Fault");
    }
}

impl SoapFault for CpeFault {
    const DEFAULT_CODE: u32 = 9002;

    fn code(&self) -> u32 {
        self.code
    }

    fn code_and_text(&mut self) -> (&mut u32, &mut String) {
        (&mut self.code, &mut self.text)
    }
}

impl SoapFault for AcsFault {
    const DEFAULT_CODE: u32 = 8002;

    fn code(&self) -> u32 {
        self.code
    }

    fn code_and_text(&mut self) -> (&mut u32, &mut String) {
        (&mut self.code, &mut self.text)
    }
}

fn read_detail<F: SoapFault>(fault: &mut F, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    while let Some(name) = cursor.child()? {
        match name {
            "Fault" => fault.read_fields(cursor)?,
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

/// Which `faultcode` belongs to a code (TR-069 A.5.1, A.5.2): wrong arguments are the caller's.
const fn blames_the_caller(code: u32) -> bool {
    matches!(code, 8003 | 9003 | 9005..=9008)
}
