//! The types that C has without being told, for programs that bring none.
//!
//! Knows: their sizes in both data models. Must not know: who asks.

use super::{Integer, Type, Types};

/// A data model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Model {
    /// int, long and pointers have 32 bits.
    Ilp32,
    /// long and pointers have 64 bits.
    Lp64,
}

/// A plain type: its name, its bits in both models, whether it has a sign, whether it is a character.
struct Plain {
    name: &'static str,
    bits: [u32; 2],
    signed: bool,
    character: bool,
}

const fn plain(name: &'static str, bits: [u32; 2], signed: bool, character: bool) -> Plain {
    Plain { name, bits, signed, character }
}

/// What mdb's `::typedef -c` makes (`synth_builtins`), in its order.
const INTEGERS: [Plain; 19] = [
    plain("void", [0, 0], true, false),
    plain("signed", [32, 32], true, false),
    plain("unsigned", [32, 32], false, false),
    plain("char", [8, 8], true, true),
    plain("short", [16, 16], true, false),
    plain("int", [32, 32], true, false),
    plain("long", [32, 64], true, false),
    plain("long long", [64, 64], true, false),
    plain("signed char", [8, 8], true, true),
    plain("signed short", [16, 16], true, false),
    plain("signed int", [32, 32], true, false),
    plain("signed long", [32, 64], true, false),
    plain("signed long long", [64, 64], true, false),
    plain("unsigned char", [8, 8], false, true),
    plain("unsigned short", [16, 16], false, false),
    plain("unsigned int", [32, 32], false, false),
    plain("unsigned long", [32, 64], false, false),
    plain("unsigned long long", [64, 64], false, false),
    plain("_Bool", [8, 8], false, false),
];

const FLOATS: [(&str, u32); 9] = [
    ("float", 32),
    ("double", 64),
    ("long double", 128),
    ("float imaginary", 32),
    ("double imaginary", 64),
    ("long double imaginary", 128),
    ("float complex", 64),
    ("double complex", 128),
    ("long double complex", 256),
];

/// Names of `<stdint.h>` and `<sys/types.h>`, and what they stand for in both models.
const ALIASES: [(&str, [&str; 2]); 16] = [
    ("int8_t", ["char", "char"]),
    ("int16_t", ["short", "short"]),
    ("int32_t", ["int", "int"]),
    ("int64_t", ["long long", "long"]),
    ("intptr_t", ["int", "long"]),
    ("uint8_t", ["unsigned char", "unsigned char"]),
    ("uint16_t", ["unsigned short", "unsigned short"]),
    ("uint32_t", ["unsigned", "unsigned"]),
    ("uint64_t", ["unsigned long long", "unsigned long"]),
    ("uchar_t", ["unsigned char", "unsigned char"]),
    ("ushort_t", ["unsigned short", "unsigned short"]),
    ("uint_t", ["unsigned", "unsigned"]),
    ("ulong_t", ["unsigned long", "unsigned long"]),
    ("u_longlong_t", ["unsigned long long", "unsigned long long"]),
    ("ptrdiff_t", ["int", "long"]),
    ("uintptr_t", ["unsigned", "unsigned long"]),
];

impl Model {
    /// The model called `name`, in any case.
    pub fn called(name: &str) -> Option<Model> {
        match name.to_ascii_lowercase().as_str() {
            "lp32" | "ilp32" => Some(Model::Ilp32),
            "lp64" => Some(Model::Lp64),
            _ => None,
        }
    }

    /// Adds the model's types to `types`; names that are known already stay.
    pub fn define(self, types: &mut Types) {
        let pick = usize::from(self == Model::Lp64);
        for p in &INTEGERS {
            let bits = p.bits[pick];
            types.add(Type::Integer(Integer {
                name: p.name.to_owned(),
                size: u64::from(bits / 8),
                bits,
                signed: p.signed,
                character: p.character,
                varargs: false,
            }));
        }
        for (name, bits) in FLOATS {
            types.add(Type::Float { name: name.to_owned(), bits, real: !name.contains(' ') || name == "long double" });
        }
        for (name, of) in ALIASES {
            if let Some(of) = types.called(of[pick]).map(|t| t.id()) {
                types.add(Type::Alias { name: name.to_owned(), of });
            }
        }
    }
}
