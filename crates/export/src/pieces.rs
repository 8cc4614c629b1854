use bytes::Bytes;

/// Bytes of a piece, at most.
pub(crate) const PIECE_BYTES_MAX: usize = 512 * 1024;

/// The same bytes in pieces that fit into messages.
pub(crate) fn pieces(bytes: impl Into<Bytes>) -> Vec<Bytes> {
    let mut rest = bytes.into();
    let mut pieces = Vec::with_capacity(rest.len().div_ceil(PIECE_BYTES_MAX));
    while !rest.is_empty() {
        pieces.push(rest.split_to(rest.len().min(PIECE_BYTES_MAX)));
    }
    pieces
}
