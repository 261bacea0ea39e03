//! A PDF writer for one page of text, which is enough for an invoice file.

use std::fmt::Write;

/// Writes an A4 page with one entry of text per line. The first line is the title.
///
/// A file shorter than `size` bytes is padded with comments to exactly that size.
pub(crate) fn page(lines: &[String], size: usize) -> Vec<u8> {
    let content = content(lines);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}endstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];

    // The bytes above 127 in the comment tell programs that transfer the file that it is binary.
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{number} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\n", objects.len() + 1);

    // The offset of the table has a fixed width, so the padding does not change the rest.
    let rest = table.len() + trailer.len() + end(0).len();
    pad(&mut file, size.saturating_sub(rest));
    let table_offset = file.len();
    file.extend(table.into_bytes());
    file.extend(trailer.into_bytes());
    file.extend(end(table_offset).into_bytes());
    file
}

fn end(table_offset: usize) -> String {
    format!("startxref\n{table_offset:010}\n%%EOF\n")
}

/// Pads `file` to `size` bytes with comment lines.
fn pad(file: &mut Vec<u8>, size: usize) {
    const LINE: usize = 80;
    while file.len() < size {
        // A single missing byte is filled with a line feed, which is white space between objects.
        let length = (size - file.len()).min(LINE);
        let mut line = vec![b'%'; length];
        line[length - 1] = b'\n';
        file.extend(line);
    }
}

fn content(lines: &[String]) -> String {
    let mut content = String::from("BT\n/F1 18 Tf\n24 TL\n56 770 Td\n");
    for (index, line) in lines.iter().enumerate() {
        if index == 1 {
            content += "/F1 11 Tf\n16 TL\n";
        }
        // Writing to a string cannot fail.
        let _ = writeln!(content, "({}) Tj T*", escape(line));
    }
    content += "ET\n";
    content
}

/// Escapes the special characters of a PDF string, and replaces characters that the font may lack.
fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|char| match char {
            '(' | ')' | '\\' => vec!['\\', char],
            ' '..='~' => vec![char],
            _ => vec!['?'],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_exact_and_never_truncates() {
        let lines = ["Title (1)".to_owned(), "Total".to_owned()];
        let plain = page(&lines, 0);
        assert_eq!(plain, page(&lines, plain.len()));
        for extra in [1, 2, 79, 80, 81, 12_345] {
            assert_eq!(page(&lines, plain.len() + extra).len(), plain.len() + extra);
        }
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escape(r"a) Tj (b\ é"), r"a\) Tj \(b\\ ?");
    }
}
