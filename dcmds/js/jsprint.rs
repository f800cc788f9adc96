//! `::jsprint`: a value as JavaScript.

use jsdb::heap::inspect::{self, Inspected, Limits, Shape, TextOptions};
use jsdb::heap::object;
use jsdb::heap::property::{PropertyValue, Traits};
use jsdb::heap::{self, Heap, Kind, Progress, Tagged, elements};
use jsdb::image::Addr;
use jsdb::shell::json::Is;
use jsdb::shell::{AddrUse, Context, Dcmd, Error, Example, Item, Opt, OptValue, Result, Subject, json};
use serde_json::{Value as Json, json};

/// `::jsprint`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsprint",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "print a JavaScript object",
    operands: "[member ...]",
    // mdb_v8 tells of a wrong option, then looks for a member of that name.
    lenient: true,
    options: &[
        Opt { letter: 'a', value: OptValue::Flag, help: "show the address of each value" },
        Opt { letter: 'b', value: OptValue::Flag, help: "begin the line with the address of the object itself" },
        Opt { letter: 'd', value: OptValue::Number("depth"), help: "descend so many objects deep (2 if not given)" },
        Opt { letter: 'N', value: OptValue::Number("length"), help: "show at most so many characters of a string" },
        Opt { letter: 'v', value: OptValue::Flag, help: "tell how V8 keeps the object's properties" },
    ],
    help: "\
Shows the value at the address as JavaScript would write it. Objects below the depth show as [...]. With members,
only those are shown, on one line: `name`, `a.b`, `list[3].id`; one that is not there shows as undefined. In a pipe, a
single member hands on its value.
In JSON, numbers, strings, true, false and null are what they are. All else is an object with a type, and what goes with
it: object (properties), array (length; elements, each with its index), function (name), date (time), regexp (source,
flags), boxed (class, value), accessor (getter, setter), undefined, hole, elided, unreadable (text).",
    examples: &[
        Example {
            why: "the server's exchange, and what it counted",
            line: "4224cc14af1::jsprint -d 1",
            shows: r##"
{
    "name": "pingpong",
    "opened": 1400000000000 (2014 May 13 16:53:20),
    "records": [...],
    "served": 200,
    "forgotten": 101,
    "ratio": 2.25,
}
"##,
        },
        Example {
            why: "two of its members, on one line",
            line: "4224cc14af1::jsprint name served",
            shows: r##"
"pingpong" 200
"##,
        },
        Example {
            why: "where each value is, and where the object itself is",
            line: "4224cc14af1::jsprint -ab -d 1 opened ratio",
            shows: "4224cc14af1: 4224cc1caf1: 1400000000000 (2014 May 13 16:53:20) 381613f9e291: 2.25",
        },
        Example {
            why: "the first characters of a long string, and how V8 keeps the object",
            line: "4224cc14af1::jsprint -v -N 8 name",
            shows: r##"
"[...]"
property kind: in-object
"##,
        },
        Example {
            why: "a socket's state, through the list that leaks it",
            line: "4224cc14af1::jsprint records[7].socket | ::jsprint -d 1 ! head -5",
            shows: r##"
{
    "_connecting": false,
    "_handle": null,
    "_readableState": [...],
    "readable": false,
"##,
        },
    ],
    see_also: &["findjsobjects", "jsconstructor", "v8print"],
    json: &[
        json::Key::new("address", Is::Hex, "the object"),
        json::Key::new("value", Is::Any, "what it is, as told above"),
        json::Key::new("members", Is::Object, "the members that were named, as value"),
    ],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let word = Tagged(ctx.required_addr()?.0);
    let progress = ctx.session.progress();
    let heap = ctx.session.heap()?;
    let limits = Limits {
        stop: Some(&progress),
        depth: ctx.args.number('d').unwrap_or(2),
        string: ctx.args.number('N').filter(|&n| n > 0).map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
        ..Limits::default()
    };
    let mut values = Vec::new();
    let mut problems: Vec<String> =
        ctx.args.illegal.map(|letter| format!("illegal option -- {letter}")).into_iter().collect();
    let members: Vec<String> = ctx.args.words().collect();
    for member in &members {
        match find_member(heap, word, member, limits) {
            Ok(found) => values.push((Some(member.clone()), found)),
            Err(problem) => {
                match problem {
                    Problem::Member(text) => problems.push(text),
                    Problem::Heap(error) if ctx.session.v8_warnings => problems.push(error.to_string()),
                    Problem::Heap(_) => {}
                }
                values.push((Some(member.clone()), None));
            }
        }
    }
    if members.is_empty() {
        let value = inspect::inspect(heap, word, limits);
        if let Shape::Bad(text) = &value.shape {
            return Err(Error::failed(text.clone()));
        }
        values.push((None, Some(value)));
    }
    let printed = Printed {
        progress: &progress,
        word,
        base: ctx.args.has('b'),
        addresses: ctx.args.has('a'),
        traits: ctx.args.has('v').then(|| traits(heap, word)),
        values,
    };
    for problem in problems {
        ctx.out.warn(problem);
    }
    if !progress.is_cancelled() {
        ctx.out.item(&printed);
    }
    let values = printed.values;
    if progress.is_cancelled() {
        // Millions of values take their time to be freed, and somebody waits for the prompt.
        std::thread::spawn(move || drop(values));
    }
    ctx.session.check_cancel()
}

