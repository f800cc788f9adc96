//! A table in a file: rows in, Parquet out, a group of rows at a time. The only file that names parquet.
//!
//! Knows: types of columns, files. Must not know: what is in a table.

use bytes::Bytes;
use jsdb::heap::{Claim, Progress};
use jsdb::shell::whole::{Partial, Readers};
use jsdb::shell::{Error, Result, reason};
use parquet::basic::Compression;
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, ColumnWriterImpl, get_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescPtr};
use rustc_hash::{FxHashMap, FxHasher};
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Is {
    /// An address: an unsigned integer of 64 bits, hardly ever the same twice.
    Address,
    /// A number of bytes or things: an unsigned integer of 64 bits.
    Count,
    /// A smaller number: an unsigned integer of 32 bits.
    Small,
    /// UTF-8, often the same.
    Text,
    /// True or false.
    Bool,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub is: Is,
    /// Whether it may be null.
    pub or_null: bool,
    /// What it says, for the documentation and the file's metadata.
    pub about: &'static str,
}

impl Column {
    /// A column without nulls.
    pub const fn new(name: &'static str, is: Is, about: &'static str) -> Column {
        Column { name, is, or_null: false, about }
    }

    /// A column that may be null.
    pub const fn or_null(name: &'static str, is: Is, about: &'static str) -> Column {
        Column { name, is, or_null: true, about }
    }

    /// What a cell takes while it is held, in bytes, besides its text.
    fn bytes(&self) -> usize {
        let value = match self.is {
            Is::Address | Is::Count => size_of::<i64>(),
            Is::Small => size_of::<i32>(),
            Is::Text => size_of::<u32>(),
            Is::Bool => size_of::<bool>(),
        };
        value + if self.or_null { size_of::<i16>() } else { 0 }
    }

    /// As Parquet declares it.
    fn declared(&self) -> String {
        let repetition = if self.or_null { "OPTIONAL" } else { "REQUIRED" };
        let (physical, logical) = match self.is {
            Is::Address | Is::Count => ("INT64", "(INTEGER(64,false))"),
            Is::Small => ("INT32", "(INTEGER(32,false))"),
            Is::Text => ("BYTE_ARRAY", "(STRING)"),
            Is::Bool => ("BOOLEAN", ""),
        };
        format!("{repetition} {physical} {} {logical};", self.name)
    }
}

/// A table and its columns.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its name: that of the file, before `.parquet`.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

/// What one row has in one column.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A number, of any width.
    Number(u64),
    /// A text.
    Text(&'a str),
    /// True or false.
    Bool(bool),
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Cell::Number(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(is: bool) -> Self {
        Cell::Bool(is)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// So many rows are encoded at a time, and held in memory until then.
const GROUP: usize = 1 << 16;
/// Or as many as have so many bytes of text.
const GROUP_BYTES: usize = 16 << 20;
/// So many texts are handed to the encoder at a time.
const TEXTS: usize = 1 << 10;

/// A table that is being written.
pub struct Table<'p> {
    writer: SerializedFileWriter<BufWriter<File>>,
    rows: Rows<'p>,
    count: u64,
    path: PathBuf,
    partial: Partial,
}

/// So much memory is claimed at a time.
const CLAIM: usize = 1 << 18;

/// A table that is written and has not its name yet. Unless it gets it, nothing of it stays.
pub struct Finished {
    /// How many rows it has.
    pub rows: u64,
    path: PathBuf,
    partial: Partial,
}

impl Finished {
    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn complete(self) -> Result<()> {
        self.partial.complete().map_err(|error| cannot_write(&self.path, &error))
    }
}

/// Rows that are gathered for a table, and not yet encoded. Each thread that makes rows has its own.
pub struct Rows<'p> {
    columns: &'static [Column],
    schema: SchemaDescPtr,
    properties: WriterPropertiesPtr,
    held: Vec<Held>,
    rows: usize,
    bytes: usize,
    progress: &'p Progress,
    memory: Claim<'p>,
    /// What a row takes besides its texts, and how much memory was claimed.
    row: usize,
    claimed: usize,
    path: PathBuf,
}

/// A group of rows as they are in the file.
pub struct Group<'p> {
    columns: Vec<(Bytes, ColumnCloseResult)>,
    rows: usize,
    _memory: Claim<'p>,
}

/// The cells of a column that are not yet encoded.
struct Held {
    is: Is,
    or_null: bool,
    longs: Vec<i64>,
    ints: Vec<i32>,
    texts: Texts,
    bools: Vec<bool>,
    levels: Vec<i16>,
}

/// Texts, each that is there again and again held once.
#[derive(Default)]
struct Texts {
    /// Those that differ.
    distinct: Vec<ByteArray>,
    by_hash: FxHashMap<u64, u32>,
    /// Which it is, of each cell.
    cells: Vec<u32>,
}

