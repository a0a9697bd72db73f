//! The phase that a connection is in, and how long each phase may take.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

use super::Slot;
use crate::config;

/// How long a client may go on sending after the last answer.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The phase of a connection. All its parts share it, in one task.
#[derive(Clone)]
pub(super) struct Timeouts(Arc<Mutex<Phase>>);

#[derive(Clone, Copy)]
enum Phase {
    /// The head of a request has begun to arrive, or the connection is new.
    Head(Instant),
    /// A request is being answered.
    Answer,
    /// The last answer is sent, and nothing has arrived since.
    Idle(Instant),
}

/// The phase that took too long.
pub(super) enum Overdue {
    /// The head of a request.
    Head,
    /// The next request.
    Next,
}

impl Timeouts {
    /// The state of a new connection.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Phase::Head(Instant::now()))))
    }

    fn phase(&self) -> Phase {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Is the connection waiting for a request head: its first, or one that has arrived in part?
    pub fn is_in_head(&self) -> bool {
        matches!(self.phase(), Phase::Head(_))
    }

    /// Called when bytes arrive from the client.
    fn heard(&self) {
        if let Phase::Idle(_) = self.phase() {
            self.set(Phase::Head(Instant::now()));
        }
    }

    /// Begins the answer to a request. The answer ends when the returned value is dropped.
    pub fn answering(&self) -> Answering {
        self.set(Phase::Answer);
        Answering(self.clone())
    }

    /// Resolves when the client is too slow. The caller must poll it after each change of the phase.
    pub async fn overdue(&self, limits: &config::Connections) -> Overdue {
        let mut alarm = Box::pin(tokio::time::sleep(limits.header_timeout));
        std::future::poll_fn(|context| {
            let (deadline, overdue) = match self.phase() {
                Phase::Head(since) => (since + limits.header_timeout, Overdue::Head),
                Phase::Idle(since) => (since + limits.idle_timeout, Overdue::Next),
                Phase::Answer => return Poll::Pending,
            };
            if alarm.deadline() != deadline {
                alarm.as_mut().reset(deadline);
            }
            ready!(alarm.as_mut().poll(context));
            Poll::Ready(overdue)
        })
        .await
    }
}

/// Held as long as a request is being answered.
pub(super) struct Answering(Timeouts);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(Phase::Idle(Instant::now()));
    }
}

/// The body of an answer. When it is dropped, the answer ends.
pub(super) struct TimedBody {
    body: Body,
    _answering: Answering,
}

impl TimedBody {
    /// Ties the end of the answer to the end of its body.
    pub fn new(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How many bytes a client may fall behind the required reading speed. Bytes that it reads add to the credit. Time for
/// which a write has to wait for it subtracts the bytes that it should have read meanwhile.
struct Credit {
    /// Bytes a second; 0 if there is no minimum.
    least: u64,
    most: u64,
    left: u64,
}

impl Credit {
    /// The credit of a new connection: what must be read in `time`. It never grows beyond that.
    fn new(least: u32, time: Duration) -> Self {
        let least = u64::from(least);
        let most = least.saturating_mul(time.as_secs());
        Self { least, most, left: most }
    }

    /// Counts a write and how long it had to wait. Returns whether the client is fast enough.
    fn count(&mut self, waited: Duration, bytes: usize) -> bool {
        let due = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX).saturating_mul(self.least) / 1000;
        let read = self.left.saturating_add(bytes as u64);
        self.left = read.saturating_sub(due).min(self.most);
        due <= read
    }
}

/// A socket that fails when the client does not read. It holds the connection's place, also after an upgrade to
/// WebSocket.
pub(super) struct TimedStream {
    stream: TcpStream,
    timeouts: Timeouts,
    write_timeout: Duration,
    /// When the waiting write began to wait.
    waiting: Option<Instant>,
    credit: Credit,
    /// The write timeout, while a write waits.
    stall: Option<Pin<Box<Sleep>>>,
    /// A write has reached the timeout, though the socket had room. The system reports a socket as writable only when a
    /// third of its buffer is free, which takes long with a slow reader. So each write now tries the socket itself first.
    is_stalled: bool,
    /// The time limit for the client's remaining bytes after the end of the answers.
    closing: Option<Pin<Box<Sleep>>>,
    /// `None` for a spare connection, which ends soon.
    _place: Option<Slot>,
}

impl TimedStream {
    /// Wraps a new connection.
    pub fn new(stream: TcpStream, timeouts: Timeouts, limits: &config::Connections, place: Option<Slot>) -> Self {
        Self {
            stream,
            timeouts,
            write_timeout: limits.write_timeout,
            waiting: None,
            credit: Credit::new(limits.least_reading, limits.write_timeout),
            stall: None,
            is_stalled: false,
            closing: None,
            _place: place,
        }
    }