/// How the properties of `word` are kept, if it has any.
fn traits(heap: Heap<'_>, word: Tagged) -> Traits {
    match heap.kind(word) {
        Ok(Some(Kind::JsObject | Kind::JsGlobalObject | Kind::JsBuiltinsObject)) => {
            object::properties(heap, word).map(|found| found.traits).unwrap_or_default()
        }
        _ => Traits::default(),
    }
}

/// One step of a member's path.
enum Step<'m> {
    Name(&'m str),
    Index(u32),
}

/// Why there is no such member.
enum Problem {
    /// It cannot be one of such a value.
    Member(String),
    /// A value on the way cannot be read: mdb_v8 tells that only where `::v8warnings` asks for it.
    Heap(heap::Error),
}

impl From<String> for Problem {
    fn from(text: String) -> Problem {
        Problem::Member(text)
    }
}

impl From<heap::Error> for Problem {
    fn from(error: heap::Error) -> Problem {
        Problem::Heap(error)
    }
}

/// The steps of `a.b[3].c`.
fn steps(member: &str) -> std::result::Result<Vec<Step<'_>>, String> {
    let mut out = Vec::new();
    let mut rest = member;
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let (index, after) = bracket.split_once(']').ok_or("missing array index terminator")?;
            if index.is_empty() {
                return Err("missing array index".to_owned());
            }
            out.push(Step::Index(index.parse().map_err(|_| format!("illegal array index '{index}'"))?));
            rest = match after.strip_prefix('.') {
                Some(after) => after,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return Err(format!("illegal text '{after}' following array index terminator")),
            };
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            out.push(Step::Name(&rest[..end]));
            rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
        }
    }
    Ok(out)
}

