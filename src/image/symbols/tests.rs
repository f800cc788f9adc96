//! Lookups over tables made by hand.

use super::*;

/// A table of (name, value, size, info) rows, with the null symbol before them.
fn table(object: usize, bias: u64, rows: &[(&str, u64, u64, u8)]) -> NewTable {
    let mut strings = vec![0];
    let mut entries = vec![RawSymbol { value: 0, size: 0, name: 0, shndx: 0, info: 0, other: 0 }];
    for &(name, value, size, info) in rows {
        let shndx = u16::from(value != 0) * 7;
        entries.push(RawSymbol { value, size, name: strings.len() as u32, shndx, info, other: 0 });
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
    }
    let bytes: Arc<dyn Backing> = Arc::new(strings);
    let strings = Strings::new(&bytes, 0..bytes.bytes().len());
    NewTable { table: Table::Symtab, object, bias, entries, strings }
}

const FUNC: u8 = 0x12;
const OBJECT: u8 = 0x11;
const LOCAL_FUNC: u8 = 0x02;

fn named(symbols: &Symbols, addr: u64) -> Option<(&str, u64)> {
    symbols.at(Addr(addr)).map(|(s, into)| (s.name, into))
}

#[test]
fn a_name_is_found_where_it_is_defined() {
    let exe = table(0, 0, &[("puts", 0, 0, FUNC), ("main", 0x1000, 0x20, FUNC)]);
    let libc = table(1, 0x7000_0000, &[("puts", 0x400, 0x10, FUNC), ("main", 0x900, 1, FUNC)]);
    let symbols = Symbols::new(vec![exe, libc]);
    assert_eq!(symbols.lookup("puts").map(|s| s.addr), Some(Addr(0x7000_0400)));
    assert_eq!(symbols.lookup("main").map(|s| s.addr), Some(Addr(0x1000)));
    assert_eq!(symbols.lookup_in(1, "main").map(|s| s.addr), Some(Addr(0x7000_0900)));
    assert!(symbols.lookup_in(0, "puts").is_some_and(|s| s.is_undefined()));
    assert!(symbols.lookup("nosuch").is_none());
    assert!(symbols.lookup("").is_none());
    assert_eq!(symbols.iter().map(|s| s.name).collect::<Vec<_>>(), ["puts", "main", "puts", "main"]);
}

#[test]
fn an_address_is_named_by_what_covers_it() {
    let symbols = Symbols::new(vec![table(
        0,
        0,
        &[
            ("outer", 0x1000, 0x100, FUNC),
            ("inner", 0x1010, 0x10, FUNC),
            ("label", 0x1080, 0, FUNC),
            ("far", 0x2000, 8, OBJECT),
        ],
    )]);
    assert_eq!(named(&symbols, 0xfff), None);
    assert_eq!(named(&symbols, 0x1000), Some(("outer", 0)));
    assert_eq!(named(&symbols, 0x1010), Some(("inner", 0)));
    assert_eq!(named(&symbols, 0x101f), Some(("inner", 0xf)));
    assert_eq!(named(&symbols, 0x1020), Some(("outer", 0x20)));
    assert_eq!(named(&symbols, 0x1080), Some(("outer", 0x80)), "a symbol without size covers nothing");
    assert_eq!(named(&symbols, 0x10ff), Some(("outer", 0xff)));
    assert_eq!(named(&symbols, 0x1100), None);
    assert_eq!(named(&symbols, 0x2007), Some(("far", 7)));
    assert_eq!(named(&symbols, 0x2008), None);
    assert_eq!(named(&symbols, u64::MAX), None);
}

#[test]
fn of_several_at_one_address_libproc_has_a_favourite() {
    let at = |rows: &[(&str, u64, u64, u8)]| {
        let symbols = Symbols::new(vec![table(0, 0, rows)]);
        named(&symbols, 0x1000).map(|(name, _)| name.to_owned())
    };
    assert_eq!(at(&[("data", 0x1000, 4, OBJECT), ("func", 0x1000, 4, FUNC)]).as_deref(), Some("func"));
    assert_eq!(at(&[("a_local", 0x1000, 4, LOCAL_FUNC), ("z_global", 0x1000, 4, FUNC)]).as_deref(), Some("z_global"));
    assert_eq!(
        at(&[("__write", 0x1000, 4, FUNC), ("_write", 0x1000, 4, FUNC), ("write", 0x1000, 4, FUNC)]).as_deref(),
        Some("write")
    );
    assert_eq!(at(&[("$x", 0x1000, 4, FUNC), ("y", 0x1000, 4, FUNC)]).as_deref(), Some("y"));
    assert_eq!(at(&[("big", 0x1000, 8, FUNC), ("small", 0x1000, 4, FUNC)]).as_deref(), Some("small"));
    assert_eq!(at(&[("b", 0x1000, 4, FUNC), ("a", 0x1000, 4, FUNC)]).as_deref(), Some("a"));
}

