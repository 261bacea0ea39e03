//! Preparation of strings from a peer for logs: without secrets, on one line, and short.

use std::{borrow::Cow, fmt, sync::Arc};

#[cfg(any(feature = "http", feature = "grpc"))]
use http::HeaderMap;

/// The minimum length of a secret. A shorter string may occur anywhere.
const SHORTEST_SECRET: usize = 8;
const REDACTED: &str = "[redacted]";

/// Strings that a peer may echo and that must not be printed.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<[String]>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Secrets {
    /// Keeps the strings that are long enough.
    pub(crate) fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut secrets: Vec<String> = secrets
            .into_iter()
            .filter(|secret| secret.as_ref().len() >= SHORTEST_SECRET)
            .map(|secret| secret.as_ref().to_owned())
            .collect();
        // A secret may be part of another one.
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets.into())
    }

    /// Returns the values of credentials, both with and without a scheme such as `Bearer`.
    #[cfg(any(feature = "http", feature = "grpc"))]
    pub(crate) fn of(credentials: &HeaderMap) -> Self {
        let values = credentials.values().filter_map(|value| value.to_str().ok());
        let values =
            values.flat_map(|value| [Some(value), value.split_once(' ').map(|(_, rest)| rest)]);
        Self::new(values.flatten())
    }

    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| find(text, secret).is_some())
    }

    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut redacted = Cow::Borrowed(text);
        for secret in &*self.0 {
            let mut replaced = String::new();
            let mut rest = &*redacted;
            while let Some((at, length)) = find(rest, secret) {
                replaced.push_str(&rest[..at]);
                replaced.push_str(REDACTED);
                rest = &rest[at + length..];
            }
            if rest.len() < redacted.len() {
                replaced.push_str(rest);
                redacted = Cow::Owned(replaced);
            }
        }
        redacted
    }

    /// Returns the beginning of a string on one line, `limit` characters at most. Secrets are
    /// replaced first, so that truncation leaves no part of one.
    pub(crate) fn excerpt(&self, text: &[u8], limit: usize) -> String {
        let mut line = Line { text: String::new(), gap: false, left: limit };
        for chunk in text.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some(next) = rest.chars().next() {
                let secret = self.0.iter().find_map(|secret| prefix(rest, secret));
                let fits = match secret {
                    Some(_) => line.push_all(REDACTED.chars()),
                    None => line.push(next),
                };
                if !fits {
                    return line.text;
                }
                rest = &rest[secret.unwrap_or(next.len_utf8())..];
            }
            if !chunk.invalid().is_empty() && !line.push(char::REPLACEMENT_CHARACTER) {
                return line.text;
            }
        }
        line.text
    }
}

/// Returns the first position of a secret in a string, and its length there.
fn find(text: &str, secret: &str) -> Option<(usize, usize)> {
    let first = secret.chars().next()?;
    let places = text.match_indices([first, '\\']);
    places.into_iter().find_map(|(at, _)| Some((at, prefix(&text[at..], secret)?)))
}

/// Returns the length of a secret at the start of a string, even if its characters are escaped as
/// in JSON.
fn prefix(text: &str, secret: &str) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut rest = text;
    for unit in secret.encode_utf16() {
        let (found, length) = next_unit(rest)?;
        if found != unit {
            return None;
        }
        rest = &rest[length..];
    }
    Some(text.len() - rest.len())
}

/// Returns the next UTF-16 code unit of a string, which may be escaped, and its length. `None` if
/// it is an unescaped character of two units.
fn next_unit(text: &str) -> Option<(u16, usize)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    let plain = |char: char| u16::try_from(u32::from(char)).ok();
    if first != '\\' {
        return Some((plain(first)?, first.len_utf8()));
    }
    let unit = match characters.next()? {
        'u' => {
            let digits =
                text.get(2..6).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
            return Some((u16::from_str_radix(digits?, 16).ok()?, 6));
        }
        'b' => 0x08,
        't' => 0x09,
        'n' => 0x0a,
        'f' => 0x0c,
        'r' => 0x0d,
        char @ ('"' | '\\' | '/') => plain(char)?,
        _ => return None,
    };
    Some((unit, 2))
}

/// A string on one line, `limit` characters at most. White space becomes single spaces; control
/// characters are escaped.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    Secrets::default().excerpt(text.as_bytes(), limit)
}

/// Whether a string is one line of at most this many characters, with nothing to escape.
pub(crate) fn is_one_line(text: &str, limit: usize) -> bool {
    let fit = |char| char == ' ' || !(char::is_whitespace(char) || must_be_escaped(char));
    text.len() <= limit && text.chars().all(fit)
}

