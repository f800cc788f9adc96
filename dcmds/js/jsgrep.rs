//! `::jsgrep`: lets those objects through for which an expression over their properties holds.

use jsdb::heap::Tagged;
use jsdb::heap::query::Expr;
use jsdb::shell::json::{Is, Key};
use jsdb::shell::{AddrUse, Address, Arg, Context, Dcmd, Error, Example, Result, Subject};
use std::sync::Arc;

/// `::jsgrep`.
pub static DCMD: Dcmd = Dcmd {
    name: "jsgrep",
    subject: Subject::Js,
    addr: AddrUse::Required,
    summary: "keep the objects for which an expression holds",
    operands: "expr",
    help: "\
Hands on the address if the expression, written as in JavaScript, is true of the object there. Put it in single quotes:
the shell of this debugger takes |, !, ; and blanks apart only outside of quotes. Text in it then stands in double ones.

A name is a property of the object, or of its prototypes; `this` is the object itself. There are members and elements
(`a.b`, `a[0]`, `a[\"b c\"]`), numbers, text, true, false, null and undefined; ! - + * / % and typeof; == != === !== < >
<= >=, `in` and instanceof, which goes by the name of the constructor; && || ?? and ? : with parentheses. Of calls,
`/pattern/.test(text)`, startsWith, endsWith and includes. Patterns may not look ahead or behind or refer to groups: so
searching takes no longer than the text is long.

What is not there is undefined, and so is a member of it: no object is an error. What a getter would compute is undefined
too, but for the stack of an error; lengths, the size of a Map and the name of a function are known. Where a number is
wanted, a date is its time in milliseconds; where text is wanted, a Buffer is what it says in UTF-8.",
    examples: &[
        Example {
            why: "sockets that were destroyed after they had sent something",
            line: "::findjsobjects -c Socket | ::findjsobjects | ::jsgrep 'destroyed && bytesRead > 0' ! tail -n 2",
            shows: r##"
4224cce6a19
4224cce68f1
"##,
        },
        Example {
            why: "objects whose name matches a pattern, with |, ! and ; in the quotes",
            line: "::findjsobjects -p name | ::findjsobjects | ::jsgrep '/^(ping|pong)/.test(name) && !/;/.test(name)'",
            shows: r##"
4224cc14af1
381613f9ea31
"##,
        },
        Example {
            why: "records whose socket has no handle any more",
            line: "::findjsobjects -p socket | ::findjsobjects | ::jsgrep 'socket && !socket._handle' ! wc -l",
            shows: "200",
        },
        Example {
            why: "an expression that is none",
            line: "4224cc14af1::jsgrep 'served > && ratio'",
            shows: r##"
jsdb: a value is expected, at column 10:
    served > && ratio
             ^
Usage: address::jsgrep expr
jsdb: try '::help jsgrep' for more information
"##,
        },
    ],
    see_also: &["jssort", "jscount", "findjsobjects", "grep"],
    json: &[Key::new("address", Is::Hex, "an object for which it holds")],
    run,
    ..Dcmd::BASE
};

fn run(ctx: &mut Context<'_>) -> Result<()> {
    let addr = ctx.required_addr()?;
    let expr = expression(ctx)?;
    if expr.value(ctx.session.heap()?, Tagged(addr.0)).is_true() {
        ctx.out.item(&Address(addr));
    }
    Ok(())
}

/// The expression that is the only operand.
///
/// # Errors
/// A usage error where there is none, or more, or it is no expression.
pub fn expression(ctx: &Context<'_>) -> Result<Arc<Expr>> {
    let [Arg::Text(text)] = ctx.args.operands.as_slice() else {
        return Err(Error::Usage(Some("one expression is expected: put it in single quotes".to_owned())));
    };
    ctx.session.query(text)
}
