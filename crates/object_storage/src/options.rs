//! The options by which a container is opened: names and values, each read once, an unknown one refused by name. Values
//! may be secrets and stand in no message.

use crate::reply::{Code, Failure};
use crate::transport::Limits;
use std::collections::BTreeMap;
use std::time::Duration;

pub struct Options {
    values: BTreeMap<String, String>,
}

impl Options {
    pub fn new(values: BTreeMap<String, String>) -> Self {
        Self { values }
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.values.remove(name).filter(|value| !value.is_empty())
    }

    pub fn peek(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub fn need(&mut self, name: &str) -> Result<String, Failure> {
        self.take(name)
            .ok_or_else(|| Failure::new(Code::Invalid, format!("option {name} is missing")))
    }

    pub fn flag(&mut self, name: &str) -> bool {
        self.take(name).is_some_and(|value| value == "true")
    }

    pub fn limits(&mut self) -> Result<Limits, Failure> {
        let usual = Limits::default();
        Ok(Limits {
            attempt: self.milliseconds("attempt_ms", usual.attempt)?,
            total: self.milliseconds("total_ms", usual.total)?,
            attempts: match self.take("attempts") {
                None => usual.attempts,
                Some(text) => text.parse().map_err(|_| not_a_number("attempts"))?,
            },
        })
    }

    fn milliseconds(&mut self, name: &str, usual: Duration) -> Result<Duration, Failure> {
        match self.take(name) {
            None => Ok(usual),
            Some(text) => Ok(Duration::from_millis(
                text.parse().map_err(|_| not_a_number(name))?,
            )),
        }
    }

    pub fn finish(self) -> Result<(), Failure> {
        match self.values.iter().find(|(_, value)| !value.is_empty()) {
            None => Ok(()),
            Some((name, _)) => Err(Failure::new(
                Code::Invalid,
                format!("option {name} is not known here"),
            )),
        }
    }
}

fn not_a_number(name: &str) -> Failure {
    Failure::new(Code::Invalid, format!("option {name} must be a number"))
}
