//! `jsdb export`: tables that another reader finds in them what the programs said they held.
//!
//! Knows: those programs, the columns. Must not know: V8.

use crate::lab;
use crate::needs::{self, fixtures, left_out, scratch};
use parquet::basic::LogicalType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn export(core: &Path, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsdb"));
    command.arg("export").arg(core).arg("--parquet").arg(folder).output().expect("jsdb runs")
}

/// A row by its columns.
type Row = HashMap<String, Field>;

/// The rows of the table called `name` in `folder`.
fn rows(folder: &Path, name: &str) -> Vec<Row> {
    let file = File::open(folder.join(format!("{name}.parquet"))).expect("the table is there");
    let reader = SerializedFileReader::new(file).expect("it is Parquet");
    let rows = reader.get_row_iter(None).expect("it has rows");
    rows.map(|row| row.expect("a row can be read").into_columns().into_iter().collect()).collect()
}

fn number(row: &Row, column: &str) -> u64 {
    match &row[column] {
        Field::ULong(number) => *number,
        Field::UInt(number) => u64::from(*number),
        other => panic!("{column} is no number: {other:?}"),
    }
}

fn address(row: &Row) -> u64 {
    number(row, "address")
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    match &row[column] {
        Field::Str(text) => text,
        Field::Null => "",
        other => panic!("{column} is no text: {other:?}"),
    }
}

fn is(row: &Row, column: &str) -> bool {
    row[column] == Field::Bool(true)
}

