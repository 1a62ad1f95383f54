//! Settings read from files, variables and arguments, and their reference page.

use std::fs::write;
use std::path::Path;

use regia_secrets::Secret;
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Root {
    /// The database.
    database: Database,
    /// The web server.
    web: Web,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Database {
    /// Where the database is.
    url: Option<Secret>,
}

#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Web {
    /// Address and port.
    listen: String,
    /// Largest body,
    /// in kilobytes.
    #[schemars(range(min = 1, max = 9999))]
    body_limit_kb: u32,
    /// How to answer.
    mode: Mode,
    /// Names | aliases.
    names: Vec<String>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            body_limit_kb: 64,
            mode: Mode::Quick,
            names: vec![],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// Soon.
    Quick,
    /// Late.
    Thorough,
}

fn read(text: &str, environment: &Environment, flag: Option<&str>) -> Result<Root, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("regia.toml");
    write(&path, text).unwrap();
    let sources = Sources::new(Some(&path), environment);
    load(&sources.argument("--web-listen", "web.listen", flag.map(str::to_owned)))
}

#[test]
fn the_later_source_wins() {
    let text = "[web]\nlisten = \"file\"\nbody_limit_kb = 1\nmode = \"thorough\"";
    let variables = Environment::from([
        ("REGIA__WEB__LISTEN", "variable"),
        ("REGIA__WEB__BODY_LIMIT_KB", "2"),
        ("REGIA__WEB__NAMES", "[\"a\", \"b\"]"),
        ("REGIA_ADMIN_PASSWORD", "not a setting"),
    ]);
    let root = read(text, &variables, Some("argument")).unwrap();
    assert_eq!(root.web.listen, "argument");
    assert_eq!(root.web.body_limit_kb, 2);
    assert_eq!(root.web.mode, Mode::Thorough);
    assert_eq!(root.web.names, ["a", "b"]);
    let root: Root = load(&Sources::default()).unwrap();
    assert_eq!(root.web.listen, "127.0.0.1:8080");
}

#[test]
fn a_secret_in_a_variable_stays_the_text_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    write(&path, "from the file\n").unwrap();
    for (name, value, expected) in [
        ("REGIA__DATABASE__URL", "007", "007"),
        ("REGIA__DATABASE__URL", "true", "true"),
        (
            "REGIA__DATABASE__URL__FILE",
            path.to_str().unwrap(),
            "from the file",
        ),
    ] {
        let variables = Environment::from([(name, value)]);
        let root = read("[database]\nurl = \"in the file\"", &variables, None).unwrap();
        assert_eq!(root.database.url.unwrap().expose(), expected);
        assert!(!format!("{variables:?}").contains(value));
    }
}

#[test]
fn the_seeds_of_a_first_start_are_read_from_the_environment_once() {
    let variables = Environment::from([("REGIA_API_KEY", "abc"), ("REGIA_ADMIN_PASSWORD", "")]);
    assert_eq!(variables.secret("REGIA_API_KEY").unwrap().expose(), "abc");
    assert!(variables.secret("REGIA_ADMIN_PASSWORD").is_none());
    assert!(variables.secret("REGIA_FLEET_PASSWORD").is_none());
}

fn check_refused(text: &str, message: &str, hint: &str) {
    let error = read(text, &Environment::default(), None).unwrap_err();
    let (start, end) = message.split_once("{file}").unwrap();
    let sentence = error.to_string();
    assert!(sentence.starts_with(start), "{sentence}");
    assert!(
        sentence.ends_with(&format!("/regia.toml{end}")),
        "{sentence}"
    );
    assert_eq!(error.hint(), Some(hint), "{sentence}");
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_closest_key() {
    let listen = "did you mean `web.listen`? `web.listen` is text";
    let known = "known here: web.body_limit_kb, web.listen, web.mode, web.names";
    check_refused(
        "[web]\nlisen = \"b\"",
        "unknown key `web.lisen` in {file}",
        listen,
    );
    check_refused("listen = \"a\"", "unknown key `listen` in {file}", listen);
    check_refused(
        "[database]\nlisten = \"a\"",
        "unknown key `database.listen` in {file}",
        listen,
    );
    check_refused("[web]\nzzz = 1", "unknown key `web.zzz` in {file}", known);
    let sections = "known here: database, web";
    check_refused(
        "[mail]\nhost = \"a\"",
        "unknown key `mail` in {file}",
        sections,
    );

    let variables = Environment::from([("REGIA__WEB__BODYLIMIT_KB", "5")]);
    let error = read("", &variables, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown key `web.bodylimit_kb` in the variable REGIA__WEB__BODYLIMIT_KB"
    );
    let hint = "did you mean `web.body_limit_kb`? `web.body_limit_kb` is integer 1–9999";
    assert_eq!(error.hint(), Some(hint));
    let error = read("", &Environment::from([("REGIA__WEB", "x")]), None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("wrong value for `web` in the variable"),
        "{error}"
    );
}

#[test]
fn a_wrong_value_is_named_with_the_shape_that_is_needed() {
    check_refused(
        "[web]\nbody_limit_kb = \"lots\"",
        "wrong value for `web.body_limit_kb` in {file}: invalid type: found string \"lots\", \
         expected u32",
        "`web.body_limit_kb` is integer 1–9999",
    );
    check_refused(
        "[web]\nbody_limit_kb = 0",
        "wrong value for `web.body_limit_kb` in {file}: 0 is out of range",
        "`web.body_limit_kb` is integer 1–9999",
    );
    check_refused(
        "[web]\nmode = \"fast\"",
        "wrong value for `web.mode` in {file}: unknown variant: found `fast`, expected `quick` or \
         `thorough`",
        "`web.mode` is `\"quick\"` or `\"thorough\"`",
    );
    check_refused(
        "[database]\nurl = { path = \"x\" }",
        "wrong value for `database.url` in {file}: unknown field: found `path`, expected `file` or \
         `env`",
        "`database.url` is secret",
    );
    check_refused(
        "[database]\nurl = 4711",
        "wrong value for `database.url` in {file}: invalid type: found a number, expected a text, \
         { file = \"/path\" } or { env = \"NAME\" }",
        "`database.url` is secret",
    );
}

#[test]
fn an_unreadable_file_is_named_and_its_text_is_not_shown() {
    let error = load::<Root>(&Sources::new(
        Some(Path::new("/nowhere.toml")),
        &Environment::default(),
    ));
    assert_eq!(
        error.unwrap_err().to_string(),
        "the settings file /nowhere.toml cannot be read"
    );
    let error = read("[database]\nurl = \"hidden", &Environment::default(), None).unwrap_err();
    assert!(
        error.to_string().contains("is not TOML at line 2"),
        "{error}"
    );
    assert!(!error.to_string().contains("hidden"), "{error}");
}

#[test]
fn the_reference_lists_every_key_with_type_default_and_meaning() {
    let page = reference::<Root>();
    for line in [
        "## database",
        "The web server.",
        "| `database.url` | secret | none | Where the database is. |",
        "| `web.body_limit_kb` | integer 1–9999 | `64` | Largest body, in kilobytes. |",
        "| `web.mode` | `\"quick\"` or `\"thorough\"` | `\"quick\"` | How to answer. |",
        "| `web.names` | list of text | `[]` | Names \\| aliases. |",
    ] {
        assert!(
            page.lines().any(|l| l == line),
            "{line} is missing in\n{page}"
        );
    }
}
