//! A reader that a document can put out of order by its first line, `gongkai-poison: WORD`. Any other document is read as
//! always.

use gongkai_parser::Pipeline;
use std::sync::Arc;
use std::time::Duration;

const FIRST_LINE: &[u8] = b"gongkai-poison: ";
/// What the eater takes, at most, and in what pieces.
const EATEN_BYTES_MAX: usize = 512 * 1024 * 1024;
const PIECE_BYTES: usize = 32 * 1024 * 1024;

/// The pipeline, unless the document says otherwise.
pub(super) fn around(pipeline: Pipeline, patience: Duration) -> Pipeline {
    Arc::new(move |source, hint, limits| {
        if let Some(rest) = source.strip_prefix(FIRST_LINE) {
            let word = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            act(word.trim_ascii(), patience);
        }
        pipeline(source, hint, limits)
    })
}

fn act(word: &[u8], patience: Duration) {
    match word {
        #[allow(clippy::panic, reason = "it is what was asked for")]
        b"panic" => panic!("the document has asked for a panic"),
        // Three times as long as anyone waits.
        b"hang" => std::thread::sleep(patience * 3),
        b"eat" => {
            let mut eaten = Vec::new();
            while eaten.len() * PIECE_BYTES < EATEN_BYTES_MAX {
                // Written to, so that it is really taken.
                eaten.push(std::hint::black_box(vec![1_u8; PIECE_BYTES]));
            }
            // As the kernel ends a process that has had too much.
            std::process::abort();
        }
        b"kill" => std::process::abort(),
        _ => {}
    }
}