#[test]
fn the_tables_of_the_sample_hold_what_the_server_held() {
    let folder = scratch("export-demo");
    let output = export(&fixtures().join("demo.core.zst"), &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let held = std::fs::read_to_string(fixtures().join("demo.json")).expect("the table is there");
    let held: Value = serde_json::from_str(&held).expect("the table is JSON");
    let (core, objects) = (rows(&folder, "core"), rows(&folder, "objects"));
    let (edges, roots) = (rows(&folder, "edges"), rows(&folder, "roots"));
    // What jsdb says it wrote is what is there.
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for (name, rows) in [("objects", objects.len()), ("edges", edges.len()), ("roots", roots.len())] {
        assert!(said.lines().any(|line| line.starts_with(name) && line.contains(&format!(" {rows} rows"))), "{said}");
    }
    let by_address: HashMap<u64, &Row> = objects.iter().map(|row| (number(row, "address"), row)).collect();
    assert_eq!(by_address.len(), objects.len(), "an address an object");
    for row in &edges {
        assert!(by_address.contains_key(&number(row, "source")) && by_address.contains_key(&number(row, "target")));
    }
    // What is alive is what roots lead to, and what would be free without them.
    let mut leads: HashMap<u64, Vec<u64>> = HashMap::new();
    for row in edges.iter().filter(|row| !is(row, "weak")) {
        leads.entry(number(row, "source")).or_default().push(number(row, "target"));
    }
    let mut reached = HashSet::new();
    let mut next: Vec<u64> = roots.iter().map(|row| number(row, "object")).collect();
    while let Some(at) = next.pop() {
        if reached.insert(at) {
            next.extend(leads.get(&at).into_iter().flatten());
        }
    }
    assert!(objects.iter().all(|row| is(row, "alive") == reached.contains(&number(row, "address"))));
    let [core] = core.as_slice() else { panic!("there is one core") };
    assert_eq!(number(core, "alive"), reached.len() as u64);
    assert_eq!((number(core, "bits"), text(core, "v8")), (64, "3.14.5.11"));
    let top = objects.iter().filter(|row| is(row, "alive") && row["dominator"] == Field::Null);
    assert_eq!(top.map(|row| number(row, "retained")).sum::<u64>(), number(core, "alive_bytes"));
    // The exchange, its list, and in that the records.
    let of = |name: &str| objects.iter().filter(|row| is(row, "alive") && text(row, "constructor") == name).count();
    assert_eq!((of("Exchange"), of("Server")), (1, 1));
    let exchange = objects.iter().find(|row| text(row, "constructor") == "Exchange" && is(row, "alive"));
    let exchange = exchange.expect("there is one");
    assert_eq!(text(exchange, "shape"), "name, opened, records, served, forgotten, ratio");
    let below = |row: &Row, column: &str, wanted: &str| -> Vec<&Row> {
        let targets = leads[&number(row, "address")].iter().map(|target| by_address[target]);
        targets.filter(|row| text(row, column) == wanted).collect()
    };
    let [list] = below(exchange, "class", "JSArray")[..] else { panic!("it has one list") };
    let kept = below(list, "class", "FixedArray");
    let records = kept.iter().map(|kept| below(kept, "class", "JSObject").len()).max();
    assert_eq!(records.map(|count| count as u64), held["constructors"]["records"].as_u64());
    // What these are called: the list by its name, records by their number in it, what a record has, and the variables
    // that its closures share.
    let called = |name: &'static str| edges.iter().filter(move |row| text(row, "name") == name);
    let [of_list] =
        called("records").filter(|row| number(row, "source") == number(exchange, "address")).collect::<Vec<_>>()[..]
    else {
        panic!("the exchange has one list");
    };
    assert_eq!((number(of_list, "target"), text(of_list, "kind")), (number(list, "address"), "property"));
    let counted: Vec<&Row> = edges
        .iter()
        .filter(|row| number(row, "source") == number(list, "address") && text(row, "kind") == "element")
        .collect();
    let numbers: HashSet<u64> = counted.iter().map(|row| number(row, "index")).collect();
    let kept = held["constructors"]["records"].as_u64().expect("a count");
    assert_eq!((counted.len() as u64, numbers), (kept, (0..kept).collect()));
    let in_list: HashSet<u64> = counted.iter().map(|row| number(row, "target")).collect();
    let sockets = called("socket").filter(|row| in_list.contains(&number(row, "source")));
    let sockets: Vec<&str> = sockets.map(|row| text(by_address[&number(row, "target")], "constructor")).collect();
    assert_eq!((sockets.len() as u64, sockets.iter().all(|name| *name == "Socket")), (kept, true));
    let served = held["exchange"]["served"].as_u64().expect("a count");
    for variable in ["exchange", "record", "socket"] {
        let of_admit =
            called(variable).filter(|row| text(row, "kind") == "context" && text(row, "function") == "admit");
        assert_eq!(
            of_admit.count() as u64,
            served + 1,
            "{variable}: a closure a peer, and whoever asked for the audit"
        );
    }
    // Closures, one a peer and one for whoever asked for the audit; strings.
    let functions = rows(&folder, "functions");
    let invoke = functions.iter().filter(|row| {
        text(row, "name") == "invoke" && text(row, "file").ends_with("/pingpong-server.js") && number(row, "line") == 31
    });
    assert_eq!(invoke.count() as u64, served + 1);
    let name = held["exchange"]["name"].as_str().expect("a name");
    let strings = rows(&folder, "strings");
    assert!(strings.iter().any(|row| text(row, "text") == name && number(row, "length") == name.len() as u64));
    // Nothing is written over.
    let output = export(&fixtures().join("demo.core.zst"), &folder);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("core.parquet is there already"));
    let names = std::fs::read_dir(&folder).expect("the folder is there").filter_map(Result::ok);
    assert!(names.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".partial")));
}

