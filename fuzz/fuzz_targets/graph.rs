//! The target `graph`: see `jsdb_fuzz::TARGETS`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| jsdb_fuzz::run("graph", input));
