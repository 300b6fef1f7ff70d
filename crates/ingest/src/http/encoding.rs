//! Compressed bodies, with a bound on what comes out.

use std::io::{self, Read};

use super::problem::{Kind, Problem};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The largest window that RFC 9659 lets a sender of zstd use, 8 MiB. It is memory that a few bytes
/// of a body could demand.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    /// What the header says.
    ///
    /// # Errors
    ///
    /// `unsupported-media-type` if it is another one, or more than one.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        let encoding = match values.next().map(|value| value.as_bytes().to_ascii_lowercase()) {
            None => Some(Self::Identity),
            Some(name) => match name.as_slice() {
                b"identity" => Some(Self::Identity),
                b"gzip" | b"x-gzip" => Some(Self::Gzip),
                b"zstd" => Some(Self::Zstd),
                _ => None,
            },
        };
        encoding.filter(|_| values.next().is_none()).ok_or_else(|| {
            let detail = "The content encoding must be gzip or zstd, or absent.";
            Problem::new(Kind::UnsupportedMediaType, detail)
        })
    }

    /// What was compressed.
    ///
    /// # Errors
    ///
    /// `too-large` if it has more than `bytes_max` bytes, `malformed-body` if it is not of this
    /// encoding.
    pub(crate) fn decode(self, body: Vec<u8>, bytes_max: usize) -> Result<Vec<u8>, Problem> {
        let decoded = match self {
            Self::Identity => return Ok(body),
            Self::Gzip => {
                read_bounded(flate2::bufread::MultiGzDecoder::new(body.as_slice()), bytes_max)
            }
            Self::Zstd => zstd::Decoder::with_buffer(body.as_slice()).and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                read_bounded(decoder, bytes_max)
            }),
        };
        match decoded {
            Ok(decoded) if decoded.len() <= bytes_max => Ok(decoded),
            Ok(_) => Err(too_large(bytes_max)),
            Err(_) => Err(Problem::new(Kind::MalformedBody, "The body does not decompress.")),
        }
    }
}

/// Reads one byte more than is allowed, if there is one.
fn read_bounded(reader: impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    reader.take(bytes_max as u64 + 1).read_to_end(&mut decoded)?;
    Ok(decoded)
}

/// The problem of a body of more than `bytes_max` bytes.
pub(crate) fn too_large(bytes_max: usize) -> Problem {
    let detail = format!(
        "A body may have at most {bytes_max} bytes, also after it was decompressed. Nothing was stored."
    );
    Problem::new(Kind::TooLarge, detail)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(body).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zstd(body: &[u8]) -> Vec<u8> {
        zstd::encode_all(body, 3).expect("memory")
    }

    #[test]
    fn what_was_compressed_comes_out_up_to_the_last_byte_that_is_allowed() {
        let body = vec![b'a'; 100_000];
        for (encoding, compressed) in [(Encoding::Gzip, gzip(&body)), (Encoding::Zstd, zstd(&body))]
        {
            assert!(compressed.len() < 1_000);
            let decoded = encoding.decode(compressed.clone(), body.len());
            assert!(decoded.is_ok_and(|decoded| decoded == body), "{encoding:?}");
            let problem = encoding.decode(compressed, body.len() - 1).expect_err("one too many");
            assert_eq!(problem.kind(), Kind::TooLarge, "{encoding:?}");
        }
    }

    #[test]
    fn a_body_that_is_cut_or_of_another_encoding_is_malformed() {
        let body = b"some words".repeat(100);
        let cut = |mut compressed: Vec<u8>| {
            compressed.truncate(compressed.len() - 5);
            compressed
        };
        let wrong = [
            (Encoding::Gzip, cut(gzip(&body))),
            (Encoding::Zstd, cut(zstd(&body))),
            (Encoding::Gzip, zstd(&body)),
            (Encoding::Zstd, gzip(&body)),
            (Encoding::Gzip, body.clone()),
        ];
        for (encoding, body) in wrong {
            let problem = encoding.decode(body, 1_000_000).expect_err("not of this encoding");
            assert_eq!(problem.kind(), Kind::MalformedBody, "{encoding:?}");
        }
    }

    #[test]
    fn a_window_that_would_take_much_memory_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
        encoder.window_log(ZSTD_WINDOW_LOG_MAX + 1).expect("a window");
        encoder.include_contentsize(false).expect("a frame");
        encoder.write_all(b"[]").expect("memory");
        let body = encoder.finish().expect("memory");
        assert!(Encoding::Zstd.decode(body, 1_000).is_err());
    }
}
