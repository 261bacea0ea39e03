//! Doc comments.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::markdown;

/// The maximum line length of prose in a generated file.
const WIDTH: usize = 100;

/// A doc comment, built paragraph by paragraph.
pub(crate) struct Docs {
    lines: Vec<String>,
    width: usize,
}

impl Docs {
    /// For an item that is indented by this many columns.
    pub(crate) fn new(indent: usize) -> Self {
        Self { lines: Vec::new(), width: WIDTH - indent - "/// ".len() }
    }

    /// Adds prose from a spec.
    pub(crate) fn prose(mut self, text: &str) -> Self {
        self.gap();
        self.lines.extend(markdown::lines(text, self.width));
        self
    }

    /// Adds the generator's own text unchanged, including links, on separate lines.
    pub(crate) fn raw(mut self, text: &str) -> Self {
        self.gap();
        self.lines.extend(text.lines().map(str::to_owned));
        self
    }

    /// Adds the generator's own text, including links, wrapped.
    pub(crate) fn sentences(mut self, sentences: &[String]) -> Self {
        if sentences.is_empty() {
            return self;
        }
        self.gap();
        self.lines.extend(markdown::wrap(&sentences.join(" "), "", self.width));
        self
    }

    fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
    }

    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// One attribute per line; otherwise they are printed as `/** … */`.
impl ToTokens for Docs {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for line in &self.lines {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            tokens.extend(quote!(#[doc = #line]));
        }
    }
}
