//! How the page looks: HTML by maud, which escapes all that comes from the core.
//!
//! Knows: what a reader wants to see first. Must not know: how anything is found.

use super::{Report, Told};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

/// The page's looks and its program, both written for it.
const STYLE: &str = include_str!("page.css");
const PROGRAM: &str = include_str!("page.js");
/// So many constructors are told, those that retain most.
const MOST_CLASSES: usize = 500;
/// So many frames are told, the innermost.
const MOST_FRAMES: usize = 200;
/// So many things that the entries of a suspect have in common are told.
const MOST_COMMON: usize = 8;
/// How much of a text is told, in characters.
const TEXT: usize = 2000;

/// The page. It asks for nothing from elsewhere, and is not allowed to.
pub fn html(report: &Report) -> String {
    let title = format!("{}: core report", shown(&report.file));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "jsdb " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "What is in " code { (shown(&report.file)) } }
                    (how_it_died(report))
                    nav aria-label="Sections" {
                        a href="#stack" { "Stack" } a href="#memory" { "Memory" }
                        @if report.suspects.is_some() { a href="#suspects" { "Suspects" } }
                        a href="#constructors" { "Constructors" }
                    }
                }
                main {
                    section id="stack" { h2 { "Stack" } (stack(&report.stack)) }
                    section id="memory" { h2 { "Where memory is" } (memory(report)) }
                    @if let Some(told) = &report.suspects {
                        section id="suspects" { h2 { "Suspects" } (suspects(told)) }
                    }
                    section id="constructors" { h2 { "Constructors" } (classes(&report.classes)) }
                }
                footer {
                    p { "Made by jsdb " (env!("CARGO_PKG_VERSION")) ". Addresses are those that its commands take: "
                        code { "jsdb " (shown(&report.file)) } ", then " code { "ADDR::jspath" } " or "
                        code { "ADDR::jsprint" } "." }
                }
                script type="application/json" id="map-data" { (PreEscaped(in_script(&report.map.json()))) }
                script { (PreEscaped(PROGRAM)) }
            }
        }
    };
    page.into_string()
}

/// JSON as it may stand in a script: nothing in it ends the script, or begins another.
fn in_script(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Text out of a core as it is shown: characters that control, or turn the direction of what follows, as escapes.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == TEXT {
            out.push('…');
            break;
        }
        match c {
            '\t' => out.push(c),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn text<'v>(row: &'v Value, key: &str) -> Option<&'v str> {
    row.get(key).and_then(Value::as_str)
}

fn number(row: &Value, key: &str) -> Option<u64> {
    row.get(key).and_then(Value::as_u64)
}

/// Bytes for people.
fn bytes(count: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count} bytes"),
        _ if value < 10.0 => format!("{value:.1} {}", units[unit]),
        _ => format!("{value:.0} {}", units[unit]),
    }
}

/// A number with its thousands apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// What a dcmd complained of.
fn notes(told: &Told) -> Markup {
    html! {
        @for note in told.notes.iter().take(20) { p.note { (shown(note)) } }
        @if told.notes.len() > 20 { p.note { "and " (told.notes.len() - 20) " more like these" } }
    }
}

fn how_it_died(report: &Report) -> Markup {
    let (status, node) = (report.status.rows.first(), report.node.rows.first());
    let of = |row: Option<&Value>, key: &str| row.and_then(|row| text(row, key)).map(shown);
    let version = of(node, "node").map(|node| format!("Node {node}"));
    let facts = [
        ("Process", of(status, "target").map(|what| what.trim_start_matches("debugging core file of ").to_owned())),
        ("Command line", of(status, "arguments")),
        ("Executable", of(status, "file")),
        (
            "Version",
            version.into_iter().chain(of(node, "v8").map(|v8| format!("V8 {v8}"))).reduce(|a, b| format!("{a}, {b}")),
        ),
        ("It said", of(status, "panic")),
        ("Alive", Some(format!("{} of objects", bytes(report.map.total)))),
    ];
    html! {
        p.died { (of(status, "status").unwrap_or_else(|| "it is not known how it ended".to_owned())) }
        dl.facts {
            @for (name, fact) in facts {
                @if let Some(fact) = fact { div { dt { (name) } dd { (fact) } } }
            }
        }
    }
}

fn stack(told: &Told) -> Markup {
    let frames: Vec<&Value> = told.rows.iter().filter(|frame| text(frame, "kind") != Some("internal")).collect();
    html! {
        @if frames.is_empty() { p { "There is no stack in this core that could be read." } }
        ol.frames {
            @for frame in frames.iter().take(MOST_FRAMES) { (self::frame(frame)) }
        }
        @if frames.len() > MOST_FRAMES { p.note { "and " (frames.len() - MOST_FRAMES) " frames further out" } }
        (notes(told))
    }
}