struct Line {
    text: String,
    /// Whether the last character was white space.
    gap: bool,
    /// The number of characters that still fit.
    left: usize,
}

impl Line {
    /// Adds a character. If it does not fit, marks the end and returns false.
    fn push(&mut self, next: char) -> bool {
        if next.is_whitespace() {
            self.gap = !self.text.is_empty();
            return true;
        }
        if std::mem::take(&mut self.gap) && !self.put(' ') {
            return false;
        }
        if must_be_escaped(next) { self.push_all(next.escape_unicode()) } else { self.put(next) }
    }

    fn push_all(&mut self, all: impl IntoIterator<Item = char>) -> bool {
        all.into_iter().all(|next| self.push(next))
    }

    fn put(&mut self, next: char) -> bool {
        let fits = self.left > 0;
        self.text.push(if fits { next } else { '…' });
        self.left = self.left.saturating_sub(1);
        fits
    }
}

/// Control characters, and invisible ones that change the direction or the order of a line.
fn must_be_escaped(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(char, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "http")]
    use http::HeaderValue;

    use super::*;

    #[test]
    fn string_becomes_one_short_line() {
        for (text, expected) in [
            ("", ""),
            ("{\"a\":\n  'b'}\\ \u{e9}", "{\"a\": 'b'}\\ \u{e9}"),
            (" \n one\r\n\ttwo\u{2028}three ", "one two three"),
            ("red\u{1b}[31m\0", "red\\u{1b}[31m\\u{0}"),
            ("left\u{202e}right\u{feff}", "left\\u{202e}right\\u{feff}"),
        ] {
            assert_eq!(one_line(text, 100), expected, "{text:?}");
            assert!(is_one_line(expected, 100), "{expected}");
            assert_eq!(one_line(expected, 100), expected, "once is enough");
        }
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcdef…");
        assert_eq!(one_line("ab c", 2), "ab…");
        assert!(!is_one_line("abcdefg", 6) && !is_one_line("a\nb", 6) && !is_one_line("\0", 6));
        assert_eq!(Secrets::default().excerpt(b"a\xff\xfeb\xf0", 9), "a\u{fffd}\u{fffd}b\u{fffd}");
        assert_eq!(Secrets::default().excerpt(b"ab\xffc", 2), "ab…");
    }

    #[test]
    #[cfg(feature = "http")]
    fn secret_is_replaced_before_truncation() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer s3cret-token"));
        headers.insert("x-short", HeaderValue::from_static("a s3cret"));
        let secrets = Secrets::of(&headers);
        assert_eq!(secrets.redact("s3cret, s3cret-token!"), "s3cret, [redacted]!");
        assert_eq!(secrets.redact("Bearer s3cret-token a s3cret"), "[redacted] [redacted]");
        assert!(secrets.are_in("<s3cret-token>") && !secrets.are_in("s3cret"));
        let slashed = Secrets::new(["tok/en-\u{e9}\"\\9"]);
        for text in [
            r#"tok/en-é"\9"#,
            r#"tok\/en-\u00e9\"\\9"#,
            r#"\u0074\u006F\u006bs\u002fen"#,
            r#"\u0074\u006F\u006b\u002fen-\u00E9\u0022\u005c\u0039"#,
        ] {
            let is_secret = !text.contains("bs");
            let expected = if is_secret { "a [redacted] \\b" } else { &*format!("a {text} \\b") };
            let text = format!("a {text} \\b");
            assert_eq!(slashed.are_in(&text), is_secret, "{text}");
            assert_eq!(slashed.redact(&text), expected, "{text}");
            assert_eq!(slashed.excerpt(text.as_bytes(), 99), expected, "{text}");
        }
        let controls = Secrets::new(["\u{8}\t\n\u{c}\r/\"\\s"]);
        assert_eq!(controls.redact(r#"a \b\t\n\f\r\/\"\\s b"#), "a [redacted] b");
        assert_eq!(format!("{controls:?}"), "[redacted]");
        for text in ["\\", "\\u", "\\u00", "\\u\u{e9}\u{e9}\u{e9}", "tok\\", "tok\\x"] {
            assert!(!slashed.are_in(text) && slashed.redact(text) == text, "{text}");
        }
        for cut in 0..60 {
            let text = format!("{}s3cret-token and more", ".".repeat(20));
            let line = secrets.excerpt(text.as_bytes(), cut);
            assert!(!line.contains("s3c") && line.chars().count() <= cut + 1, "{line}");
        }
        assert_eq!(secrets.excerpt(b"\xffs3cret-token\n", 99), "\u{fffd}[redacted]");
    }
}
