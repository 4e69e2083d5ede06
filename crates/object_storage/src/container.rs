//! The operations on one container. Each runs in an `Exchange`; a write whose answer was lost is looked up.

use crate::azure::AzureService;
use crate::exchange::Exchange;
use crate::failure::failure_of;
use crate::options::Options;
use crate::reply::{Code, Content, Failure, Object};
use crate::s3::S3Service;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attribute, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    UpdateVersion,
};
use std::collections::HashSet;
use std::sync::Arc;

pub enum Service {
    Azure(AzureService),
    S3(S3Service),
}

pub struct Container {
    service: Service,
    pub store: Arc<dyn ObjectStore>,
}

/// What must stand there before a write.
pub enum Condition<'a> {
    Anything,
    Nothing,
    Version(&'a str),
}

/// A range request for more than this is split, so that its parts come side by side.
const READ_PART_BYTES: u64 = 8 << 20;
const READS_AT_ONCE: usize = 4;

impl Container {
    pub fn open(mut options: Options) -> Result<Self, Failure> {
        let limits = options.limits()?;
        let kind = options.need("kind")?;
        let service = match kind.as_str() {
            "azure" => Service::Azure(AzureService::open(&mut options, limits)?),
            "s3" => Service::S3(S3Service::open(&mut options, limits)?),
            _ => {
                return Err(Failure::new(
                    Code::Invalid,
                    "option kind must be azure or s3",
                ));
            }
        };
        options.finish()?;
        let store: Arc<dyn ObjectStore> = match &service {
            Service::Azure(azure) => azure.store.clone(),
            Service::S3(s3) => s3.store.clone(),
        };
        Ok(Self { service, store })
    }

    pub async fn get(&self, exchange: &Exchange, name: &str) -> Result<Content, Failure> {
        let (object, bytes) = self.whole(&path_of(name)?).await?;
        Ok(Content {
            answered_at: exchange.answered_at(),
            bytes,
            objects: vec![object],
            ..Default::default()
        })
    }

    async fn whole(&self, path: &Path) -> Result<(Object, Bytes), Failure> {
        let answer = self
            .store
            .get_opts(path, GetOptions::default())
            .await
            .map_err(|error| failure_of(&error))?;
        refuse_folder(&answer.attributes)?;
        let object = object_of(&answer.meta)?;
        let bytes = answer.bytes().await.map_err(|error| failure_of(&error))?;
        Ok((object, bytes))
    }

    pub async fn head(&self, exchange: &Exchange, name: &str) -> Result<Content, Failure> {
        let options = GetOptions {
            head: true,
            ..Default::default()
        };
        let answer = self
            .store
            .get_opts(&path_of(name)?, options)
            .await
            .map_err(|error| failure_of(&error))?;
        refuse_folder(&answer.attributes)?;
        Ok(Content {
            answered_at: exchange.answered_at(),
            objects: vec![object_of(&answer.meta)?],
            ..Default::default()
        })
    }

    /// Fills the front of `buffer` and counts how much of it.
    pub async fn read(
        &self,
        exchange: &Arc<Exchange>,
        name: &str,
        etag: &str,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<Content, Failure> {
        let path = path_of(name)?;
        let mut parts = Vec::new();
        let mut at = offset;
        for part in buffer.chunks_mut(READ_PART_BYTES as usize) {
            parts.push((at, part));
            at += READ_PART_BYTES;
        }
        let counts: Vec<u64> = futures::stream::iter(parts)
            .map(|(offset, part)| self.read_part(&path, etag, offset, part))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Content {
            answered_at: exchange.answered_at(),
            count: counts.iter().sum(),
            ..Default::default()
        })
    }

    async fn read_part(
        &self,
        path: &Path,
        etag: &str,
        offset: u64,
        part: &mut [u8],
    ) -> Result<u64, Failure> {
        // Its own exchange: beyond the end most services answer 416, which object_store has no word for.
        let exchange = Arc::new(Exchange::default());
        let options = GetOptions {
            range: Some(GetRange::Bounded(offset..offset + part.len() as u64)),
            if_match: Some(quoted(etag)),
            ..Default::default()
        };
        let answer = exchange.observe(self.store.get_opts(path, options)).await;
        let answer = match answer {
            Err(error) if exchange.status() == 416 || begins_beyond_end(&error) => return Ok(0),
            other => other.map_err(|error| failure_of(&error))?,
        };
        let bytes = answer.bytes().await.map_err(|error| failure_of(&error))?;
        part[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len() as u64)
    }

