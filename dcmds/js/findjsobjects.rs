//! `::findjsobjects`: which JavaScript objects are in memory, and who refers to them.

use jsdb::heap::Tagged;
use jsdb::heap::graph::{Graph, Sums};
use jsdb::heap::property::Traits;
use jsdb::heap::refs::{By, Reference};
use jsdb::heap::scan::{Group, ObjectIndex, Scope, Statistics};
use jsdb::image::{Addr, Width};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Address, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

/// `::findjsobjects`.
pub static DCMD: Dcmd = Dcmd {
    name: "findjsobjects",
    subject: Subject::Js,
    addr: AddrUse::Optional,
    summary: "find JavaScript objects",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "list groups of garbage as well" },
        Opt { letter: 'b', value: OptValue::Flag, help: "look in the brk heap as well" },
        Opt { letter: 'c', value: OptValue::Text("cons"), help: "only groups made by this constructor" },
        Opt {
            letter: 'k',
            value: OptValue::Text("kind"),
            help: "only groups whose properties are kept so: numeric, dict, inobject, props; or are flawed so: \
                   skipped, undefpropname, badprop, badlayout",
        },
        Opt { letter: 'l', value: OptValue::Flag, help: "list the objects of the group of the address" },
        Opt { letter: 'm', value: OptValue::Flag, help: "mark the object at the address for a later -r" },
        Opt { letter: 'p', value: OptValue::Text("prop"), help: "only groups with a property of this name" },
        Opt {
            letter: 'r',
            value: OptValue::Flag,
            help: "tell who refers to the object at the address, and to all marked",
        },
        Opt {
            letter: 'S',
            value: OptValue::Flag,
            help: "list sizes as well: what the objects of a group that are alive take, and what they retain",
        },
        Opt { letter: 'v', value: OptValue::Flag, help: "tell what the scan counted, when it is made" },
    ],
    help: "\
Looks at every word of anonymous memory for the objects of V8's heap and sorts what it finds into groups: objects with
the same constructor and the same properties, arrays of the same length. A line stands for a group: one object to look
at, how many there are, how many properties each has, and the first of their names. The groups that hold most come last.

With the address of any object that was found, lists the whole group that it belongs to. In a pipeline, `::findjsobjects
-c Foo` gives one object of each group that Foo made, and a second `::findjsobjects` all of them.

The scan is made once; what it found serves all later commands, as does the index behind -r.

