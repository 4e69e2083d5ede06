//! Requests that object_store does not make itself: how they are written and sent. Who makes one authorizes it between.

use crate::failure::{chain_of, failure_of};
use crate::reply::{Code, Failure};
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use object_store::client::{CredentialProvider, HttpClient, HttpRequest, HttpRequestBody};
use std::sync::Arc;

/// `whose` names the URL in a message.
pub fn request_to(
    whose: &str,
    url: &str,
    method: Method,
    body: Bytes,
) -> Result<HttpRequest, Failure> {
    let mut request = HttpRequest::new(HttpRequestBody::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = url
        .parse()
        .map_err(|_| Failure::new(Code::Invalid, format!("{whose} is not a URL")))?;
    Ok(request)
}

/// The answer with its whole body, whatever its status.
pub async fn answer_to(
    request: HttpRequest,
    client: &HttpClient,
) -> Result<http::Response<Bytes>, Failure> {
    let unavailable = |error| Failure::new(Code::Unavailable, chain_of(&error));
    let answer = client.execute(request).await.map_err(unavailable)?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(unavailable)?.to_bytes();
    Ok(http::Response::from_parts(head, body))
}

pub async fn credential_of<C>(
    provider: &dyn CredentialProvider<Credential = C>,
) -> Result<Arc<C>, Failure> {
    provider
        .get_credential()
        .await
        .map_err(|error| failure_of(&error))
}

/// As object_store writes paths into URLs: everything but unreserved characters and the slash is encoded.
pub fn encoded_path(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(byte.into())
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    })
}