#[test]
fn addresses_are_unsigned_numbers_of_64_bits() {
    let folder = scratch("export-types");
    assert!(export(&fixtures().join("demo.core.zst"), &folder).status.success());
    let reader = SerializedFileReader::new(File::open(folder.join("objects.parquet")).expect("the table is there"));
    let reader = reader.expect("it is Parquet");
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    for column in schema.columns().iter().filter(|column| ["address", "map", "dominator"].contains(&column.name())) {
        let logical = column.logical_type_ref();
        assert!(
            matches!(logical, Some(LogicalType::Integer(of)) if of.bit_width == 64 && !of.is_signed),
            "{logical:?}"
        );
    }
    let edges = SerializedFileReader::new(File::open(folder.join("edges.parquet")).expect("the table is there"));
    let edges = edges.expect("it is Parquet");
    for group in edges.metadata().row_groups() {
        for column in group.columns() {
            let is_text = matches!(column.column_descr().logical_type_ref(), Some(LogicalType::String));
            assert_eq!(column.dictionary_page_offset().is_some(), is_text || column.column_path().string() == "index");
        }
    }
    let about = reader.metadata().file_metadata().key_value_metadata().expect("there is some");
    assert!(about.iter().any(|entry| entry.key == "retained" && entry.value.is_some()));
}

