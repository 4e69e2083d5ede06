//! A file into an object, in blocks several at a time.

use crate::container::{Container, etag_of, path_of};
use crate::exchange::Exchange;
use crate::failure::failure_of;
use crate::reply::{Code, Content, Failure, Object};
use bytes::{Bytes, BytesMut};
use futures::stream::FuturesUnordered;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutResult};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

const BLOCK_BYTES: usize = 8 << 20;
const BLOCKS_AT_ONCE: usize = 4;
/// S3 has at most 10,000 parts in an object, Azure 50,000.
const MOST_BLOCKS: u64 = 10_000;

impl Container {
    pub async fn upload(
        &self,
        exchange: &Exchange,
        name: &str,
        file: &str,
    ) -> Result<Content, Failure> {
        let path = path_of(name)?;
        let mut written = self.upload_once(&path, file).await;
        // The blocks of an upload that was committed cannot be committed again: where the answer to that was lost, a
        // second upload settles it.
        if matches!(&written, Err(failure) if failure.code != Code::FileFailed)
            && exchange.answer_lost()
        {
            exchange.forget_lost_answer();
            written = self.upload_once(&path, file).await;
        }
        let (size_bytes, etag) = written?;
        Ok(Content {
            answered_at: exchange.answered_at(),
            objects: vec![Object {
                name: name.to_owned(),
                etag,
                size_bytes,
                modified_at: 0,
            }],
            ..Default::default()
        })
    }

    async fn upload_once(&self, path: &Path, file: &str) -> Result<(u64, String), Failure> {
        let mut source = File::open(file)
            .await
            .map_err(|error| file_failed(file, &error))?;
        let size = source
            .metadata()
            .await
            .map_err(|error| file_failed(file, &error))?
            .len();
        let block_bytes = BLOCK_BYTES.max(size.div_ceil(MOST_BLOCKS) as usize);
        let first = read_block(&mut source, block_bytes, file).await?;
        let (size, result) = if first.len() < block_bytes {
            let size = first.len() as u64;
            (
                size,
                self.store
                    .put(path, first.into())
                    .await
                    .map_err(|error| failure_of(&error))?,
            )
        } else {
            self.upload_blocks(path, source, first, file).await?
        };
        Ok((size, etag_of(result.e_tag.as_deref())?))
    }

    async fn upload_blocks(
        &self,
        path: &Path,
        mut source: File,
        first: Bytes,
        file: &str,
    ) -> Result<(u64, PutResult), Failure> {
        let block_bytes = first.len();
        let mut upload = self
            .store
            .put_multipart(path)
            .await
            .map_err(|error| failure_of(&error))?;
        let mut under_way = FuturesUnordered::new();
        let mut size = 0;
        let mut block = first;
        let mut result = Ok(());
        while !block.is_empty() {
            size += block.len() as u64;
            under_way.push(upload.put_part(block.into()));
            if under_way.len() == BLOCKS_AT_ONCE
                && let Some(Err(error)) = under_way.next().await
            {
                result = Err(failure_of(&error));
                break;
            }
            match read_block(&mut source, block_bytes, file).await {
                Ok(next) => block = next,
                Err(failure) => {
                    result = Err(failure);
                    break;
                }
            }
        }
        if result.is_ok() {
            result = under_way
                .try_collect::<Vec<()>>()
                .await
                .map(|_| ())
                .map_err(|error| failure_of(&error));
        }
        let completed = match result {
            Ok(()) => upload.complete().await.map_err(|error| failure_of(&error)),
            Err(failure) => Err(failure),
        };
        match completed {
            Ok(result) => Ok((size, result)),
            Err(failure) => {
                // Blocks that nobody commits cost money on S3; Azure drops them after a week.
                let _ = upload.abort().await;
                Err(failure)
            }
        }
    }
}

async fn read_block(source: &mut File, block_bytes: usize, file: &str) -> Result<Bytes, Failure> {
    let mut block = BytesMut::with_capacity(block_bytes);
    while block.len() < block_bytes {
        let wanted = (block_bytes - block.len()) as u64;
        let count = source
            .take(wanted)
            .read_buf(&mut block)
            .await
            .map_err(|error| file_failed(file, &error))?;
        if count == 0 {
            break;
        }
    }
    Ok(block.freeze())
}

/// The message is the number of the system's error, which C++ makes a std::system_error of.
fn file_failed(_file: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        Code::FileFailed,
        error.raw_os_error().unwrap_or(5).to_string(),
    )
}
