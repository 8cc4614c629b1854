//! Page tokens: where a list goes on, sealed together with what the list is of. A token of another list, another
//! server or a forger's is told apart from our own.

use gongkai_store::{Cursor, Position};
use gongkai_wire::ErrorReason;
use sha2::{Digest, Sha256};
use std::fmt;
use tonic::Status;

/// Bytes of the block of SHA-256, which the construction of HMAC speaks of.
const BLOCK_BYTES: usize = 64;
/// Bytes of a seal.
const SEAL_BYTES: usize = 16;
const VERSION: &str = "1";

/// The key under which tokens are sealed. Does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey([u8; 32]);

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The state of the store that all pages show.
    pub(crate) snapshot: Position,
    /// Where the store's page begins; none for its first.
    pub(crate) cursor: Option<Cursor>,
    /// Items of the store's page that were dealt with already.
    pub(crate) skip: usize,
}

impl TokenKey {
    /// The key of these bytes, which nobody else should know.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token for going on at `place` in the list that `of` describes.
    pub(crate) fn seal(&self, of: &str, place: &Place) -> String {
        let cursor = place.cursor.as_ref().map_or("", Cursor::as_str);
        let body = format!("{VERSION}-{:x}-{:x}-{cursor}", place.snapshot.0, place.skip);
        format!("{}-{body}", hexadecimal(&self.mac(of, &body)))
    }

    /// Where the list that `of` describes goes on, by a token of ours.
    pub(crate) fn open(&self, of: &str, token: &str) -> Result<Place, Status> {
        let place = || {
            let (seal, body) = token.split_once('-')?;
            let expected = hexadecimal(&self.mac(of, body));
            // In constant time, so that a seal cannot be found byte by byte.
            let differing = seal.bytes().zip(expected.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
            if seal.len() != expected.len() || differing != 0 {
                return None;
            }
            let mut parts = body.splitn(4, '-');
            if parts.next()? != VERSION {
                return None;
            }
            let snapshot = Position(i64::from_str_radix(parts.next()?, 16).ok()?);
            let skip = usize::from_str_radix(parts.next()?, 16).ok()?;
            let cursor = parts.next().filter(|cursor| !cursor.is_empty()).map(Cursor::from_text);
            Some(Place { snapshot, cursor, skip })
        };
        place().ok_or_else(|| {
            ErrorReason::InvalidPageToken.field("page_token", "it was not given out for this request")
        })
    }

    /// HMAC-SHA-256 of what the token is of and what it says, cut to the length of a seal.
    fn mac(&self, of: &str, body: &str) -> [u8; SEAL_BYTES] {
        let padded = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            block.iter_mut().zip(self.0).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let mut inner = Sha256::new();
        inner.update(padded(0x36));
        inner.update((of.len() as u64).to_le_bytes());
        inner.update(of.as_bytes());
        inner.update(body.as_bytes());
        let mut outer = Sha256::new();
        outer.update(padded(0x5c));
        outer.update(inner.finalize());
        let mut seal = [0; SEAL_BYTES];
        seal.iter_mut().zip(outer.finalize()).for_each(|(byte, digest)| *byte = digest);
        seal
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: TokenKey = TokenKey::new([7; 32]);

    #[test]
    fn a_token_opens_for_its_own_list_alone() {
        let place = Place { snapshot: Position(77), cursor: Some(Cursor::from_text("1.ab-c.4d")), skip: 3 };
        let token = KEY.seal("year = 2020", &place);
        assert_eq!(KEY.open("year = 2020", &token).unwrap(), place);
        assert!(KEY.open("year = 2021", &token).is_err());
        assert!(TokenKey::new([8; 32]).open("year = 2020", &token).is_err());
        let first = Place { cursor: None, ..place };
        assert_eq!(KEY.open("", &KEY.seal("", &first)).unwrap(), first);
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = KEY.seal("", &Place { snapshot: Position(1), cursor: None, skip: 0 });
        for (index, byte) in token.bytes().enumerate() {
            let mut changed = token.clone().into_bytes();
            changed[index] = if byte == b'0' { b'1' } else { b'0' };
            assert!(KEY.open("", &String::from_utf8(changed).unwrap()).is_err(), "at {index}");
        }
        for nonsense in ["", "-", "公", &token[1..], &token[..token.len() - 1]] {
            let status = KEY.open("", nonsense).unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
        }
    }

    #[test]
    fn a_key_does_not_print() {
        assert_eq!(format!("{KEY:?}"), "TokenKey(…)");
    }
}
