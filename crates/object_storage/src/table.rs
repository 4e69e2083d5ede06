//! A Delta table at one version, as the kernel reads its log: columns, and which files hold its rows.

use crate::container::{Container, path_of};
use crate::failure::chain_of;
use crate::reply::{Code, Failure};
use crate::table_store::TableStore;
use delta_kernel::arrow::array::{Array, RecordBatch, StringArray};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::history_manager::{HistoryCommitType, latest_version_as_of};
use delta_kernel::scan::ScanMetadata;
use delta_kernel::scan::state::ScanFile;
use delta_kernel::{Engine, KernelError, Snapshot, SnapshotRef};
use delta_kernel_default_engine::DefaultEngineBuilder;
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use url::Url;

pub struct Column {
    pub name: String,
    pub type_name: String,
    pub physical_name: String,
    /// Of the Parquet schema, where columns are mapped; -1 otherwise.
    pub field_id: i64,
    pub is_nullable: bool,
    pub is_partition: bool,
}

pub struct TableFile {
    /// Below the table's directory.
    pub path: String,
    pub size_bytes: u64,
    pub modified_at: i64,
    /// By physical name; one that is absent is null.
    pub partition_values: Vec<(String, String)>,
    /// JSON text, as the log holds it; empty without.
    pub statistics: String,
    pub deleted_rows: Vec<u64>,
}

pub struct Table {
    pub version: u64,
    /// Milliseconds since 1970.
    pub committed_at: i64,
    pub maps_columns_by_id: bool,
    pub columns: Vec<Column>,
    pub files: Vec<TableFile>,
}

/// Which version: the last, one by number, or the last that was committed at or before a time.
pub enum Moment {
    Last,
    Version(u64),
    Time(i64),
}

/// The kernel sees the table's directory as the root of a store.
const ROOT: &str = "table:///";

pub fn open_table(
    container: Option<&Container>,
    location: &str,
    moment: Moment,
    runtime: &tokio::runtime::Runtime,
) -> Result<Table, Failure> {
    let directory: Arc<dyn ObjectStore> = match container {
        Some(container) => Arc::new(PrefixStore::new(
            container.store.clone(),
            path_of(location)?,
        )),
        None => Arc::new(
            LocalFileSystem::new_with_prefix(location)
                .map_err(|error| Failure::new(Code::NotFound, chain_of(&error)))?,
        ),
    };
    let store = TableStore::new(directory);
    let fault = store.fault();
    let engine = DefaultEngineBuilder::new(Arc::new(store))
        .with_task_executor(Arc::new(TokioMultiThreadExecutor::new(
            runtime.handle().clone(),
        )))
        .build();
    read_table(&engine, &moment).map_err(|error| match fault.get() {
        Some(text) => Failure::new(Code::Unavailable, text),
        None => failure_of(&error, &moment),
    })
}

