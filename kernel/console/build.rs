//! Installs the browser packages with npm where they are missing, joins our style sheets and
//! scripts, and packs every served file, plain and gzipped, into the crate.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What is served: its name, its type, and the files it is joined from, in order.
const BUNDLES: &[(&str, &str, &[&str])] = &[
    (
        "console.css",
        "text/css; charset=utf-8",
        &[
            "node_modules/uplot/dist/uPlot.min.css",
            "assets/css/tokens.css",
            "assets/css/base.css",
            "assets/css/layout.css",
            "assets/css/controls.css",
            "assets/css/overlays.css",
            "assets/css/filters.css",
            "assets/css/table.css",
            "assets/css/parts.css",
            "assets/css/charts.css",
            "assets/css/data.css",
        ],
    ),
    (
        "console.js",
        "text/javascript; charset=utf-8",
        &[
            "assets/js/base.js",
            "assets/js/time.js",
            "assets/js/forms.js",
            "assets/js/send.js",
            "assets/js/upload.js",
            "assets/js/table.js",
            "assets/js/search.js",
            "assets/js/chart.js",
            "assets/js/stream.js",
            "assets/js/live.js",
        ],
    ),
    (
        "live-worker.js",
        "text/javascript; charset=utf-8",
        &["assets/js/stream.js", "assets/js/worker.js"],
    ),
    (
        "htmx.js",
        "text/javascript; charset=utf-8",
        &["node_modules/htmx.org/dist/htmx.min.js"],
    ),
    (
        "alpine.js",
        "text/javascript; charset=utf-8",
        &[
            "node_modules/htmx.org/dist/ext/hx-alpine-compat.min.js",
            "node_modules/@alpinejs/csp/dist/cdn.min.js",
        ],
    ),
    (
        "uplot.js",
        "text/javascript; charset=utf-8",
        &["node_modules/uplot/dist/uPlot.iife.min.js"],
    ),
    (
        "inter.woff2",
        "font/woff2",
        &["node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"],
    ),
    ("icon.svg", "image/svg+xml", &["assets/icon.svg"]),
    ("icons.svg", "image/svg+xml", &["assets/icons.svg"]),
    (
        "licences.txt",
        "text/plain; charset=utf-8",
        &[
            "node_modules/htmx.org/LICENSE",
            "node_modules/uplot/LICENSE",
            "node_modules/@fontsource-variable/inter/LICENSE",
        ],
    ),
];

fn main() {
    if let Err(error) = run() {
        println!("cargo::error={error}");
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    for path in [
        "assets",
        "package.json",
        "package-lock.json",
        ".npmrc",
        "build.rs",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    install()?;
    println!("cargo::rerun-if-changed=node_modules/.package-lock.json");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?);
    let mut table = String::from("/// Every served file.\npub(crate) static FILES: &[File] = &[\n");
    let mut all = blake3::Hasher::new();
    for (name, kind, parts) in BUNDLES {
        let bytes = join(parts)?;
        all.update(name.as_bytes()).update(&bytes);
        let plain = write(&out, name, &bytes)?;
        let packed = write(&out, &format!("{name}.gz"), &gzip(&bytes)?)?;
        table.push_str(&format!(
            "    File {{ name: {name:?}, kind: {kind:?}, plain: include_bytes!({plain:?}), \
             gzip: include_bytes!({packed:?}) }},\n"
        ));
    }
    table.push_str("];\n");
    let build: String = all.finalize().to_hex().chars().take(12).collect();
    table.push_str(&format!(
        "/// Names this set of files in their addresses.\npub(crate) const BUILD: &str = {build:?};\n"
    ));
    write(&out, "files.rs", table.as_bytes())?;
    Ok(())
}

/// Runs `npm ci` when the packages are missing or older than the lock file. Two builds at once
/// wait for each other: npm empties the folder first.
fn install() -> Result<(), Box<dyn Error>> {
    let lock = File::open("package-lock.json")?;
    lock.lock()?;
    let installed = Path::new("node_modules/.package-lock.json");
    let modified = |path: &Path| fs::metadata(path).and_then(|found| found.modified());
    let wanted = modified(Path::new("package-lock.json"))?;
    if modified(installed).is_ok_and(|at| at >= wanted) {
        return Ok(());
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .output()
        .map_err(|error| {
            format!("npm did not start ({error}); install Node.js 18 or newer with npm, then build again")
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).replace('\n', " | ");
        return Err(format!("`npm ci --ignore-scripts` failed in kernel/console: {said}").into());
    }
    // Not older than the lock file, whatever npm made of its times.
    let installed = File::options().append(true).open(installed)?;
    Ok(installed.set_modified(wanted)?)
}

fn join(parts: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(fs::read(part).map_err(|error| format!("cannot read {part}: {error}"))?);
        if parts.len() > 1 {
            bytes.push(b'\n');
        }
    }
    Ok(bytes)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn write(out: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Box<dyn Error>> {
    let path = out.join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}
