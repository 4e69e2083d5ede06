//! S3 and what speaks like it: how a bucket is opened, and its creation, which object_store lacks.

use crate::failure::failure_of;
use crate::options::Options;
use crate::reply::{Code, Failure};
use crate::request::{answer_to, credential_of, request_to};
use crate::transport::{Limits, Transport, no_retries};
use bytes::Bytes;
use http::{Method, StatusCode};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer};
use std::sync::Arc;

pub struct S3Service {
    pub store: Arc<AmazonS3>,
    region: String,
    bucket_url: String,
    transport: Transport,
}

const CREDENTIALS: [(&str, AmazonS3ConfigKey); 7] = [
    ("access_key_id", AmazonS3ConfigKey::AccessKeyId),
    ("secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
    ("session_token", AmazonS3ConfigKey::Token),
    (
        "web_identity_token_file",
        AmazonS3ConfigKey::WebIdentityTokenFile,
    ),
    ("role_arn", AmazonS3ConfigKey::RoleArn),
    ("role_session_name", AmazonS3ConfigKey::RoleSessionName),
    ("sts_endpoint", AmazonS3ConfigKey::StsEndpoint),
];

impl S3Service {
    pub fn open(options: &mut Options, limits: Limits) -> Result<Self, Failure> {
        let bucket = options.need("container")?;
        let region = options.need("region")?;
        let endpoint = options
            .take("endpoint")
            .unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let path_style = options.flag("path_style");
        let bucket_url = bucket_url(&endpoint, &bucket, path_style);
        let transport = Transport::new(limits);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket)
            .with_region(&region)
            .with_virtual_hosted_style_request(!path_style)
            .with_endpoint(if path_style {
                endpoint.clone()
            } else {
                bucket_url.clone()
            })
            .with_allow_http(endpoint.starts_with("http://"))
            // One object at a time, as elsewhere: a bulk request hides which of them was refused.
            .with_disable_bulk_delete(true)
            .with_http_connector(transport)
            .with_retry(no_retries());
        for (name, key) in CREDENTIALS {
            if let Some(value) = options.take(name) {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder
            .build()
            .map_err(|error| Failure::new(Code::Invalid, error.to_string()))?;
        Ok(Self {
            store: Arc::new(store),
            region,
            bucket_url,
            transport,
        })
    }

    pub async fn create_bucket(&self) -> Result<(), Failure> {
        let credential = credential_of(self.store.credentials().as_ref()).await?;
        let body = if self.region == "us-east-1" {
            Bytes::new()
        } else {
            Bytes::from(format!(
                "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
                self.region
            ))
        };
        let mut request = request_to("the endpoint", &self.bucket_url, Method::PUT, body)?;
        AwsAuthorizer::new(&credential, "s3", &self.region)
            .try_authorize(&mut request, None)
            .map_err(|error| failure_of(&error))?;
        let answer = answer_to(request, &self.transport.client()).await?;
        let status = answer.status();
        let text = String::from_utf8_lossy(answer.body());
        if status.is_success() || text.contains("<Code>BucketAlreadyOwnedByYou</Code>") {
            return Ok(());
        }
        let code = if status == StatusCode::CONFLICT {
            "another account has a bucket of that name"
        } else {
            ""
        };
        Err(Failure::new(
            Code::Unavailable,
            format!("the bucket: the service answers {status} {code}"),
        ))
    }
}

fn bucket_url(endpoint: &str, bucket: &str, path_style: bool) -> String {
    if path_style {
        return format!("{endpoint}/{bucket}");
    }
    match endpoint.split_once("://") {
        Some((scheme, host)) => format!("{scheme}://{bucket}.{host}"),
        None => endpoint.to_owned(),
    }
}
