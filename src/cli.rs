//! The command line: mdb's options and jsdb's own.
//!
//! Knows: names and arguments of options. The only file that names clap. Must not know: what a session does.

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jsdb::shell::{Dcmd, OptValue};
use std::ffi::OsString;
use std::path::PathBuf;

/// jsdb opens the core file of a Node.js process and answers questions about it: what is in memory, who holds it, what
/// was running. It speaks the language of mdb(1).
#[derive(Debug, Parser)]
#[command(name = "jsdb", version, disable_version_flag = true, args_override_self = true)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = "`+o OPTION` unsets what `-o OPTION` sets. In a session, ::help tells how to go on.")]
pub struct Cli {
    /// Run this and end; may be given several times
    #[arg(short = 'e', value_name = "COMMAND", action = ArgAction::Append)]
    pub commands: Vec<String>,
    /// Run the commands of this file and end, so that it may begin with `#!/usr/bin/env -S jsdb -x`
    #[arg(short = 'x', value_name = "SCRIPT", conflicts_with = "commands")]
    pub script: Option<PathBuf>,
    /// Print results as JSON, an object per line
    #[arg(long)]
    pub json: bool,
    /// Open the sample core that is built in: a server that leaks
    #[arg(long, conflicts_with = "files")]
    pub demo: bool,
    /// Refuse shells, logs and whatever else writes files: for cores and scripts from strangers
    #[arg(long)]
    pub no_shell: bool,
    /// Refuse what would need more memory than this: bytes, or with k, m or g behind the number
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u64>,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Open the file as raw bytes, whatever it is
    #[arg(short = 'f')]
    pub raw: bool,
    /// Set debugger options, a comma list as for ::set -o
    #[arg(short = 'o', value_name = "OPTION", action = ArgAction::Append)]
    pub options: Vec<String>,
    /// Set the symbol matching distance, decimal
    #[arg(short = 's', value_name = "DISTANCE")]
    pub distance: Option<u64>,
    /// Set where macros are looked for: folders between colons
    #[arg(short = 'I', value_name = "PATH")]
    pub macro_path: Option<String>,
    /// Set where mdb would look for modules
    #[arg(short = 'L', value_name = "PATH")]
    pub module_path: Option<String>,
    /// Set the prompt
    #[arg(short = 'P', value_name = "PROMPT")]
    pub prompt: Option<String>,
    /// Do not run ~/.jsdbrc or ~/.mdbrc
    #[arg(short = 'S')]
    pub no_rc: bool,
    /// Refused: jsdb does not attach to a process, it opens what gcore(1) has saved
    #[arg(short = 'p', value_name = "PID")]
    pub process: Option<String>,
    /// Refused: jsdb knows no kernel
    #[arg(short = 'k')]
    pub kernel: bool,
    /// Refused: a core is read only
    #[arg(short = 'w')]
    pub write: bool,
    /// Refused: jsdb knows no kernel
    #[arg(short = 'K')]
    pub kernel_debugger: bool,
    /// Refused: jsdb knows no kernel
    #[arg(short = 'U')]
    pub unload_kernel_debugger: bool,
    /// Set the disassembler, as ::dismode does
    #[arg(short = 'V', value_name = "MODE")]
    pub disassembler: Option<String>,
    /// Taken for mdb's sake: where its own files lie
    #[arg(short = 'R', value_name = "ROOT")]
    pub root: Option<String>,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'm')]
    pub no_module_symbols: bool,
    /// Open a program or a core of one, and nothing else
    #[arg(short = 'u')]
    pub user_mode: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'y')]
    pub terminal_init: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'A')]
    pub no_modules: bool,
    /// Do not use the types of the target
    #[arg(short = 'C')]
    pub no_types: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'D', value_name = "MODE")]
    pub debug: Option<String>,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'O')]
    pub priority: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'F')]
    pub force: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'M')]
    pub preload: bool,
    /// Taken for mdb's sake, without effect
    #[arg(short = 'W')]
    pub io_access: bool,
    /// Print the version
    #[arg(long, action = ArgAction::Version)]
    version: Option<bool>,
    /// An executable, or any file to look into; then the core of it. A core alone is enough
    #[arg(value_name = "FILE", num_args = 0..=2)]
    pub files: Vec<PathBuf>,
    /// What `+o` unsets.
    #[arg(skip)]
    pub unset_options: Vec<String>,
    /// Something else than a session.
    #[command(subcommand)]
    pub task: Option<Task>,
}

