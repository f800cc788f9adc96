//! `::jsdiff` and `jsdb diff`: what has grown between two cores of a program.

use jsdb::heap::graph::{Census, Graph, Group, Growth, Held, Paths, Sums, Teller, growth};
use jsdb::heap::isolate::Isolates;
use jsdb::heap::shared::clip;
use jsdb::heap::words::Unseen;
use jsdb::heap::{Heap, Layout, Progress};
use jsdb::image::unwind::Stack;
use jsdb::image::{Addr, Image, Width, text};
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Item, Opt, OptValue, Out, Result, Session, Subject, json};
use serde_json::{Value as Json, json};
use std::cell::OnceCell;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// `::jsdiff`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsdiff",
    subject: Subject::Js,
    summary: "tell what has grown since another core of the program was taken",
    operands: "file",
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "also tell what has not grown: all that differs" },
        Opt {
            letter: 'n',
            value: OptValue::Number("growers"),
            help: "tell for so many of those that are more, what holds them (default: 5)",
        },
    ],
    help: "\
The file is an older core of the same program, or of one like it. Only what is alive counts. A line stands for the
objects of one constructor that have the same properties: how many there were and are, by how many bytes more they take
themselves (SHALLOW), and how many more would be free without them (RETAINED). What grew most comes last; V8's own
objects are in parentheses. The last line is all that is alive.

Then, for those constructors of the program whose objects have become more, and are not mostly parts of others that
have, the paths that lead to more of them than before, as ::jspath tells a path, with a `*` in the place of what differs between them; and the object at the end of one, in the
core of this session. Objects are held by more than one path: each counts for its shortest, and paths that end alike
are one. Where there are very many, so many of them are looked at as the line says.

Addresses of the other core mean nothing in this one: all is compared by what it is called. So the two may be of
different executables, or versions of Node, which is said; what these call differently then counts as gone and come.
`jsdb diff OLD NEW` does the same.",
    examples: &[
        Example {
            why: "what the server has more of after 200 peers than after 100",
            line: "::jsdiff -n 2 fixtures/demo-earlier.core.zst ! tail -n 9",
            shows: r##"
     1506      1552       +46      +88032     +185208 (Code)
     3292      3795      +503     +129160     +278712 (FixedArray)
    19148     20625     +1477     +311640     +311640 all that is alive

+51 Object: socket, invoke, onMessage
      +50 381613f99781 stack of report (pingpong-server.js:69): "exchange" Exchange.records[*]

+2 Object: callback, domain
       +2 381612ff25d1 native f5de00: (FixedArray) <JSObject>
"##,
        },
        Example {
            why: "what it has less of",
            line: "::jsdiff -a -n 0 fixtures/demo-earlier.core.zst ! head -n 3",
            shows: r##"
      OLD       NEW      MORE     SHALLOW    RETAINED CONSTRUCTOR: PROPERTIES
      284       284        +0          +0      -34424 Object
     1345      1345        +0          +0      -33432 (Map)
"##,
        },
    ],
    see_also: &["jsheap", "jspath", "jsretained"],
    json: &[
        Key::or_null("constructor", Is::Text, "the constructor; null for all that is alive"),
        Key::or_null("shape", Is::Text, "the properties, between commas"),
        Key::new("old", Is::Object, "in the older core: count, and bytes: shallow, retained"),
        Key::new("new", Is::Object, "in the newer"),
        Key::new("count", Is::Number, "how many there are more"),
        Key::new("shallow", Is::Number, "how many more bytes they take"),
        Key::new("retained", Is::Number, "how many more bytes would be free without them"),
        Key::or_null("address", Is::Hex, "the one that retains most, in the newer core"),
        Key::new(
            "held",
            Is::List,
            "of those told: path, count, how many more that is, address of an example; how many were looked at",
        ),
    ],
    run,
    ..Dcmd::BASE
};

/// What of a comparison is told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Also what has not grown.
    pub all: bool,
    /// For how many, what holds them.
    pub growers: usize,
}

impl Default for Told {
    fn default() -> Told {
        Told { all: false, growers: 5 }
    }
}

