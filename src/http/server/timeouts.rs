//! What a connection is waiting for, and how long it may.

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
const FAREWELL: Duration = Duration::from_secs(1);

/// What a connection is waiting for. All its parts share it, in one task.
#[derive(Clone)]
pub(super) struct Timeouts(Arc<Mutex<Phase>>);

#[derive(Clone, Copy)]
enum Phase {
    /// The head of a request has begun to arrive, or the connection is new.
    Head(Instant),
    /// A request is being answered.
    Answer,
    /// The last answer is given, and nothing has come since.
    Idle(Instant),
}

/// What took too long.
pub(super) enum Overdue {
    /// The head of a request.
    Head,
    /// The next request.
    Next,
}

impl Timeouts {
    /// The timeouts of a new connection.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Phase::Head(Instant::now()))))
    }

    fn phase(&self) -> Phase {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Has a request begun to arrive that is not whole yet?
    pub fn is_in_head(&self) -> bool {
        matches!(self.phase(), Phase::Head(_))
    }

    /// Something came from the client.
    fn heard(&self) {
        if let Phase::Idle(_) = self.phase() {
            self.set(Phase::Head(Instant::now()));
        }
    }

    /// A request is whole and gets its answer, until what is returned is dropped.
    pub fn answering(&self) -> Answering {
        self.set(Phase::Answer);
        Answering(self.clone())
    }

    /// Resolves when the client is too slow. Whoever awaits it polls it after each change of the phase.
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

/// Lasts as long as the answer to a request.
pub(super) struct Answering(Timeouts);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(Phase::Idle(Instant::now()));
    }
}

/// The body of an answer.
pub(super) struct TimedBody {
    body: Body,
    _answering: Answering,
}

impl TimedBody {
    /// With the end of the body the answer is given.
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

/// How far a client may fall behind the speed at which it must read. What it reads adds to that. Each second for which it lets
/// a write wait takes off as many bytes as it should have read.
struct Credit {
    /// In bytes a second; none if it may be as slow as it likes.
    least: u64,
    most: u64,
    left: u64,
}

impl Credit {
    /// As much as should be read in this time.
    fn new(least: u32, time: Duration) -> Self {
        let least = u64::from(least);
        let most = least.saturating_mul(time.as_secs());
        Self { least, most, left: most }
    }

    /// Counts a write for which the client was waited for. Is it fast enough?
    fn count(&mut self, waited: Duration, bytes: usize) -> bool {
        let due = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX).saturating_mul(self.least) / 1000;
        let read = self.left.saturating_add(bytes as u64);
        self.left = read.saturating_sub(due).min(self.most);
        due <= read
    }
}

/// A socket that gives up when the other side does not read. It holds the connection's place, also after an upgrade.
pub(super) struct TimedStream {
    stream: TcpStream,
    timeouts: Timeouts,
    patience: Duration,
    /// Since when a write waits.
    waiting: Option<Instant>,
    credit: Credit,
    /// Runs while a write waits.
    stall: Option<Pin<Box<Sleep>>>,
    /// A wait was over without a word of the system, which calls a socket writable again when a third of its buffer is
    /// free. For a slow reader that takes long, so from now on the socket itself is asked.
    is_stalled: bool,
    /// Runs while the last words of the other side are awaited.
    farewell: Option<Pin<Box<Sleep>>>,
    /// None beyond a limit: what is there leaves soon.
    _place: Option<Slot>,
}

impl TimedStream {
    /// A new connection in its place.
    pub fn new(stream: TcpStream, timeouts: Timeouts, limits: &config::Connections, place: Option<Slot>) -> Self {
        Self {
            stream,
            timeouts,
            patience: limits.write_timeout,
            waiting: None,
            credit: Credit::new(limits.least_reading, limits.write_timeout),
            stall: None,
            is_stalled: false,
            farewell: None,
            _place: place,
        }
    }

    /// Writes, for a client that reads, and does so fast enough.
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

    /// Writes, but does not wait for ever until the client reads.
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
        let patience = self.patience;
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stall.as_mut().poll(context));
        (self.stall, self.is_stalled) = (None, true);
        let gone = || Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read"));
        Poll::Ready(unless_full(write_now(SockRef::from(&self.stream))).unwrap_or_else(gone))
    }
}

/// What became of a write, unless there is no room for a single byte.
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
        // A TCP stream holds nothing back, so this is always ready and says nothing of progress.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that nothing more comes, and reads away what the client is still sending. A socket that is closed with
    /// something unread is reset, and a client that sees this may never see the answer: to a body that is too large, say.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.farewell.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let farewell = this.farewell.get_or_insert_with(|| Box::pin(tokio::time::sleep(FAREWELL)));
        let mut rest = [0; 4096];
        while farewell.as_mut().poll(context).is_pending() {
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
    fn who_reads_a_little_all_the_time_is_too_slow_in_the_end() {
        let mut credit = Credit::new(1024, HALF_A_MINUTE);
        let step = Duration::from_secs(5);
        let steps = (0..1000).take_while(|_| credit.count(step, 2048)).count();
        assert_eq!(steps, 10, "3 KiB of 30 are lost at each step");
    }

    #[test]
    fn who_reads_fast_enough_may_pause() {
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
