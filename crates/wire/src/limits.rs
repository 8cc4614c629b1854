//! Bounds that both sides keep to, as the `.proto` files state them.

/// Bytes that a message stays below: 1 MiB.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Bytes of a document in one message, whether the whole or a chunk. Leaves room for what stands beside them.
pub const CHUNK_BYTES_MAX: usize = 1_000_000;

/// Items a page where none is asked for.
pub const PAGE_SIZE_DEFAULT: u32 = 100;

/// Dead letters that one call replays where no limit is given.
pub const REPLAY_DEFAULT: u32 = 1_000;
