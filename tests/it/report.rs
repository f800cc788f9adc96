//! `jsdb report`: a page that is whole, asks for nothing, takes nothing out of a core for markup, and shows what the
//! programs held.
//!
//! Knows: those programs, HTML, a browser. Must not know: V8.

use crate::lab;
use crate::needs::{self, fixtures, left_out, scratch};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The page about `core`, and where it is.
fn report(name: &str, core: &Path) -> (PathBuf, String) {
    let path = scratch(name).join("page.html");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    let output = command.arg("report").arg(core).arg("-o").arg(&path).output().expect("jsdb runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read_to_string(&path).expect("the page is there");
    (path, page)
}

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "input", "br"];

/// Holds `page` to what a page must be: what begins ends in its place, nothing is asked for from elsewhere.
fn check_page(page: &str) {
    let rest = page.strip_prefix("<!DOCTYPE html>").expect("it says that it is HTML");
    let mut open: Vec<String> = Vec::new();
    let mut rest = rest;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("a tag ends");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "what ends is what began");
            continue;
        }
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        assert!(!name.is_empty(), "a tag has a name: {tag}");
        assert!(!tag.contains(" on"), "nothing is run: {tag}");
        for attribute in ["src=", "href=", "action=", "data="] {
            if let Some((_, value)) = tag.split_once(attribute) {
                assert!(attribute == "href=" && value.starts_with("\"#"), "nothing is asked for: {tag}");
            }
        }
        if name == "script" || name == "style" {
            let close = format!("</{name}>");
            let at = rest.find(&close).expect("it ends");
            assert!(name != "style" || !rest[..at].contains("url("), "nothing is asked for");
            rest = &rest[at + close.len()..];
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "what began ends: {open:?}");
}

/// What the map says.
fn map(page: &str) -> Value {
    let (_, data) = page.split_once("id=\"map-data\">").expect("there is a map");
    let (data, _) = data.split_once("</script>").expect("it ends");
    serde_json::from_str(data).expect("it is JSON")
}

/// Holds the map to its sums: each tile is what lies in it and what is its own, and all together all that is alive.
fn check_map(map: &Value) {
    let tiles = map["tiles"].as_array().expect("a list");
    let number = |tile: &Value, at: usize| tile[at].as_i64().expect("a number");
    let mut inside = vec![0; tiles.len()];
    let mut top = 0;
    for tile in tiles {
        match usize::try_from(number(tile, 0)) {
            Ok(at) => inside[at] += number(tile, 5),
            Err(_) => top += number(tile, 5),
        }
    }
    assert_eq!(Some(top), map["total"].as_i64());
    for (tile, inside) in tiles.iter().zip(inside) {
        assert_eq!(inside + number(tile, 6), number(tile, 5), "{tile}");
    }
}

#[test]
fn the_page_about_the_sample_shows_what_the_server_held() {
    let (_, page) = report("report-demo", &fixtures().join("demo.core.zst"));
    check_page(&page);
    let map = map(&page);
    check_map(&map);
    // The stack of the audit, the innermost first.
    let frames: Vec<usize> = [">settle<", ">report<", ">audit<", ">invoke<"]
        .iter()
        .map(|name| page.find(name).unwrap_or_else(|| panic!("{name} is on the stack")))
        .collect();
    assert!(frames.is_sorted(), "{frames:?}");
    assert!(page.contains("Node v0.10.48") && page.contains("process core file generated with gcore(1)"));
    // Its list lies in the exchange.
    let class = |tile: &Value| map["classes"][tile[1].as_u64().expect("a number") as usize].clone();
    let tiles = map["tiles"].as_array().expect("a list");
    let list = tiles.iter().find(|tile| tile[2] == ".records" && class(tile) == "Array").expect("the list has a tile");
    let exchange = &tiles[list[0].as_u64().expect("it lies in one") as usize];
    assert_eq!(class(exchange), "Exchange");
    let row = "<th scope=\"row\">Exchange</th><td data-value=\"1\">1</td>";
    assert!(page.contains(row), "there is one exchange");
    assert!(page.len() < 1 << 20, "the page is of a size that can be sent: {}", page.len());
}

