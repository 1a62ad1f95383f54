//! One CPE's data: a shared template, and what this CPE changed of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use regia_cwmp::{ParameterAttribute, ParameterInfo, ParameterValue, ValueKind};

use super::template::{Node, Nodes, Parameter, Standard, Template};
use super::value::{Facts, Value, boolean, is_allowed};

/// Rows that a table holds at most.
const MAX_ROWS: usize = 64;
/// Why something cannot be done, as the codes of TR-069 A.5.1.
const RESOURCES_EXCEEDED: u32 = 9004;
const BAD_NAME: u32 = 9005;
const BAD_TYPE: u32 = 9006;
const BAD_VALUE: u32 = 9007;
const NOT_WRITABLE: u32 = 9008;
const NOTIFICATION_REJECTED: u32 = 9009;
/// The highest notification kind (cwmp-1-4.xsd).
const MAX_NOTIFICATION: u32 = 6;
const ACTIVE: u32 = 2;

/// A tree with its values and attributes.
#[derive(Debug, Clone)]
pub struct Tree {
    template: Arc<Template>,
    changed: BTreeMap<Box<str>, Box<str>>,
    added: Nodes,
    removed: BTreeSet<Box<str>>,
    /// The highest number ever given in a table: numbers are not used twice (TR-069 A.2.2.1).
    highest: BTreeMap<Box<str>, u32>,
    attributes: BTreeMap<Box<str>, (u32, Vec<String>)>,
}