A core knows nothing of reachability: objects are found that were dead already. Those that the collector has partly
overwritten are told by values that no program could have stored, and left out unless -a asks for them.",
    examples: &[
        Example {
            why: "what memory is full of: the groups that hold most come last",
            line: "::findjsobjects ! tail -n 4",
            shows: r##"
     4224cceb4d1      200       17 WritableState: highWaterMark, ...
     4224cc0bef9     2097        2 Arguments: length, callee
     4224cceb171      201       21 ReadableState: highWaterMark, buffer, ...
     4224cce67a9      198       23 Socket: _connecting, _handle, ...
"##,
        },
        Example {
            why: "a socket to look at, of each set of properties that sockets have",
            line: "::findjsobjects -c Socket",
            shows: r##"
381613f9d689
4224cce6021
4224cce6639
4224cce67a9
"##,
        },
        Example {
            why: "all sockets",
            line: "::findjsobjects -c Socket | ::findjsobjects ! tail -n 2",
            shows: r##"
4224cce6a19
4224cce68f1
"##,
        },
        Example {
            why: "who refers to an object, and by which property",
            line: "::findjsobjects -c Server | ::findjsobjects -r ! tail -n 2",
            shows: r##"
4224ccb4909 referred to by 4224cce6a19.server
4224ccb4909 referred to by 4224cce68f1.server
"##,
        },
        Example {
            why: "the same by steps: mark objects, then ask once",
            line: "::findjsobjects -p socket | ::findjsobjects -l -m ! tail -n 1",
            shows: "findjsobjects: marked 4224cce5969",
        },
        Example {
            why: "and ask",
            line: "::findjsobjects -r ! tail -n 1",
            shows: "4224cce5969 referred to by 4224cc1cb51[2]",
        },
        Example {
            why: "objects that are used as tables: with many properties, in a dictionary",
            line: "::findjsobjects -k dict ! tail -n 2",
            shows: r##"
4224cc130a9
4224cceb231
"##,
        },
        Example {
            why: "how much garbage there is: groups that only -a lists",
            line: "::findjsobjects -a ! grep -c '<'",
            shows: "154",
        },
        Example {
            why: "the same with sizes: these sockets take little themselves, but hold much",
            line: "::findjsobjects -S ! tail -n 2",
            shows: r##"
     4224cceb171      201       21       19584       22848 ReadableState: highWaterMark, buffer, ...
     4224cce67a9      198       23       18400      204296 Socket: _connecting, _handle, ...
"##,
        },
        Example {
            why: "what a scan counts, here with the brk heap",
            line: "::findjsobjects -b -v ! grep -E 'garbage|arrays|functions'",
            shows: r##"
findjsobjects:               possible garbage => 3633
findjsobjects:               processed arrays => 2686
findjsobjects:                functions found => 4839
findjsobjects:               unique functions => 1093
findjsobjects:              functions skipped => 487
"##,
        },
    ],
    see_also: &["jsprint", "jsconstructor", "jsfindrefs", "jsfunctions", "jsheap"],
    json: &[
        Key::new("address", Is::Hex, "the object; of a group, the one that stands for it"),
        Key::new("objects", Is::Number, "how many the group has"),
        Key::new("properties", Is::Number, "how many properties each has"),
        Key::or_null("constructor", Is::Text, "who made them"),
        Key::new("names", Is::List, "the names of their properties"),
        Key::new("garbage", Is::Bool, "whether they look like garbage"),
        Key::new("kinds", Is::List, "how their properties are kept"),
        Key::new("shallow", Is::Number, "-S: how many bytes those that are alive take themselves"),
        Key::new("retained", Is::Number, "-S: how many bytes would be free without them"),
        Key::or_null("referrer", Is::Hex, "-r: who refers to it"),
        Key::or_null("property", Is::Text, "-r: by which property"),
        Key::or_null("element", Is::Number, "-r: as which element"),
        Key::new("marked", Is::Hex, "-m: the object that is marked"),
        Key::new("*", Is::Number, "-v: what was counted, under the names of the text"),
    ],
    table: true,
    run,
    ..Dcmd::BASE
};

/// Which groups are wanted.
enum Filter {
    All,
    Property(String),
    Constructor(String),
    Kind(String),
}

impl Filter {
    fn of(ctx: &Context<'_>) -> Result<Filter> {
        let text = |letter| ctx.args.text(letter).map(str::to_owned);
        let both = |one: &str, other: &str| Err(Error::failed(format!("cannot specify both {one} and {other}")));
        match (text('p'), text('c'), text('k')) {
            (Some(_), Some(_), _) => both("a property name", "a constructor"),
            (Some(_), None, Some(_)) => both("a property name", "a property kind"),
            (None, Some(_), Some(_)) => both("a constructor name", "a property kind"),
            (Some(property), None, None) => Ok(Filter::Property(property)),
            (None, Some(constructor), None) => Ok(Filter::Constructor(constructor)),
            (None, None, Some(kinds)) => Ok(Filter::Kind(kinds)),
            (None, None, None) => Ok(Filter::All),
        }
    }

    /// The option that says it.
    fn letter(&self) -> Option<char> {
        match self {
            Filter::All => None,
            Filter::Property(_) => Some('p'),
            Filter::Constructor(_) => Some('c'),
            Filter::Kind(_) => Some('k'),
        }
    }

