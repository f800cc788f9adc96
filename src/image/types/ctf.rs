//! CTF version 2: the type data that illumos keeps in the section `.SUNW_ctf` (`<sys/ctf.h>`, ctf(4)).
//!
//! Knows: how it is encoded. Must not know: which object it belongs to.

use super::{Composite, Integer, Member, Type, TypeId, Types};
use crate::image::Width;
use std::borrow::Cow;
use std::io::Read;

/// What a section says.
#[derive(Debug)]
pub struct Decoded {
    /// Its types.
    pub types: Types,
    /// Types of data symbols (`STT_OBJECT`), in the order of the symbol table; absent where nothing is said.
    pub objects: Vec<Option<TypeId>>,
    /// Signatures of functions (`STT_FUNC`), likewise.
    pub functions: Vec<Option<Signature>>,
}

/// What a function takes and returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it returns.
    pub returns: TypeId,
    /// What it takes.
    pub arguments: Vec<TypeId>,
    /// Whether more may follow.
    pub variadic: bool,
}

const MAGIC: u16 = 0xcff1;
const VERSION: u8 = 2;
/// CTF_F_COMPRESS: what follows the header is a zlib stream.
const COMPRESSED: u8 = 1;
/// sizeof (ctf_header_t)
const HEADER: usize = 36;
/// The types of a program are some megabytes at most.
const MOST_UNPACKED: u64 = 256 << 20;
/// CTF_LSIZE_SENT: the size follows in two words.
const LARGE: u16 = 0xffff;
/// CTF_LSTRUCT_THRESH: from this size on members have 64-bit offsets.
const LARGE_STRUCT: u64 = 8192;
/// Types of a child are numbered from here; those below are its parent's.
const CHILD: u16 = 0x8000;

/// Little-endian numbers one after another; past the end there is nothing.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn u16(&mut self) -> Option<u16> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(2)?)?;
        self.at += 2;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn u64_high_first(&mut self) -> Option<u64> {
        Some(u64::from(self.u32()?) << 32 | u64::from(self.u32()?))
    }
}

/// Where the parts lie, from the end of the header on.
struct Parts {
    objects: usize,
    functions: usize,
    types: usize,
    strings: usize,
    strings_len: usize,
    is_child: bool,
}

/// The strings of the section and of the symbol table it goes with.
struct Names<'b> {
    own: &'b [u8],
    external: &'b [u8],
}

impl Names<'_> {
    fn at(&self, reference: u32) -> String {
        let table = if reference >> 31 == 0 { self.own } else { self.external };
        let rest = table.get((reference & 0x7fff_ffff) as usize..).unwrap_or_default();
        let end = rest.iter().position(|&b| b == 0).unwrap_or(0);
        crate::image::text::printable(&rest[..end])
    }
}

/// Decodes `section`; `strings` is the string table of the symbol table that it goes with.
///
/// # Errors
/// A sentence that says why it cannot be read. Types up to a broken one are kept.
pub fn decode(section: &[u8], strings: &[u8], width: Width) -> Result<Decoded, String> {
    let mut header = Reader { bytes: section, at: 0 };
    let magic = header.u16().ok_or("it is too short")?;
    if magic != MAGIC {
        return Err(format!("it begins with {magic:#x} and not with {MAGIC:#x}"));
    }
    let [version, flags] = header.u16().unwrap_or(0).to_le_bytes();
    if version != VERSION {
        return Err(format!("it has version {version}, and jsdb reads version {VERSION}"));
    }
    let mut word = || header.u32().map(|w| w as usize).ok_or("its header is cut off");
    let parent_label = word()?;
    let parent_name = word()?;
    let _labels = word()?;
    let parts = Parts {
        objects: word()?,
        functions: word()?,
        types: word()?,
        strings: word()?,
        strings_len: word()?,
        is_child: parent_label != 0 || parent_name != 0,
    };
    let body = section.get(HEADER..).unwrap_or_default();
    let body = if flags & COMPRESSED == 0 {
        Cow::Borrowed(body)
    } else {
        let mut unpacked = Vec::new();
        let stream = flate2::read::ZlibDecoder::new(body).take(MOST_UNPACKED);
        // A stream that is cut still has what came before.
        let _ = { stream }.read_to_end(&mut unpacked);
        Cow::Owned(unpacked)
    };
    let span = |from: usize, to: usize| body.get(from..to.min(body.len())).unwrap_or_default();
    let names = Names { own: span(parts.strings, parts.strings.saturating_add(parts.strings_len)), external: strings };
    let types = types(span(parts.types, parts.strings), &names, parts.is_child, width);
    let objects = span(parts.objects, parts.functions)
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .map(|id| Some(index(id, parts.is_child)).filter(|id| id.0 != 0))
        .collect();
    let functions = functions(span(parts.functions, parts.types), parts.is_child);
    Ok(Decoded { types, objects, functions })
}