#[test]
fn wild_sizes_and_names_do_no_harm() {
    let mut wild =
        table(0, 0, &[("huge", 0x1000, u64::MAX, FUNC), ("top", u64::MAX, 1, FUNC), ("ok", 0x2000, 4, FUNC)]);
    wild.entries[2].name = u32::MAX;
    let symbols = Symbols::new(vec![wild]);
    assert_eq!(named(&symbols, 0x2000), Some(("ok", 0)));
    assert_eq!(named(&symbols, 0x3000), Some(("huge", 0x2000)));
    assert_eq!(symbols.iter().map(|s| s.name).collect::<Vec<_>>(), ["huge", "", "ok"]);
}

#[test]
fn names_cannot_harm_a_terminal() {
    let symbols = Symbols::new(vec![table(0, 0, &[("evil\x1b[2J", 0x1000, 4, FUNC)])]);
    assert_eq!(named(&symbols, 0x1000), Some(("evil?[2J", 0)));
}

#[test]
fn private_symbols_come_first_and_go() {
    let mut symbols = Symbols::new(vec![table(0, 0, &[("main", 0x1000, 4, FUNC)])]);
    symbols.define("main", Addr(0x5000), Some(0x10), None);
    assert_eq!(symbols.lookup("main").map(|s| s.addr), Some(Addr(0x5000)));
    assert!(symbols.private_near(Addr(0x500f), 0).is_some());
    assert!(symbols.private_near(Addr(0x5010), 0).is_none());
    assert!(symbols.private_near(Addr(0x5010), 0x100).is_some());
    symbols.define("main", Addr(0x6000), None, Some(SymbolKind::Function));
    assert_eq!(
        symbols.private_iter().map(|s| (s.addr, s.size, s.kind())).collect::<Vec<_>>(),
        [(Addr(0x6000), 0x10, SymbolKind::Function)]
    );
    assert_eq!(symbols.undefine("main"), Some((Addr(0x6000), 0x10)));
    assert_eq!(symbols.undefine("main"), None);
    assert_eq!(symbols.lookup("main").map(|s| s.addr), Some(Addr(0x1000)));
}

#[test]
fn intervals_agree_with_a_plain_search() {
    // Random nests of symbols, named by the index and by looking at every one.
    let mut seed = 0x2545_f491_u64;
    let mut random = |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % n
    };
    for _ in 0..50 {
        let rows: Vec<(String, u64, u64)> =
            (0..40).map(|i| (format!("s{i:02}"), 1 + random(100), random(40))).collect();
        let rows: Vec<(&str, u64, u64, u8)> = rows.iter().map(|(n, a, s)| (n.as_str(), *a, *s, FUNC)).collect();
        let symbols = Symbols::new(vec![table(0, 0, &rows)]);
        for addr in 0..160 {
            let plain = rows
                .iter()
                .filter(|(_, start, size, _)| *start <= addr && addr < start + size)
                .min_by_key(|(name, start, size, _)| (std::cmp::Reverse(*start), *size, *name));
            assert_eq!(named(&symbols, addr).map(|(n, _)| n), plain.map(|(n, ..)| *n), "at {addr}");
        }
    }
}

#[test]
fn a_string_table_without_ends_gives_no_endless_names() {
    let mut damaged = table(0, 0, &[("main", 0x1000, 0x20, FUNC), ("exit", 0x2000, 0x20, FUNC)]);
    let bytes: Arc<dyn Backing> = Arc::new(vec![b'x'; 1 << 20]);
    damaged.strings = Strings::new(&bytes, 0..1 << 20);
    let symbols = Symbols::new(vec![damaged]);
    assert!(symbols.iter().all(|symbol| symbol.name.len() == MOST_NAME));
}