    fn accepts(&self, index: &ObjectIndex, group: &Group) -> bool {
        match self {
            Filter::All => true,
            Filter::Property(name) => group.labels().iter().any(|&label| *index.names().text(label) == **name),
            Filter::Constructor(name) => index.constructor(group).as_deref().unwrap_or_default() == name,
            Filter::Kind(kinds) => kinds_of(&group.traits).any(|kind| kinds.contains(kind)),
        }
    }
}

/// What `-k` calls each trait.
fn kinds_of(traits: &Traits) -> impl Iterator<Item = &'static str> {
    let all = [
        ("numeric", traits.numeric),
        ("dict", traits.dictionary),
        ("inobject", traits.in_object),
        ("props", traits.props),
        ("skipped", traits.skipped),
        ("undefpropname", traits.undefined_name),
        ("badprop", traits.bad_values),
        ("badlayout", traits.bad_layout),
    ];
    all.into_iter().filter_map(|(kind, has)| has.then_some(kind))
}

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let scope = if ctx.args.has('b') { Scope::WithBrk } else { Scope::Anonymous };
    let index = objects(ctx, scope)?;
    let filter = Filter::of(ctx)?;
    let (like, mark, references) = (ctx.args.has('l'), ctx.args.has('m'), ctx.args.has('r'));
    match (filter.letter(), ctx.addr) {
        (Some(letter), None) if like => {
            return Err(Error::failed(format!(
                "cannot specify -l with -{letter}; instead, pipe output of ::findjsobjects -{letter} to \
                 ::findjsobjects -l"
            )));
        }
        (Some(_), Some(addr)) => return representative_of(ctx, &index, &filter, Tagged(addr.0)),
        (Some(_), None) => return representatives(ctx, &index, &filter),
        (None, None) if like => return representatives(ctx, &index, &filter),
        (None, None) if references && ctx.session.marked.is_empty() => {
            return Err(Error::failed("must specify or mark an object to find references"));
        }
        (None, None) if mark => return Err(Error::failed("must specify an object to mark")),
        _ if references && mark => return Err(Error::failed("can't both mark an object and find its references")),
        (None, Some(addr)) => {
            let object = Tagged(addr.0);
            let group = index.group_of(object);
            let group = group.ok_or_else(|| Error::failed(format!("{object} is not a valid object")))?;
            let group: &mut dyn Iterator<Item = Tagged> =
                if like || !(mark || references) { &mut index.objects(group) } else { &mut std::iter::once(object) };
            if !mark && !references {
                group.for_each(|object| ctx.out.item(&Address(object.addr())));
                return Ok(());
            }
            group.for_each(|object| add_mark(ctx, object, mark));
        }
        (None, None) if !references => return list(ctx, &index),
        (None, None) => {}
    }
    if references { tell_references(ctx, &index, scope) } else { Ok(()) }
}

/// The objects of the session; with -v, tells of the scan if this call makes it.
fn objects(ctx: &mut Context<'_>, scope: Scope) -> Result<Arc<ObjectIndex>> {
    let made_before = ctx.session.known_objects(scope).is_some();
    let started = Instant::now();
    let index = ctx.session.objects(scope)?;
    if ctx.args.has('v') && !made_before {
        ctx.out.item(&Counted {
            seconds: started.elapsed().as_secs(),
            statistics: *index.statistics(),
            groups: index.groups().len(),
            function_groups: index.functions().groups().len(),
        });
    }
    Ok(index)
}

/// The groups that are shown: without garbage, but for -a.
fn shown<'i>(ctx: &Context<'_>, index: &'i ObjectIndex) -> impl Iterator<Item = &'i Group> + use<'i> {
    let all = ctx.args.has('a');
    index.groups().iter().filter(move |group| all || !group.is_garbage())
}

fn representatives(ctx: &mut Context<'_>, index: &ObjectIndex, filter: &Filter) -> Result<()> {
    for group in shown(ctx, index).filter(|group| filter.accepts(index, group)) {
        ctx.out.item(&Address(index.representative(group).addr()));
    }
    Ok(())
}

