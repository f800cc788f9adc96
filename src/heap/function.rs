//! Functions: a JSFunction is a closure, one run of a function expression over its context; bound ones wrap another.
//!
//! Knows: V8 3.14 `objects.h`, class JSFunction, and `macros.py` for bindings; later `js-function.tq`. Must not know: frames, printing.

use super::array::FixedArray;
use super::{Context, Error, Field, Heap, Kind, Result, SharedFunctionInfo, Tagged};

/// A JSFunction.
#[derive(Clone, Copy, Debug)]
pub struct JsFunction<'s> {
    heap: Heap<'s>,
    word: Tagged,
    shared: SharedFunctionInfo<'s>,
}

impl<'s> JsFunction<'s> {
    /// The function at `function`.
    ///
    /// # Errors
    /// When it is not one, or has no SharedFunctionInfo.
    pub fn load(heap: Heap<'s>, function: Tagged) -> Result<JsFunction<'s>> {
        if heap.kind(function)? != Some(Kind::JsFunction) {
            return Err(Error::NotA { addr: function.addr(), expected: "a JSFunction" });
        }
        let shared = SharedFunctionInfo::load(heap, heap.word(function, Field::JsFunctionShared)?)?;
        Ok(JsFunction { heap, word: function, shared })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// What it has in common with the other closures of its source.
    pub fn shared(self) -> SharedFunctionInfo<'s> {
        self.shared
    }

    /// The context that it closes over.
    pub fn context(self) -> Result<Context<'s>> {
        Context::load(self.heap, self.heap.word(self.word, Field::JsFunctionContext)?)
    }
}

/// A function that `Function.prototype.bind` made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundFunction {
    /// The function that it calls.
    pub target: Tagged,
    /// What it passes as `this`.
    pub this: Tagged,
    /// What it passes before its own arguments.
    pub arguments: Vec<Tagged>,
}

/// Where the bindings array keeps the target (V8 3.14 `objects.h`, `JSFunction::kBoundFunctionIndex`).
const BINDINGS_TARGET: usize = 0;
/// Where it keeps `this` (`kBoundThisIndex`).
const BINDINGS_THIS: usize = 1;
/// Where its arguments begin (`kBoundArgumentsStartIndex`).
const BINDINGS_ARGUMENTS: usize = 2;

impl BoundFunction {
    /// What the function at `function` binds; absent for one that binds nothing.
    ///
    /// # Errors
    /// When it is not a function, or its bindings cannot be read.
    pub fn load(heap: Heap<'_>, function: Tagged) -> Result<Option<BoundFunction>> {
        if heap.is(function, Kind::JsBoundFunction) {
            let arguments = FixedArray::load(heap, heap.word(function, Field::BoundFunctionArguments)?)?;
            return Ok(Some(BoundFunction {
                target: heap.word(function, Field::BoundFunctionTarget)?,
                this: heap.word(function, Field::BoundFunctionThis)?,
                arguments: arguments.iter().collect(),
            }));
        }
        let function = JsFunction::load(heap, function)?;
        if !function.shared.is_bound()? {
            return Ok(None);
        }
        let bindings = FixedArray::load(heap, heap.word(function.word, Field::JsFunctionLiterals)?)?;
        let at = |index| {
            bindings.get(index).ok_or(Error::NotA { addr: bindings.word().addr(), expected: "an array of bindings" })
        };
        Ok(Some(BoundFunction {
            target: at(BINDINGS_TARGET)?,
            this: at(BINDINGS_THIS)?,
            arguments: bindings.iter().skip(BINDINGS_ARGUMENTS).collect(),
        }))
    }
}