impl Tree {
    /// As it leaves the factory.
    #[must_use]
    pub const fn new(template: Arc<Template>) -> Self {
        Self {
            template,
            changed: BTreeMap::new(),
            added: BTreeMap::new(),
            removed: BTreeSet::new(),
            highest: BTreeMap::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// Forgets everything since the factory.
    pub fn reset(&mut self) {
        *self = Self::new(Arc::clone(&self.template));
    }

    /// After which standard it is.
    #[must_use]
    pub fn standard(&self) -> Standard {
        self.template.standard()
    }

    /// How many parameters there are.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.below("")
            .filter(|(_, node)| matches!(node, Node::Parameter(_)))
            .count()
    }

    /// The parameters that are part of every Inform.
    pub fn forced(&self) -> impl Iterator<Item = &str> {
        self.template.forced().iter().map(AsRef::as_ref)
    }

    /// The names below a path (TR-069 A.3.2.3), `Err` with the fault's code.
    ///
    /// # Errors
    /// 9003 when the next level of a parameter is asked for, 9005 when there is no such path.
    pub fn names(&self, path: &str, next_level: bool) -> Result<Vec<ParameterInfo>, u32> {
        let info = |(name, node): (&str, &Node)| ParameterInfo {
            name: name.to_owned(),
            writable: node.is_writable(),
        };
        match self.find(path) {
            None if !path.is_empty() => Err(BAD_NAME),
            Some(Node::Parameter(_)) if next_level => Err(9003),
            Some(node @ Node::Parameter(_)) => Ok(vec![info((path, node))]),
            _ if next_level => Ok(self.children(path).map(info).collect()),
            _ => Ok(self.below(path).map(info).collect()),
        }
    }

    /// The values of a full or partial path (TR-069 A.3.2.2), `None` when there is no such path.
    #[must_use]
    pub fn values(&self, path: &str, facts: &Facts<'_>) -> Option<Vec<ParameterValue>> {
        let value = |(name, node): (&str, &Node)| match node {
            Node::Object { .. } => None,
            Node::Parameter(parameter) => Some(self.value(name, parameter, facts)),
        };
        match self.find(path) {
            None if !path.is_empty() => None,
            Some(node @ Node::Parameter(_)) => value((path, node)).map(|value| vec![value]),
            _ => Some(self.below(path).filter_map(value).collect()),
        }
    }

    /// What a parameter really holds, secrets included, by its path below the root object.
    #[must_use]
    pub fn text(&self, path: &str, facts: &Facts<'_>) -> Option<String> {
        let path = format!("{}{path}", self.standard().root());
        match self.find(&path)? {
            Node::Object { .. } => None,
            Node::Parameter(parameter) => Some(self.raw(&path, parameter, facts).into_owned()),
        }
    }

    /// Whether a value may be set (TR-069 A.3.2.1).
    ///
    /// # Errors
    /// 9005 to 9008.
    pub fn check(&self, wanted: &ParameterValue) -> Result<(), u32> {
        let Some(Node::Parameter(parameter)) = self.find(&wanted.name) else {
            return Err(BAD_NAME);
        };
        if !parameter.writable {
            return Err(NOT_WRITABLE);
        }
        if wanted.kind != parameter.kind {
            return Err(BAD_TYPE);
        }
        if !is_allowed(parameter.kind, &parameter.rule, &wanted.value) {
            return Err(BAD_VALUE);
        }
        Ok(())
    }

    /// Sets a value, unasked whether it may be set; booleans become the standard's usual words.
    pub fn set(&mut self, path: &str, text: &str) {
        let Some(Node::Parameter(parameter)) = self.find(path) else {
            return;
        };
        let text = match (parameter.kind, boolean(text), self.standard()) {
            (ValueKind::Boolean, Some(true), Standard::Tr098) => "1",
            (ValueKind::Boolean, Some(false), Standard::Tr098) => "0",
            (ValueKind::Boolean, Some(true), Standard::Tr181) => "true",
            (ValueKind::Boolean, Some(false), Standard::Tr181) => "false",
            _ => text,
        };
        self.changed.insert(path.into(), text.into());
    }

    /// Adds a row and says its number (TR-069 A.3.2.6).
    ///
    /// # Errors
    /// 9005 when rows cannot be added there, 9004 when the table is full.
    pub fn add(&mut self, table: &str) -> Result<u32, u32> {
        let Some(Node::Object { writable: true }) = self.find(table) else {
            return Err(BAD_NAME);
        };
        let rows: Vec<u32> = self.rows(table).collect();
        if rows.len() >= MAX_ROWS {
            return Err(RESOURCES_EXCEEDED);
        }
        let last = rows.into_iter().max().unwrap_or(0);
        let number = self.highest.get(table).copied().unwrap_or(0).max(last) + 1;
        let nodes = self.template.new_row(table, number).ok_or(BAD_NAME)?;
        self.added.extend(nodes);
        self.highest.insert(table.into(), number);
        Ok(number)
    }

    /// Deletes a row (TR-069 A.3.2.7).
    ///
    /// # Errors
    /// 9005 when there is no such row, or it cannot be deleted.
    pub fn remove(&mut self, row: &str) -> Result<(), u32> {
        let (table, number) = split_row(row).ok_or(BAD_NAME)?;
        let Some(Node::Object { writable: true }) = self.find(row) else {
            return Err(BAD_NAME);
        };
        let highest = self.highest.entry(table.into()).or_default();
        *highest = (*highest).max(number);
        self.added.retain(|path, _| !path.starts_with(row));
        self.changed.retain(|path, _| !path.starts_with(row));
        self.attributes.retain(|path, _| !path.starts_with(row));
        if self.template.nodes().contains_key(row) {
            self.removed.insert(row.into());
        }
        Ok(())
    }

    /// Attributes of a full or partial path (TR-069 A.3.2.5), `None` when there is no such path.
    #[must_use]
    pub fn attributes(&self, path: &str) -> Option<Vec<ParameterAttribute>> {
        let names = self.names(path, false).ok()?;
        let parameters = names.into_iter().filter(|info| !info.name.ends_with('.'));
        Some(parameters.map(|info| self.attribute(info.name)).collect())
    }

    /// Whether a notification may be set on a full or partial path (TR-069 A.3.2.4).
    ///
    /// # Errors
    /// 9005 when there is no such path, 9009 for a kind that does not exist, or active
    /// notification of what changes all the time.
    pub fn check_notification(&self, path: &str, notification: u32) -> Result<(), u32> {
        if !path.is_empty() && self.find(path).is_none() {
            return Err(BAD_NAME);
        }
        let restless = || {
            self.find(path).is_some_and(
                |node| matches!(node, Node::Parameter(parameter) if parameter.value.is_restless()),
            )
        };
        if notification > MAX_NOTIFICATION || (notification == ACTIVE && restless()) {
            return Err(NOTIFICATION_REJECTED);
        }
        Ok(())
    }

    /// Sets attributes on a full or partial path; `None` leaves that one as it is.
    pub fn set_attributes(
        &mut self,
        path: &str,
        notification: Option<u32>,
        access_list: Option<&[String]>,
    ) {
        for attribute in self.attributes(path).unwrap_or_default() {
            let kept = (attribute.notification, attribute.access_list);
            let notification = notification.unwrap_or(kept.0);
            let access_list = access_list.map_or(kept.1, <[String]>::to_vec);
            self.attributes
                .insert(attribute.name.into(), (notification, access_list));
        }
    }

    /// The notification kind of a parameter; the forced ones are active from the factory on.
    #[must_use]
    pub fn notification(&self, path: &str) -> u32 {
        match self.attributes.get(path) {
            Some((notification, _)) => *notification,
            None if self.forced().any(|forced| forced == path) => ACTIVE,
            None => 0,
        }
    }

    fn attribute(&self, name: String) -> ParameterAttribute {
        let notification = self.notification(&name);
        let access_list = self
            .attributes
            .get(name.as_str())
            .map_or_else(|| vec!["Subscriber".to_owned()], |(_, list)| list.clone());
        ParameterAttribute {
            name,
            notification,
            access_list,
        }
    }

    fn value(&self, name: &str, parameter: &Parameter, facts: &Facts<'_>) -> ParameterValue {
        let value = match parameter.hidden {
            true => String::new(),
            false => self.raw(name, parameter, facts).into_owned(),
        };
        ParameterValue {
            name: name.to_owned(),
            value,
            kind: parameter.kind,
        }
    }

    fn raw<'a>(&'a self, name: &str, parameter: &'a Parameter, facts: &Facts<'a>) -> Cow<'a, str> {
        if let Some(text) = self.changed.get(name) {
            return Cow::Borrowed(text);
        }
        if let Value::Count(table) = &parameter.value {
            let object = name.rsplit_once('.').map_or("", |(object, _)| object);
            return self
                .rows(&format!("{object}.{table}"))
                .count()
                .to_string()
                .into();
        }
        let salt = name
            .bytes()
            .fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        parameter.value.text(salt, facts)
    }

    fn rows<'a>(&'a self, table: &'a str) -> impl Iterator<Item = u32> {
        self.children(table)
            .filter_map(|(path, _)| split_row(path))
            .map(|(_, number)| number)
    }

    fn find(&self, path: &str) -> Option<&Node> {
        let node = self
            .added
            .get(path)
            .or_else(|| self.template.nodes().get(path))?;
        (!self.is_removed(path)).then_some(node)
    }

    fn is_removed(&self, path: &str) -> bool {
        self.removed.iter().any(|row| path.starts_with(&**row))
    }

    /// A node and all below it.
    fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        [self.template.nodes(), &self.added]
            .into_iter()
            .flat_map(move |nodes| {
                nodes
                    .range::<str, _>((Bound::Included(path), Bound::Unbounded))
                    .take_while(move |(name, _)| name.starts_with(path))
            })
            .map(|(name, node)| (&**name, node))
            .filter(|(name, _)| !self.is_removed(name))
    }

    /// The nodes directly below an object.
    fn children<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        [self.template.nodes(), &self.added]
            .into_iter()
            .flat_map(move |nodes| Children {
                nodes,
                path,
                last: Cow::Borrowed(path),
            })
            .filter(|(name, _)| !self.is_removed(name))
    }
}

/// Steps over what lies below each child.
struct Children<'a> {
    nodes: &'a Nodes,
    path: &'a str,
    /// Nothing up to here comes again.
    last: Cow<'a, str>,
}

impl<'a> Iterator for Children<'a> {
    type Item = (&'a str, &'a Node);

    fn next(&mut self) -> Option<Self::Item> {
        let range = (Bound::Excluded(&*self.last), Bound::Unbounded);
        let (name, node) = self.nodes.range::<str, _>(range).next()?;
        let rest = name.strip_prefix(self.path)?;
        // The added rows have no parents of their own, so a child may show by what is below it.
        if let Some((child, below)) = rest.split_once('.') {
            // The slash follows the dot, so everything below the child lies before it.
            self.last = format!("{}{child}/", self.path).into();
            if !below.is_empty() {
                return self.next();
            }
        } else {
            self.last = Cow::Borrowed(name);
        }
        Some((name, node))
    }
}

/// `A.B.3.` is row 3 of `A.B.`.
fn split_row(path: &str) -> Option<(&str, u32)> {
    let row = path.strip_suffix('.')?;
    let dot = row.rfind('.')?;
    let (table, number) = row.split_at(dot + 1);
    Some((table, number.parse().ok()?))
}
