//! `$<<`: runs the statements of a file.

use jsdb::shell::{AddrUse, Arg, Context, Dcmd, Error, Example, Result, Source, run as runner};
use std::path::PathBuf;

/// The record.
pub static DCMD: Dcmd = Dcmd {
    name: "$<<",
    addr: AddrUse::Optional,
    summary: "source macro",
    operands: "macro-name",
    help: "Runs the statements of a file and goes on. A name with a `/` is a path; any other is looked for in the\n\
           folders that -I or `::set -I` names, and then among the macro aliases ($M) and the types.",
    examples: &[Example {
        why: "a macro that is nowhere",
        line: "$<<nosuch",
        shows: "jsdb: failed to open nosuch (see ::help '$<')",
    }],
    see_also: &["$<", "$M"],
    raw_words: true,
    run,
    ..Dcmd::BASE
};

/// Names that stand for a statement.
pub const ALIASES: [(&str, &str); 2] = [("stackregs", "::stackregs"), ("stacktrace", "::stackregs")];

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let [Arg::Text(name)] = ctx.args.operands.as_slice() else { return Err(Error::usage()) };
    let name = name.clone();
    nested(ctx, &name)
}

/// Runs the macro `name` within the statement that calls it.
///
/// # Errors
/// When there is none, or one of its statements ends the session.
pub fn nested(ctx: &mut Context<'_>, name: &str) -> Result<()> {
    if ctx.out.is_pipe() {
        ctx.out.warn("macro files cannot be used as input to a pipeline");
        return Err(Error::Told);
    }
    match find(ctx, name) {
        Some(path) => runner::source(ctx.session, ctx.out, Source::file(&path)?),
        None => stand_in(ctx, name),
    }
}

/// The file that `name` means, if it can be read.
pub fn find(ctx: &Context<'_>, name: &str) -> Option<PathBuf> {
    let candidates: Vec<PathBuf> = if name.contains('/') {
        vec![PathBuf::from(name)]
    } else {
        let folders = ctx.session.settings.macro_path.split(':').filter(|folder| !folder.is_empty());
        folders.map(|folder| PathBuf::from(folder).join(name)).collect()
    };
    candidates.into_iter().find(|path| path.is_file())
}

/// What a name that is no file stands for: an alias, or a type to print.
pub fn stand_in(ctx: &mut Context<'_>, name: &str) -> Result<()> {
    let explicit = ctx.addr.map(|addr| format!("{:#x}", addr.0)).unwrap_or_default();
    if let Some((_, statement)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return ctx.evaluate(&format!("{explicit}{statement}"));
    }
    let dot = ctx.addr.unwrap_or(ctx.dot);
    let types = [format!("struct {name}"), format!("union {name}"), format!("{name}_t")];
    if let Some(of) = types.iter().find(|of| ctx.session.lookup_type(of).is_some()) {
        return ctx.evaluate(&format!("{:#x}::print '{of}'", dot.0));
    }
    ctx.out.warn(format_args!("failed to open {name} (see ::help '$<')"));
    Err(Error::Told)
}
