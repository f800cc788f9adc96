//! What differs by line of V8 in what its compilers note beside their code: the opcodes of translations, and how long
//! bytecodes are.
//!
//! The tables beside this file have them by line; a cell of the first is an opcode's number and how many operands it has,
//! one of the second a bytecode's size in bytes with operands of one, two and four bytes. They were read from official
//! builds: `Translation::StringFor` and `NumberOfOperandsFor`, later `TranslationOpcodeOperandCount`, in the order of V8
//! `translation-opcode.h`; `Bytecodes::kBytecodeSizes`. Those of 3.14 are V8's `deoptimizer.h`.
//!
//! Knows: those tables. Must not know: how a translation is read.

use super::Version;

const OPCODES: &str = include_str!("translation_opcodes.tsv");
const SIZES: &str = include_str!("bytecode_sizes.tsv");

/// Both tables, for one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The opcodes of translations, by their number; none for a version that is not known.
    pub opcodes: Vec<Opcode>,
    /// The sizes of bytecodes by their number, with operands of one, two and four bytes; none where bytecode is not
    /// compiled as it stands, to 9.0.
    pub bytecodes: Vec<[u8; 3]>,
}

/// An opcode of a translation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opcode {
    /// What it says.
    pub says: Says,
    /// How many operands it has.
    pub operands: usize,
}

/// What an opcode of a translation says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Says {
    /// A translation begins.
    Begin,
    /// A frame of a function of full code: the number of the expression it is at, the function.
    FullFrame,
    /// A frame of a function of bytecode: the offset it is at, the function.
    BytecodeFrame,
    /// A frame of a builtin that JavaScript sees as a function: a number, the function.
    BuiltinFrame,
    /// A frame of V8's own.
    OtherFrame,
    /// The value in a slot of the frame: its index.
    Slot,
    /// The 32-bit integer in a slot of the frame: its index.
    IntSlot,
    /// A value in the table of literals: its index.
    Literal,
    /// The function of the frame.
    Function,
    /// An object that would have to be made: how many values of it follow.
    Object,
    /// The next value stands twice: it is not counted.
    Twice,
    /// So many instructions are those of an earlier translation.
    Match,
    /// What is no value: feedback.
    Nothing,
    /// A value that is nowhere in memory.
    Value,
}

impl Compiled {
    /// The tables of V8 `version`.
    pub fn of(version: Version) -> Compiled {
        let mut named: Vec<(usize, Opcode)> = column(OPCODES, version)
            .filter_map(|(name, cell)| {
                let (number, operands) = cell.split_once(':')?;
                let operands = operands.parse().ok()?;
                Some((number.parse().ok()?, Opcode { says: says(name, operands), operands }))
            })
            .collect();
        named.sort_by_key(|&(number, _)| number);
        let opcodes = named.into_iter().map(|(_, opcode)| opcode).collect();
        let bytecodes = column(SIZES, version).filter_map(|(_, cell)| {
            let mut sizes = cell.split(',').map(|size| size.parse().ok());
            Some([sizes.next()??, sizes.next()??, sizes.next()??])
        });
        Compiled { opcodes, bytecodes: bytecodes.collect() }
    }
}

/// The names and cells of the column of `version`, in order; none where it has no column.
fn column(table: &'static str, version: Version) -> impl Iterator<Item = (&'static str, &'static str)> {
    let line = format!("{}.{}", version.parts[0], version.parts[1]);
    let mut rows = table.lines().map(|row| row.split('\t'));
    let column = rows.next().and_then(|mut header| header.position(|name| name == line));
    rows.filter_map(move |mut row| {
        let name = row.next()?;
        let cell = row.nth(column?.checked_sub(1)?)?;
        (cell != ".").then_some((name, cell))
    })
}

fn says(name: &str, operands: usize) -> Says {
    match name {
        "JS_FRAME" => Says::FullFrame,
        "STACK_SLOT" | "TAGGED_STACK_SLOT" => Says::Slot,
        "INT32_STACK_SLOT" => Says::IntSlot,
        "LITERAL" => Says::Literal,
        "JS_FRAME_FUNCTION" => Says::Function,
        "CAPTURED_OBJECT" => Says::Object,
        // Of 3.14 they are among the values that follow.
        "ARGUMENTS_OBJECT" if operands == 1 => Says::Object,
        "DUPLICATE" => Says::Twice,
        "MATCH_PREVIOUS_TRANSLATION" => Says::Match,
        "UPDATE_FEEDBACK" => Says::Nothing,
        "INLINED_EXTRA_ARGUMENTS" => Says::OtherFrame,
        _ if name.starts_with("BEGIN") => Says::Begin,
        _ if name.starts_with("INTERPRETED_FRAME") => Says::BytecodeFrame,
        _ if name.starts_with("JAVASCRIPT_BUILTIN_CONTINUATION") => Says::BuiltinFrame,
        _ if name.ends_with("_FRAME") => Says::OtherFrame,
        _ => Says::Value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::CANNED;
    use super::*;

    #[test]
    fn every_line_has_its_opcodes_without_a_gap() {
        for canned in CANNED {
            let numbers: Vec<usize> =
                column(OPCODES, canned.version).filter_map(|(_, cell)| cell.split_once(':')?.0.parse().ok()).collect();
            let tables = Compiled::of(canned.version);
            assert_eq!(numbers.iter().max(), Some(&(tables.opcodes.len() - 1)), "{}", canned.name);
            let has = |says| tables.opcodes.iter().any(|opcode| opcode.says == says);
            assert!(has(Says::Begin) && has(Says::Slot) && has(Says::Literal), "{}", canned.name);
            assert!(has(Says::FullFrame) || has(Says::BytecodeFrame), "{}", canned.name);
        }
    }

    #[test]
    fn bytecodes_have_sizes_since_they_are_compiled_as_they_stand() {
        for canned in CANNED {
            let tables = Compiled::of(canned.version);
            assert_eq!(tables.bytecodes.len() > 190, canned.version >= Version::line(9, 1), "{}", canned.name);
            assert!(tables.bytecodes.iter().flatten().all(|&size| size > 0), "{}", canned.name);
        }
        assert_eq!(Compiled::of(Version::line(99, 0)), Compiled::default());
    }
}
