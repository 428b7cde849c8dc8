//! The table of trials as Parquet: a column of its own type each, compressed by zstd.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};

use crate::output::trials::Form;
use crate::output::trials::quantity::{Column, Kind, Value};

/// Rows of a row group, a whole number of blocks: 16 MB for 128 columns.
const GROUP_ROWS: usize = 16 * 1_024;
/// Bytes of a cell on its way to a row group.
const CELL: usize = 8;
/// An undefined cell; as a number it is none.
const EMPTY: u64 = u64::MAX;

/// A Parquet file of trials.
pub(super) struct Parquet {
    kinds: Vec<Kind>,
    lenders: Vec<ByteArray>,
    group: Mutex<Group>,
}

/// The file, and the rows of the row group to come.
struct Group {
    writer: SerializedFileWriter<File>,
    rows: Vec<u8>,
}

impl Parquet {
    /// A file with these columns and without rows.
    pub(super) fn create(path: &Path, columns: Vec<Column>, lenders: Vec<String>) -> io::Result<Self> {
        let kinds = columns.iter().map(|column| column.kind).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("knockon ", env!("CARGO_PKG_VERSION")).to_owned());
        let writer = SerializedFileWriter::new(File::create(path)?, schema(columns)?, Arc::new(properties.build()))?;
        Ok(Parquet {
            kinds,
            lenders: lenders.iter().map(|name| name.as_str().into()).collect(),
            group: Mutex::new(Group { writer, rows: Vec::new() }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the rows collected as a row group.
    fn flush(&self, group: &mut Group) -> Result<(), ParquetError> {
        if group.rows.is_empty() {
            return Ok(());
        }
        let mut columns = group.writer.next_row_group()?;
        for (place, kind) in self.kinds.iter().enumerate() {
            let cells = cells(&group.rows, place, self.kinds.len());
            let Some(mut column) = columns.next_column()? else { break };
            match kind {
                Kind::Count => write::<Int64Type>(&mut column, cells, |count| count as i64)?,
                Kind::Number => write::<DoubleType>(&mut column, cells, f64::from_bits)?,
                Kind::Lender => {
                    write::<ByteArrayType>(&mut column, cells, |lender| self.lenders[lender as usize].clone())?;
                }
            }
            column.close()?;
        }
        columns.close()?;
        group.rows.clear();
        Ok(())
    }
}

impl Form for Parquet {
    fn append(&self, row: &mut dyn Iterator<Item = Value>, rows: &mut Vec<u8>) {
        for value in row {
            let cell = match value {
                Value::Count(count) => count,
                Value::Number(number) if number.is_finite() => number.to_bits(),
                Value::Lender(lender) => lender as u64,
                Value::Number(_) | Value::Empty => EMPTY,
            };
            rows.extend(cell.to_le_bytes());
        }
    }

    fn write(&self, rows: &[u8]) -> io::Result<()> {
        let mut group = self.lock();
        group.rows.extend(rows);
        if group.rows.len() >= GROUP_ROWS * self.kinds.len() * CELL {
            self.flush(&mut group)?;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        let mut group = self.lock();
        self.flush(&mut group)?;
        group.writer.finish()?;
        group.writer.inner().sync_all()
    }
}

fn schema(columns: Vec<Column>) -> Result<TypePtr, ParquetError> {
    let field = |column: Column| -> Result<TypePtr, ParquetError> {
        let (physical, logical) = match column.kind {
            Kind::Count => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Lender => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(&column.header, physical).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
    };
    let fields = columns.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("trials").with_fields(fields).build()?))
}

/// The cells of one of so many columns.
fn cells(rows: &[u8], place: usize, columns: usize) -> impl Iterator<Item = u64> {
    let (cells, _) = rows.as_chunks::<CELL>();
    cells.iter().skip(place).step_by(columns).map(|cell| u64::from_le_bytes(*cell))
}

fn write<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = u64>,
    read: impl Fn(u64) -> T::T,
) -> Result<(), ParquetError> {
    let (mut defined, mut values) = (Vec::new(), Vec::new());
    for cell in cells {
        defined.push(i16::from(cell != EMPTY));
        if cell != EMPTY {
            values.push(read(cell));
        }
    }
    column.typed::<T>().write_batch(&values, Some(&defined), None)?;
    Ok(())
}
