//! Faults: refusals and failures of either side (TR-069 A.5, xsd element `Fault`).

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
    /// As in [`CpeFault::code`].
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
