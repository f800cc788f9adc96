//! Generators and async functions: functions that stopped in the middle, and where.
//!
//! Knows: V8 `js-generator.tq`. Must not know: how one is shown.

use super::array::FixedArray;
use super::scope_info::VariableKind;
use super::{Error, Field, Heap, JsFunction, JsString, Kind, Result, Tagged};

/// What a generator does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GeneratorState {
    /// It waits to be resumed; where in its bytecode, if the layout tells.
    Suspended(Option<i64>),
    /// It runs.
    Running,
    /// It has ended.
    Closed,
}

/// What kind of function a generator object belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GeneratorKind {
    /// `function*`.
    Generator,
    /// `async function`.
    AsyncFunction,
    /// `async function*`.
    AsyncGenerator,
}

impl GeneratorKind {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            GeneratorKind::Generator => "Generator",
            GeneratorKind::AsyncFunction => "AsyncFunction",
            GeneratorKind::AsyncGenerator => "AsyncGenerator",
        }
    }
}

/// A generator object.
#[derive(Clone, Copy, Debug)]
pub struct Generator<'s> {
    heap: Heap<'s>,
    word: Tagged,
    /// What kind of function it belongs to.
    pub kind: GeneratorKind,
}

impl<'s> Generator<'s> {
    /// The generator object at `generator`.
    ///
    /// # Errors
    /// When it is none.
    pub fn load(heap: Heap<'s>, generator: Tagged) -> Result<Generator<'s>> {
        let instance_type = heap.instance_type(generator)?;
        if heap.layout().kind(instance_type) != Some(Kind::JsGenerator) {
            return Err(Error::NotA { addr: generator.addr(), expected: "a generator" });
        }
        let kind = match heap.layout().type_name(instance_type) {
            Some("JSAsyncFunctionObject") => GeneratorKind::AsyncFunction,
            Some("JSAsyncGeneratorObject") => GeneratorKind::AsyncGenerator,
            _ => GeneratorKind::Generator,
        };
        Ok(Generator { heap, word: generator, kind })
    }

    /// Its tagged address.
    pub fn word(self) -> Tagged {
        self.word
    }

    /// Its function.
    pub fn function(self) -> Result<JsFunction<'s>> {
        JsFunction::load(self.heap, self.heap.word(self.word, Field::GeneratorFunction)?)
    }

    /// What it does.
    pub fn state(self) -> Result<GeneratorState> {
        match self.heap.smi(self.word, Field::GeneratorContinuation)? {
            n if n == self.heap.layout().shapes.generators.executing => Ok(GeneratorState::Running),
            n if n == self.heap.layout().shapes.generators.closed => Ok(GeneratorState::Closed),
            _ => {
                let at = self.heap.layout().find(Field::GeneratorInput);
                let input = at.and_then(|_| self.heap.word(self.word, Field::GeneratorInput).ok());
                Ok(GeneratorState::Suspended(input.and_then(|word| word.smi(self.heap.width()))))
            }
        }
    }

    /// Where in its source it waits; absent when that cannot be told.
    pub fn location(self) -> Option<String> {
        let GeneratorState::Suspended(Some(kept)) = self.state().ok()? else { return None };
        let shared = self.function().ok()?.shared();
        let bytecode = shared.bytecode()?;
        let position = bytecode.position(bytecode.offset(kept).ok()?).ok()??;
        let script = shared.script().ok()?;
        Some(format!("{} {}", script.name().unwrap_or_default(), script.place(position)?))
    }

    /// The promise of an async function: what its caller waits for.
    ///
    /// # Errors
    /// When it is no async function, or this version keeps the promise elsewhere.
    pub fn promise(self) -> Result<Tagged> {
        let not = Error::NotA { addr: self.word.addr(), expected: "an async function" };
        match self.heap.layout().find(Field::AsyncFunctionPromise) {
            Some(_) if self.kind == GeneratorKind::AsyncFunction => {
                self.heap.word(self.word, Field::AsyncFunctionPromise)
            }
            Some(_) => Err(not),
            None => self.promise_in_register()?.ok_or(not),
        }
    }

    /// The promise in a variable without a name: to 6.8 an async function is a generator that has its promise in one (V8
    /// `parser-base.h`, PromiseVariable). The first variables are in the first registers.
    fn promise_in_register(self) -> Result<Option<Tagged>> {
        let registers = FixedArray::load(self.heap, self.heap.word(self.word, Field::GeneratorRegisters)?)?;
        let scope = self.function()?.shared().scope_info()?;
        let mut variables = scope.names(VariableKind::StackLocal).zip(registers.iter());
        let nameless = |name| JsString::load(self.heap, name).is_ok_and(JsString::is_empty);
        let found = variables.find(|&(name, value)| nameless(name) && self.heap.is(value, Kind::JsPromise));
        Ok(found.map(|(_, promise)| promise))
    }
}
