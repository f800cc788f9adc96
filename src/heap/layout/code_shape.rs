//! How V8's versions differ in what compiled code notes of itself: as `shape`, for code alone.
//!
//! Knows: versions. Must not know: how code is read.

use super::Version;

/// All that differs in compiled code, for one version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeShapes {
    /// Where instructions are.
    pub instructions: Instructions,
    /// What optimized code keeps of where it can go on unoptimized.
    pub deoptimization: DeoptimizationShape,
    /// Where optimized code says which translation is for which call; absent where the translations' entries say all of it.
    pub safepoints: Option<SafepointShape>,
    /// How relocation information tells source positions; absent where it does not.
    pub relocation: Option<RelocationShape>,
    /// What an error's places in code count from.
    pub places: PlacesFrom,
    /// How optimized code refers to what its instructions name.
    pub embedded: Embedded,
}

/// How optimized code refers to the objects and contexts of the program that its instructions name (V8
/// `Code::IsWeakObjectInOptimizedCode`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Embedded {
    /// 3.14: it keeps them alive.
    Strong,
    /// From 3.28: when they die, so does the code.
    Weak,
}

/// What the places in code count from that an error keeps (V8 `frames.cc`, FrameSummary).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlacesFrom {
    /// To 4.5: the start of the Code.
    Code,
    /// From 5.1: its first instruction.
    Instructions,
}

/// Where the instructions of a Code are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Instructions {
    /// To 10.x: in the Code itself.
    Inside,
    /// From 11.0: in an InstructionStream that refers to its Code.
    Apart,
}

/// The array that optimized code keeps of where it can go on unoptimized (V8 `deoptimization-data.h`): indexes into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeoptimizationShape {
    /// Its translations: bytes.
    pub translations: usize,
    /// Its literals.
    pub literals: usize,
    /// The first entry.
    pub first: usize,
    /// Words to an entry.
    pub entry: usize,
    /// Where its translation begins, in words from the start of an entry.
    pub index: usize,
    /// The instruction that the call of an entry returns to.
    pub pc: usize,
    /// Where functions were inlined; absent where that is not told.
    pub inlinings: Option<usize>,
    /// Where the exits of the code are; absent where the array does not tell.
    pub exits: Option<Exits>,
    /// How translations are written.
    pub written: TranslationShape,
    /// Which slots of a frame their numbers mean.
    pub slots: SlotOrder,
}

/// Where optimized code says which translation is for which call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SafepointShape {
    /// To 8.x: a table behind the instructions.
    Table {
        /// Where it begins.
        at: TableOffset,
        /// Whether entries have the exit as well that frames return to once V8 gave the code up (V8
        /// `SafepointTable::kTrampolinePcOffset`).
        exits: bool,
    },
    /// From 13.0, of Maglev's code: a table behind the instructions.
    Maglev {
        /// The kind in the flags of its code (V8 `code-kind.h`).
        kind: u32,
    },
}

/// Where a Code has the offset of its table of safepoints, from its first instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableOffset {
    /// To 6.2: among flags (V8 `Code::SafepointTableOffsetField`).
    Flags {
        /// Bits below the offset.
        shift: u32,
    },
    /// In a field of its own.
    Field,
}

/// The exits of optimized code that V8 gave up, one for each entry: what its frames return to then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exits {
    /// The first one, in bytes from the first instruction: an index into the array.
    pub start: usize,
    /// The size of each (V8 `deoptimizer-x64.cc`, `kLazyDeoptExitSize`).
    pub size: u64,
}

/// How translations are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TranslationShape {
    /// To 8.x: numbers whose bytes have the bit that says whether more follow lowest (V8 `TranslationBuffer::Add`).
    LowBit,
    /// 9.x and 10.x: highest (V8 `vlq.h`).
    HighBit,
    /// From 11.0: the same, but opcodes are bytes, and parts of an earlier translation may be taken over.
    Matching,
}

/// Which slots of a frame the numbers in translations mean (V8 `frames.cc`, StackSlotOffsetRelativeToFp).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotOrder {
    /// To 4.5: 0 is the first local.
    FromLocals,
    /// From 5.0: 0 is the return address.
    FromCaller,
}