/// One signature after another; a lone zero stands for a function of which nothing is said.
fn functions(bytes: &[u8], is_child: bool) -> Vec<Option<Signature>> {
    let mut reader = Reader { bytes, at: 0 };
    let mut signatures = Vec::new();
    while let Some(info) = reader.u16() {
        if info >> 11 == 0 && info & 0x3ff == 0 {
            signatures.push(None);
            continue;
        }
        let returns = reader.u16();
        let ids = (0..info & 0x3ff).map(|_| reader.u16()).collect::<Option<Vec<u16>>>();
        let (Some(returns), Some(mut ids)) = (returns, ids) else { break };
        // Three dots are an argument of no type.
        let variadic = ids.last() == Some(&0);
        if variadic {
            ids.pop();
        }
        let of = |id| index(id, is_child);
        let signature = Signature { returns: of(returns), arguments: ids.into_iter().map(of).collect(), variadic };
        signatures.push((info >> 11 == 5).then_some(signature));
    }
    signatures
}

/// A type's number as an index; those of a parent, which is another file, are unknown.
fn index(id: u16, is_child: bool) -> TypeId {
    match (id >= CHILD, is_child) {
        (true, true) => TypeId(u32::from(id & !CHILD)),
        (false, false) => TypeId(u32::from(id)),
        _ => TypeId(0),
    }
}

fn types(bytes: &[u8], names: &Names<'_>, is_child: bool, width: Width) -> Types {
    let mut types = Types::new(width);
    let mut reader = Reader { bytes, at: 0 };
    while let Some(next) = one(&mut reader, names, is_child) {
        types.add(next);
    }
    types
}

/// The next type.
fn one(reader: &mut Reader<'_>, names: &Names<'_>, is_child: bool) -> Option<Type> {
    let name = names.at(reader.u32()?);
    let info = reader.u16()?;
    let size_or_type = reader.u16()?;
    let (kind, count) = (info >> 11, usize::from(info & 0x3ff));
    let size = if size_or_type == LARGE { reader.u64_high_first()? } else { u64::from(size_or_type) };
    let of = index(size_or_type, is_child);
    Some(match kind {
        1 => {
            let [bits_low, bits_high, _offset, encoding] = reader.u32()?.to_le_bytes();
            Type::Integer(Integer {
                name,
                size,
                bits: u32::from(u16::from_le_bytes([bits_low, bits_high])),
                signed: encoding & 1 != 0,
                character: encoding & 2 != 0,
                varargs: encoding & 8 != 0,
            })
        }
        2 => {
            let [bits_low, bits_high, _offset, encoding] = reader.u32()?.to_le_bytes();
            let bits = u32::from(u16::from_le_bytes([bits_low, bits_high]));
            // CTF_FP_SINGLE, CTF_FP_DOUBLE, CTF_FP_LDOUBLE.
            Type::Float { name, bits, real: matches!(encoding, 1 | 2 | 6) }
        }
        3 => Type::Pointer(of),
        4 => {
            let element = index(reader.u16()?, is_child);
            let _index = reader.u16()?;
            Type::Array { element, count: u64::from(reader.u32()?) }
        }
        5 => {
            // The arguments are padded to a multiple of four bytes.
            for _ in 0..count.next_multiple_of(2) {
                reader.u16()?;
            }
            Type::Function(of)
        }
        6 | 7 => {
            let members = (0..count).map(|_| member(reader, names, is_child, size)).collect::<Option<_>>()?;
            Type::Composite(Composite { union: kind == 7, tag: name, size, members })
        }
        8 => {
            let value = |_| Some((names.at(reader.u32()?), reader.u32()? as i32));
            Type::Enumeration { tag: name, size, values: (0..count).map(value).collect::<Option<_>>()? }
        }
        9 => Type::Forward { word: "struct", tag: name },
        10 => Type::Alias { name, of },
        11 => Type::Qualified { word: "volatile", of },
        12 => Type::Qualified { word: "const", of },
        13 => Type::Qualified { word: "restrict", of },
        _ => Type::Unknown,
    })
}