#[test]
fn the_tables_of_node_22_hold_what_the_depot_held() {
    let [_, after] = match lab::growing("22") {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let folder = scratch("export-22");
    let output = export(&after.core, &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = |what: &str| after.held[what].as_u64().expect("a count") as usize;
    let parcels = count("parcels") + count("forgotten");
    let objects = rows(&folder, "objects");
    let of = |shape: &str| objects.iter().filter(|row| is(row, "alive") && text(row, "shape") == shape).count();
    assert_eq!((of("parcelNumber, label"), of("street, id")), (parcels, parcels));
    // What only a closure knows is the variable of that; a label is so called by its parcel.
    let edges = rows(&folder, "edges");
    let shapes: HashMap<u64, &str> = objects.iter().map(|row| (number(row, "address"), text(row, "shape"))).collect();
    let called = |name: &str, kind: &str| -> Vec<&Row> {
        edges.iter().filter(|row| text(row, "name") == name && text(row, "kind") == kind).collect()
    };
    let labels = called("label", "property").into_iter().filter(|row| {
        shapes[&number(row, "source")] == "parcelNumber, label" && shapes[&number(row, "target")] == "street, id"
    });
    assert_eq!(labels.count(), parcels);
    let [list] = called("forgotten", "context")[..] else { panic!("one closure has such a variable") };
    let listed = edges.iter().filter(|row| row["source"] == list["target"] && text(row, "kind") == "element");
    assert_eq!(listed.count(), count("forgotten"));
    let strings: HashSet<String> = rows(&folder, "strings").iter().map(|row| text(row, "text").to_owned()).collect();
    assert!((0..parcels).all(|id| strings.contains(&format!("street number {id}"))));
    let functions = rows(&folder, "functions");
    let admit = functions.iter().find(|row| text(row, "name") == "admit").expect("there is one");
    assert!(text(admit, "file").ends_with("growing.js") && number(admit, "line") == 34);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_variable_of_node_22_is_that_of_the_function_that_declares_it() {
    let taken = match lab::snapshot("22") {
        Ok(taken) => taken,
        Err(why) => return left_out(&why),
    };
    let folder = scratch("export-variables");
    assert!(export(&taken.core, &folder).status.success());
    // A closure that the vault made keeps the vault, and how many coins there were: a number is no reference.
    let objects = rows(&folder, "objects");
    let vault = objects.iter().find(|row| text(row, "constructor") == "Vault" && text(row, "shape").contains("coins"));
    let vault = number(vault.expect("there is one"), "address");
    let edges = rows(&folder, "edges");
    let of_vault = edges.iter().filter(|row| number(row, "target") == vault && text(row, "kind") == "context");
    let of_vault: Vec<(&str, &str)> = of_vault.map(|row| (text(row, "name"), text(row, "function"))).collect();
    assert_eq!(of_vault, [("this", "Vault")]);
    let _ = std::fs::remove_dir_all(&folder);
}

/// Runs each statement of its input, a JSON list, in DuckDB; the rows of each as a line of JSON, in a file of their own: what
/// takes its time shows on standard output how far it is.
const ASK: &str = "
import duckdb, json, sys
connection = duckdb.connect()
with open('answers', 'w') as answers:
    for statement in json.load(sys.stdin):
        print(json.dumps(connection.execute(statement).fetchall(), default=str), file=answers)
";

/// The statements that README shows for DuckDB, in their order.
fn shown() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).expect("README.md");
    let blocks = readme.split("```sql\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block.to_owned()).collect()
}

#[test]
fn duckdb_answers_what_readme_asks() {
    let python = match needs::python_with("duckdb") {
        Ok(python) => python,
        Err(why) => return left_out(&why),
    };
    let folder = scratch("export-fleet");
    // Objects by core and constructor, with their bytes; and who holds sockets, by which name.
    let mut objects: HashMap<(u64, String), (u64, u64)> = HashMap::new();
    let mut holders: HashMap<[String; 4], u64> = HashMap::new();
    for (at, core) in [(1, "demo-earlier.core.zst"), (2, "demo.core.zst")] {
        let tables = folder.join(format!("fleet/core={at}"));
        std::fs::create_dir_all(&tables).expect("a folder can be made");
        assert!(export(&fixtures().join(core), &tables).status.success());
        let rows_of = rows(&tables, "objects");
        let alive: HashMap<u64, &Row> =
            rows_of.iter().filter(|row| is(row, "alive")).map(|row| (address(row), row)).collect();
        for row in alive.values().filter(|row| row["shape"] != Field::Null) {
            let sum = objects.entry((at, text(row, "constructor").to_owned())).or_default();
            sum.0 += 1;
            sum.1 += number(row, "shallow") + number(row, "outside");
        }
        for edge in rows(&tables, "edges") {
            let (source, target) = (number(&edge, "source"), number(&edge, "target"));
            if let (Some(source), Some(target)) = (alive.get(&source), alive.get(&target))
                && text(target, "constructor") == "Socket"
                && ["property", "context"].contains(&text(&edge, "kind"))
            {
                let [kind, name, function] = ["kind", "name", "function"].map(|column| text(&edge, column).to_owned());
                *holders.entry([text(source, "constructor").to_owned(), kind, name, function]).or_default() += 1;
            }
        }
    }
    let statements = shown();
    assert_eq!(statements.len(), 2, "what this test knows the answers to");
    let mut command = Command::new(python);
    command.args(["-c", ASK]).current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("Python runs");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    stdin.write_all(serde_json::json!(statements).to_string().as_bytes()).expect("it reads");
    drop(stdin);
    assert!(child.wait().expect("it ends").success(), "DuckDB takes what README shows");
    let answers = std::fs::read_to_string(folder.join("answers")).expect("it wrote them");
    let answers = answers.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    let answers: Vec<Vec<Vec<Value>>> = answers.collect();
    let count = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).or(value.as_u64()).expect("a count");
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let largest = |mut all: Vec<u64>| -> Vec<u64> {
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.truncate(10);
        all
    };
    // Of those that are equal it may take any.
    for row in &answers[0] {
        assert_eq!(objects[&(count(&row[0]), name(&row[1]))], (count(&row[2]), count(&row[3])), "{row:?}");
    }
    let told: Vec<u64> = answers[0].iter().map(|row| count(&row[3])).collect();
    assert_eq!(told, largest(objects.values().map(|sum| sum.1).collect()));
    for row in &answers[1] {
        let of = [&row[0], &row[1], &row[2], &row[3]].map(name);
        assert_eq!(holders[&of], count(&row[4]), "{row:?}");
    }
    let told: Vec<u64> = answers[1].iter().map(|row| count(&row[4])).collect();
    assert_eq!(told, largest(holders.values().copied().collect()));
    let of_admit = ["(FixedArray)", "context", "socket", "admit"].map(str::to_owned);
    assert!(holders[&of_admit] >= 150, "a closure for each record of the two");
}
