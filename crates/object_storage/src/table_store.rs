//! The object store that the Delta kernel sees: a table's own directory and nothing else, whatever paths its log holds,
//! listed in order. It keeps the first fault of the service: the kernel wraps some, such as those of a checkpoint, in errors
//! that look like a broken table.

use crate::failure::failure_of;
use crate::reply::Code;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt::{Display, Formatter};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

#[derive(Debug)]
pub struct TableStore {
    directory: Arc<dyn ObjectStore>,
    fault: Arc<OnceLock<String>>,
}

impl TableStore {
    pub fn new(directory: Arc<dyn ObjectStore>) -> Self {
        Self {
            directory,
            fault: Arc::default(),
        }
    }

    pub fn fault(&self) -> Arc<OnceLock<String>> {
        self.fault.clone()
    }
}

fn keep(fault: &OnceLock<String>, error: &object_store::Error) {
    let failure = failure_of(error);
    if failure.code == Code::Unavailable {
        let _ = fault.set(failure.message); // an earlier one stays
    }
}

impl Display for TableStore {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a table's directory")
    }
}

fn read_only() -> object_store::Error {
    object_store::Error::NotSupported {
        source: "tables are only read".into(),
    }
}

#[async_trait]
impl ObjectStore for TableStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let answer = self.directory.get_opts(location, options).await;
        answer.inspect_err(|error| keep(&self.fault, error))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let answer = self.directory.get_ranges(location, ranges).await;
        answer.inspect_err(|error| keep(&self.fault, error))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let fault = self.fault.clone();
        self.directory
            .list(prefix)
            .inspect_err(move |error| keep(&fault, error))
            .boxed()
    }

    /// Local directories list in no order, and not every service can begin in the middle.
    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let offset = offset.clone();
        let all = self.list(prefix);
        futures::stream::once(async move {
            let mut found: Vec<ObjectMeta> = all
                .try_filter(|meta| std::future::ready(meta.location > offset))
                .try_collect()
                .await?;
            found.sort_by(|a, b| a.location.cmp(&b.location));
            Ok::<_, object_store::Error>(futures::stream::iter(found.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let answer = self.directory.list_with_delimiter(prefix).await;
        answer.inspect_err(|error| keep(&self.fault, error))
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        futures::stream::once(async { Err(read_only()) }).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}
