//! `::set`: what the user may set.

use jsdb::shell::settings::{FLAGS, LISTED_FLAGS};
use jsdb::shell::{Arg, Context, Dcmd, Error, Example, Opt, OptValue, Result, Settings, number};
use std::fmt::Write as _;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "set",
    summary: "get/set debugger properties",
    operands: "[+o opt]",
    options: &[
        Opt { letter: 'w', value: OptValue::Flag, help: "refused: a core is read only" },
        Opt { letter: 'F', value: OptValue::Flag, help: "taken and ignored: there is no live target" },
        Opt { letter: 'o', value: OptValue::Text("opt"), help: "set options, a comma list; `+o` unsets" },
        Opt { letter: 's', value: OptValue::Number("dist"), help: "the symbol matching distance, as $s" },
        Opt { letter: 'I', value: OptValue::Text("path"), help: "where macros are looked for" },
        Opt { letter: 'L', value: OptValue::Text("path"), help: "where mdb would look for modules" },
        Opt { letter: 'P', value: OptValue::Text("prompt"), help: "the prompt, as $P" },
    ],
    help: "Sets what governs the session; without arguments shows it. Options for -o: adb, array_mem_limit=N|none,\n\
           array_str_limit=N|none, follow_exec_mode=ask|stop|follow, follow_fork_mode=ask|parent|child, ignoreeof,\n\
           json, latest, lmraw, noctf, nomods, pager, repeatlast, showlmid, stop_on_bpt_nosym, term=TYPE,\n\
           write_readback, allow_io_access, nostop, vi (its keys at the prompt; Emacs's without).",
    examples: &[
        Example { why: "no stop at each page", line: "::set +o pager", shows: "" },
        Example { why: "whole arrays", line: "::set -o array_mem_limit=none", shows: "" },
        Example {
            why: "several at once",
            line: "::set -s 0x1000 -I . -L . -P '> ' -w -F",
            shows: "jsdb: failed to re-open target for writing: a core is read only",
        },
    ],
    see_also: &["term"],
    raw_words: true,
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let words = std::mem::take(&mut ctx.args.operands);
    if words.is_empty() {
        let text = properties(&ctx.session.settings, ctx.session.image.naming.distance, ctx.session.lang.radix);
        ctx.out.text(text);
        return Ok(());
    }
    // Options before and after each `+o list` or `+w`, as mdb takes them.
    let mut rest = words.as_slice();
    let mut plain = Vec::new();
    let mut unset = Vec::new();
    while let Some((word, after)) = rest.split_first() {
        match (word, after) {
            (Arg::Text(sign), [Arg::Text(list), after @ ..]) if sign == "+o" => {
                unset.push(list.clone());
                rest = after;
            }
            (Arg::Text(sign), _) if sign == "+w" || sign == "+W" => rest = after,
            _ => {
                plain.push(word.clone());
                rest = after;
            }
        }
    }
    let declared = Dcmd { raw_words: false, operands: "", ..DCMD };
    let args = jsdb::shell::Args::parse(ctx.session, &declared, plain)?;
    let settings = &mut ctx.session.settings;
    let mut messages = args.text('o').map(|list| settings.set_options(list, true)).unwrap_or_default();
    for list in &unset {
        messages.extend(settings.set_options(list, false));
    }
    if let Some(path) = args.text('I') {
        settings.macro_path = path.replace("%o", &settings.macro_path);
    }
    if let Some(path) = args.text('L') {
        settings.module_path = path.replace("%o", &settings.module_path);
    }
    let prompt = args.text('P').map(|prompt| settings.set_prompt(prompt)).transpose();
    if let Some(distance) = args.number('s') {
        ctx.session.image.naming.distance = distance;
    }
    for message in messages {
        ctx.out.warn(message);
    }
    if args.has('w') {
        return Err(Error::failed("failed to re-open target for writing: a core is read only"));
    }
    prompt.map(drop)
}

/// What `::set` shows.
fn properties(settings: &Settings, distance: u64, radix: u32) -> String {
    let mut text = String::new();
    for (label, path) in [("\n  macro path:", &settings.macro_path), (" module path:", &settings.module_path)] {
        let _ = writeln!(text, "{label} {}\n", path.replace(':', "\n              "));
    }
    let mode = if distance == 0 { "smart mode" } else { "absolute mode" };
    let limit = |limit: Option<u64>| limit.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:>26} {value}");
    };
    line("symbol matching distance:", &format!("{} ({mode})", number::digits(distance, radix)));
    line("array member print limit:", &limit(settings.array_limit));
    line("array string print limit:", &limit(settings.string_limit));
    line("command prompt:", &format!("\"{}\"", settings.prompt));
    let mut options = format!("follow_exec_mode={}, follow_fork_mode={}", settings.follow_exec, settings.follow_fork);
    let (listed, _) = FLAGS.split_at(LISTED_FLAGS);
    for (_, name) in listed.iter().filter(|(flag, _)| settings.has(*flag)) {
        options.push_str(", ");
        options.push_str(name);
    }
    line("debugger options:", &options);
    line("target options:", "read-only");
    text
}