/// What a text takes while it is held, besides its characters: itself, the place where it is found.
const OF_TEXT: usize = size_of::<ByteArray>() + 2 * size_of::<(u64, u32)>();

impl Texts {
    fn push(&mut self, text: &str) {
        let mut hasher = FxHasher::default();
        hasher.write(text.as_bytes());
        let hash = hasher.finish();
        let known = self.by_hash.get(&hash).copied();
        let number = match known.filter(|&number| self.distinct[number as usize].data() == text.as_bytes()) {
            Some(number) => number,
            None => {
                // At most as many as a group has rows. Of two with the same hash only one is found again.
                let number = self.distinct.len() as u32;
                self.distinct.push(ByteArray::from(text));
                self.by_hash.insert(hash, number);
                number
            }
        };
        self.cells.push(number);
    }

    fn clear(&mut self) {
        self.distinct.clear();
        self.by_hash.clear();
        self.cells.clear();
    }
}

impl<'p> Table<'p> {
    /// The table of `declared` in `folder`, which must not have it yet; `progress` says how much memory it may take.
    ///
    /// # Errors
    /// When it is there, or no file can be made.
    pub fn new(folder: &Path, declared: &Declared, progress: &'p Progress) -> Result<Table<'p>> {
        let Declared { name, about, columns } = *declared;
        absent(folder, name)?;
        let path = path(folder, name);
        let created = Partial::create(&path, Readers::Usual);
        let (partial, file) = created.map_err(|error| cannot_write(&path, &error))?;
        let declared: Vec<String> = columns.iter().map(Column::declared).collect();
        let schema = parse_message_type(&format!("message {name} {{ {} }}", declared.join(" ")));
        let schema = schema.map_err(|error| failed(&path, &error))?;
        let told = [(name, about)].into_iter().chain(columns.iter().map(|column| (column.name, column.about)));
        let told = told.map(|(name, about)| KeyValue::new(name.to_owned(), about.to_owned()));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("jsdb {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(told.collect()));
        for column in columns.iter().filter(|column| column.is == Is::Address) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
        }
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(BufWriter::new(file), Arc::new(schema), Arc::clone(&properties));
        let writer = writer.map_err(|error| failed(&path, &error))?;
        let schema = writer.schema_descr().clone();
        let rows = Rows::new(columns, Arc::new(schema), properties, progress, path.clone());
        Ok(Table { writer, rows, count: 0, path, partial })
    }

    /// Room for rows that a thread of its own makes.
    pub fn rows(&self) -> Rows<'p> {
        let Rows { columns, schema, properties, progress, path, .. } = &self.rows;
        Rows::new(columns, Arc::clone(schema), Arc::clone(properties), progress, path.clone())
    }

    /// Adds a row, a cell for each column.
    ///
    /// # Errors
    /// When the file cannot be written, or there is no memory for a group of rows.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        match self.rows.row(cells)? {
            Some(group) => self.append(group),
            None => Ok(()),
        }
    }

    /// Adds the rows of `group`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, group: Group<'p>) -> Result<()> {
        let write = || -> std::result::Result<(), ParquetError> {
            let mut to = self.writer.next_row_group()?;
            for (bytes, closed) in group.columns {
                to.append_column(&bytes, closed)?;
            }
            to.close().map(drop)
        };
        write().map_err(|error| failed(&self.path, &error))?;
        self.count += group.rows as u64;
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<Finished> {
        if let Some(group) = self.rows.encode()? {
            self.append(group)?;
        }
        self.writer.finish().map_err(|error| failed(&self.path, &error))?;
        self.writer.inner_mut().get_ref().sync_all().map_err(|error| cannot_write(&self.path, &error))?;
        Ok(Finished { rows: self.count, path: self.path, partial: self.partial })
    }
}