fn representative_of(ctx: &mut Context<'_>, index: &ObjectIndex, filter: &Filter, object: Tagged) -> Result<()> {
    let group = index.group_of(object);
    let group = group.ok_or_else(|| Error::failed(format!("{object} does not correspond to a known object")))?;
    if filter.accepts(index, group) {
        ctx.out.item(&Address(index.representative(group).addr()));
    }
    Ok(())
}

/// Marks `object` for -r; tells so if that is what was asked for.
fn add_mark(ctx: &mut Context<'_>, object: Tagged, tell: bool) {
    if !ctx.session.marked.insert(object) {
        ctx.out.warn(format_args!("{object} is already marked; ignoring"));
    } else if tell {
        ctx.out.item(&Marked(object));
    }
}

/// Tells who refers to each marked object, and forgets the marks.
fn tell_references(ctx: &mut Context<'_>, index: &ObjectIndex, scope: Scope) -> Result<()> {
    let references = ctx.session.references(scope)?;
    for object in ctx.session.marked.take() {
        let mut any = false;
        for Reference { from, by } in references.to(index, object) {
            any = true;
            let (label, is_element) = match by {
                By::Property(label) => (label, false),
                By::Element(label) => (label, true),
            };
            let name = index.names().text(label);
            ctx.out.item(&Referred { object, by: Some(Referrer { from, name, is_element }) });
        }
        if !any {
            ctx.out.item(&Referred { object, by: None });
        }
    }
    Ok(())
}

fn list(ctx: &mut Context<'_>, index: &ObjectIndex) -> Result<()> {
    let width = ctx.session.image.width;
    let sizes = if ctx.args.has('S') { Some(sizes(&*ctx.session.graph()?, index)) } else { None };
    if !ctx.out.is_pipe() {
        let columns = address_columns(width);
        let more = if sizes.is_some() { format!("{:>11} {:>11} ", "SHALLOW", "RETAINED") } else { String::new() };
        let (object, objects, props) = ("OBJECT", "#OBJECTS", "#PROPS");
        ctx.out.text(format_args!("{object:>columns$} {objects:>8} {props:>8} {more}CONSTRUCTOR: PROPS\n"));
    }
    let all = ctx.args.has('a');
    for (at, group) in index.groups().iter().enumerate().filter(|(_, group)| all || !group.is_garbage()) {
        let sizes = sizes.as_ref().and_then(|sizes| sizes.get(at)).copied();
        ctx.out.item(&Row { index, group, width, sizes });
    }
    Ok(())
}

/// What the objects of each group come to, in the order of the groups.
fn sizes(graph: &Graph, index: &ObjectIndex) -> Vec<Sums> {
    let mut group_of = vec![None; graph.len()];
    for (at, group) in index.groups().iter().enumerate() {
        for node in index.objects(group).filter_map(|object| graph.node(object)) {
            group_of[node.0 as usize] = Some(at as u32);
        }
    }
    let sums = graph.sums(index.groups().len(), |node| group_of[node.0 as usize]);
    sums.into_iter().map(|(sums, _)| sums).collect()
}

fn address_columns(width: Width) -> usize {
    2 * width.bytes() as usize
}

/// A line of the listing.
struct Row<'i> {
    index: &'i ObjectIndex,
    group: &'i Group,
    width: Width,
    sizes: Option<Sums>,
}

/// The column at which the names of properties give way to `...`.
const LAST_COLUMN: usize = 80;

