//! The `jsdb` binary: parses its arguments, opens the image, runs the session.

#[path = "../dcmds/mod.rs"]
mod dcmds;

mod cli;
mod demo;
mod export;
mod opening;
mod report;
mod tasks;

use cli::{Cli, Misuse, Task};
use jsdb::image::{Image, Kind, core};
use jsdb::shell::terminal::Terminal;
use jsdb::shell::{Error, Flag, Out, Registry, Session, Settings, Source, program, prompt, run};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

/// mdb's exit statuses: a command failed, or the target cannot be opened; the command line is wrong.
const FAILED: u8 = 1;
const MISUSED: u8 = 2;
/// What a shell shows for a program that SIGPIPE ended: 128 + 13.
const READER_GONE: u8 = 141;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(Misuse::Clap(error)) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(MISUSED));
        }
        Err(Misuse::Sentence(sentence)) => return complain(&sentence, MISUSED),
    };
    if let Some(task) = &cli.task {
        let written = match task {
            Task::Completions { shell } => std::io::stdout().write_all(&cli::completions(*shell)),
            Task::Man => cli::manual(&dcmds::all()).and_then(|page| std::io::stdout().write_all(&page)),
            Task::Diff(task) => return tasks::diff(task),
            Task::Report(task) => return tasks::report(task),
            Task::Export(task) => return tasks::export(task),
        };
        return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(READER_GONE) };
    }
    let settings = match configure(&cli) {
        Ok(settings) => settings,
        Err(sentence) => return complain(&sentence, MISUSED),
    };
    if let Some(pid) = &cli.process {
        if !cli.files.is_empty() {
            return complain("-p may not be used with other arguments", MISUSED);
        }
        return complain(&format!("cannot attach to {pid}: save a core with gcore(1) and open that"), FAILED);
    }
    if cli.kernel || cli.kernel_debugger || cli.unload_kernel_debugger {
        return complain("jsdb looks at processes, not at kernels", FAILED);
    }
    let image = match open(&cli) {
        Ok(image) => image,
        Err(sentence) => return complain(&sentence, FAILED),
    };
    for warning in &image.warnings {
        let _ = complain(&format!("warning: {warning}"), 0);
    }
    let mut session = Session::new(image);
    if let Some(warning) = session.layout_warning() {
        let _ = complain(&format!("warning: {warning}"), 0);
    }
    session.commands = Registry::new(dcmds::all(), dcmds::walkers());
    session.settings = settings;
    session.limit_memory(cli.max_memory);
    session.image.naming.distance = cli.distance.unwrap_or(0);
    if let Some(mode) = &cli.disassembler {
        match dcmds::proc::disasms::called(&session.image, mode) {
            Some(disassembler) => session.image.code = disassembler,
            None => _ = complain(&format!("invalid disassembler mode -- {mode}"), 0),
        }
    }
    if cli.write {
        let _ = complain("warning: a core is read only; nothing will be written", 0);
    }
    converse(session, &cli)
}

fn complain(sentence: &str, status: u8) -> ExitCode {
    eprintln!("{}: {sentence}", program());
    ExitCode::from(status)
}

/// Opens what the command line names.
fn open(cli: &Cli) -> Result<Image, String> {
    let opening = core::Opening::within(cli.max_memory);
    let image = match cli.files.as_slice() {
        _ if cli.demo => demo::image(),
        [file] if cli.raw => opening.open_raw(file),
        [file] => opening.open(file),
        [executable, core] => opening.open_with(executable, core),
        _ => return Err("which core? Name one, or try --demo; --help tells more".to_owned()),
    };
    let image = image.map_err(|e| e.to_string())?;
    match cli.files.first() {
        Some(file) if cli.user_mode && matches!(image.kind, Kind::Raw { .. }) => {
            Err(format!("{} is not an ELF file", file.display()))
        }
        _ => Ok(image),
    }
}

/// What the command line sets.
fn configure(cli: &Cli) -> Result<Settings, String> {
    let mut settings = Settings::default();
    let lists = cli.options.iter().map(|list| (list, true)).chain(cli.unset_options.iter().map(|list| (list, false)));
    for (list, on) in lists {
        if let Some(message) = settings.set_options(list, on).into_iter().next() {
            return Err(message);
        }
    }
    if let Some(path) = &cli.macro_path {
        if path.contains(';') {
            return Err("macro path cannot contain semicolons".to_owned());
        }
        settings.macro_path = path.replace("%o", &settings.macro_path);
    }
    if let Some(path) = &cli.module_path {
        if path.contains(';') {
            return Err("module path cannot contain semicolons".to_owned());
        }
        settings.module_path = path.replace("%o", &settings.module_path);
    }
    if let Some(prompt) = &cli.prompt {
        settings.set_prompt(prompt).map_err(|e| e.to_string())?;
    }
    settings.no_shell = cli.no_shell;
    settings.set(Flag::Json, cli.json || settings.has(Flag::Json));
    if cli.no_types {
        settings.set(Flag::NoCtf, true);
    }
    Ok(settings)
}

/// Runs the start-up file, then the commands of -e, or what is typed, or the script on standard input.
fn converse(mut session: Session, cli: &Cli) -> ExitCode {
    let at_terminal = std::io::stdout().is_terminal();
    let typed = at_terminal && std::io::stdin().is_terminal() && cli.commands.is_empty() && cli.script.is_none();
    let colors = cli.colours(at_terminal);
    let mut out = if at_terminal || colors {
        Out::terminal(Terminal::new(colors, session.cancel_flag()), session.log.clone())
    } else {
        Out::stdout(session.log.clone())
    };
    if typed {
        // A script ends as any program does. Without the handler a session does too, which is no reason to have none.
        let cancel = session.cancel_flag();
        let _ = ctrlc::set_handler(move || cancel.store(true, Ordering::Relaxed));
        out.text(opening::lines(&session));
        out.flush();
    } else {
        session.settings.set(Flag::Pager, false);
    }
    if !cli.no_rc
        && let Some(rc) = rc_file()
        && matches!(run::source(&mut session, &mut out, rc), Err(Error::Quit))
    {
        return ExitCode::SUCCESS;
    }
    if typed {
        return match prompt::converse(session, &mut out, colors) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string(), FAILED),
        };
    }
    session.lang.failed = false;
    let result = if cli.commands.is_empty() {
        let script = match &cli.script {
            Some(path) => Source::file(path),
            None => Ok(Source::stdin()),
        };
        let script = match script {
            Ok(script) => script,
            Err(error) => return complain(&error.to_string(), FAILED),
        };
        let result = run::source(&mut session, &mut out, script);
        // A script's end is a good end, whatever failed in it.
        session.lang.failed = false;
        result
    } else {
        let mut abandoned = Ok(());
        for text in &cli.commands {
            match run::source(&mut session, &mut out, Source::text(text)) {
                Ok(()) => {}
                Err(Error::Quit) => break,
                // The next is tried all the same, but something went wrong.
                Err(error) => abandoned = Err(error),
            }
        }
        abandoned
    };
    match result {
        _ if out.is_broken() => ExitCode::from(READER_GONE),
        Ok(()) | Err(Error::Quit) if !session.lang.failed => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    }
}

/// `~/.jsdbrc`, or `~/.mdbrc` when there is none.
fn rc_file() -> Option<Source> {
    let home = std::env::home_dir()?;
    [".jsdbrc", ".mdbrc"].iter().find_map(|name| Source::file(&home.join(name)).ok())
}
