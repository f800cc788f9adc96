//! `::jsfunctions`: the functions of the program, a line for each definition in the source.

use super::jsfunction::Definition;
use jsdb::heap::scan::{FunctionGroup, Scope};
use jsdb::heap::shared::{FunctionName, clip};
use jsdb::heap::{Heap, SharedFunctionInfo};
use jsdb::image::{Addr, Width};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Address, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::ops::Range;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "jsfunctions",
    subject: Subject::Js,
    addr: AddrUse::Optional,
    summary: "list JavaScript functions",
    options: &[
        Opt { letter: 'l', value: OptValue::Flag, help: "list closures, without other columns" },
        Opt { letter: 'n', value: OptValue::Text("name_filter"), help: "only functions with this text in their name" },
        Opt {
            letter: 's',
            value: OptValue::Text("file_filter"),
            help: "only functions defined in a file with this text in its name",
        },
        Opt {
            letter: 'x',
            value: OptValue::Number("instr_filter"),
            help: "only functions whose machine code includes this address",
        },
        Opt { letter: 'X', value: OptValue::Flag, help: "also show where the machine code begins and ends" },
    ],
    help: "\
Lists every function that the scan of `::findjsobjects` found, a line for each definition in the source: one closure of
it, how many there are, its name and where it is defined. Whenever a function expression is evaluated a new closure is
made; a #FUNCS that is large, or grows from core to core, shows closures that something holds on to.

With the address of a closure, lists all closures of the same definition; `::jsclosure` tells them apart. Functions that
never ran share the stub that compiles them: -x with an address in it gives all of these.",
    examples: &[
        Example {
            why: "the functions of a file",
            line: "::jsfunctions -s pingpong ! head -n 4",
            shows: "            FUNC   #FUNCS NAME                                     FROM\n    381613f9e361        1 settle                                   /opt/lab/pingpong-server.js position 2078\n    381612f43089      167 each                                     /opt/lab/pingpong-server.js position 1512\n    305b3e55ef49        1 audit                                    /opt/lab/pingpong-server.js position 1950\n",
        },
        Example {
            why: "where a function's machine code lies",
            line: "::jsfunctions -X -n audit -s pingpong",
            shows: "            FUNC   #FUNCS            START              END NAME                                     FROM\n    305b3e55ef49        1     2e5ce75e05c0     2e5ce75e06f0 audit                                    /opt/lab/pingpong-server.js position 1950\n",
        },
        Example {
            why: "the function of an instruction",
            line: "::jsfunctions -x 2e5ce75e06a4",
            shows: "            FUNC   #FUNCS NAME                                     FROM\n    305b3e55ef49        1 audit                                    /opt/lab/pingpong-server.js position 1950\n",
        },
        Example {
            why: "a function has as many closures as there were peers, and one for the auditor",
            line: "::jsfunctions -n invoke -s pingpong | ::jsfunctions ! wc -l",
            shows: "201\n",
        },
        Example { why: "how many functions there are", line: "::jsfunctions -l ! wc -l", shows: "1093\n" },
    ],
    see_also: &["jsfunction", "jsclosure", "jssource", "findjsobjects"],
    json: &[
        Key::new("function", Is::Hex, "a closure of it"),
        Key::new("count", Is::Number, "how many there are"),
        Key::new("name", Is::Text, "its name"),
        Key::or_null("defined", Is::Object, "its file, line and position"),
        Key::or_null("start", Is::Hex, "where its instructions begin"),
        Key::or_null("end", Is::Hex, "and end"),
        Key::new("address", Is::Hex, "-l, or with an address: a closure"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let filter = Filter {
        name: ctx.args.text('n').map(str::to_owned),
        file: ctx.args.text('s').map(str::to_owned),
        instruction: ctx.args.number('x').filter(|&x| x != 0).map(Addr),
    };
    let list = ctx.args.has('l');
    let index = ctx.session.objects(Scope::Anonymous)?;
    let groups = index.functions().groups();
    if let Some(addr) = ctx.addr {
        let same = groups.iter().filter(|group| group.closures().any(|closure| closure.addr() == addr));
        for closure in same.flat_map(FunctionGroup::closures) {
            ctx.out.item(&Address(closure.addr()));
        }
        return Ok(());
    }
    if list && !filter.is_empty() {
        return Err(Error::failed("cannot specify -l with -n, -s, or -x"));
    }
    let heap = ctx.session.heap()?;
    let range = ctx.args.has('X');
    if !list && !ctx.out.is_pipe() {
        ctx.out.text(header(heap.width(), range));
    }
    for group in groups {
        if list {
            ctx.out.item(&Address(group.representative().addr()));
            continue;
        }
        let row = Row::new(heap, group, range);
        if filter.accepts(&row) {
            ctx.out.item(&row);
        }
    }
    Ok(())
}

/// Which functions are wanted.
struct Filter {
    name: Option<String>,
    file: Option<String>,
    instruction: Option<Addr>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.file.is_none() && self.instruction.is_none()
    }

    fn accepts(&self, row: &Row) -> bool {
        let has = |text: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| text.contains(wanted));
        let within =
            |range: &Option<Range<Addr>>, addr| range.as_ref().is_none_or(|r| r.is_empty() || r.contains(&addr));
        has(&row.name.to_string(), &self.name)
            && has(row.file(), &self.file)
            && self.instruction.is_none_or(|addr| within(&row.instructions, addr))
    }
}