impl Item for Row<'_> {
    fn addr(&self) -> Option<Addr> {
        Some(self.index.representative(self.group).addr())
    }

    fn text(&self, out: &mut String) {
        let columns = address_columns(self.width);
        let labels = self.group.labels();
        let object = self.index.representative(self.group);
        let _ = write!(out, "{object:>columns$} {:>8} {:>8} ", self.group.len(), self.group.property_count());
        let mut column = 19 + columns + "...".len();
        if let Some(sizes) = self.sizes {
            let _ = write!(out, "{:>11} {:>11} ", sizes.shallow, sizes.retained);
        }
        if let Some(constructor) = self.index.constructor(self.group) {
            column += constructor.len() + 2;
            out.push_str(&constructor);
            out.push_str(if labels.is_empty() { "" } else { ": " });
        }
        for (at, &label) in labels.iter().enumerate() {
            let name = self.index.names().text(label);
            if column + name.len() + 2 >= LAST_COLUMN {
                out.push_str("...");
                break;
            }
            column += name.len() + 2;
            out.push_str(&name);
            out.push_str(if at + 1 < labels.len() { ", " } else { "" });
        }
        out.push('\n');
    }

    fn json(&self) -> Json {
        let mut row = json!({
            "address": json::address(self.index.representative(self.group).addr()),
            "objects": self.group.len(),
            "properties": self.group.property_count(),
            "constructor": self.index.constructor(self.group).as_deref(),
            "names": self.group.labels().iter().map(|&l| self.index.names().text(l).to_string()).collect::<Vec<_>>(),
            "garbage": self.group.is_garbage(),
            "kinds": kinds_of(&self.group.traits).collect::<Vec<_>>(),
        });
        if let (Some(sizes), Some(row)) = (self.sizes, row.as_object_mut()) {
            row.insert("shallow".to_owned(), json!(sizes.shallow));
            row.insert("retained".to_owned(), json!(sizes.retained));
        }
        row
    }
}

/// What `-m` did.
struct Marked(Tagged);

impl Item for Marked {
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "findjsobjects: marked {}", self.0);
    }

    fn json(&self) -> Json {
        json!({ "marked": json::address(self.0.addr()) })
    }
}

/// A reference to an object, or that there is none.
struct Referred {
    object: Tagged,
    by: Option<Referrer>,
}

struct Referrer {
    from: Tagged,
    name: Arc<str>,
    is_element: bool,
}

impl Item for Referred {
    /// Who refers.
    fn addr(&self) -> Option<Addr> {
        self.by.as_ref().map(|by| by.from.addr())
    }

    fn text(&self, out: &mut String) {
        let _ = match &self.by {
            None => writeln!(out, "{} is not referred to by a known object.", self.object),
            Some(by) if by.is_element => writeln!(out, "{} referred to by {}[{}]", self.object, by.from, by.name),
            Some(by) => writeln!(out, "{} referred to by {}.{}", self.object, by.from, by.name),
        };
    }

    fn json(&self) -> Json {
        json!({
            "address": json::address(self.object.addr()),
            "referrer": self.by.as_ref().map(|by| json::address(by.from.addr())),
            "property": self.by.as_ref().filter(|by| !by.is_element).map(|by| by.name.to_string()),
            "element": self.by.as_ref().filter(|by| by.is_element).and_then(|by| by.name.parse::<u32>().ok()),
        })
    }
}

/// What `-v` tells of a scan.
struct Counted {
    seconds: u64,
    statistics: Statistics,
    groups: usize,
    function_groups: usize,
}

impl Counted {
    fn rows(&self) -> [(&'static str, u64); 12] {
        let s = &self.statistics;
        [
            ("elapsed time (seconds)", self.seconds),
            ("heap objects", s.words),
            ("type reads", s.type_reads),
            ("cached reads", s.cached_reads),
            ("JavaScript objects", s.js_objects),
            ("processed objects", s.objects),
            ("possible garbage", s.garbage),
            ("processed arrays", s.arrays),
            ("unique objects", self.groups as u64),
            ("functions found", s.functions),
            ("unique functions", self.function_groups as u64),
            ("functions skipped", s.functions_skipped),
        ]
    }
}

impl Item for Counted {
    fn text(&self, out: &mut String) {
        for (what, count) in self.rows() {
            let _ = writeln!(out, "findjsobjects: {what:>30} => {count}");
        }
    }

    fn json(&self) -> Json {
        Json::Object(self.rows().into_iter().map(|(what, count)| (what.to_owned(), json!(count))).collect())
    }
}
