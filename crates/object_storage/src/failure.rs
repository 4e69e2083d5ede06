//! From object_store's errors to the codes of the C interface.

use crate::reply::{Code, Failure};
use std::error::Error;

pub fn failure_of(error: &object_store::Error) -> Failure {
    use object_store::Error::{AlreadyExists, InvalidPath, NotFound, Precondition};
    let code = match error {
        NotFound { .. } => Code::NotFound,
        AlreadyExists { .. } => Code::Exists,
        Precondition { .. } => Code::Changed,
        InvalidPath { .. } => Code::Invalid,
        _ => Code::Unavailable,
    };
    Failure::new(code, without_secrets(&error.to_string()))
}

/// An error and its causes; a cause that its effect already tells is left out.
pub fn chain_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    without_secrets(&text)
}

/// A SAS stands in the query of a URL, and so does a token's request; an answer may repeat the secret that it refuses.
fn without_secrets(text: &str) -> String {
    const ENDS: &[char] = &['"', '\'', ')', '<', '&', ' ', '\n', '\r', '\t'];
    let mut kept = cut_after(text, "?", &ENDS[..4]);
    for name in [
        "client_secret=",
        "client_assertion=",
        "sig=",
        "Signature=",
        "access_token=",
    ] {
        kept = cut_after(&kept, name, ENDS);
    }
    // The service's XML names what it compared, the text to sign among it; its code and first line say enough.
    if let Some(at) = kept.find("<AuthenticationErrorDetail>") {
        kept.truncate(at);
    }
    const LONGEST: usize = 600;
    if kept.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&at| kept.is_char_boundary(at));
        kept.truncate(end.unwrap_or(0));
        kept.push_str("...");
    }
    kept
}

/// Whatever follows `mark`, up to one of `ends` or white space, is replaced by dots.
fn cut_after(text: &str, mark: &str, ends: &[char]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        let (before, after) = rest.split_at(at + mark.len());
        let end = after
            .find(|c: char| c.is_whitespace() || ends.contains(&c))
            .unwrap_or(after.len());
        kept.push_str(before);
        if end > 0 {
            kept.push_str("...");
        }
        rest = &after[end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn secrets_are_cut_out_of_messages() {
        for (text, expected) in [
            (
                "GET https://a/b?sv=1&sig=xyz: 403",
                "GET https://a/b?... 403",
            ),
            ("is that so?", "is that so?"),
            (
                "no: a=1&client_secret=hunter2&b=2",
                "no: a=1&client_secret=...&b=2",
            ),
            ("<Message>sig=abc</Message>", "<Message>sig=...</Message>"),
            ("x<AuthenticationErrorDetail>what was signed", "x"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }
}
