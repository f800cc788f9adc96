//! The rules of the house that the compiler does not enforce: who may name whom.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each layer of the library may name of the others: `image <- heap <- shell`.
const LAYERS: &[(&str, &[&str])] = &[("image", &[]), ("heap", &["image"]), ("shell", &["image", "heap"])];

/// Crates that one place alone names, so that it alone changes when they do.
const ONE_PLACE: &[(&str, &str)] = &[
    ("clap", "src/cli"),
    ("console", "src/shell/terminal"),
    ("cpp_demangle", "src/image/demangle"),
    ("gimli", "src/image/unwind/tables"),
    ("goblin", "src/image/elf"),
    ("iced_x86", "src/image/disasm"),
    ("indicatif", "src/shell/meter"),
    ("libc", "src/image/sys"),
    ("maud", "src/report"),
    ("memmap2", "src/image/core"),
    ("nix", "src/shell/keys"),
    ("nom", "src/shell/parse"),
    ("regex", "src/heap/query/pattern"),
    ("parquet", "src/export/table"),
    ("rustyline", "src/shell/prompt"),
    ("ruzstd", "src/image/unpack"),
    ("strsim", "src/shell/registry"),
];

/// Every Rust file below `folder`, by its path from the top, with its text.
fn sources(folder: &str) -> BTreeMap<String, String> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    visit(&top.join(folder), &mut found);
    let name = |path: &Path| path.strip_prefix(top).expect("below the top").to_string_lossy().into_owned();
    found.iter().map(|p| (name(p), std::fs::read_to_string(p).expect("sources are UTF-8"))).collect()
}

/// The names that follow `prefix` in code; comments do not count.
fn named<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(move |line| line.split(prefix).skip(1)).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn a_layer_names_only_those_to_its_left() {
    let mut wrong = Vec::new();
    for (layer, allowed) in LAYERS {
        for (file, text) in sources(&format!("src/{layer}")) {
            for name in named(&text, "crate::") {
                if name != *layer && LAYERS.iter().any(|(l, _)| *l == name) && !allowed.contains(&name) {
                    wrong.push(format!("{file} names crate::{name}: move what it needs to the left (README)"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_for_one_place_is_named_there_only() {
    let files: BTreeMap<_, _> = sources("src").into_iter().chain(sources("dcmds")).collect();
    let mut wrong = Vec::new();
    for (name, place) in ONE_PLACE {
        let users = files.iter().filter(|(_, text)| names_crate(text, name));
        for (file, _) in users.filter(|(file, _)| !file.starts_with(place)) {
            wrong.push(format!("{file} names {name}: only {place} may"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a path in `text` begins with `name::`.
fn names_crate(text: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.any(|line| {
        line.match_indices(&path)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
    })
}

#[test]
fn a_file_says_first_what_it_knows() {
    let files = ["src", "dcmds", "fixtures/illumos_gcore", "tests"].map(sources);
    let silent: Vec<_> = files.iter().flatten().filter(|(_, text)| !text.starts_with("//!")).map(|(f, _)| f).collect();
    assert!(silent.is_empty(), "begin with `//!` what the file knows and must not know: {silent:?}");
}

#[test]
fn only_main_reaches_out_of_its_folder() {
    let files: BTreeMap<_, _> = sources("src").into_iter().chain(sources("dcmds")).collect();
    let others = files.iter().filter(|(file, text)| *file != "src/main.rs" && text.contains("#[path"));
    let names: Vec<_> = others.map(|(file, _)| file).collect();
    assert!(names.is_empty(), "only src/main.rs may use #[path], for dcmds/: {names:?}");
}