/// The value of a member of `word`; absent if a name on the way is not there.
fn find_member(
    heap: Heap<'_>,
    word: Tagged,
    member: &str,
    limits: Limits<'_>,
) -> std::result::Result<Option<Inspected>, Problem> {
    let steps = steps(member)?;
    let mut at = PropertyValue::Tagged(word);
    for step in steps {
        let PropertyValue::Tagged(object) = at else { return Ok(None) };
        let is_array = heap.is(object, Kind::JsArray);
        let next = match step {
            Step::Name("length") if is_array => {
                let length = elements::array_length(heap, object)?;
                Some(PropertyValue::Double(f64::from(length)))
            }
            Step::Name(name) if is_array => {
                return Err(format!("expected bracketed array index; found '{name}'").into());
            }
            Step::Index(_) if !is_array && heap.is(object, Kind::JsObject) => {
                return Err(Problem::Member("cannot use array indexing on an object".to_owned()));
            }
            Step::Index(index) if is_array => {
                let (length, list) = elements::array_elements(heap, object)?;
                if index >= length {
                    return Err(format!("array index {index} exceeds size of {length}").into());
                }
                list.into_iter().find(|(i, _)| *i == index).and_then(|(_, element)| match element {
                    elements::Element::Tagged(word) => Some(PropertyValue::Tagged(word)),
                    elements::Element::Double(double) => Some(PropertyValue::Double(double)),
                    elements::Element::Hole(hole) => hole.map(PropertyValue::Tagged),
                })
            }
            Step::Index(_) => None,
            Step::Name(name) => property(heap, object, name)?,
        };
        match next {
            Some(value) => at = value,
            None => return Ok(None),
        }
    }
    Ok(Some(inspect::inspect_property(heap, at, limits)))
}

fn property(heap: Heap<'_>, object: Tagged, name: &str) -> jsdb::heap::Result<Option<PropertyValue>> {
    let has_properties = |kind: Kind| kind.has_properties() || kind == Kind::JsFunction;
    if !heap.kind(object)?.is_some_and(has_properties) {
        return Ok(None);
    }
    object::named(heap, object, name)
}

struct Printed<'p> {
    progress: &'p Progress,
    word: Tagged,
    base: bool,
    addresses: bool,
    traits: Option<Traits>,
    values: Vec<(Option<String>, Option<Inspected>)>,
}

impl Item for Printed<'_> {
    /// One member hands its value on: `ADDR::jsprint socket | ::jsprint`.
    fn addr(&self) -> Option<Addr> {
        match &self.values[..] {
            [(Some(_), Some(value))] => value.word.map(Tagged::addr),
            _ => None,
        }
    }

    fn text(&self, out: &mut String) {
        if self.base {
            out.push_str(&format!("{}: ", self.word));
        }
        let options = TextOptions { addresses: self.addresses, stop: Some(self.progress), indent: 0 };
        for (at, (_, value)) in self.values.iter().enumerate() {
            if at > 0 && !out.ends_with(char::is_whitespace) {
                out.push(' ');
            }
            match value {
                Some(value) => value.text(out, options),
                None => out.push_str("undefined"),
            }
        }
        out.push('\n');
        if let Some(traits) = self.traits {
            out.push_str(&kinds_text(traits));
        }
    }

    fn json(&self) -> Json {
        let values = |v: &Option<Inspected>| v.as_ref().map(json::value);
        match &self.values[..] {
            [(None, value)] => json!({ "address": json::address(self.word.addr()), "value": values(value) }),
            members => json!({
                "address": json::address(self.word.addr()),
                "members": members.iter().map(|(n, v)| (n.clone().unwrap_or_default(), json!(values(v))))
                    .collect::<serde_json::Map<_, _>>(),
            }),
        }
    }
}

/// What `-v` tells, as mdb_v8 words it.
fn kinds_text(traits: Traits) -> String {
    let kinds = [
        (traits.numeric, "numeric-named "),
        (traits.dictionary, "dictionary "),
        (traits.in_object, "in-object "),
        (traits.props, "\"properties\" array "),
    ];
    let named: String = kinds.iter().filter(|(met, _)| *met).map(|(_, name)| *name).collect();
    let mut out = String::new();
    if !named.is_empty() {
        out.push_str(&format!("property kind: {named}\n"));
    }
    for (met, note) in [
        (traits.undefined_name, "some properties skipped due to undefined property name\n"),
        (traits.skipped, "some properties skipped due to unexpected layout\n"),
        (traits.bad_layout, "object has unexpected layout\n"),
        (traits.bad_values, "object has invalid-looking property values\n"),
    ] {
        if met {
            out.push_str(note);
        }
    }
    out
}
