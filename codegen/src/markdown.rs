//! Descriptions: Markdown of paragraphs and `- ` lists, wrapped.

/// The problem with a description, if there is one.
pub(crate) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the description is empty: explain this to a user".to_owned());
    }
    let mut begins = true;
    for line in text.lines().map(str::trim) {
        let first = line.split_whitespace().next().unwrap_or_default();
        let numbered = begins && number_of_item(first).is_some();
        begins = line.is_empty();
        if first != "-" && (numbered || is_syntax_at_line_start(first)) {
            return Err(format!(
                "a line begins with `{first}`, which is Markdown syntax: write only paragraphs and lists with `- `"
            ));
        }
    }
    Ok(())
}

/// The text as lines of Markdown. None is longer than `width` unless a word is.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_list = false;
    for block in blocks(text) {
        let item = block.starts_with("- ");
        if !(lines.is_empty() || item && in_list) {
            lines.push(String::new());
        }
        lines.extend(wrap(&block, if item { "  " } else { "" }, width));
        in_list = item;
    }
    lines
}

/// The first paragraph.
pub(crate) fn first_paragraph(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or(text)
}

/// Paragraphs and items, each on its own line.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        match blocks.last_mut() {
            _ if line.is_empty() => {}
            Some(block) if open && !line.starts_with("- ") => {
                block.push(' ');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
        open = !line.is_empty();
    }
    blocks
}

/// Wraps one paragraph or item. A word that would be Markdown syntax at the beginning of a line
/// stays with the word before it.
pub(crate) fn wrap(text: &str, indent: &str, width: usize) -> Vec<String> {
    const BOUND: char = '\u{a0}';
    let mut bound = String::new();
    for word in text.split_whitespace() {
        match bound.as_str() {
            "" => {}
            "-" => bound.push(BOUND),
            _ => bound.push(if is_syntax_at_line_start(word) { BOUND } else { ' ' }),
        }
        bound.push_str(word);
    }
    let options = textwrap::Options::new(width)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(&bound, options).iter().map(|line| line.replace(BOUND, " ")).collect()
}

/// Whether this word is Markdown syntax at the beginning of a line: a heading, a list, a quotation,
/// a table, a rule or a code block.
fn is_syntax_at_line_start(word: &str) -> bool {
    // Within a paragraph, only a list that begins with 1 is a list.
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

#[cfg(test)]
mod tests {
    use super::{check, is_syntax_at_line_start, lines};

    #[test]
    fn paragraphs_and_lists_are_only_wrapped() {
        for (text, expected) in [
            ("[`Vec`] and <https://a.b> stay", "[`Vec`] and <https://a.b> stay"),
            (
                "two\nlines\n\nand\n- a list\n  of two\n- items\n\nend",
                "two lines\n\nand\n\n- a list of two\n- items\n\nend",
            ),
        ] {
            assert_eq!(lines(text, 80).join("\n"), expected);
            assert_eq!(check(text), Ok(()));
        }
        assert_eq!(lines("- one two three", 9), ["- one two", "  three"]);
    }

    #[test]
    fn no_line_begins_with_markdown_syntax() {
        for mark in ["-", "+", "*", "#", "#1", ">", "1.", "1)", "===", "---", "|", "```", "~~~"] {
            let lines = lines(&format!("one two {mark} three {mark} four"), 8);
            assert!(lines.len() > 1);
            for line in lines {
                let first = line.split(' ').next().unwrap();
                assert!(!is_syntax_at_line_start(first), "{line}");
            }
            if mark != "-" {
                assert!(check(&format!("one\n{mark} two")).unwrap_err().contains(mark));
            }
        }
        assert_eq!(check("in\n2023."), Ok(()));
        assert!(check("one\n\n2. two").unwrap_err().contains("2."));
    }
}
