//! The digits of one run: where a number may stand in them, and in how many ways they can be cut.

use std::ops::Range;
use std::rc::Rc;

/// The longest piece, decimals and sign included.
const PIECE_BYTES_MAX: usize = 24;

/// The longest number that a cut may hold, in digits: sums over a column of them stay far from overflowing.
const NUMBER_DIGITS_MAX: usize = 15;

/// Longer runs are no row of a form.
pub(crate) const RUN_DIGITS_MAX: usize = 160;

/// What a cell of the form may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Whether a sign may stand before its digits.
    pub(crate) signed: bool,
    /// Whether it is an amount, which may have decimals and which no identity speaks of.
    pub(crate) amount: bool,
    /// The only value it may have, where the narrative states it.
    pub(crate) stated: Option<i64>,
}

/// A run without its white space.
#[derive(Debug)]
pub(crate) struct Digits {
    bytes: Vec<u8>,
    /// For each byte, where it stands in the run.
    offsets: Vec<usize>,
    /// For each byte, the end of the longest piece that may begin there: the next place where a cell must begin.
    reach: Vec<usize>,
}

impl Digits {
    /// None for a run with other characters than digits, signs, points, commas, marks and spaces, and for one too long.
    pub(crate) fn of(run: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(run.len());
        let mut offsets = Vec::with_capacity(run.len());
        let mut begins = Vec::with_capacity(run.len());
        let mut begins_here = true;
        for (offset, byte) in run.bytes().enumerate() {
            match byte {
                b' ' => begins_here = true,
                b'0'..=b'9' | b'.' | b',' | b'+' | b'-' | b'/' => {
                    // A sign begins a cell, and so do a mark and what stands behind it.
                    let is_behind_mark = bytes.last() == Some(&b'/');
                    let is_second_dash = byte == b'-' && bytes.last() == Some(&b'-');
                    let is_sign = matches!(byte, b'+' | b'-' | b'/') && !is_second_dash;
                    begins.push(begins_here || is_sign || is_behind_mark);
                    begins_here = false;
                    bytes.push(byte);
                    offsets.push(offset);
                }
                _ => return None,
            }
        }
        if bytes.is_empty() || RUN_DIGITS_MAX < bytes.len() {
            return None;
        }
        let mut reach = vec![bytes.len(); bytes.len()];
        for at in (0..bytes.len().saturating_sub(1)).rev() {
            reach[at] = if begins[at + 1] { at + 1 } else { reach[at + 1] };
        }
        Some(Self { bytes, offsets, reach })
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The run without its first few digits; nothing where something else stands among them.
    pub(crate) fn without_first(&self, digits: usize) -> Option<Self> {
        let (first, rest) = self.bytes.split_at_checked(digits)?;
        first.iter().all(u8::is_ascii_digit).then(|| Self {
            bytes: rest.to_vec(),
            offsets: self.offsets[digits..].to_vec(),
            reach: self.reach[digits..].iter().map(|reach| reach - digits).collect(),
        })
    }

    /// How many digits stand in a piece.
    pub(crate) fn count(&self, piece: Range<usize>) -> usize {
        self.bytes.get(piece).map_or(0, |bytes| bytes.iter().filter(|byte| byte.is_ascii_digit()).count())
    }

    /// The place of a piece in the run.
    pub(crate) fn place(&self, piece: &Range<usize>) -> Range<usize> {
        let at = |index: usize| self.offsets.get(index).copied();
        match (at(piece.start), piece.end.checked_sub(1).and_then(at)) {
            (Some(start), Some(last)) if start <= last => start..last + 1,
            _ => 0..0,
        }
    }

    /// The value of a piece as a cell of `kind`: nothing where it cannot be one. An amount's is not told.
    pub(crate) fn number(&self, piece: Range<usize>, kind: Kind) -> Option<i64> {
        let Range { start, end } = piece;
        if end <= start || self.reach.get(start).is_none_or(|reach| *reach < end) {
            return None;
        }
        let piece = self.bytes.get(start..end)?;
        if piece == b"/" || (piece.len() <= 3 && piece.iter().all(|byte| *byte == b'-')) {
            return kind.stated.is_none().then_some(0);
        }
        let (sign, digits) = match piece {
            [b'-', digits @ ..] if kind.signed => (b'-', digits),
            [b'+', digits @ ..] if kind.signed => (b'+', digits),
            digits => (b'+', digits),
        };
        let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
            Some(point) if kind.amount => (&digits[..point], Some(&digits[point + 1..])),
            _ => (digits, None),
        };
        let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let plain: Vec<u8>;
        let whole = if whole.contains(&b',') {
            let mut groups = whole.split(|byte| *byte == b',');
            let first = groups.next().filter(|first| is_number(first) && first.len() <= 3)?;
            if !groups.all(|group| is_number(group) && group.len() == 3) {
                return None;
            }
            plain =
                [first, &whole[first.len()..]].concat().into_iter().filter(|byte| *byte != b',').collect();
            &plain
        } else {
            whole
        };
        if !is_number(whole)
            || NUMBER_DIGITS_MAX < whole.len()
            || (1 < whole.len() && whole[0] == b'0')
            || fraction.is_some_and(|fraction| !is_number(fraction))
        {
            return None;
        }
        if kind.amount {
            return Some(0);
        }
        let number = whole.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        let number = if sign == b'-' { -number } else { number };
        kind.stated.is_none_or(|stated| stated == number).then_some(number)
    }