fn member(reader: &mut Reader<'_>, names: &Names<'_>, is_child: bool, size: u64) -> Option<Member> {
    let name = names.at(reader.u32()?);
    let of = index(reader.u16()?, is_child);
    let short = reader.u16()?;
    let offset = if size >= LARGE_STRUCT { reader.u64_high_first()? } else { u64::from(short) };
    Some(Member { name, of, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a section, sharing nothing with the reader.
    #[derive(Default)]
    struct Writer {
        types: Vec<u8>,
        strings: Vec<u8>,
        objects: Vec<u16>,
        functions: Vec<u16>,
        external: Vec<u8>,
    }

    impl Writer {
        fn new() -> Writer {
            Writer { strings: vec![0], external: b"\0from_symtab\0".to_vec(), ..Writer::default() }
        }

        fn string(&mut self, text: &str) -> u32 {
            if text.is_empty() {
                return 0;
            }
            let at = self.strings.len() as u32;
            self.strings.extend_from_slice(text.as_bytes());
            self.strings.push(0);
            at
        }

        fn head(&mut self, name: u32, kind: u16, count: u16, word: u16) {
            self.types.extend(name.to_le_bytes());
            self.types.extend((kind << 11 | 1 << 10 | count).to_le_bytes());
            self.types.extend(word.to_le_bytes());
        }

        fn word(&mut self, word: u32) {
            self.types.extend(word.to_le_bytes());
        }

        fn half(&mut self, half: u16) {
            self.types.extend(half.to_le_bytes());
        }

        fn integer(&mut self, name: &str, size: u16, encoding: u32) {
            let name = self.string(name);
            self.head(name, 1, 0, size);
            self.word((encoding << 24) | (u32::from(size) * 8));
        }

        fn section(&self, compressed: bool) -> Vec<u8> {
            let mut body: Vec<u8> = self.objects.iter().flat_map(|id| id.to_le_bytes()).collect();
            let functions = body.len();
            body.extend(self.functions.iter().flat_map(|half| half.to_le_bytes()));
            body.resize(body.len().next_multiple_of(4), 0);
            let types = body.len();
            body.extend(&self.types);
            let strings = body.len();
            body.extend(&self.strings);
            let mut out = vec![0xf1, 0xcf, 2, u8::from(compressed)];
            for word in [0, 0, 0, 0, functions, types, strings, self.strings.len()] {
                out.extend((word as u32).to_le_bytes());
            }
            if compressed {
                use std::io::Write as _;
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&body).expect("to memory");
                out.extend(encoder.finish().expect("to memory"));
            } else {
                out.extend(body);
            }
            out
        }
    }

    /// int (1), char (2), char [12] (3), struct node (4) of three members, node * (5), node_t (6), enum color (7),
    /// a large struct (8), unsigned :5 (9).
    fn sample() -> Writer {
        let mut w = Writer::new();
        w.integer("int", 4, 1);
        w.integer("char", 1, 3);
        w.head(0, 4, 0, 0);
        w.half(2);
        w.half(1);
        w.word(12);
        let (node, next, value) = (w.string("node"), w.string("next"), w.string("value"));
        w.head(node, 6, 3, 24);
        for (name, of, offset) in [(next, 5_u16, 0_u16), (value, 1, 64), (1 << 31 | 1, 3, 96)] {
            w.word(name);
            w.half(of);
            w.half(offset);
        }
        w.head(0, 3, 0, 4);
        let node_t = w.string("node_t");
        w.head(node_t, 10, 0, 4);
        let (color, red, green) = (w.string("color"), w.string("RED"), w.string("GREEN"));
        w.head(color, 8, 2, 4);
        for (name, value) in [(red, 0), (green, -5_i32)] {
            w.word(name);
            w.word(value as u32);
        }
        let (large, far) = (w.string("large"), w.string("far"));
        w.head(large, 6, 1, 0xffff);
        w.word(1);
        w.word(0);
        w.word(far);
        w.half(1);
        w.half(0);
        w.word(8);
        w.word(64);
        let bits = w.string("unsigned");
        w.head(bits, 1, 0, 4);
        w.word(5);
        w.objects = vec![0, 3, 6];
        // Nothing said of the first; int (node_t, ...); int (void). CTF_K_FUNCTION is 5.
        w.functions = vec![0, 5 << 11 | 2, 1, 6, 0, 5 << 11, 1];
        w
    }

    fn check(section: &[u8], external: &[u8]) {
        let decoded = decode(section, external, Width::W64).expect("it is well formed");
        let types = &decoded.types;
        let node = types.lookup("node_t").expect("node_t").resolved();
        assert_eq!(node.to_string(), "struct node");
        assert_eq!(node.size(), 24);
        let (value, at) = node.member("value").expect("value");
        assert_eq!((value.to_string(), at), ("int".to_owned(), 64));
        let (text, at) = node.member("from_symtab").expect("a name of the symbol table");
        assert_eq!((text.to_string(), text.size(), at), ("char [12]".to_owned(), 12, 96));
        assert_eq!(node.member("next").expect("next").0.to_string(), "struct node *");
        let color = types.lookup("enum color").expect("enum color");
        assert_eq!(
            color.kind(),
            &Type::Enumeration {
                tag: "color".to_owned(),
                size: 4,
                values: vec![("RED".to_owned(), 0), ("GREEN".to_owned(), -5)],
            }
        );
        let large = types.lookup("struct large").expect("struct large");
        assert_eq!(large.size(), 1 << 32);
        assert_eq!(large.member("far").map(|(_, at)| at), Some(8 << 32 | 64));
        let Type::Integer(bits) = types.lookup("unsigned").expect("unsigned").kind() else { panic!("an integer") };
        assert!(bits.is_bit_field() && !bits.signed);
        let objects: Vec<_> = decoded.objects.iter().map(|id| id.map(|id| types.get(id).to_string())).collect();
        assert_eq!(objects, [None, Some("char [12]".to_owned()), Some("node_t".to_owned())]);
        let signature = |arguments, variadic| Some(Signature { returns: TypeId(1), arguments, variadic });
        let functions = [None, signature(vec![TypeId(6)], true), signature(Vec::new(), false)];
        assert_eq!(decoded.functions[..3], functions);
    }

    #[test]
    fn plain_and_compressed_sections_are_read() {
        let writer = sample();
        check(&writer.section(false), &writer.external);
        check(&writer.section(true), &writer.external);
    }

    #[test]
    fn a_section_cut_anywhere_keeps_what_came_before() {
        let section = sample().section(false);
        for len in 0..section.len() {
            if let Ok(decoded) = decode(&section[..len], &[], Width::W32) {
                assert!(decoded.types.named().count() <= 8);
            }
        }
    }

    #[test]
    fn a_struct_whose_unnamed_members_are_itself_is_searched_once() {
        let mut w = Writer::new();
        w.head(0, 6, 8, 8);
        for _ in 0..8 {
            w.word(0);
            w.half(1);
            w.half(0);
        }
        let decoded = decode(&w.section(false), &[], Width::W64).expect("a section");
        assert_eq!(decoded.types.get(TypeId(1)).member("absent").map(|found| found.1), None);
    }

    #[test]
    fn a_section_with_any_byte_changed_is_read_or_refused() {
        let section = sample().section(false);
        for at in 0..section.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = section.clone();
                broken[at] = value;
                if let Ok(decoded) = decode(&broken, &[], Width::W64) {
                    for (_, named) in decoded.types.named() {
                        let _ = (named.size(), named.to_string(), named.member("value").is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn other_versions_are_refused() {
        let mut section = sample().section(false);
        section[2] = 3;
        assert!(decode(&section, &[], Width::W64).is_err_and(|why| why.contains("version 3")));
    }
}
