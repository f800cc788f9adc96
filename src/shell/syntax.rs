//! The syntax tree of the command language: what was typed, before any of it is looked up or computed.
//!
//! Knows: the shapes of statements. Must not know: symbols, variables, dcmds, or how text becomes a tree (`parse.rs`).

/// One statement: what stands before a newline or a `;`.
#[derive(Clone, PartialEq, Debug)]
pub enum Statement {
    /// Nothing.
    Empty,
    /// `! text`.
    Shell(String),
    /// `[address][,count] [command | command ...] [! text]`.
    Run(Run),
}

/// A statement that computes or runs something.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// The address before the command, if one was typed.
    pub addr: Option<Expr>,
    /// The repeat count after a comma.
    pub count: Option<Expr>,
    /// The commands between `|`; none in a naked expression.
    pub commands: Vec<Command>,
    /// The text after a `!` that ends the pipeline.
    pub shell: Option<String>,
}

/// One stage of a pipeline.
#[derive(Clone, PartialEq, Debug)]
pub struct Command {
    /// As typed: `::name`, `$c`, `:c`, `$<`, `>`, or a format verb `/ ? = \ @`.
    pub verb: String,
    /// What follows it.
    pub words: Vec<Word>,
}

impl Command {
    /// The name to look up: the verb without its `::`.
    pub fn name(&self) -> &str {
        self.verb.strip_prefix("::").unwrap_or(&self.verb)
    }
}

/// One argument.
#[derive(Clone, PartialEq, Debug)]
pub enum Word {
    /// A word, unquoted; in a format list a string.
    Text(String),
    /// `$[ ]`.
    Computed(Expr),
    /// A repeat number in a format list.
    Repeat(u64),
    /// A letter of a format list, the write or match letter after `/`, or the cast of `>/c/`.
    Letter(char),
}

/// An expression. Text that a message may have to quote is kept as typed.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// Digits, and the radix that their prefix names; without one the current radix holds, and digits that begin
    /// with a letter may be a symbol.
    Digits {
        /// The digits alone.
        digits: String,
        /// 2, 8, 10 or 16.
        radix: Option<u32>,
    },
    /// `0t1.5`, as its value.
    Float(f64),
    /// `'abcd'`, packed.
    Character(u64),
    /// A name, perhaps with an object before its last backquote; never `.`.
    Symbol(String),
    /// `<name`.
    Variable(String),
    /// `.`
    Dot,
    /// `+`: dot plus the last increment.
    Next,
    /// `^`: dot minus the last increment.
    Previous,
    /// `&`: the address that the last command used.
    DataAddress,
    /// A prefix operator.
    Unary(Unary, Box<Expr>),
    /// Infix operators of one level, from left to right: however many there are, the tree is no deeper.
    Infix(Box<Expr>, Vec<(Binary, Expr)>),
}

/// Prefix operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unary {
    /// `-`
    Negate,
    /// `~`
    Complement,
    /// `#`: 1 for zero, else 0.
    Not,
    /// `*`, `%` and their sized forms.
    Fetch {
        /// From the object file (`%`) and not from memory (`*`).
        file: bool,
        /// How many bytes.
        size: FetchSize,
    },
}

/// The size of a fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchSize {
    /// As many bytes as a pointer has.
    Pointer,
    /// 1, 2, 4 or 8 bytes.
    Bytes(u8),
}

/// Infix operators, in order of binding: a later level binds tighter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `&`
    And,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `%`: signed, truncating.
    Divide,
    /// `#`: the left side rounded up to a multiple of the right.
    RoundUp,
}
