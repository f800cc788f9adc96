//! `::which`, `::whence`: where a name comes from.

use super::dmods::module_of;
use super::source::ALIASES;
use jsdb::shell::{Arg, Context, Dcmd, Example, Opt, OptValue, Result};

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "which",
    aliases: &["whence"],
    summary: "show source of walk or dcmd",
    operands: "name ...",
    options: &[Opt { letter: 'v', value: OptValue::Flag, help: "with every definition" }],
    help: "Tells whether a name is a dcmd, a walker or a macro alias, and of which module.",
    examples: &[
        Example { why: "a dcmd of the language", line: "::which echo", shows: "echo is a built-in dcmd\n" },
        Example {
            why: "with its definition",
            line: "::which -v echo",
            shows: "echo is a built-in dcmd\n   >  definition list:\n  [1] mdb`echo\n",
        },
    ],
    see_also: &["dcmds", "walkers"],
    text_only: true,
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let verbose = ctx.args.has('v');
    for word in std::mem::take(&mut ctx.args.operands) {
        let Arg::Text(name) = word else { continue };
        let name = name.strip_prefix("$<").unwrap_or(&name);
        let dcmd = ctx.session.commands.dcmd(name).map(|d| ("dcmd", module_of(d.subject)));
        let walker = ctx.session.commands.walker_subject(name).map(|subject| ("walker", module_of(subject)));
        let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
        if dcmd.is_none() && walker.is_none() && alias.is_none() {
            ctx.out.warn(format_args!("{name} not found"));
        }
        for (kind, module) in dcmd.into_iter().chain(walker) {
            ctx.out.text(match module {
                "mdb" => format!("{name} is a built-in {kind}\n"),
                module => format!("{name} is a {kind} from module {module}\n"),
            });
            if verbose {
                ctx.out.text(format_args!("   >  definition list:\n  [1] {module}`{name}\n"));
            }
        }
        if let Some((_, statement)) = alias {
            ctx.out.text(format_args!("{name} is a macro alias for '{statement}'\n"));
        }
    }
    Ok(())
}