/// Of so many that have become more it is asked whether they are parts of others.
const MOST_GROWERS: usize = 64;
/// Of one constructor, so many objects are looked at for what holds them.
const MOST_LOOKED_AT: usize = 1 << 14;
/// Of one constructor, so many paths are told.
const MOST_PATHS: usize = 2;
/// How many characters of a shape are told as text.
const SHAPE: usize = 60;
/// The columns of a row before its name.
const COUNTS: usize = 54;
/// A terminal may be narrow, but so much of a name is told.
const NAME: usize = 26;

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let file = match ctx.args.operands.as_slice() {
        [Arg::Text(file)] => file.clone(),
        [] => return Err(Error::Usage(Some("which core is it compared with?".to_owned()))),
        _ => return Err(Error::usage()),
    };
    let growers = ctx.args.number('n').map_or(Told::default().growers, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let told = Told { all: ctx.args.has('a'), growers };
    let old = ctx.session.opening().open(Path::new(&file))?;
    compare(ctx.session, &old, told, ctx.out).map(drop)
}

/// The memory of all isolates of `old` but the one that is compared: the one where that of `session` is, in a core of the
/// same process, or else the usual one.
fn others(session: &Session, old: Heap<'_>) -> Result<Unseen> {
    let (isolates, own) = (Isolates::find(old), session.isolates()?);
    let current = session.isolate()?.and_then(|number| own.list().get(number).copied());
    let same = current.and_then(|isolate| isolates.named(isolate.heap));
    Ok(same.or_else(|| isolates.usual(old.image())).map_or_else(Unseen::default, |number| isolates.others(number)))
}

/// Tells how what `session` looks at differs from `old`: by how many bytes more is alive.
///
/// # Errors
/// When there is no V8 in either, or its heap cannot be read; when Ctrl-C ends it.
pub fn compare(session: &Session, old: &Image, told: Told, out: &mut Out) -> Result<i64> {
    let progress = session.progress();
    let layout = Layout::detect(old).ok_or_else(|| Error::failed("no V8 was found in the older core"))?;
    let new = session.heap()?;
    for warning in old.warnings.iter().cloned().chain(layout.warning()) {
        out.warn(format_args!("the older core: {warning}"));
    }
    let old = Heap::new(old, &layout);
    let others = others(session, old)?;
    let old = old.without(&others);
    for difference in unlike(old, new) {
        out.warn(difference);
    }
    let (before, _memory) = progress.claimed_by(|| Side::new(old, Arc::new(Graph::new(old, &progress)?), &progress))?;
    let now = Side::new(new, session.graph()?, &progress)?;
    let all: Vec<Growth> = growth(&before.census, &now.census);
    let total = Growth {
        group: Group { constructor: String::new(), shape: String::new() },
        old: before.census.total(),
        new: now.census.total(),
        largest: None,
    };
    let mut rows: Vec<Row> = all
        .into_iter()
        .filter(|growth| told.all || growth.retained() > 0 || growth.count() > 0)
        .map(|growth| Row::new(growth, &now.graph))
        .collect();
    hold(&mut rows, told.growers, &before, &now, session, &progress)?;
    if !out.is_pipe() {
        let heads = ("OLD", "NEW", "MORE", "SHALLOW", "RETAINED");
        out.text(format_args!(
            "{:>9} {:>9} {:>9} {:>11} {:>11} CONSTRUCTOR: PROPERTIES\n",
            heads.0, heads.1, heads.2, heads.3, heads.4
        ));
    }
    let grown = total.retained();
    let columns = if out.is_terminal() { session.settings.width } else { usize::MAX };
    rows.iter_mut().for_each(|row| row.columns = columns.saturating_sub(COUNTS));
    for row in &rows {
        // A stage of a pipeline can do nothing with those that are gone.
        if !out.is_pipe() || row.addr.is_some() {
            out.item(row);
        }
    }
    if out.is_pipe() {
        return Ok(grown);
    }
    out.item(&Row::new(total, &now.graph));
    for row in rows.iter().rev().filter(|row| !row.held.is_empty()) {
        out.text(row.paths());
    }
    Ok(grown)
}

