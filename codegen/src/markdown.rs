//! Descriptions: paragraphs and `- ` lists, made harmless for rustdoc and wrapped.

enum Block {
    Paragraph(String),
    List(Vec<String>),
}

/// What is wrong with a description, if anything.
pub(crate) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the text is empty: say what this means to a user".to_owned());
    }
    let mut begins = true;
    for line in text.lines().map(str::trim) {
        let first = line.split_whitespace().next().unwrap_or_default();
        let numbered = begins && number_of_item(first).is_some();
        begins = line.is_empty();
        if first != "-" && (numbered || means_more_at_line_start(first)) {
            return Err(format!(
                "a line begins with `{first}`, which is more than text in Markdown: write \
                 paragraphs and lists with `- ` only"
            ));
        }
    }
    Ok(())
}

/// The text as lines of Markdown, none longer than `width` unless a word is.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks(text) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        match block {
            Block::Paragraph(text) => wrap(&mut lines, &text, "", "", width),
            Block::List(items) => {
                for item in items {
                    wrap(&mut lines, &item, "- ", "  ", width);
                }
            }
        }
    }
    lines
}

/// The first paragraph.
pub(crate) fn first_paragraph(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or(text)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            open = false;
            continue;
        }
        let item = line.strip_prefix("- ");
        match (item, blocks.last_mut()) {
            (Some(item), Some(Block::List(items))) => items.push(item.to_owned()),
            (Some(item), _) => blocks.push(Block::List(vec![item.to_owned()])),
            (None, Some(Block::Paragraph(text))) if open => {
                text.push(' ');
                text.push_str(line);
            }
            (None, Some(Block::List(items))) if open => {
                if let Some(text) = items.last_mut() {
                    text.push(' ');
                    text.push_str(line);
                }
            }
            (None, _) => blocks.push(Block::Paragraph(line.to_owned())),
        }
        open = true;
    }
    blocks
}

fn wrap(lines: &mut Vec<String>, text: &str, first: &str, others: &str, width: usize) {
    let mut line = first.to_owned();
    let mut bare = true;
    for word in escape(text).split_whitespace() {
        let fits = line.chars().count() + 1 + word.chars().count() <= width;
        if !bare && !fits && !means_more_at_line_start(word) {
            lines.push(std::mem::replace(&mut line, others.to_owned()));
            bare = true;
        }
        if !bare {
            line.push(' ');
        }
        line.push_str(word);
        bare = false;
    }
    lines.push(line);
}

/// Whether Markdown reads this word at the beginning of a line as a mark: of a heading, a list, a
/// quotation, a table, a line or a block of code.
fn means_more_at_line_start(word: &str) -> bool {
    // Within a paragraph, only a list that begins with 1 is one.
    let numbered = number_of_item(word) == Some("1");
    let rule = !word.is_empty() && word.bytes().all(|byte| b"-=*_+".contains(&byte));
    numbered
        || rule
        || word.starts_with(['#', '>', '|'])
        || word.starts_with("```")
        || word.starts_with("~~~")
}

fn number_of_item(word: &str) -> Option<&str> {
    let number = word.strip_suffix(['.', ')'])?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// Escapes what rustdoc would take for HTML or for a link to an item, and makes bare addresses
/// links. Code spans, links to addresses and what is escaped already stay as they are.
fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = code_span(rest)
            .or_else(|| link(rest))
            .map(|length| (rest[..length].to_owned(), length))
            .or_else(|| address(rest, &out));
        let (written, length) = taken.unwrap_or_else(|| match c {
            '\\' => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (rest[..length].to_owned(), length)
            }
            '<' | '>' | '[' | ']' | '`' => (format!("\\{c}"), 1),
            _ => (c.to_string(), c.len_utf8()),
        });
        out.push_str(&written);
        rest = &rest[length..];
    }
    out
}

/// The length of the code span that the text begins with.
fn code_span(text: &str) -> Option<usize> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    if ticks == 0 {
        return None;
    }
    let mut at = ticks;
    loop {
        let start = at + text[at..].find('`')?;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        at = start + run;
        if run == ticks {
            return Some(at);
        }
    }
}

/// The length of the `[text](https://…)` or `<https://…>` that the text begins with.
fn link(text: &str) -> Option<usize> {
    let (address, end) = if let Some(inner) = text.strip_prefix('<') {
        (inner, '>')
    } else {
        let label = text.strip_prefix('[')?;
        let close = label.find(['[', ']', '<', '`'])?;
        (label[close..].strip_prefix("](")?, ')')
    };
    let length = address.find(|c: char| c == end || c.is_whitespace())?;
    let whole = is_address(address) && address[length..].starts_with(end);
    whole.then(|| text.len() - address.len() + length + 1)
}

/// The bare address that the text begins with, as a link, and its length.
fn address(text: &str, before: &str) -> Option<(String, usize)> {
    if !is_address(text) || before.ends_with(char::is_alphanumeric) {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || "<>()[]`\"'".contains(c));
    let address =
        text[..end.unwrap_or(text.len())].trim_end_matches(['.', ',', ';', ':', '!', '?']);
    Some((format!("<{address}>"), address.len()))
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::{check, lines, means_more_at_line_start};

    #[test]
    fn nothing_breaks_rustdoc() {
        for (text, expected) in [
            ("a <b> c", r"a \<b\> c"),
            ("a `<b>` and ``x ` [y]``", "a `<b>` and ``x ` [y]``"),
            ("[Vec] and [x](y)", r"\[Vec\] and \[x\](y)"),
            ("[x](https://a.b/c) [x](https://a.b c)", r"[x](https://a.b/c) \[x\](<https://a.b> c)"),
            (
                "see https://a.b/c?d=[e], or (http://f).",
                r"see <https://a.b/c?d=>\[e\], or (<http://f>).",
            ),
            ("<https://a.b>", "<https://a.b>"),
            ("an open ` tick", r"an open \` tick"),
            (r"done \[already\] \", r"done \[already\] \"),
            ("xhttps://a.b", "xhttps://a.b"),
            ("snake_case_name * 2", "snake_case_name * 2"),
            (
                "two\nlines\n\nand\n- a list\n  of two\n- items\n\nend",
                "two lines\n\nand\n\n- a list of two\n- items\n\nend",
            ),
        ] {
            assert_eq!(lines(text, 80).join("\n"), expected);
            assert_eq!(check(text), Ok(()));
        }
    }

    #[test]
    fn no_line_begins_with_a_mark() {
        for mark in ["-", "+", "*", "#", "#1", ">", "1.", "1)", "===", "---", "|", "```", "~~~"] {
            let lines = lines(&format!("one two {mark} three {mark} four"), 8);
            assert!(lines.len() > 1);
            for line in lines {
                let first = line.split(' ').next().unwrap();
                assert!(!means_more_at_line_start(first), "{line}");
            }
            if mark != "-" {
                assert!(check(&format!("one\n{mark} two")).unwrap_err().contains(mark));
            }
        }
        assert_eq!(check("in\n2023."), Ok(()));
        assert!(check("one\n\n2. two").unwrap_err().contains("2."));
    }
}
