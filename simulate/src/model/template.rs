//! One tree after a standard: the definitions with their rows filled in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regia_cwmp::ValueKind;

use super::text::{BadLine, Definition, Field, Step, expand, parse};
use super::value::{Rule, Value, mix};

/// Which data model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// InternetGatewayDevice:1.
    Tr098,
    /// Device:2.
    Tr181,
}

impl Standard {
    /// The root object.
    #[must_use]
    pub const fn root(self) -> &'static str {
        match self {
            Self::Tr098 => "InternetGatewayDevice.",
            Self::Tr181 => "Device.",
        }
    }

    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Tr098 => &[
                include_str!("tr098/system.txt"),
                include_str!("tr098/lan.txt"),
                include_str!("tr098/wan.txt"),
            ],
            Self::Tr181 => &[
                include_str!("tr181/system.txt"),
                include_str!("tr181/network.txt"),
                include_str!("tr181/services.txt"),
                include_str!("tr181/wireless.txt"),
            ],
        }
    }

    pub(super) fn parse(self) -> Result<Vec<Definition>, BadLine> {
        let mut definitions = Vec::new();
        for source in self.sources() {
            definitions.extend(parse(source)?);
        }
        Ok(definitions)
    }

    /// The definitions; a test holds that they can be read.
    fn definitions(self) -> &'static [Definition] {
        static TR098: LazyLock<Vec<Definition>> =
            LazyLock::new(|| Standard::Tr098.parse().unwrap_or_default());
        static TR181: LazyLock<Vec<Definition>> =
            LazyLock::new(|| Standard::Tr181.parse().unwrap_or_default());
        match self {
            Self::Tr098 => &TR098,
            Self::Tr181 => &TR181,
        }
    }
}

/// An object or a parameter.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Writable: a table that rows can be added to, a row that can be deleted.
    Object {
        writable: bool,
    },
    Parameter(Parameter),
}

impl Node {
    pub(super) const fn is_writable(&self) -> bool {
        match self {
            Self::Object { writable } => *writable,
            Self::Parameter(parameter) => parameter.writable,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) kind: ValueKind,
    pub(super) writable: bool,
    pub(super) hidden: bool,
    pub(super) forced: bool,
    pub(super) rule: Arc<Rule>,
    pub(super) value: Value,
}

pub(super) type Nodes = BTreeMap<Box<str>, Node>;

/// A tree that many CPEs share.
#[derive(Debug)]
pub struct Template {
    standard: Standard,
    nodes: Nodes,
    forced: Vec<Box<str>>,
}

impl Template {
    /// The tree of one variation: how many hosts, networks, rules and so on follow from it.
    #[must_use]
    pub fn new(standard: Standard, variation: u64) -> Arc<Self> {
        let mut builder = Builder {
            nodes: Nodes::new(),
            rows_of: &|name| rows_of(name, variation),
            blank: false,
        };
        for definition in standard.definitions() {
            builder.object("", &definition.path, &mut Vec::new(), &definition.fields);
        }
        let nodes = builder.nodes;
        let forced = nodes
            .iter()
            .filter(|(_, node)| matches!(node, Node::Parameter(parameter) if parameter.forced))
            .map(|(path, _)| path.clone())
            .collect();
        Arc::new(Self {
            standard,
            nodes,
            forced,
        })
    }

    /// After which standard it is.
    #[must_use]
    pub const fn standard(&self) -> Standard {
        self.standard
    }

    pub(super) const fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The parameters that are part of every Inform.
    pub(super) fn forced(&self) -> &[Box<str>] {
        &self.forced
    }

    /// The nodes of a new row with this number, `None` when rows cannot be added to `table`.
    pub(super) fn new_row(&self, table: &str, number: u32) -> Option<Nodes> {
        let mut builder = Builder {
            nodes: Nodes::new(),
            rows_of: &|_| 0,
            blank: true,
        };
        let mut found = false;
        for definition in self.standard.definitions() {
            let Some((rest, mut rows)) = below(&definition.path, table) else {
                continue;
            };
            found = true;
            rows.push(number);
            builder.insert(format!("{table}{number}."), Node::Object { writable: true });
            builder.object(
                &format!("{table}{number}."),
                rest,
                &mut rows,
                &definition.fields,
            );
        }
        found.then_some(builder.nodes)
    }
}

/// What a definition says about the rows of `table`: the path below a row, and the numbers of the
/// rows around the table. `None` when it is not about rows that can be added there.
fn below<'a>(path: &'a [Step], table: &str) -> Option<(&'a [Step], Vec<u32>)> {
    let mut rows = Vec::new();
    let mut steps = path.iter();
    for piece in table.strip_suffix('.')?.split('.') {
        match steps.next()? {
            Step::Name(name) if name == piece => {}
            Step::Name(_) => return None,
            Step::Rows { .. } => rows.push(piece.parse().ok()?),
        }
    }
    match steps.next()? {
        Step::Rows {
            creatable: true, ..
        } => Some((steps.as_slice(), rows)),
        _ => None,
    }
}

