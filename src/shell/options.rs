//! Words to options and operands, by a dcmd's record; its usage line.
//!
//! Knows: getopt's rules. Must not know: what an option means.

use super::{AddrUse, Arg, Args, Dcmd, Error, Opt, OptValue, Result, Session, eval};

impl Args {
    /// Sorts `words` by the options that `dcmd` declares. Letters may cluster (`-vn0`), a value may follow at once
    /// or as the next word; the first word that is no option ends the options, as does `--`.
    ///
    /// # Errors
    /// A usage error for a letter that is not declared, a missing value, or operands that the dcmd has no use for.
    pub fn parse(session: &Session, dcmd: &Dcmd, words: Vec<Arg>) -> Result<Args> {
        let mut args = Args::default();
        if dcmd.raw_words {
            args.operands = words;
            return Ok(args);
        }
        let mut words = words.into_iter().peekable();
        while let Some(Arg::Text(word)) = words.peek() {
            let Some(letters) = word.strip_prefix('-').filter(|l| !l.is_empty() && !l.starts_with('-')) else { break };
            if dcmd.options.is_empty() {
                break;
            }
            let declared = |letter: char| dcmd.options.iter().find(|o| o.letter == letter);
            if dcmd.lenient
                && let Some(letter) = letters.chars().next().filter(|&letter| declared(letter).is_none())
            {
                args.illegal = Some(letter);
                break;
            }
            let letters = letters.to_owned();
            words.next();
            let mut rest = letters.chars();
            while let Some(letter) = rest.next() {
                let option =
                    declared(letter).ok_or_else(|| Error::Usage(Some(format!("illegal option -- {letter}"))))?;
                if option.value == OptValue::Flag {
                    args.options.push((letter, None));
                    continue;
                }
                let value = match rest.as_str() {
                    "" => words
                        .next()
                        .ok_or_else(|| Error::Usage(Some(format!("option requires an argument -- {letter}"))))?,
                    text => Arg::Text(text.to_owned()),
                };
                args.options.push((letter, Some(option_value(session, option, value)?)));
                break;
            }
        }
        args.operands = words.collect();
        // As in mdb, a dcmd that takes nothing at all does not look at what it is given.
        if dcmd.operands.is_empty() && !dcmd.options.is_empty() && !args.operands.is_empty() {
            return Err(Error::usage());
        }
        Ok(args)
    }
}

fn option_value(session: &Session, option: &Opt, value: Arg) -> Result<Arg> {
    match (option.value, value) {
        (OptValue::Number(_), Arg::Text(text)) => Ok(Arg::Number(eval::number_word(session, &text)?)),
        (OptValue::Text(_), Arg::Number(_) | Arg::Letter(_)) => {
            Err(Error::Usage(Some(format!("string argument required for -{}", option.letter))))
        }
        (_, value) => Ok(value),
    }
}

impl Dcmd {
    /// The line that tells how to call it, without `Usage: `.
    pub fn usage(&self) -> String {
        self.usage_as(self.name)
    }

    /// The usage line under one of its names.
    pub fn usage_as(&self, name: &str) -> String {
        let punctuated = name.starts_with(|c: char| !c.is_alphanumeric());
        let prefix = match (self.addr, punctuated) {
            (AddrUse::Refused, _) => "",
            (AddrUse::Optional, false) => "[address]::",
            (AddrUse::Optional, true) => "[address]",
            (AddrUse::Required, false) => "address::",
            (AddrUse::Required, true) => "address",
        };
        let mut line = format!("{prefix}{name}");
        let flags: String = self.options.iter().filter(|o| o.value == OptValue::Flag).map(|o| o.letter).collect();
        if !flags.is_empty() {
            line.push_str(&format!(" [-{flags}]"));
        }
        for option in self.options {
            if let OptValue::Text(name) | OptValue::Number(name) = option.value {
                line.push_str(&format!(" [-{} {name}]", option.letter));
            }
        }
        if !self.operands.is_empty() {
            line.push(' ');
            line.push_str(self.operands);
        }
        line
    }
}