    /// Writes, and fails if the client reads too slowly.
    fn write(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
        write_now: impl Fn(SockRef<'_>) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = self.write_in_time(context, write, write_now) else {
            self.waiting.get_or_insert_with(Instant::now);
            return Poll::Pending;
        };
        let count = written?;
        let waited = self.waiting.take().map_or(Duration::ZERO, |since| since.elapsed());
        let slow = || io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly");
        Poll::Ready(self.credit.count(waited, count).then_some(count).ok_or_else(slow))
    }

    /// Writes, and fails if the client reads nothing within the write timeout.
    fn write_in_time(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
        write_now: impl Fn(SockRef<'_>) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if self.is_stalled
            && let Some(written) = unless_full(write_now(SockRef::from(&self.stream)))
        {
            self.stall = None;
            return Poll::Ready(written);
        }
        if let Poll::Ready(written) = write(Pin::new(&mut self.stream), context) {
            (self.stall, self.is_stalled) = (None, false);
            return Poll::Ready(written);
        }
        let write_timeout = self.write_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(write_timeout)));
        ready!(stall.as_mut().poll(context));
        (self.stall, self.is_stalled) = (None, true);
        let gone = || Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read"));
        Poll::Ready(unless_full(write_now(SockRef::from(&self.stream))).unwrap_or_else(gone))
    }
}

/// The result of a write; `None` if the socket has no room for a single byte.
fn unless_full(written: io::Result<usize>) -> Option<io::Result<usize>> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        written => Some(written),
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.timeouts.heard();
        }
        read
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write(context, bytes), |socket| socket.send(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = |stream: Pin<&mut TcpStream>, context: &mut Context<'_>| stream.poll_write_vectored(context, bytes);
        self.write(context, write, |socket| socket.send_vectored(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A TCP stream buffers nothing itself, so this is always ready and does not show progress.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Closes the writing side, then reads and discards what the client still sends. If a socket is closed with unread
    /// bytes, the system resets the connection, and the client may lose the answer: for example the one to a body that
    /// is too large.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let closing = this.closing.get_or_insert_with(|| Box::pin(tokio::time::sleep(CLOSE_TIMEOUT)));
        let mut rest = [0; 4096];
        while closing.as_mut().poll(context).is_pending() {
            let mut rest = ReadBuf::new(&mut rest);
            match ready!(Pin::new(&mut this.stream).poll_read(context, &mut rest)) {
                Ok(()) if !rest.filled().is_empty() => {}
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_A_MINUTE: Duration = Duration::from_secs(30);

    #[test]
    fn a_client_that_always_reads_a_little_is_too_slow_in_the_end() {
        let mut credit = Credit::new(1024, HALF_A_MINUTE);
        let step = Duration::from_secs(5);
        let steps = (0..1000).take_while(|_| credit.count(step, 2048)).count();
        assert_eq!(steps, 10, "3 KiB of 30 are lost at each step");
    }

    #[test]
    fn a_client_that_reads_fast_enough_may_pause() {
        let mut credit = Credit::new(1024, HALF_A_MINUTE);
        for _ in 0..1000 {
            assert!(credit.count(Duration::from_secs(25), 25 * 1024));
        }
        assert!(credit.count(Duration::from_secs(29), 0));
        assert!(!credit.count(Duration::from_secs(2), 0), "what it read before helps for half a minute");
        let mut unbounded = Credit::new(0, HALF_A_MINUTE);
        assert!(unbounded.count(Duration::from_secs(1_000_000), 0), "it may be as slow as it likes");
    }
}