/// How wide names are, and the most that is shown of one.
const NAME: usize = 40;
/// The most that is shown of a file's name.
const FILE: usize = 79;
/// The most that is shown of a location.
const LOCATION: usize = 19;

fn digits(width: Width) -> usize {
    2 * width.bytes() as usize
}

fn header(width: Width, range: bool) -> String {
    let w = digits(width);
    let range = if range { format!("{:>w$} {:>w$} ", "START", "END") } else { String::new() };
    format!("{:>w$} {:>8} {range}{:<NAME$} {}\n", "FUNC", "#FUNCS", "NAME", "FROM")
}

/// One function in the source.
struct Row {
    width: Width,
    function: Addr,
    count: usize,
    name: FunctionName,
    definition: Option<Definition>,
    instructions: Option<Range<Addr>>,
    range: bool,
}

impl Row {
    fn new(heap: Heap<'_>, group: &FunctionGroup, range: bool) -> Row {
        let shared = SharedFunctionInfo::load(heap, group.shared);
        let shared = shared.as_ref();
        Row {
            width: heap.width(),
            function: group.representative().addr(),
            count: group.len(),
            name: shared.map_or(FunctionName { own: None, inferred: None }, |shared| shared.name()),
            definition: shared.ok().map(|shared| Definition::of(*shared)),
            instructions: shared.ok().and_then(|shared| shared.code().ok()?.instructions().ok()),
            range,
        }
    }
}

impl Row {
    fn file(&self) -> &str {
        self.definition.as_ref().and_then(|definition| definition.file.as_deref()).unwrap_or_default()
    }
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        Some(self.function)
    }

    fn text(&self, out: &mut String) {
        let w = digits(self.width);
        let _ = write!(out, "{:>w$x} {:>8} ", self.function, self.count);
        if self.range {
            let _ = match &self.instructions {
                Some(Range { start, end }) => write!(out, "{start:>w$x} {end:>w$x} "),
                None => write!(out, "{:>w$} {:>w$} ", "?", "?"),
            };
        }
        let (name, file) = (self.name.clip(NAME - 1), clip(self.file(), FILE));
        let location = self.definition.as_ref().and_then(|definition| definition.location);
        let location = location.map(|location| location.to_string()).unwrap_or_default();
        let _ = writeln!(out, "{name:<NAME$} {file} {location:.LOCATION$}");
    }

    fn json(&self) -> Json {
        let instructions = self.instructions.as_ref();
        json!({
            "function": json::address(self.function),
            "count": self.count,
            "name": self.name.to_string(),
            "defined": self.definition.as_ref().map(Definition::json),
            "start": instructions.map(|range| json::address(range.start)),
            "end": instructions.map(|range| json::address(range.end)),
        })
    }
}