    /// Where a piece that begins at `start` may end.
    fn ends_from(&self, start: usize) -> std::ops::RangeInclusive<usize> {
        start + 1..=self.reach[start].min(start + PIECE_BYTES_MAX)
    }

    /// Which pieces are numbers for each of these cells. Most cells of a row are of one kind.
    fn fits(&self, kinds: &[Kind]) -> Vec<Rc<Fits>> {
        let mut known: Vec<(Kind, Rc<Fits>)> = Vec::new();
        let mut of = |kind: Kind| match known.iter().find(|(known, _)| *known == kind) {
            Some((_, fits)) => fits.clone(),
            None => {
                let fits = Rc::new(Fits::of(self, kind));
                known.push((kind, fits.clone()));
                fits
            }
        };
        kinds.iter().map(|&kind| of(kind)).collect()
    }

    /// Whether marks stand in it, of which no sum can be made.
    pub(crate) fn has_marks(&self) -> bool {
        let is_dash =
            |at: usize| self.bytes[at] == b'-' && !self.bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        (0..self.bytes.len()).any(|at| self.bytes[at] == b'/' || is_dash(at))
    }

    /// The fewest cells that the run can fill: a leading zero ends the number before it.
    pub(crate) fn least_cells(&self) -> usize {
        let mut cells = 0;
        let mut at = 0;
        while at < self.bytes.len() {
            cells += 1;
            at = if self.bytes[at] == b'0' && self.bytes.get(at + 1) != Some(&b'.') {
                at + 1
            } else {
                self.reach[at].max(at + 1)
            };
        }
        cells
    }

    /// Which pieces each cell may be, by the digits alone, and in how many ways the whole can be cut.
    pub(crate) fn free(&self, kinds: &[Kind], ends: &[usize]) -> Free {
        let n = self.len();
        // before[cell][at]: ways to fill the cells before `cell` with the bytes before `at`. after: the same backwards.
        let mut before = vec![vec![0u64; n + 1]; kinds.len() + 1];
        let mut after = before.clone();
        let fits = self.fits(kinds);
        before[0][0] = 1;
        for &end in ends.iter().filter(|end| **end <= n) {
            after[kinds.len()][end] = 1;
        }
        for (cell, fits) in fits.iter().enumerate() {
            let (own, next) = before.split_at_mut(cell + 1);
            for (start, &ways) in own[cell].iter().enumerate().take(n).filter(|(_, ways)| **ways != 0) {
                for end in fits.ends_from(start) {
                    next[0][end] = next[0][end].saturating_add(ways);
                }
            }
        }
        let mut pieces = vec![Vec::new(); kinds.len()];
        for (cell, fits) in fits.iter().enumerate().rev() {
            for start in 0..n {
                for end in fits.ends_from(start) {
                    let ways = after[cell + 1][end];
                    if ways != 0 {
                        after[cell][start] = after[cell][start].saturating_add(ways);
                        if before[cell][start] != 0 {
                            pieces[cell].push(start..end);
                        }
                    }
                }
            }
        }
        Free { pieces, cuts: after[0][0] }
    }
}

/// Which pieces of a run are numbers for cells of one kind: for each start a bit for each length from one byte on.
#[derive(Debug)]
struct Fits(Vec<u32>);

const _: () = assert!(PIECE_BYTES_MAX <= u32::BITS as usize, "each length of a piece has its bit");

impl Fits {
    fn of(digits: &Digits, kind: Kind) -> Self {
        let lengths_from = |start: usize| {
            let ends = digits.ends_from(start).filter(|&end| digits.number(start..end, kind).is_some());
            ends.fold(0, |lengths, end| lengths | 1 << (end - start - 1))
        };
        Self((0..digits.len()).map(lengths_from).collect())
    }

