//! Identifiers that look random but are the same on every start.

/// Returns the `n`th identifier of a series, in the form of a version 4 UUID.
pub(crate) fn uuid(series: &str, n: u64) -> String {
    let high = mix(hash(series, n));
    let low = mix(high);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff,
    )
}

/// Returns whether `text` has the form of a UUID: 8-4-4-4-12 hexadecimal digits in either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hashes a string and a number to one number.
pub(crate) fn hash(text: &str, n: u64) -> u64 {
    text.bytes().fold(n, |hash, byte| mix(hash ^ u64::from(byte)))
}

/// One step of the SplitMix64 generator.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_valid_stable_and_distinct() {
        let id = uuid("invoice", 7);
        assert!(is_uuid(&id), "{id}");
        assert_eq!(id, uuid("invoice", 7));
        assert_ne!(id, uuid("invoice", 8));
        assert_ne!(id, uuid("discount", 7));
    }

    #[test]
    fn only_the_hyphenated_form_is_a_uuid() {
        assert!(is_uuid("0A1b2c3d-0000-4000-8000-00000000beef"));
        for bad in [
            "",
            "x",
            "0a1b2c3d000040008000000000000000beef",
            "0a1b2c3d-0000-4000-8000-00000000beeg",
            "{0a1b2c3d-0000-4000-8000-00000000beef}",
            "0a1b2c3d-0000-4000-8000-00000000beef-",
        ] {
            assert!(!is_uuid(bad), "{bad}");
        }
    }
}
