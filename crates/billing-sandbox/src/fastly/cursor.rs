//! Cursors: base64 of bytes whose encoding always has the three characters that must be
//! percent-encoded in a query.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::{Error, bad_request};

/// Bytes whose base64 is `+/+/`.
const MARK: [u8; 3] = [0xfb, 0xff, 0xbf];

/// Encodes the start of a page, for the list of one query.
pub(crate) fn write(query: u64, offset: usize) -> String {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    // The 19 bytes leave a remainder of one, so the encoding ends in `==`.
    STANDARD.encode([&MARK[..], &query.to_be_bytes(), &offset.to_be_bytes()].concat())
}

/// Decodes the start of a page. The cursor must belong to this query.
pub(crate) fn read(query: u64, cursor: &str) -> Result<usize, Error> {
    let refuse = || bad_request("the cursor does not belong to this request");
    let bytes = STANDARD.decode(cursor).map_err(|_| refuse())?;
    let rest = bytes.strip_prefix(&MARK).and_then(|rest| rest.strip_prefix(&query.to_be_bytes()));
    let offset = rest.and_then(|rest| rest.try_into().ok()).map(u64::from_be_bytes);
    offset.and_then(|offset| usize::try_from(offset).ok()).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_needs_encoding_and_belongs_to_its_query() {
        let cursor = write(7, 100);
        assert!(cursor.starts_with("+/+/") && cursor.ends_with("=="), "{cursor}");
        assert_eq!(read(7, &cursor).unwrap(), 100);
        assert!(read(8, &cursor).is_err());
        for garbage in ["", "x", "+/+/", &cursor.replace('+', " ")] {
            assert!(read(7, garbage).is_err(), "{garbage}");
        }
    }
}