/// Fills rows in.
struct Builder<'a> {
    nodes: Nodes,
    rows_of: &'a dyn Fn(&str) -> u32,
    /// New rows hold what a device puts there before an ACS sets it.
    blank: bool,
}

impl Builder<'_> {
    fn object(&mut self, path: &str, steps: &[Step], rows: &mut Vec<u32>, fields: &[Field]) {
        let Some((step, steps)) = steps.split_first() else {
            return self.fields(path, rows, fields);
        };
        match step {
            Step::Name(name) => {
                let path = format!("{path}{name}.");
                if !self.nodes.contains_key(path.as_str()) {
                    self.insert(path.clone(), Node::Object { writable: false });
                }
                self.object(&path, steps, rows, fields);
            }
            Step::Rows { count, creatable } => {
                let row = Node::Object {
                    writable: *creatable,
                };
                self.insert(path.to_owned(), row.clone());
                for number in 1..=(self.rows_of)(count) {
                    let path = format!("{path}{number}.");
                    self.insert(path.clone(), row.clone());
                    rows.push(number);
                    self.object(&path, steps, rows, fields);
                    rows.pop();
                }
            }
        }
    }

    fn fields(&mut self, path: &str, rows: &[u32], fields: &[Field]) {
        for field in fields {
            let Some(value) = Value::parse(&expand(&field.value, rows)) else {
                continue;
            };
            let value = if self.blank {
                blank(field, value)
            } else {
                value
            };
            let parameter = Parameter {
                kind: field.kind,
                writable: field.writable,
                hidden: field.hidden,
                // Operators live on the address, so vendors report it unasked.
                forced: field.forced || value == Value::WanAddress,
                rule: Arc::new(field.rule.clone()),
                value,
            };
            self.insert(format!("{path}{}", field.name), Node::Parameter(parameter));
        }
    }

    fn insert(&mut self, path: String, node: Node) {
        self.nodes.insert(path.into_boxed_str(), node);
    }
}

/// The value of a parameter in a row that was just added.
fn blank(field: &Field, value: Value) -> Value {
    if !field.writable && !matches!(value, Value::Text(_)) {
        return value;
    }
    let text = match (&field.rule, field.kind) {
        _ if field.name == "Status" => "Disabled",
        _ if field.name == "Alias" => return value,
        (Rule::OneOf(choices), _) => choices.first().map_or("", |choice| choice),
        (Rule::Within(least, _), ValueKind::Int | ValueKind::UnsignedInt) if *least > 0 => "1",
        (
            _,
            ValueKind::Int | ValueKind::UnsignedInt | ValueKind::Long | ValueKind::UnsignedLong,
        ) => "0",
        (_, ValueKind::Boolean) if value == Value::Text("1".into()) => "0",
        (_, ValueKind::Boolean) if value == Value::Text("0".into()) => "0",
        (_, ValueKind::Boolean) => "false",
        (_, ValueKind::DateTime) => "0001-01-01T00:00:00Z",
        (_, ValueKind::String | ValueKind::Base64 | ValueKind::HexBinary) => "",
    };
    Value::Text(text.into())
}

/// How many rows a variation has; a name that is not listed has none. Every fourth variation is a
/// small device.
fn rows_of(name: &str, variation: u64) -> u32 {
    let (salt, small, least, most): (u64, u32, u32, u32) = match name {
        "one" => return 1,
        "two" => return 2,
        "four" => return 4,
        "optical" => return u32::from(variation.is_multiple_of(2)),
        "dsl" => return u32::from(!variation.is_multiple_of(2)),
        "ports" => (1, 2, 4, 5),
        "bridge-ports" => (2, 1, 3, 4),
        "radios" => (3, 1, 2, 3),
        "ssids" => (4, 2, 2, 5),
        "stations" => (5, 0, 0, 4),
        "hosts" => (6, 3, 3, 20),
        "clients" => (7, 0, 0, 8),
        "mappings" => (8, 1, 1, 9),
        "rules" => (9, 0, 1, 8),
        "statics" => (10, 0, 0, 6),
        "routes" => (11, 0, 0, 4),
        "stack" => (12, 0, 4, 10),
        "processes" => (13, 0, 4, 10),
        _ => return 0,
    };
    if variation % 4 == 3 {
        return small;
    }
    least + u32::try_from(mix(variation, salt) % u64::from(most - least + 1)).unwrap_or(0)
}