/// What differs between two cores besides their objects.
fn unlike(old: Heap<'_>, new: Heap<'_>) -> Vec<String> {
    let mut said = Vec::new();
    let versions = (old.layout().version, new.layout().version);
    if versions.0 != versions.1 {
        said.push(format!("the older core is of V8 {}, the newer of V8 {}: compared by name", versions.0, versions.1));
    }
    if old.width() != new.width() {
        let bits = |width| if width == Width::W32 { 32 } else { 64 };
        said.push(format!(
            "the older core is of a {}-bit process, the newer of a {}-bit one: sizes differ for that alone",
            bits(old.width()),
            bits(new.width())
        ));
    }
    let program = |heap: Heap<'_>| heap.image().process.psargs.as_deref().map(text::printable);
    if let (Some(before), Some(now)) = (program(old), program(new))
        && before != now
    {
        said.push(format!("the older core is of '{before}', the newer of '{now}'"));
    }
    said
}

/// One of the two cores.
struct Side<'s> {
    heap: Heap<'s>,
    graph: Arc<Graph>,
    census: Census,
}

impl<'s> Side<'s> {
    fn new(heap: Heap<'s>, graph: Arc<Graph>, progress: &Progress) -> Result<Side<'s>> {
        let census = Census::new(heap, &graph, progress)?;
        Ok(Side { heap, graph, census })
    }

    /// How the objects of `group` are held, how many were looked at, and how many there are. `paths` are those through
    /// V8's descriptions of objects, or not.
    fn ways(
        &self,
        group: &Group,
        paths: &impl Fn(bool) -> Result<Arc<Paths>>,
        teller: &mut Teller<'_>,
    ) -> Result<(Vec<Held>, usize, usize)> {
        let objects = self.census.objects(group);
        let step = objects.len().div_ceil(MOST_LOOKED_AT).max(1);
        let looked_at = objects.len().div_ceil(step);
        let path = |node| -> Result<_> {
            match paths(false)?.nearest(node) {
                Some(path) => Ok(Some(path)),
                None => Ok(paths(true)?.nearest(node)),
            }
        };
        Ok((teller.ways(objects.iter().copied().step_by(step), path)?, looked_at, objects.len()))
    }
}

/// Finds what holds those of `rows` that have become more: of the last `most`, those of the program.
fn hold(
    rows: &mut [Row],
    most: usize,
    before: &Side<'_>,
    now: &Side<'_>,
    session: &Session,
    progress: &Progress,
) -> Result<()> {
    // By less than one in a hundred anything differs.
    let is_more = |row: &&mut Row| {
        row.growth.count() > 0
            && row.growth.more().saturating_mul(100) > row.growth.new.count
            && !row.growth.group.constructor.starts_with('(')
    };
    let mut grown: Vec<&mut Row> = rows.iter_mut().rev().filter(is_more).take(MOST_GROWERS).collect();
    let groups: Vec<(&Group, u64)> = grown.iter().map(|row| (&row.growth.group, row.growth.more())).collect();
    let mut parts = now.census.parts(now.heap, &now.graph, &groups).into_iter();
    grown.retain(|_| parts.next() == Some(false));
    grown.truncate(most);
    if grown.is_empty() {
        return Ok(());
    }
    let stack_of = |image: &Image| -> Option<Stack> { Some(image.stack(image.representative()?)) };
    let old_stack = stack_of(before.heap.image());
    let new_stack = session.stack().ok();
    let made: [OnceCell<Arc<Paths>>; 2] = Default::default();
    let old_paths = |all: bool| {
        Ok(Arc::clone(made[usize::from(all)].get_or_init(|| Arc::new(Paths::new(before.heap, &before.graph, all)))))
    };
    let new_paths = |all: bool| session.paths(all);
    let mut old_teller = Teller::new(before.heap, &before.graph, old_stack.as_ref(), progress);
    let mut new_teller = Teller::new(now.heap, &now.graph, new_stack.as_deref(), progress);
    for row in &mut grown {
        let (old, old_looked_at, old_count) = before.ways(&row.growth.group, &old_paths, &mut old_teller)?;
        let (new, looked_at, count) = now.ways(&row.growth.group, &new_paths, &mut new_teller)?;
        row.looked_at = looked_at as u64;
        // Where not all were looked at, each stands for as many as it is one of.
        let scaled = |found: u64, looked_at: usize, count: usize| found * count as u64 / (looked_at.max(1)) as u64;
        let mut held: Vec<More> = new
            .into_iter()
            .filter_map(|held| {
                let had = old.iter().find(|other| other.end == held.end).map_or(0, |other| other.count);
                let (had, has) = (scaled(had, old_looked_at, old_count), scaled(held.count, looked_at, count));
                let addr = now.graph.word(held.example).addr();
                // Objects that are the same now may have been held otherwise.
                (has > had && (has - had).saturating_mul(10) >= row.growth.more()).then_some(More {
                    way: held.way,
                    count: has,
                    more: has - had,
                    addr,
                })
            })
            .collect();
        held.sort_by(|a, b| (b.more, &a.way).cmp(&(a.more, &b.way)));
        held.truncate(MOST_PATHS);
        row.held = held;
    }
    Ok(())
}

/// A path that leads to more objects than before.
struct More {
    way: String,
    count: u64,
    more: u64,
    addr: Addr,
}

/// Objects of one constructor and shape.
struct Row {
    growth: Growth,
    addr: Option<Addr>,
    held: Vec<More>,
    looked_at: u64,
    /// How many characters of its name there is room for.
    columns: usize,
}

impl Row {
    fn new(growth: Growth, graph: &Graph) -> Row {
        let addr = growth.largest.map(|node| graph.word(node).addr());
        Row { growth, addr, held: Vec::new(), looked_at: 0, columns: usize::MAX }
    }