    /// The ends of the numbers that begin at `start`, in order.
    fn ends_from(&self, start: usize) -> impl Iterator<Item = usize> + use<> {
        let mut lengths = self.0.get(start).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let shortest = lengths.trailing_zeros() as usize;
            lengths &= lengths.checked_sub(1)?;
            Some(start + shortest + 1)
        })
    }
}

/// The ways to cut a run by its digits alone.
#[derive(Debug)]
pub(crate) struct Free {
    /// For each cell, the pieces it may be, by their start, then by their end.
    pub(crate) pieces: Vec<Vec<Range<usize>>>,
    /// How many cuts there are.
    pub(crate) cuts: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: Kind = Kind { signed: false, amount: false, stated: None };

    fn free(run: &str, cells: usize) -> Free {
        let digits = Digits::of(run).unwrap();
        digits.free(&vec![COUNT; cells], &[digits.len()])
    }

    #[test]
    fn as_many_digits_as_cells_have_one_cut() {
        assert_eq!(free("7000007", 7).cuts, 1);
        assert_eq!(free("000000", 7).cuts, 0);
        assert_eq!(free("1234", 2).cuts, 3);
        assert_eq!(free("1034", 2).cuts, 2);
    }

    #[test]
    fn white_space_and_leading_zeros_end_a_number() {
        assert_eq!(free("23 0 00 0 023", 7).cuts, 1);
        assert_eq!(free("230 000023", 7).cuts, 3);
        let least = |run: &str| Digits::of(run).unwrap().least_cells();
        assert_eq!((least("0000000"), least("7000007"), least("23 0 00 0 023"), least("0.5")), (7, 1, 7, 1));
    }

    #[test]
    fn a_sign_begins_a_number_where_the_form_asks_for_a_change() {
        let digits = Digits::of("396-3181").unwrap();
        let change = Kind { signed: true, ..COUNT };
        let free = digits.free(&[COUNT, change, COUNT], &[digits.len()]);
        // The dash may also be a mark.
        assert_eq!((free.cuts, free.pieces[1][..2].to_vec()), (4, vec![3..4, 3..5]));
        assert_eq!(digits.free(&[COUNT; 3], &[digits.len()]).cuts, 1);
        // 17 and +43, or 1 and 7 and a sign that no other column has.
        let digits = Digits::of("17+433").unwrap();
        let free = digits.free(&[COUNT, change, COUNT], &[digits.len()]);
        assert_eq!((free.cuts, free.pieces[0].len()), (2, 1));
        assert_eq!(digits.free(&[COUNT; 3], &[digits.len()]).cuts, 0);
    }

    #[test]
    fn an_amount_may_have_decimals_and_a_count_may_not() {
        let digits = Digits::of("137.52").unwrap();
        let amount = Kind { amount: true, ..COUNT };
        assert_eq!(digits.free(&[COUNT, amount], &[digits.len()]).cuts, 2);
        assert_eq!(digits.free(&[COUNT, COUNT], &[digits.len()]).cuts, 0);
    }

    #[test]
    fn a_mark_is_a_cell_and_dashes_are_one_or_several() {
        let mark = Digits::of("7/0").unwrap();
        assert_eq!((mark.free(&[COUNT; 3], &[3]).cuts, mark.least_cells(), mark.has_marks()), (1, 3, true));
        let dashes = Digits::of("--0").unwrap();
        assert_eq!((dashes.free(&[COUNT; 3], &[3]).cuts, dashes.free(&[COUNT; 2], &[3]).cuts), (1, 1));
        assert!(!Digits::of("0-5").unwrap().has_marks());
    }

    #[test]
    fn commas_separate_thousands() {
        let digits = Digits::of("11,2340").unwrap();
        let free = digits.free(&[COUNT; 3], &[digits.len()]);
        assert_eq!((free.cuts, free.pieces[1].len()), (1, 1));
        assert_eq!(digits.number(0..6, COUNT), Some(11_234));
        assert_eq!(digits.number(0..7, COUNT), None);
    }

    #[test]
    fn what_is_no_run_of_digits_is_refused() {
        assert!(Digits::of("7a0").is_none());
        assert!(Digits::of(" ").is_none());
        assert!(Digits::of(&"1".repeat(RUN_DIGITS_MAX + 1)).is_none());
        assert!(Digits::of(&"1".repeat(RUN_DIGITS_MAX)).is_some());
    }

    #[test]
    fn numbers_beyond_a_count_are_not_made() {
        assert_eq!(free(&"9".repeat(15), 1).cuts, 1);
        assert_eq!(free(&"9".repeat(16), 1).cuts, 0);
    }
}
