//! Dcmds about the language of the shell.

use jsdb::shell::{Dcmd, Walker};

mod algol;
mod apropos;
mod array;
mod assign;
mod attach;
mod backslash;
mod bp;
mod cat;
mod cont;
mod context;
mod dbmode;
mod dcmds;
mod delete;
mod dmods;
mod dump;
mod echo;
mod r#enum;
mod equals;
mod eval;
mod events;
mod evset;
mod exec;
mod execwp;
mod fltbp;
mod formats;
mod grep;
mod head;
mod help;
mod ignore;
mod kill;
mod list;
mod load;
mod log;
mod macros;
mod map;
mod next;
mod nzvars;
mod obey;
mod offsetof;
mod oldbp;
mod oldlog;
mod print;
mod printf;
mod prompt;
mod question;
mod quit;
mod radix;
mod readwp;
mod release;
mod reopen;
mod run;
mod set;
mod sigbp;
mod sizeof;
mod slash;
mod source;
mod step;
mod stepout;
mod symdist;
mod sysbp;
mod term;
mod typedef;
mod typeset;
mod unload;
mod unset;
mod vars;
mod version;
mod walk;
mod walkers;
mod which;
mod width;
mod wp;
mod writewp;
mod zap;

/// The dcmds of this subject, in the order of `::dcmds`.
pub const DCMDS: &[&Dcmd] = &[
    &algol::DCMD,
    &apropos::DCMD,
    &array::DCMD,
    &assign::DCMD,
    &attach::DCMD,
    &backslash::DCMD,
    &bp::DCMD,
    &cat::DCMD,
    &cont::DCMD,
    &context::DCMD,
    &dbmode::DCMD,
    &dcmds::DCMD,
    &delete::DCMD,
    &dmods::DCMD,
    &dump::DCMD,
    &echo::DCMD,
    &r#enum::DCMD,
    &equals::DCMD,
    &eval::DCMD,
    &events::DCMD,
    &evset::DCMD,
    &exec::DCMD,
    &execwp::DCMD,
    &fltbp::DCMD,
    &formats::DCMD,
    &grep::DCMD,
    &head::DCMD,
    &help::DCMD,
    &ignore::DCMD,
    &kill::DCMD,
    &list::DCMD,
    &load::DCMD,
    &log::DCMD,
    &macros::DCMD,
    &map::DCMD,
    &next::DCMD,
    &nzvars::DCMD,
    &obey::DCMD,
    &offsetof::DCMD,
    &oldbp::DCMD,
    &oldlog::DCMD,
    &print::DCMD,
    &printf::DCMD,
    &prompt::DCMD,
    &question::DCMD,
    &quit::DCMD,
    &radix::DCMD,
    &readwp::DCMD,
    &release::DCMD,
    &reopen::DCMD,
    &run::DCMD,
    &set::DCMD,
    &sigbp::DCMD,
    &sizeof::DCMD,
    &slash::DCMD,
    &source::DCMD,
    &step::DCMD,
    &stepout::DCMD,
    &symdist::DCMD,
    &sysbp::DCMD,
    &term::DCMD,
    &typedef::DCMD,
    &typeset::DCMD,
    &unload::DCMD,
    &unset::DCMD,
    &vars::DCMD,
    &version::DCMD,
    &walk::DCMD,
    &walkers::DCMD,
    &which::DCMD,
    &width::DCMD,
    &wp::DCMD,
    &writewp::DCMD,
    &zap::DCMD,
];

/// Its walkers.
pub const WALKERS: &[&Walker] = &[];
