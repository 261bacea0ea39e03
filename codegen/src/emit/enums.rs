//! `enums.rs`: the vendor's string enums.

use super::Docs;
use crate::{lower::is_alias, model::Version};

/// Built as text, since the printer does not format macros.
pub(super) fn file(version: &Version) -> String {
    let mut chunks = Vec::new();
    for one in &version.enums {
        let mut text = "sdk_core::open_enum! {\n".to_owned();
        comment(&mut text, 4, &one.docs);
        if let Some(alias) = &one.alias {
            text.push_str(&format!("    #[doc(alias = {alias:?})]\n"));
        }
        text.push_str(&format!("    pub enum {} {{\n", one.name));
        for variant in &one.variants {
            comment(&mut text, 8, &variant.docs);
            if let Some(note) = &variant.deprecated {
                text.push_str(&format!("        #[deprecated(note = {note:?})]\n"));
            }
            if is_alias(&variant.wire) && variant.wire != variant.name {
                text.push_str(&format!("        #[doc(alias = {:?})]\n", variant.wire));
            }
            text.push_str(&format!("        {} = {:?},\n", variant.name, variant.wire));
        }
        text.push_str("    }\n}\n");
        chunks.push(text);
    }
    chunks.join("\n")
}

fn comment(text: &mut String, indent: usize, docs: &str) {
    for line in Docs::new(indent).prose(docs).lines() {
        text.push_str(format!("{:indent$}/// {line}", "").trim_end());
        text.push('\n');
    }
}
