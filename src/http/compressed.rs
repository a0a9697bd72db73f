//! Static files are compressed once for each encoding, and not for each request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use tokio::sync::OnceCell;

use super::{response::failure, validators::Unchanging};
use crate::error::Error;

/// Compressed bodies, by the `ETag` of the file and the encoding. There are at most as many as files times encodings.
#[derive(Default)]
pub struct Compressed(Mutex<HashMap<(HeaderValue, HeaderValue), CompressedBody>>);

type CompressedBody = Arc<OnceCell<Bytes>>;

impl Compressed {
    /// Passes on an answer that is compressed while its body is read. The first such body of a static file is read
    /// whole and kept. Later answers of the file get the same bytes, with their length.
    pub async fn once(&self, answer: Response) -> Response {
        let Some(kept) = self.kept(&answer) else { return answer };
        let (parts, body) = answer.into_parts();
        match kept.get_or_try_init(|| to_bytes(body, usize::MAX)).await {
            Ok(bytes) => Response::from_parts(parts, Body::from(bytes.clone())),
            Err(error) => failure(&Error::internal(error)),
        }
    }

    fn kept(&self, answer: &Response) -> Option<CompressedBody> {
        answer.extensions().get::<Unchanging>().filter(|_| answer.status() == StatusCode::OK)?;
        let header = |name| answer.headers().get(name).cloned();
        let key = (header(header::ETAG)?, header(header::CONTENT_ENCODING)?);
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::validators::unchanging;
    use super::*;

    fn answer(etag: &'static str, coding: &'static str, body: Body) -> Response {
        let builder = Response::builder().header(header::ETAG, etag).header(header::CONTENT_ENCODING, coding);
        builder.body(body).unwrap()
    }

    async fn read(answer: Response) -> Bytes {
        to_bytes(answer.into_body(), usize::MAX).await.unwrap()
    }

    /// A body that fails the test if anything reads it.
    fn unread() -> Body {
        Body::from_stream(futures_util::stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, Infallible>>> {
            panic!("it was compressed again")
        }))
    }

    #[tokio::test]
    async fn what_was_compressed_is_not_compressed_again() {
        let compressed = Compressed::default();
        for (etag, coding) in [("\"a\"", "br"), ("\"a\"", "gzip"), ("\"b\"", "br")] {
            let first = unchanging(answer(etag, coding, Body::from([etag, coding].concat())));
            assert_eq!(read(compressed.once(first).await).await, [etag, coding].concat());
            let second = compressed.once(unchanging(answer(etag, coding, unread()))).await;
            assert_eq!(second.headers()[header::CONTENT_ENCODING], coding);
            assert_eq!(read(second).await, [etag, coding].concat());
        }
    }

    #[tokio::test]
    async fn what_may_change_and_what_is_plain_is_not_kept() {
        let compressed = Compressed::default();
        for body in ["one", "two"] {
            let changing = answer("\"a\"", "br", Body::from(body));
            assert_eq!(read(compressed.once(changing).await).await, body);
            let mut plain = unchanging(answer("\"a\"", "br", Body::from(body)));
            plain.headers_mut().remove(header::CONTENT_ENCODING);
            assert_eq!(read(compressed.once(plain).await).await, body);
        }
    }
}
