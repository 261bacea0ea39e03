//! Cursors: base64 of bytes that always need all three characters that a query must encode.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::{Error, bad_request};

/// Bytes whose base64 is `+/+/`.
const MARK: [u8; 3] = [0xfb, 0xff, 0xbf];

/// Writes the place of a page in the list that belongs to a query.
pub(crate) fn write(query: u64, offset: usize) -> String {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    // 19 bytes leave two of the last three out, and so end in `==`.
    STANDARD.encode([&MARK[..], &query.to_be_bytes(), &offset.to_be_bytes()].concat())
}

/// Reads the place; it must be one of this query.
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
    fn a_cursor_needs_encoding_and_belongs_to_its_query() {
        let cursor = write(7, 100);
        assert!(cursor.starts_with("+/+/") && cursor.ends_with("=="), "{cursor}");
        assert_eq!(read(7, &cursor).unwrap(), 100);
        assert!(read(8, &cursor).is_err());
        for garbage in ["", "x", "+/+/", &cursor.replace('+', " ")] {
            assert!(read(7, garbage).is_err(), "{garbage}");
        }
    }
}
