//! Managed identity: a token from the service that Azure gives each machine, app or container. object_store's own reads
//! the header it needs from the process's environment, which not every process of ours has.

use crate::request::{answer_to, encoded_path, request_to};
use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use object_store::azure::AzureCredential;
use object_store::client::{CredentialProvider, HttpClient};
use serde_json::Value;
use std::fmt::{Debug, Formatter};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Mutex;

/// Of virtual machines; App Service and Container Apps name theirs in IDENTITY_ENDPOINT.
const MACHINE_ENDPOINT: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const RESOURCE: &str = "https%3A%2F%2Fstorage.azure.com%2F";
/// A token is fetched anew so long before it ends.
const AHEAD: Duration = Duration::from_secs(300);

struct Token {
    credential: Arc<AzureCredential>,
    ends: Instant,
}

pub struct ManagedIdentity {
    url: String,
    header: Option<String>,
    client: HttpClient,
    token: Mutex<Option<Token>>,
}

impl Debug for ManagedIdentity {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ManagedIdentity")
    }
}

impl ManagedIdentity {
    pub fn new(
        endpoint: Option<String>,
        header: Option<String>,
        client_id: Option<String>,
        client: HttpClient,
    ) -> Self {
        let endpoint = endpoint.unwrap_or_else(|| MACHINE_ENDPOINT.to_owned());
        let mut url = format!("{endpoint}?api-version=2019-08-01&resource={RESOURCE}");
        if let Some(id) = client_id {
            url += &format!("&client_id={}", encoded_path(&id));
        }
        Self {
            url,
            header,
            client,
            token: Mutex::new(None),
        }
    }

    async fn fetch(&self) -> Result<Token, String> {
        let mut request = request_to(
            "the identity endpoint",
            &self.url,
            Method::GET,
            Bytes::new(),
        )
        .map_err(|failure| failure.message)?;
        let headers = request.headers_mut();
        headers.insert("metadata", http::HeaderValue::from_static("true"));
        if let Some(header) = &self.header {
            let value = header
                .parse()
                .map_err(|_| "IDENTITY_HEADER is not a header")?;
            headers.insert("x-identity-header", value);
        }
        let answer = answer_to(request, &self.client)
            .await
            .map_err(|failure| failure.message)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("the identity endpoint answers {status}"));
        }
        token_of(answer.body())
            .ok_or_else(|| "the identity endpoint's answer has no token".to_owned())
    }
}

/// `expires_on` is seconds since 1970, as a number or as text.
fn token_of(body: &[u8]) -> Option<Token> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let text = answer.get("access_token")?.as_str()?.to_owned();
    let expires = answer.get("expires_on")?;
    let seconds = expires
        .as_u64()
        .or_else(|| expires.as_str()?.parse().ok())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(Token {
        credential: Arc::new(AzureCredential::BearerToken(text)),
        ends: Instant::now() + Duration::from_secs(seconds).saturating_sub(now),
    })
}

#[async_trait]
impl CredentialProvider for ManagedIdentity {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        let mut token = self.token.lock().await;
        let now = Instant::now();
        if let Some(kept) = token.as_ref().filter(|kept| kept.ends > now + AHEAD) {
            return Ok(kept.credential.clone());
        }
        match self.fetch().await {
            Ok(fetched) => Ok(token.insert(fetched).credential.clone()),
            // What was fetched before still holds for a while.
            Err(message) => match token.as_ref().filter(|kept| kept.ends > now) {
                Some(kept) => Ok(kept.credential.clone()),
                None => Err(object_store::Error::Generic {
                    store: "managed identity",
                    source: message.into(),
                }),
            },
        }
    }
}