/// A number of bytes: `500m`, `2g`.
fn size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.to_ascii_lowercase().strip_suffix(['k', 'm', 'g']) {
        Some(digits) => (digits.to_owned(), text.to_ascii_lowercase()),
        None => (text.to_owned(), String::new()),
    };
    let unit = match shift.chars().last() {
        Some('k') => 1 << 10,
        Some('m') => 1 << 20,
        Some('g') => 1 << 30,
        _ => 1,
    };
    let count: Option<u64> = digits.parse().ok();
    count.and_then(|n| n.checked_mul(unit)).ok_or_else(|| "a number of bytes, as 800000, 500m or 2g".to_owned())
}

/// What jsdb does besides opening cores. A core that is called so is opened as `./man`.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Print a script that completes jsdb's options in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Tell what has grown between two cores of a program
    #[command(after_help = "Ends with status 0 when the cores were compared, with 3 when more has grown than --limit \
        allows, with 1 when they could not be compared.")]
    Diff(Diff),
    /// Write a page about a core: how it died, the stack, where memory is
    Report(Report),
    /// Write the heap of a core as tables, for engines that ask many cores at once
    Export(Export),
}

/// What the arguments of `jsdb report` say.
#[derive(Debug, Args)]
pub struct Report {
    /// The page, which must not be there yet
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// What holds for any task.
    #[command(flatten)]
    pub common: Common,
    /// Which core.
    #[command(flatten)]
    pub target: Target,
}

/// What the arguments of `jsdb export` say.
#[derive(Debug, Args)]
pub struct Export {
    /// Where the tables go: Parquet files, in a folder that is made if need be
    #[arg(long, value_name = "DIR")]
    pub parquet: PathBuf,
    /// What holds for any task.
    #[command(flatten)]
    pub common: Common,
    /// Which core.
    #[command(flatten)]
    pub target: Target,
}

/// The core that a task looks at.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// The sample core that is built in
    #[arg(long)]
    pub demo: bool,
    /// A core, or an executable and the core of it
    #[arg(value_name = "FILE", num_args = 1..=2)]
    pub files: Vec<PathBuf>,
}

/// What the arguments of `jsdb diff` say.
#[derive(Debug, Args)]
pub struct Diff {
    /// Also tell what has not grown: all that differs
    #[arg(short = 'a', long)]
    pub all: bool,
    /// Tell for so many of those that are more, what holds them
    #[arg(short = 'n', long, value_name = "GROWERS", default_value_t = 5)]
    pub growers: usize,
    /// End with status 3 when more than so many bytes are alive that were not: or with k, m or g behind the number
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub limit: Option<u64>,
    /// The executable, where a core lacks its text; given twice, that of OLD and that of NEW
    #[arg(long = "exe", value_name = "EXE", action = ArgAction::Append)]
    pub executables: Vec<PathBuf>,
    /// What holds for any task.
    #[command(flatten)]
    pub common: Common,
    /// The older core
    pub old: PathBuf,
    /// The newer core
    pub new: PathBuf,
}