fn frame(frame: &Value) -> Markup {
    let is_js = text(frame, "kind") == Some("js");
    let name = text(frame, "name").map_or_else(|| "?".to_owned(), shown);
    let defined = frame.get("defined").unwrap_or(&Value::Null);
    let lines = frame.get("source").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let at = frame.get("at").and_then(|at| number(at, "line"));
    // Source begins before the function, unless that is among the first lines.
    let around = u64::from(super::SOURCE_LINES);
    let first = lines.iter().find_map(|line| number(line, "line")).filter(|&line| line > 1);
    let first = number(defined, "line").or(first.map(|line| line + around));
    let place = text(defined, "file").map(|file| match at.or(first) {
        Some(line) => format!("{}:{line}", shown(file)),
        None => shown(file),
    });
    let arguments = frame.get("arguments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let kind = |value: &Value| text(value, "type").map_or_else(|| "?".to_owned(), shown);
    html! {
        li class=(if is_js { "js" } else { "native" }) {
            code.name { (name) }
            @if let Some(place) = place { " " span.place { (place) } }
            @if is_js && (!lines.is_empty() || !arguments.is_empty()) {
                details {
                    summary { "arguments and source" }
                    @if let Some(this) = frame.get("this").filter(|this| this.is_object()) {
                        p { "this: " code { (kind(this)) } }
                    }
                    @if !arguments.is_empty() {
                        p { "arguments: " @for (at, argument) in arguments.iter().enumerate() {
                            @if at > 0 { ", " } code { (kind(argument)) }
                        } }
                    }
                    @if !lines.is_empty() {
                        pre { @for line in lines.iter().take(200) {
                            @let here = at.is_some() && number(line, "line") == at;
                            span class=[here.then_some("here")] {
                                span.line { (number(line, "line").unwrap_or(0)) }
                                (text(line, "text").map(shown).unwrap_or_default()) "\n"
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn memory(report: &Report) -> Markup {
    let all = report.heap.rows.iter().find(|row| text(row, "what") == Some("all mappings"));
    let all = all.and_then(|row| number(row, "bytes")).unwrap_or(0).max(1);
    html! {
        p { "Each tile is an object, as large as what would be free without it; in it lie the objects that it alone keeps "
            "alive. Choose one to go into it." }
        noscript { p.note { "The map needs JavaScript; the tables do not." } }
        div #map hidden {
            nav #crumbs aria-label="Where the map is" {}
            div #tiles role="group" aria-label="Map of memory" {}
            p #told aria-live="polite" {}
        }
        div.scroll {
            table {
                caption { "Kinds of memory" }
                thead { tr { th scope="col" { "Kind" } th scope="col" { "Objects" } th scope="col" { "Alive" }
                    th scope="col" { "Dead" } th scope="col" { "Share of the process" } } }
                tbody { @for row in &report.heap.rows {
                    @let size = number(row, "bytes").unwrap_or(0);
                    tr {
                        th scope="row" { (text(row, "what").map(shown).unwrap_or_default()) }
                        td { (number(row, "count").map(grouped).unwrap_or_default()) }
                        td title={ (grouped(size)) " bytes" } { (bytes(size)) }
                        td { (number(row, "dead").map(bytes).unwrap_or_default()) }
                        td.bar { meter min="0" max=(all) value=(size.min(all)) { } }
                    }
                } }
            }
        }
        (notes(&report.heap))
    }
}

fn suspects(told: &Told) -> Markup {
    html! {
        @if told.rows.is_empty() { p { "Nothing has piled up that would be suspected of a leak." } }
        @for suspect in &told.rows { (self::suspect(suspect)) }
        (notes(told))
    }
}

fn suspect(suspect: &Value) -> Markup {
    let list = |key: &str| suspect.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let shape = list("shapes").first().and_then(|shape| text(shape, "shape")).map(shown);
    html! {
        article.suspect {
            h3 {
                (text(suspect, "name").map(shown).unwrap_or_default()) " holds "
                (grouped(number(suspect, "entries").unwrap_or(0))) " "
                @if let Some(shape) = shape { code { (shape) } }
            }
            p.size {
                strong { (bytes(number(suspect, "held").unwrap_or(0))) }
                @if let Some(percent) = suspect.get("percent").and_then(Value::as_f64) {
                    ", " (format!("{percent:.1}")) " % of what is alive "
                    meter min="0" max="100" value=(percent) { }
                }
            }
            dl.facts {
                @if let Some(addr) = text(suspect, "address") { div { dt { "Address" } dd { code { (shown(addr.trim_start_matches("0x"))) } } } }
                @if let Some(path) = text(suspect, "path") { div { dt { "Held by" } dd { code { (shown(path)) } } } }
                @if !list("made").is_empty() {
                    div { dt { "Made by" } dd { @for (at, made) in list("made").iter().enumerate() {
                        @if at > 0 { ", " } code { (made.as_str().map(shown).unwrap_or_default()) }
                    } } }
                }
                @if !list("common").is_empty() {
                    div { dt { "In common" } dd { ul { @for common in list("common").iter().take(MOST_COMMON) {
                        li {
                            code { (text(common, "property").map(shown).unwrap_or_default()) ": "
                                (text(common, "value").map(shown).unwrap_or_default()) }
                            " in " (grouped(number(common, "count").unwrap_or(0))) " of " (grouped(number(common, "of").unwrap_or(0)))
                        }
                    } } } }
                }
            }
        }
    }
}

fn classes(told: &Told) -> Markup {
    let heads = [("Constructor", false), ("Objects", true), ("Bytes themselves", true), ("Retained", true)];
    html! {
        p { "Retained is what would be free without all objects of the constructor. V8's own objects are in parentheses. "
            "The heads of the columns sort." }
        p { label for="filter" { "Show those that have " } input #filter type="search" autocomplete="off" spellcheck="false"; }
        div.scroll {
            table #classes.sortable {
                caption { "Constructors" }
                thead { tr {
                    @for (at, (head, is_number)) in heads.iter().enumerate() {
                        th scope="col" aria-sort=(if at == 3 { "descending" } else { "none" }) data-number=[is_number.then_some("")] {
                            button type="button" { (head) }
                        }
                    }
                    th scope="col" { "The one that retains most" }
                } }
                tbody { @for row in told.rows.iter().take(MOST_CLASSES) {
                    tr {
                        th scope="row" { (text(row, "what").map(shown).unwrap_or_default()) }
                        @for key in ["count", "bytes", "retained"] {
                            td data-value=(number(row, key).unwrap_or(0)) { (grouped(number(row, key).unwrap_or(0))) }
                        }
                        td { code { (text(row, "address").map(|addr| shown(addr.trim_start_matches("0x"))).unwrap_or_default()) } }
                    }
                } }
            }
        }
        @if told.rows.len() > MOST_CLASSES {
            p.note { "and " (grouped((told.rows.len() - MOST_CLASSES) as u64)) " more, each of which retains less" }
        }
        (notes(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_out_of_a_core_is_markup() {
        let hostile = "</script><img src=x onerror=alert(1)>\"'\u{1b}[31m\u{202e}";
        let told = |rows: Vec<Value>| Told { rows, notes: vec![hostile.to_owned()] };
        let tile = super::super::map::Tile {
            inside: None,
            class: 0,
            step: hostile.to_owned(),
            addr: Some(0x1001),
            count: 1,
            retained: 5,
            own: 5,
        };
        let report = Report {
            file: hostile.to_owned(),
            status: told(vec![json!({ "target": hostile, "status": hostile, "arguments": hostile })]),
            node: told(vec![json!({ "node": hostile, "v8": hostile })]),
            stack: told(vec![json!({ "kind": "js", "name": hostile, "defined": { "file": hostile, "line": 3 },
                "source": [{ "line": 3, "text": hostile }], "arguments": [{ "type": hostile }], "this": { "type": hostile } })]),
            heap: told(vec![json!({ "what": hostile, "bytes": 7 })]),
            suspects: Some(told(vec![
                json!({ "name": hostile, "path": hostile, "made": [hostile], "address": hostile,
                "shapes": [{ "shape": hostile }], "common": [{ "property": hostile, "value": hostile }] }),
            ])),
            classes: told(vec![json!({ "what": hostile, "address": hostile })]),
            map: super::super::map::Map { tiles: vec![tile], classes: vec![hostile.to_owned()], total: 5 },
        };
        let page = html(&report);
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script").count(), 2);
        assert!(!page.contains("<img") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
        assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;'\\u001b[31m\\u202e"));
        let (_, data) = page.split_once("id=\"map-data\">").expect("the map is there");
        let (data, _) = data.split_once("</script>").expect("it ends");
        let map: Value = serde_json::from_str(data).expect("it is JSON");
        assert_eq!(map["classes"][0], shown(hostile));
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(
            [0, 1023, 1024, 10 << 10, 3 << 29].map(bytes),
            ["0 bytes", "1023 bytes", "1.0 KiB", "10 KiB", "1.5 GiB"]
        );
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(12), "12");
    }
}
