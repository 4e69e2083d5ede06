//! Azure Blob storage: how a container is opened, and the two requests that object_store lacks or makes in bulk.

use crate::failure::failure_of;
use crate::identity::ManagedIdentity;
use crate::options::Options;
use crate::reply::{Code, Failure};
use crate::request::{answer_to, credential_of, encoded_path, request_to};
use crate::transport::{Limits, Transport, no_retries};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};
use object_store::azure::{AzureAuthorizer, AzureConfigKey, MicrosoftAzure, MicrosoftAzureBuilder};
use std::sync::Arc;

pub struct AzureService {
    pub store: Arc<MicrosoftAzure>,
    account: String,
    container_url: String,
    transport: Transport,
}

/// Options that object_store knows by a key of its own.
const CREDENTIALS: [(&str, AzureConfigKey); 8] = [
    ("credential", AzureConfigKey::CredentialType),
    ("account_key", AzureConfigKey::AccessKey),
    ("sas", AzureConfigKey::SasKey),
    ("tenant_id", AzureConfigKey::AuthorityId),
    ("client_id", AzureConfigKey::ClientId),
    ("client_secret", AzureConfigKey::ClientSecret),
    ("federated_token_file", AzureConfigKey::FederatedTokenFile),
    ("authority_host", AzureConfigKey::AuthorityHost),
];

impl AzureService {
    pub fn open(options: &mut Options, limits: Limits) -> Result<Self, Failure> {
        let account = options.need("account")?;
        let container = options.need("container")?;
        let endpoint = options.need("endpoint")?;
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let transport = Transport::new(limits);
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account(&account)
            .with_container_name(&container)
            .with_endpoint(endpoint.clone())
            .with_allow_http(endpoint.starts_with("http://"))
            .with_http_connector(transport)
            .with_retry(no_retries());
        if options.peek("credential") == Some("managed_identity") {
            options.take("credential");
            builder = builder.with_credentials(Arc::new(ManagedIdentity::new(
                options.take("identity_endpoint"),
                options.take("identity_header"),
                options.take("client_id"),
                transport.client(),
            )));
        }
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
            container_url: format!("{endpoint}/{container}"),
            account,
            transport,
        })
    }

    /// One request for one blob: the store's own way is a batch, which needs a right on the whole container.
    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        let url = format!("{}/{}", self.container_url, encoded_path(name));
        match self.request(Method::DELETE, &url).await? {
            (status, _) if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            (status, code) => Err(refused(name, status, &code)),
        }
    }

    pub async fn create_container(&self) -> Result<(), Failure> {
        let url = format!("{}?restype=container", self.container_url);
        match self.request(Method::PUT, &url).await? {
            (status, _) if status.is_success() => Ok(()),
            (status, code)
                if status == StatusCode::CONFLICT && code == "ContainerAlreadyExists" =>
            {
                Ok(())
            }
            (status, code) => Err(refused("the container", status, &code)),
        }
    }

    /// The status and Azure's word for what went wrong.
    async fn request(&self, method: Method, url: &str) -> Result<(StatusCode, String), Failure> {
        let credential = credential_of(self.store.credentials().as_ref()).await?;
        let has_length = method == Method::PUT;
        let mut request = request_to("the endpoint", url, method, Bytes::new())?;
        if has_length {
            request.headers_mut().insert(CONTENT_LENGTH, 0.into());
        }
        AzureAuthorizer::new(&credential, &self.account)
            .try_authorize(&mut request)
            .map_err(|error| failure_of(&error))?;
        let answer = answer_to(request, &self.transport.client()).await?;
        let code = answer
            .headers()
            .get("x-ms-error-code")
            .and_then(|value| value.to_str().ok());
        Ok((answer.status(), code.unwrap_or_default().to_owned()))
    }
}

fn refused(what: &str, status: StatusCode, code: &str) -> Failure {
    Failure::new(
        Code::Unavailable,
        format!("{what}: the service answers {status} {code}"),
    )
}