/// Options of every task that looks at a core.
#[derive(Debug, Args)]
pub struct Common {
    /// Print results as JSON, an object per line
    #[arg(long)]
    pub json: bool,
    /// Refuse what would need more memory than this: bytes, or with k, m or g behind the number
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u64>,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    /// At a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Cli {
    /// Whether output is coloured; `at_terminal` says where it goes.
    pub fn colours(&self, at_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                at_terminal && !dumb && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
            }
        }
    }
}

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Misuse {
    /// clap says it: an error, or the text of --help.
    Clap(clap::Error),
    /// A sentence.
    Sentence(String),
}

/// The command line `args`, the program's name first.
///
/// # Errors
/// What is wrong with it, or the text that it asked for.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Cli, Misuse> {
    let mut unset_options = Vec::new();
    let mut plain = Vec::new();
    let mut args = args;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        match text.strip_prefix('+') {
            Some("o") => match args.next() {
                Some(list) => unset_options.push(list.to_string_lossy().into_owned()),
                None => return Err(Misuse::Sentence("option requires an argument -- +o".to_owned())),
            },
            Some(letter) if letter.chars().count() == 1 => {
                return Err(Misuse::Sentence(format!("illegal option -- {text}")));
            }
            // What getopt(3C) makes of it in mdb.
            _ if text == "-?" => plain.push("--help".into()),
            _ => plain.push(arg),
        }
    }
    let matches = Cli::command().try_get_matches_from(plain).map_err(Misuse::Clap)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(Misuse::Clap)?;
    cli.unset_options = unset_options;
    // A lone `-` stands for a file that mdb would guess.
    cli.files.retain(|file| file.as_os_str() != "-");
    if cli.commands.len() > 1 && jsdb::shell::program() == "mdb" {
        return Err(Misuse::Sentence("-e already specified".to_owned()));
    }
    Ok(cli)
}

/// The script that completes jsdb's options in `shell`.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "jsdb", &mut script);
    script
}

/// What a shell can make of jsdb.
const EXAMPLES: [(&str, &str); 5] = [
    ("A session", "jsdb core.88070"),
    ("One command, to a pipe", "jsdb -e '::findjsobjects' core.88070 | sort -k2 -n | tail"),
    ("What a script can read", "jsdb --json -e '::findjsobjects' core.88070 | jq -c 'select(.objects > 100)'"),
    ("What a program has more of than an hour ago", "jsdb diff core.1 core.2"),
    ("A script that is run by its own name, on the core that follows", "#!/usr/bin/env -S jsdb -x"),
];

/// The manual page, in troff: the options, and every dcmd as its record tells.
///
/// # Errors
/// None: it is written to memory.
pub fn manual(dcmds: &[&Dcmd]) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let manual = clap_mangen::Man::new(Cli::command());
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    manual.render_options_section(&mut page)?;
    let mut roff = clap_mangen::roff::Roff::new();
    roff.control("SH", ["COMMANDS"]);
    let mut sorted = dcmds.to_vec();
    sorted.sort_by_key(|d| (d.subject, d.name));
    for dcmd in sorted {
        roff.control("TP", []);
        roff.text([clap_mangen::roff::bold(dcmd.usage())]);
        roff.text([clap_mangen::roff::roman(format!("{}.", dcmd.summary))]);
        for line in dcmd.help.lines() {
            roff.text([clap_mangen::roff::roman(line.trim())]);
        }
        for option in dcmd.options {
            let value = match option.value {
                OptValue::Flag => String::new(),
                OptValue::Text(name) | OptValue::Number(name) => format!(" {name}"),
            };
            roff.control("br", []);
            roff.text([
                clap_mangen::roff::bold(format!("-{}{value}", option.letter)),
                clap_mangen::roff::roman(format!(": {}", option.help)),
            ]);
        }
    }
    roff.control("SH", ["EXAMPLES"]);
    for (why, line) in EXAMPLES {
        roff.text([clap_mangen::roff::roman(format!("{why}:"))]);
        roff.control("nf", []);
        roff.text([clap_mangen::roff::roman(format!("    {line}"))]);
        roff.control("fi", []);
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}