fn read_table(engine: &dyn Engine, moment: &Moment) -> Result<Table, KernelError> {
    let snapshot = snapshot_at(engine, moment)?;
    let committed_at = snapshot.get_timestamp(engine)?;
    let columns = columns_of(&snapshot);
    let scan = snapshot.clone().scan_builder().build()?;
    let root = snapshot.table_root().clone();
    let mut files = Vec::new();
    for metadata in scan.scan_metadata(engine)? {
        add_files(engine, &root, &metadata?, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Table {
        version: snapshot.version(),
        committed_at,
        maps_columns_by_id: snapshot
            .table_properties()
            .column_mapping_mode
            .is_some_and(|mode| mode == delta_kernel::table_features::ColumnMappingMode::Id),
        columns,
        files,
    })
}

fn snapshot_at(engine: &dyn Engine, moment: &Moment) -> Result<SnapshotRef, KernelError> {
    let version = match moment {
        Moment::Last => None,
        Moment::Version(version) => Some(*version),
        Moment::Time(time) => {
            let last = Snapshot::builder_for(ROOT).build(engine)?;
            Some(
                latest_version_as_of(&last, engine, *time, HistoryCommitType::Recreatable)?.version,
            )
        }
    };
    let builder = Snapshot::builder_for(ROOT);
    match version {
        None => builder.build(engine),
        Some(version) => builder.at_version(version).build(engine),
    }
}

fn columns_of(snapshot: &Snapshot) -> Vec<Column> {
    let configuration = snapshot.table_configuration();
    let mode = configuration.column_mapping_mode();
    let partitions = configuration.metadata().partition_columns();
    snapshot
        .schema()
        .fields()
        .map(|field| Column {
            name: field.name().clone(),
            type_name: field.data_type().to_string(),
            physical_name: field.physical_name(mode).to_owned(),
            field_id: field.column_mapping_id().unwrap_or(-1),
            is_nullable: field.is_nullable(),
            is_partition: partitions.contains(field.name()),
        })
        .collect()
}

fn add_files(
    engine: &dyn Engine,
    root: &Url,
    metadata: &ScanMetadata,
    files: &mut Vec<TableFile>,
) -> Result<(), KernelError> {
    let scan_files: Vec<ScanFile> =
        metadata.visit_scan_files(Vec::new(), |found, file| found.push(file))?;
    let statistics = statistics_of(metadata)?;
    if statistics.len() != scan_files.len() {
        return Err(KernelError::generic(
            "files and their statistics differ in number",
        ));
    }
    for (file, statistics) in scan_files.into_iter().zip(statistics) {
        let deleted_rows = file
            .dv_info
            .get_row_indexes(engine, root)?
            .unwrap_or_default();
        files.push(TableFile {
            path: relative_path(&file.path)?,
            size_bytes: u64::try_from(file.size).unwrap_or(0),
            modified_at: file.modification_time * 1000,
            partition_values: file.partition_values.into_iter().collect(),
            statistics,
            deleted_rows,
        });
    }
    Ok(())
}

/// The kernel's own form of a file keeps the number of rows only; the text stands in the rows it was made of.
fn statistics_of(metadata: &ScanMetadata) -> Result<Vec<String>, KernelError> {
    let data = metadata.scan_files.data();
    let batch: &RecordBatch = data
        .any_ref()
        .downcast_ref::<ArrowEngineData>()
        .ok_or_else(|| KernelError::generic("the engine's rows are not Arrow's"))?
        .record_batch();
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .and_then(|column| column.as_any().downcast_ref::<StringArray>())
            .ok_or_else(|| KernelError::generic(format!("files have no {name}")))
    };
    let (paths, statistics) = (column("path")?, column("stats")?);
    let selected = metadata.scan_files.selection_vector();
    Ok((0..batch.num_rows())
        .filter(|&row| selected.get(row).copied().unwrap_or(true) && paths.is_valid(row))
        .map(|row| match statistics.is_valid(row) {
            true => statistics.value(row).to_owned(),
            false => String::new(),
        })
        .collect())
}

/// Paths are URLs, relative ones nearly always; a shallow clone names files of another table.
fn relative_path(path: &str) -> Result<String, KernelError> {
    if path.starts_with('/') || Url::parse(path).is_ok() {
        return Err(KernelError::unsupported(
            "files outside of the table's directory (shallow clones)",
        ));
    }
    let text = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| KernelError::generic("a file's path is not UTF-8"))?;
    if text
        .split('/')
        .any(|segment| segment == ".." || segment == ".")
    {
        return Err(KernelError::unsupported(
            "paths with . or .. in a table's log",
        ));
    }
    Ok(text.into_owned())
}

fn failure_of(error: &KernelError, moment: &Moment) -> Failure {
    let text = chain_of(error);
    let code = match error {
        KernelError::Backtraced { source, .. } => return failure_of(source, moment),
        KernelError::Unsupported(_) => Code::Unsupported,
        KernelError::FileNotFound(_) | KernelError::MissingVersion(_) => Code::NotFound,
        KernelError::ObjectStore(error) => crate::failure::failure_of(error).code,
        KernelError::IOError(_) => Code::Unavailable,
        _ if text.contains("No files in log segment")
            || text.contains("No table version found") =>
        {
            Code::NotFound
        }
        _ => Code::Invalid,
    };
    let asked = match moment {
        Moment::Last => String::new(),
        Moment::Version(version) => format!("version {version}: "),
        Moment::Time(_) => "the version of that time: ".to_owned(),
    };
    Failure::new(code, asked + &text)
}
