//! Compiles the crate again when a migration appears: the macro that embeds them cannot see it.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
