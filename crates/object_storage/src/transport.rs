//! The HTTP transport of every request. Tries again within bounds, honours Retry-After, reads bodies whole so that a
//! truncated one is tried again too, and reports to the call's `Exchange`. object_store's own retries are switched off.

use crate::exchange::{record_answer, record_lost_answer};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::DateTime;
use http::header::{DATE, HeaderMap, RETRY_AFTER};
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, RetryConfig};
use rand::RngExt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of one attempt, from the connection to the last byte of the answer.
    pub attempt: Duration,
    /// Of all attempts of a request and the waits between them.
    pub total: Duration,
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(30),
            total: Duration::from_secs(60),
            attempts: 8,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Transport {
    limits: Limits,
}

impl Transport {
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    pub fn client(self) -> HttpClient {
        HttpClient::new(self)
    }
}

/// object_store's own retries know neither Retry-After nor our bounds; `Transport` has them.
pub fn no_retries() -> RetryConfig {
    RetryConfig {
        max_retries: 0,
        retry_timeout: Duration::from_secs(3600),
        ..Default::default()
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.client())
    }
}

type Answer = http::Response<Bytes>;

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let start = Instant::now();
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(&head, body.clone()).await;
            let wait = match &outcome {
                Ok(answer) if !is_transient(answer.status()) => None,
                Ok(answer) => Some(wait_before(attempt, retry_after(answer.headers()))),
                Err(_) => Some(wait_before(attempt, None)),
            };
            match wait {
                Some(wait)
                    if attempt < self.limits.attempts
                        && start.elapsed() + wait < self.limits.total =>
                {
                    attempt += 1;
                    tokio::time::sleep(wait).await;
                }
                _ => {
                    return outcome.map(|answer| {
                        let (head, body) = answer.into_parts();
                        HttpResponse::from_parts(head, body.into())
                    });
                }
            }
        }
    }
}

impl Transport {
    async fn attempt(&self, head: &http::request::Parts, body: Bytes) -> Result<Answer, HttpError> {
        let writes = head.method != Method::GET && head.method != Method::HEAD;
        match tokio::time::timeout(self.limits.attempt, send(head, body)).await {
            Ok(Ok(answer)) => {
                let status = answer.status();
                record_answer(status.as_u16(), date_of(answer.headers()));
                if writes && (status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT) {
                    record_lost_answer();
                }
                Ok(answer)
            }
            Ok(Err(error)) => {
                if writes && !error.is_connect() {
                    record_lost_answer();
                }
                Err(HttpError::new(kind_of(&error), error.without_url()))
            }
            Err(elapsed) => {
                if writes {
                    record_lost_answer();
                }
                Err(HttpError::new(HttpErrorKind::Timeout, elapsed))
            }
        }
    }
}

async fn send(head: &http::request::Parts, body: Bytes) -> Result<Answer, reqwest::Error> {
    let client = client_for(head.uri.host().unwrap_or_default());
    let mut builder = client
        .request(head.method.clone(), head.uri.to_string())
        .headers(head.headers.clone());
    if !body.is_empty() || head.method == Method::PUT || head.method == Method::POST {
        builder = builder.body(body);
    }
    let response = builder.send().await?;
    let expected = response.content_length().unwrap_or(0);
    let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    Ok(http::Response::from_parts(
        parts,
        whole(body, expected).await?,
    ))
}

/// Collected into one piece of memory as it comes; collecting first and joining then would hold it twice.
async fn whole(mut body: reqwest::Body, expected: u64) -> Result<Bytes, reqwest::Error> {
    const EXPECTED_AT_MOST: u64 = 16 << 20; // a length is the other side's word
    let mut bytes = BytesMut::with_capacity(expected.min(EXPECTED_AT_MOST) as usize);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

/// Connections are shared by all containers of the process. A redirect is never followed: it could take credentials
/// elsewhere. No proxy stands before this machine or the link-local address of a cloud's identity service.
fn client_for(host: &str) -> &'static reqwest::Client {
    static DIRECT: OnceLock<reqwest::Client> = OnceLock::new();
    static USUAL: OnceLock<reqwest::Client> = OnceLock::new();
    let builder = || {
        reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("backtest/", env!("CARGO_PKG_VERSION")))
    };
    let near = host == "localhost"
        || host == "[::1]"
        || host.starts_with("127.")
        || host.starts_with("169.254.");
    if near {
        DIRECT.get_or_init(|| builder().no_proxy().build().expect("an HTTP client"))
    } else {
        USUAL.get_or_init(|| builder().build().expect("an HTTP client"))
    }
}

fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// Doubles from 0.1 s to 5 s; a random half of it keeps clients that failed together apart.
fn wait_before(attempt: u32, asked: Option<Duration>) -> Duration {
    let most = Duration::from_millis(100 << attempt.min(6)).min(Duration::from_secs(5));
    let chosen = most.mul_f64(rand::rng().random_range(0.5..=1.0));
    asked.unwrap_or_default().max(chosen)
}

/// Seconds or a date, which counts from the answer's own date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp_micros();
    Some(Duration::from_micros(
        u64::try_from(until - date_of(headers)?).unwrap_or(0),
    ))
}

fn date_of(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(text).ok()?.timestamp_micros())
}

fn kind_of(error: &reqwest::Error) -> HttpErrorKind {
    if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        HttpErrorKind::Interrupted
    }
}
