/// Names longer than this are not compared: the work grows with the square.
const LENGTH_MAX: usize = 100;

/// The name that is nearest to what was written, if one is near: at most a third of it is otherwise.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let length = written.chars().count();
    if LENGTH_MAX < length {
        return None;
    }
    let near =
        names.into_iter().filter(|name| name.len() <= LENGTH_MAX).map(|name| (distance(written, name), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1)).then_some(name)
}

/// How many characters have to be put in, taken out, changed, or swapped with their neighbour, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (lower(one), lower(other));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut least = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            if 0 < row && 0 < column && *a == other[column - 1] && one[row - 1] == *b {
                least = least.min(before_last[column - 1] + 1);
            }
            next.push(least);
        }
        before_last = std::mem::replace(&mut last, next);
    }
    last[other.len()]
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_suggested_and_what_is_not_is_not() {
        let names = ["year", "region", "region.code", "figures"];
        assert_eq!(nearest("yaer", names), Some("year"));
        assert_eq!(nearest("Year", names), Some("year"));
        assert_eq!(nearest("regoin.cod", names), Some("region.code"));
        assert_eq!(nearest("figure", names), Some("figures"));
        assert_eq!(nearest("区域", names), None);
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest(&"x".repeat(5000), names), None);
        assert_eq!(nearest("a", []), None);
    }
}