    pub async fn write(
        &self,
        exchange: &Exchange,
        name: &str,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Content, Failure> {
        let path = path_of(name)?;
        let mode = match condition {
            Condition::Anything => PutMode::Overwrite,
            Condition::Nothing => PutMode::Create,
            Condition::Version(etag) => PutMode::Update(UpdateVersion {
                e_tag: Some(quoted(etag)),
                version: None,
            }),
        };
        let options = PutOptions {
            mode,
            ..Default::default()
        };
        let etag = match self
            .store
            .put_opts(&path, bytes.clone().into(), options)
            .await
        {
            Ok(written) => etag_of(written.e_tag.as_deref())?,
            Err(error) if exchange.answer_lost() => {
                self.look_up(&path, &bytes, failure_of(&error)).await?
            }
            Err(error) => return Err(failure_of(&error)),
        };
        Ok(Content {
            answered_at: exchange.answered_at(),
            objects: vec![Object {
                name: name.to_owned(),
                etag,
                size_bytes: bytes.len() as u64,
                modified_at: 0,
            }],
            ..Default::default()
        })
    }

    /// After an answer that was lost: the bytes that were to be written stand there, or the write failed as it says.
    async fn look_up(
        &self,
        path: &Path,
        bytes: &Bytes,
        failure: Failure,
    ) -> Result<String, Failure> {
        match self.whole(path).await {
            Ok((object, standing)) if standing == *bytes => Ok(object.etag),
            _ => Err(failure),
        }
    }

    pub async fn remove(&self, exchange: &Exchange, name: &str) -> Result<Content, Failure> {
        let path = path_of(name)?;
        match &self.service {
            Service::Azure(azure) => azure.remove(name).await?,
            Service::S3(_) => match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failure_of(&error)),
            },
        }
        Ok(Content {
            answered_at: exchange.answered_at(),
            ..Default::default()
        })
    }

    pub async fn list(&self, exchange: &Exchange, prefix: &str) -> Result<Content, Failure> {
        let prefix = prefix_of(prefix)?;
        let found: Vec<ObjectMeta> = self
            .store
            .list(prefix.as_ref())
            .try_collect()
            .await
            .map_err(|error| failure_of(&error))?;
        let mut objects = objects_of(&found)?;
        leave_out_folders(&mut objects);
        Ok(Content {
            answered_at: exchange.answered_at(),
            objects,
            ..Default::default()
        })
    }

    pub async fn list_directory(
        &self,
        exchange: &Exchange,
        prefix: &str,
    ) -> Result<Content, Failure> {
        let prefix = prefix_of(prefix)?;
        let found = self
            .store
            .list_with_delimiter(prefix.as_ref())
            .await
            .map_err(|error| failure_of(&error))?;
        let mut prefixes: Vec<String> = found
            .common_prefixes
            .iter()
            .map(|path| format!("{}/", path.as_ref()))
            .collect();
        prefixes.sort();
        prefixes.dedup();
        let mut objects = objects_of(&found.objects)?;
        objects.retain(|object| {
            object.size_bytes != 0
                || prefixes
                    .binary_search(&format!("{}/", object.name))
                    .is_err()
        });
        Ok(Content {
            answered_at: exchange.answered_at(),
            objects,
            prefixes,
            ..Default::default()
        })
    }

    pub async fn create_container(&self, exchange: &Exchange) -> Result<Content, Failure> {
        match &self.service {
            Service::Azure(azure) => azure.create_container().await?,
            Service::S3(s3) => s3.create_bucket().await?,
        }
        Ok(Content {
            answered_at: exchange.answered_at(),
            ..Default::default()
        })
    }
}

pub fn path_of(name: &str) -> Result<Path, Failure> {
    let path = Path::parse(name).map_err(|error| Failure::new(Code::Invalid, error.to_string()))?;
    if path.as_ref() != name || name.is_empty() {
        return Err(Failure::new(
            Code::Invalid,
            format!("'{name}' is not the name of an object"),
        ));
    }
    Ok(path)
}

fn prefix_of(prefix: &str) -> Result<Option<Path>, Failure> {
    match prefix.strip_suffix('/').unwrap_or(prefix) {
        "" => Ok(None),
        text => Ok(Some(path_of(text)?)),
    }
}

/// Some services answer a range beyond the end with the whole object, which object_store refuses in these words.
fn begins_beyond_end(error: &object_store::Error) -> bool {
    error.to_string().contains("but object was only")
}

/// Listings of Azure leave out the quotes that headers have; outside this file none have them.
pub fn etag_of(etag: Option<&str>) -> Result<String, Failure> {
    match etag.map(|text| text.trim_matches('"')) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(Failure::new(Code::Unavailable, "the service gives no ETag")),
    }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

fn object_of(meta: &ObjectMeta) -> Result<Object, Failure> {
    Ok(Object {
        name: meta.location.as_ref().to_owned(),
        etag: etag_of(meta.e_tag.as_deref())?,
        size_bytes: meta.size,
        modified_at: meta.last_modified.timestamp_micros(),
    })
}

fn objects_of(found: &[ObjectMeta]) -> Result<Vec<Object>, Failure> {
    let mut objects = found.iter().map(object_of).collect::<Result<Vec<_>, _>>()?;
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(objects)
}

/// Directories of hierarchical accounts are blobs that say so in their metadata.
fn refuse_folder(attributes: &object_store::Attributes) -> Result<(), Failure> {
    match attributes.get(&Attribute::Metadata("hdi_isfolder".into())) {
        Some(value) if value.as_ref() == "true" => {
            Err(Failure::new(Code::NotFound, "a directory stands there"))
        }
        _ => Ok(()),
    }
}

/// Tools that imitate directories on flat accounts leave empty blobs where one begins.
fn leave_out_folders(objects: &mut Vec<Object>) {
    let folders: HashSet<String> = objects
        .iter()
        .flat_map(|object| {
            object
                .name
                .match_indices('/')
                .map(|(at, _)| object.name[..at].to_owned())
        })
        .collect();
    objects.retain(|object| object.size_bytes != 0 || !folders.contains(&object.name));
}
