//! A table as plain memory for C: what include/backtest_object_storage.h calls backtest_table.

use crate::reply::Text;
use crate::table::Table;

#[repr(C)]
pub struct ColumnFront {
    name: Text,
    type_name: Text,
    physical_name: Text,
    field_id: i64,
    is_nullable: i32,
    is_partition: i32,
}

#[repr(C)]
pub struct PartitionFront {
    physical_name: Text,
    value: Text,
}

#[repr(C)]
pub struct FileFront {
    path: Text,
    size_bytes: u64,
    modified_at: i64,
    partition_values: *const PartitionFront,
    partition_count: usize,
    statistics: Text,
    deleted_rows: *const u64,
    deleted_row_count: usize,
}

#[repr(C)]
pub struct TableFront {
    version: u64,
    committed_at: i64,
    maps_columns_by_id: i32,
    columns: *const ColumnFront,
    column_count: usize,
    files: *const FileFront,
    file_count: usize,
}

#[repr(C)]
pub struct TableReply {
    front: TableFront,
    table: Table,
    columns: Vec<ColumnFront>,
    partitions: Vec<Vec<PartitionFront>>,
    files: Vec<FileFront>,
}

fn text(value: &str) -> Text {
    Text::of(value.as_bytes())
}

impl TableReply {
    pub fn of(table: Table) -> *mut TableFront {
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| ColumnFront {
                name: text(&column.name),
                type_name: text(&column.type_name),
                physical_name: text(&column.physical_name),
                field_id: column.field_id,
                is_nullable: column.is_nullable.into(),
                is_partition: column.is_partition.into(),
            })
            .collect();
        let partitions: Vec<Vec<PartitionFront>> = table
            .files
            .iter()
            .map(|file| {
                let values = file.partition_values.iter();
                values
                    .map(|(name, value)| PartitionFront {
                        physical_name: text(name),
                        value: text(value),
                    })
                    .collect()
            })
            .collect();
        let files: Vec<_> = table
            .files
            .iter()
            .zip(&partitions)
            .map(|(file, values)| FileFront {
                path: text(&file.path),
                size_bytes: file.size_bytes,
                modified_at: file.modified_at,
                partition_values: values.as_ptr(),
                partition_count: values.len(),
                statistics: text(&file.statistics),
                deleted_rows: file.deleted_rows.as_ptr(),
                deleted_row_count: file.deleted_rows.len(),
            })
            .collect();
        // Moving what owns the memory leaves the memory where it is.
        let front = TableFront {
            version: table.version,
            committed_at: table.committed_at * 1000,
            maps_columns_by_id: table.maps_columns_by_id.into(),
            columns: columns.as_ptr(),
            column_count: columns.len(),
            files: files.as_ptr(),
            file_count: files.len(),
        };
        Box::into_raw(Box::new(TableReply {
            front,
            table,
            columns,
            partitions,
            files,
        }))
        .cast()
    }

    /// # Safety
    /// `front` is what `of()` gave, and is not used again.
    pub unsafe fn free(front: *mut TableFront) {
        if front.is_null() {
            return;
        }
        let reply = unsafe { Box::from_raw(front.cast::<TableReply>()) };
        let TableReply {
            table,
            columns,
            partitions,
            files,
            ..
        } = *reply;
        drop((table, columns, partitions, files));
    }
}
