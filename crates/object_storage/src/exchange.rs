//! What one call of the C interface learns about its requests on the way: object_store hides the headers of answers.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};

/// One call's requests, whichever of them came last.
#[derive(Debug, Default)]
pub struct Exchange {
    answered_at: AtomicI64,
    status: AtomicU16,
    answer_lost: AtomicBool,
}

tokio::task_local! {
    static EXCHANGE: Arc<Exchange>;
}

impl Exchange {
    /// Microseconds since 1970 by the service's clock; 0 where no answer carried a date.
    pub fn answered_at(&self) -> i64 {
        self.answered_at.load(Ordering::Relaxed)
    }

    pub fn status(&self) -> u16 {
        self.status.load(Ordering::Relaxed)
    }

    /// Whether a request may have been carried out although no answer says so.
    pub fn answer_lost(&self) -> bool {
        self.answer_lost.load(Ordering::Relaxed)
    }

    pub fn forget_lost_answer(&self) {
        self.answer_lost.store(false, Ordering::Relaxed);
    }

    /// Runs `work` so that the transport reports to this exchange.
    pub async fn observe<F: Future>(self: &Arc<Self>, work: F) -> F::Output {
        EXCHANGE.scope(self.clone(), work).await
    }
}

/// Called by the transport: an answer came.
pub fn record_answer(status: u16, answered_at: Option<i64>) {
    let _ = EXCHANGE.try_with(|exchange| {
        exchange.status.store(status, Ordering::Relaxed);
        if let Some(time) = answered_at {
            exchange.answered_at.store(time, Ordering::Relaxed);
        }
    });
}

/// Called by the transport: a request went out and its outcome is not known.
pub fn record_lost_answer() {
    let _ = EXCHANGE.try_with(|exchange| exchange.answer_lost.store(true, Ordering::Relaxed));
}