/// How relocation information tells where in the source instructions come from (V8 `assembler.cc`, RelocInfoWriter).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelocationShape {
    /// To 4.5: a long record has a mode of four bits, or two bits that tell what its data is.
    Nested,
    /// 5.1: a long record has a mode of six bits.
    Modes(RelocationModes),
}

/// The modes of records with data (V8 `assembler.h`, `RelocInfo::Mode`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RelocationModes {
    /// A call, and the number of its expression: an int.
    pub code_with_id: u8,
    /// A comment: a pointer.
    pub comment: u8,
    /// A position: an int.
    pub position: u8,
    /// One that begins a statement: an int.
    pub statement: u8,
    /// Constants among the instructions: an int.
    pub pools: [u8; 2],
    /// No record: the upper bits of the next one's distance.
    pub jump: u8,
}

/// V8 5.1.
const RELOCATION_MODES: RelocationModes =
    RelocationModes { code_with_id: 1, comment: 7, position: 8, statement: 9, pools: [18, 19], jump: 21 };

impl CodeShapes {
    /// Those of V8 `version`.
    pub fn of(version: Version) -> CodeShapes {
        let from = |major, minor| version >= Version::line(major, minor);
        CodeShapes {
            instructions: if from(11, 0) { Instructions::Apart } else { Instructions::Inside },
            deoptimization: DeoptimizationShape::of(version),
            safepoints: match () {
                () if from(14, 0) => Some(SafepointShape::Maglev { kind: 12 }),
                () if from(13, 0) => Some(SafepointShape::Maglev { kind: 11 }),
                () if from(9, 0) => None,
                () if from(6, 3) => Some(SafepointShape::Table { at: TableOffset::Field, exits: true }),
                () if from(6, 0) => Some(SafepointShape::Table { at: TableOffset::Flags { shift: 1 }, exits: true }),
                () if from(3, 20) => Some(SafepointShape::Table { at: TableOffset::Flags { shift: 1 }, exits: false }),
                () => Some(SafepointShape::Table { at: TableOffset::Flags { shift: 6 }, exits: false }),
            },
            relocation: match () {
                () if from(5, 2) => None,
                () if from(5, 1) => Some(RelocationShape::Modes(RELOCATION_MODES)),
                () if from(4, 6) => None,
                () => Some(RelocationShape::Nested),
            },
            embedded: if from(3, 20) { Embedded::Weak } else { Embedded::Strong },
            places: if from(5, 0) { PlacesFrom::Instructions } else { PlacesFrom::Code },
        }
    }
}

impl DeoptimizationShape {
    fn of(version: Version) -> DeoptimizationShape {
        let from = |major, minor| version >= Version::line(major, minor);
        // Before the entries: translations, count, literals, two numbers; then more and more.
        let (translations, literals, first) = match () {
            () if from(13, 0) => (0, 3, 12),
            () if from(9, 0) => (0, 2, 11),
            () if from(8, 0) => (0, 2, 10),
            () if from(6, 0) => (0, 2, 9),
            () if from(4, 0) => (0, 2, 8),
            () if from(3, 20) => (2, 4, 9),
            () => (0, 2, 5),
        };
        DeoptimizationShape {
            translations,
            literals,
            first,
            entry: if from(6, 0) { 3 } else { 4 },
            index: 1,
            pc: if from(6, 0) { 2 } else { 3 },
            // V8 6 has a cell between.
            inlinings: match () {
                () if from(13, 0) => Some(8),
                () if from(7, 0) => Some(7),
                () if from(6, 0) => Some(8),
                () => None,
            },
            exits: match () {
                () if from(13, 0) => Some(Exits { start: 9, size: 4 }),
                () if from(9, 5) => Some(Exits { start: 8, size: 4 }),
                () if from(9, 0) => Some(Exits { start: 8, size: 7 }),
                () => None,
            },
            written: match () {
                () if from(11, 0) => TranslationShape::Matching,
                () if from(9, 0) => TranslationShape::HighBit,
                () => TranslationShape::LowBit,
            },
            slots: if from(5, 0) { SlotOrder::FromCaller } else { SlotOrder::FromLocals },
        }
    }
}
