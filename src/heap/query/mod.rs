//! Expressions over an object's properties, as JavaScript would write them: which objects hold what is asked for.
//!
//! An expression is computed on a heap that no longer runs: there are no calls but for a few that need no program, an
//! accessor has no value, and what is not there is undefined, never an error.
//!
//! Knows: what an expression is made of. Must not know: how it is written, commands.

mod eval;
mod member;
mod pattern;
#[cfg(test)]
mod tests;
mod value;

pub use pattern::Pattern;
pub use value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// `1.5`, `0x1f`
    Number(f64),
    /// `"text"`, in UTF-16 code units.
    Text(Vec<u16>),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// `undefined`
    Undefined,
    /// `this`: the object itself.
    This,
    /// `name`: a property of the object, or of its prototypes.
    Name(String),
    /// `object.name`
    Member(Box<Expr>, String),
    /// `object[key]`
    Index(Box<Expr>, Box<Expr>),
    /// `!value`
    Unary(Unary, Box<Expr>),
    /// `left + right`
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `left && right`: the right side is computed where it is needed.
    Logical(Logical, Box<Expr>, Box<Expr>),
    /// `condition ? yes : no`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `value instanceof Name`: by the name of the constructor.
    Instance(Box<Expr>, String),
    /// `/pattern/.test(text)`
    Test(Pattern, Box<Expr>),
    /// `text.startsWith(other)`
    Method(Method, Box<Expr>, Box<Expr>),
}

/// What stands before a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unary {
    /// `!`
    Not,
    /// `-`
    Negate,
    /// `+`
    Number,
    /// `typeof`
    TypeOf,
}

/// What stands between two values, both of which are computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `===`
    Same,
    /// `!==`
    NotSame,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
    /// `key in object`
    In,
    /// `+`: of numbers, or of texts.
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// What stands between two values, the right one of which may not be needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Logical {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Coalesce,
}

/// A call that needs no program: of text with text, the last of arrays too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
    /// `includes`
    Includes,
}