    /// What it is: nothing for all that is alive.
    fn name(&self) -> String {
        let Group { constructor, shape } = &self.growth.group;
        let separator = if shape.is_empty() { "" } else { ": " };
        clip(&format!("{constructor}{separator}{}", clip(shape, SHAPE)), self.columns.max(NAME)).into_owned()
    }

    /// What holds those that are more.
    fn paths(&self) -> String {
        let mut out = format!("\n{:+} {}", self.growth.count(), self.name());
        if self.looked_at < self.growth.new.count {
            let _ = write!(out, " ({} of {} looked at)", self.looked_at, self.growth.new.count);
        }
        out.push('\n');
        for More { way, more, addr, .. } in &self.held {
            let _ = writeln!(out, "{more:>+9} {addr:x} {way}");
        }
        out
    }
}

impl Item for Row {
    fn addr(&self) -> Option<Addr> {
        self.addr
    }

    fn text(&self, out: &mut String) {
        let growth = &self.growth;
        let name = if growth.group.constructor.is_empty() { "all that is alive".to_owned() } else { self.name() };
        let _ = writeln!(
            out,
            "{:>9} {:>9} {:>+9} {:>+11} {:>+11} {name}",
            growth.old.count,
            growth.new.count,
            growth.count(),
            growth.shallow(),
            growth.retained()
        );
    }

    fn json(&self) -> Json {
        let Growth { group, old, new, .. } = &self.growth;
        let sums = |sums: &Sums| json!({ "count": sums.count, "shallow": sums.shallow, "retained": sums.retained });
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let held = |held: &More| {
            json!({
                "path": held.way,
                "count": held.count,
                "more": held.more,
                "address": json::address(held.addr),
                "looked_at": self.looked_at,
            })
        };
        json!({
            "constructor": some(&group.constructor),
            "shape": some(&group.shape),
            "old": sums(old),
            "new": sums(new),
            "count": self.growth.count(),
            "shallow": self.growth.shallow(),
            "retained": self.growth.retained(),
            "address": self.addr.map(json::address),
            "held": self.held.iter().map(held).collect::<Vec<_>>(),
        })
    }
}
