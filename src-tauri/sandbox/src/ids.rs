//! Identifiers: random ones, and ones derived from a seed so that the same input gives the same.

use sha2::{Digest, Sha256};

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    shape(rand::random())
}

/// The UUID that belongs to `seed`.
pub(crate) fn uuid_of(seed: &str) -> String {
    shape(number(seed))
}

fn shape(bits: u128) -> String {
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Sixteen bytes of SHA-256 of `seed`.
pub(crate) fn number(seed: impl AsRef<[u8]>) -> u128 {
    Sha256::digest(seed).iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// `length` characters of `alphabet` that belong to `seed`.
pub(crate) fn letters(seed: &str, alphabet: &[u8], length: usize) -> String {
    let mut rest = number(seed);
    let base = alphabet.len() as u128;
    (0..length)
        .map(|_| {
            let letter = alphabet[(rest % base) as usize] as char;
            rest /= base;
            letter
        })
        .collect()
}

pub(crate) const HEX: &[u8] = b"0123456789abcdef";
pub(crate) const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