#[test]
fn a_million_objects_make_a_page_of_bounded_size() {
    let frozen = match lab::million() {
        Ok(frozen) => frozen,
        Err(why) => return left_out(why),
    };
    let (_, page) = report("report-million", &frozen.cores[0].path);
    check_page(&page);
    let map = map(&page);
    check_map(&map);
    assert!(page.len() < 1 << 20, "{}", page.len());
    // All tickets are in the map, by one tile or more.
    let tiles = map["tiles"].as_array().expect("a list");
    let class = |tile: &Value| &map["classes"][tile[1].as_u64().expect("a number") as usize];
    let tickets: u64 = tiles.iter().filter(|tile| class(tile) == "Ticket").filter_map(|tile| tile[4].as_u64()).sum();
    assert_eq!(Some(tickets), frozen.held["tickets"].as_u64());
}

#[test]
fn names_out_of_a_core_are_no_markup() {
    let taken = match lab::hostile() {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let (path, page) = report("report-hostile", &taken.core);
    check_page(&page);
    check_map(&map(&page));
    assert_eq!((page.matches("<script").count(), page.matches("<img").count()), (2, 0));
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "nothing controls");
    // It is there all the same: as what the object is called by who holds it, and in the program's file name.
    let shown = map(&page)["tiles"].as_array().is_some_and(|tiles| {
        tiles.iter().any(|tile| tile[2].as_str().is_some_and(|step| step.contains("</script><script>")))
    });
    assert!(shown, "the list has a tile under its name");
    assert!(page.contains("&lt;b onclick=&quot;x&quot;&gt;&amp;'.js"), "the program's file is named");
    if let Some(title) = dumped(&path, "document.title") {
        assert!(title.ends_with(": core report"), "{title}");
    }
}

#[test]
fn a_browser_goes_into_tiles_sorts_and_filters() {
    let (path, _) = report("report-browser", &fixtures().join("demo.core.zst"));
    let told = dumped(
        &path,
        r"(function () {
            var tile = document.querySelector('#tiles button[data-at]:not(.whole)');
            tile.click();
            var way = document.querySelectorAll('#crumbs button').length;
            document.querySelectorAll('#classes th button')[1].click();
            var rows = Array.from(document.querySelectorAll('#classes tbody tr'));
            var counts = rows.map(function (row) { return Number(row.cells[1].dataset.value); });
            var sorted = counts.every(function (count, at) { return at === 0 || counts[at - 1] >= count; });
            var filter = document.getElementById('filter');
            filter.value = 'exch';
            filter.dispatchEvent(new Event('input'));
            var seen = rows.filter(function (row) { return !row.hidden; }).map(function (row) {
                return row.cells[0].textContent;
            });
            return [way, sorted, seen.join()].join();
        }())",
    );
    if let Some(told) = told {
        assert_eq!(told, "2,true,Exchange");
    }
}

/// What `expression` is in the page at `path` once its program has run, as a browser says; absent without a browser, which
/// is said.
fn dumped(path: &Path, expression: &str) -> Option<String> {
    if let Err(why) = needs::program("chromium") {
        left_out(&why);
        return None;
    }
    // A page of its own, with a script more.
    let page = std::fs::read_to_string(path).expect("the page is there");
    let asks = format!(
        "<script>addEventListener('load', function () {{ setTimeout(function () {{ var told = String({expression}); \
         document.documentElement.textContent = '[[' + told + ']]'; }}, 200); }});</script></body>"
    );
    let asking = path.with_file_name("asking.html");
    std::fs::write(&asking, page.replacen("</body>", &asks, 1)).expect("a page can be written");
    let profile = path.with_file_name("profile");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", asking.display()))
        .output()
        .expect("chromium runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, said) = said.split_once("[[").unwrap_or_else(|| panic!("the page said nothing: {said}"));
    Some(said.split_once("]]").map_or(said, |(said, _)| said).to_owned())
}
