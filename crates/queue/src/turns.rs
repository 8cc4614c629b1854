/// More urgent messages that may pass one that waits, by the place of its priority: urgent, normal, low. Nothing passes the
/// most urgent.
const PASSED_MAX: [u32; 3] = [u32::MAX, 8, 32];

/// Whose turn it is: the most urgent first, and yet nobody waits for ever. Engines keep one for what they give out.
///
/// Counts how often each priority has been passed over since it last had its turn.
#[derive(Debug, Default)]
pub struct Turns {
    passed: [u32; 3],
}

impl Turns {
    /// The place of the priority whose turn it is among those of which something waits, most urgent first.
    pub fn next(&mut self, waiting: [bool; 3]) -> Option<usize> {
        let has_waited = |place: &usize| waiting[*place] && PASSED_MAX[*place] <= self.passed[*place];
        // The least urgent first, since it is passed over more often before it comes here.
        let due = (0..3).rev().find(has_waited);
        let turn = due.or_else(|| waiting.iter().position(|waits| *waits))?;
        self.passed[turn] = 0;
        for (passed, _) in self.passed.iter_mut().zip(waiting).skip(turn + 1).filter(|(_, waits)| *waits) {
            *passed = passed.saturating_add(1);
        }
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(waiting: [bool; 3], turns: usize) -> [usize; 3] {
        let mut state = Turns::default();
        let mut shares = [0; 3];
        for _ in 0..turns {
            shares[state.next(waiting).unwrap()] += 1;
        }
        shares
    }

    #[test]
    fn nothing_has_its_turn_where_nothing_waits() {
        assert_eq!(Turns::default().next([false; 3]), None);
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let mut turns = Turns::default();
        assert_eq!(turns.next([true, true, true]), Some(0));
        assert_eq!(turns.next([false, true, true]), Some(1));
        assert_eq!(turns.next([false, false, true]), Some(2));
    }

    #[test]
    fn a_flood_of_urgent_messages_lets_others_through() {
        assert_eq!(shares([true, true, false], 900), [800, 100, 0]);
        assert_eq!(shares([false, true, true], 330), [0, 320, 10]);
        let [high, normal, low] = shares([true, true, true], 1000);
        assert_eq!(high + normal + low, 1000);
        assert!(850 < high && 80 < normal && 25 < low, "{high} {normal} {low}");
    }

    #[test]
    fn who_was_not_there_was_not_passed_over() {
        let mut turns = Turns::default();
        for _ in 0..100 {
            assert_eq!(turns.next([true, false, false]), Some(0));
        }
        assert_eq!(turns.next([true, true, true]), Some(0));
    }
}
