//! Spans, for programs that collect them with a subscriber of the crate `tracing`.

use std::fmt::Display;
use std::time::Instant;

use tracing::{Span, field};

/// Does some work in a span, and notes in its fields `elapsed_ms` and `error` how long it took and why it failed.
pub(crate) fn traced<T, E: Display>(span: &Span, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    let result = span.in_scope(work);
    // To the microsecond.
    let elapsed_ms = (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0;
    span.record("elapsed_ms", elapsed_ms);
    if let Err(error) = &result {
        span.record("error", field::display(error));
    }
    result
}