impl<'p> Rows<'p> {
    fn new(
        columns: &'static [Column],
        schema: SchemaDescPtr,
        properties: WriterPropertiesPtr,
        progress: &'p Progress,
        path: PathBuf,
    ) -> Rows<'p> {
        let held = columns.iter().map(Held::new).collect();
        let row = columns.iter().map(Column::bytes).sum();
        let memory = progress.claim();
        Rows { columns, schema, properties, held, rows: 0, bytes: 0, progress, memory, row, claimed: 0, path }
    }

    /// Adds a row, a cell for each column. Gives the group that is full with it.
    ///
    /// # Errors
    /// When there is no memory for a group of rows.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<Option<Group<'p>>> {
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        for (held, cell) in self.held.iter_mut().zip(cells) {
            if let Cell::Text(text) = cell {
                self.bytes += text.len();
            }
            held.push(*cell);
        }
        self.rows += 1;
        // Once as it is held, once as it is encoded: then what was taken serves for the next group.
        let texts: usize = self.held.iter().map(|held| held.texts.distinct.len()).sum();
        let taken = 2 * (self.rows * self.row + texts * OF_TEXT + self.bytes);
        while taken > self.claimed {
            self.memory.take(CLAIM as u64)?;
            self.claimed += CLAIM;
        }
        if self.rows >= GROUP || self.bytes >= GROUP_BYTES { self.encode() } else { Ok(None) }
    }

    /// The rows that were added since the last group, if there are any.
    ///
    /// # Errors
    /// When they cannot be encoded, or there is no memory for that.
    pub fn encode(&mut self) -> Result<Option<Group<'p>>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(self.held.len());
        for (at, held) in self.held.iter_mut().enumerate() {
            let encoded = held.encode(self.schema.column(at), &self.properties);
            columns.push(encoded.map_err(|error| failed(&self.path, &error))?);
        }
        let memory = self.progress.claim();
        memory.take(columns.iter().map(|(bytes, _)| bytes.len() as u64).sum())?;
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        Ok(Some(Group { columns, rows, _memory: memory }))
    }
}

impl Held {
    fn new(column: &Column) -> Held {
        Held {
            is: column.is,
            or_null: column.or_null,
            longs: Vec::new(),
            ints: Vec::new(),
            texts: Texts::default(),
            bools: Vec::new(),
            levels: Vec::new(),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        let is_null = matches!(cell, Cell::Null) && self.or_null;
        if self.or_null {
            self.levels.push(i16::from(!is_null));
        }
        if is_null {
            return;
        }
        let number = if let Cell::Number(number) = cell { number } else { 0 };
        match self.is {
            // The bits of an unsigned number, as Parquet keeps it.
            Is::Address | Is::Count => self.longs.push(number.cast_signed()),
            Is::Small => self.ints.push(u32::try_from(number).unwrap_or(u32::MAX).cast_signed()),
            Is::Text => self.texts.push(if let Cell::Text(text) = cell { text } else { "" }),
            Is::Bool => self.bools.push(matches!(cell, Cell::Bool(true))),
        }
    }

    /// What is held as it is in the file; holds nothing then.
    fn encode(
        &mut self,
        column: ColumnDescPtr,
        properties: &WriterPropertiesPtr,
    ) -> std::result::Result<(Bytes, ColumnCloseResult), ParquetError> {
        let mut bytes = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut bytes));
        let mut column = get_column_writer(column, Arc::clone(properties), pages);
        let levels = self.or_null.then_some(self.levels.as_slice());
        match &mut column {
            ColumnWriter::BoolColumnWriter(writer) => writer.write_batch(&self.bools, levels, None)?,
            ColumnWriter::Int32ColumnWriter(writer) => writer.write_batch(&self.ints, levels, None)?,
            ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(&self.longs, levels, None)?,
            ColumnWriter::ByteArrayColumnWriter(writer) => self.texts.write(writer, levels)?,
            _ => 0,
        };
        let closed = column.close()?;
        self.longs.clear();
        self.ints.clear();
        self.texts.clear();
        self.bools.clear();
        self.levels.clear();
        Ok((Bytes::from(bytes.into_inner()?), closed))
    }
}

impl Texts {
    /// Hands all cells to `writer`; gives how many.
    fn write(
        &self,
        writer: &mut ColumnWriterImpl<'_, ByteArrayType>,
        levels: Option<&[i16]>,
    ) -> std::result::Result<usize, ParquetError> {
        let mut cells = self.cells.iter().map(|&number| self.distinct[number as usize].clone());
        let Some(levels) = levels else {
            while cells.len() > 0 {
                let some: Vec<ByteArray> = cells.by_ref().take(TEXTS).collect();
                writer.write_batch(&some, None, None)?;
            }
            return Ok(self.cells.len());
        };
        for levels in levels.chunks(TEXTS) {
            let present = levels.iter().filter(|&&level| level == 1).count();
            let some: Vec<ByteArray> = cells.by_ref().take(present).collect();
            writer.write_batch(&some, Some(levels), None)?;
        }
        Ok(self.cells.len())
    }
}

/// The file of the table called `name`.
fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

/// Goes on if `folder` does not have the table called `name`.
///
/// # Errors
/// Says that it is there.
pub fn absent(folder: &Path, name: &str) -> Result<()> {
    let path = path(folder, name);
    if path.exists() { Err(Error::failed(format!("{} is there already", path.display()))) } else { Ok(()) }
}

/// Says that `path` cannot be written.
pub fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("cannot write {}: {}", path.display(), reason(error)))
}

fn failed(path: &Path, error: &ParquetError) -> Error {
    Error::failed(format!("cannot write {}: {error}", path.display()))
}
