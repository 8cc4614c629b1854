//! In which shape a document's tables stand, told from what is between their figures.

use gongkai_model::{Figure, Report, State};

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// Markup: the document is a page.
    Html,
    /// Pipes.
    Pipes,
    /// Tabs within a line.
    Tabs,
    /// Ends of lines.
    Lines,
    /// Spaces within a line.
    Spaces,
    /// Nothing: the digits of several cells stand together.
    Joined,
    /// There are no tables, or none was found.
    None,
}

impl Shape {
    const BETWEEN: [Self; 5] = [Self::Pipes, Self::Tabs, Self::Lines, Self::Spaces, Self::Joined];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pipes => "pipes",
            Self::Tabs => "tabs",
            Self::Lines => "lines",
            Self::Spaces => "spaces",
            Self::Joined => "joined",
            Self::None => "none",
        }
    }

    /// The shape that most pairs of neighbouring figures of `report` have.
    pub(crate) fn of(report: &Report, source: &[u8], is_page: bool) -> Self {
        let mut votes = Self::BETWEEN.map(|_| 0_usize);
        for pair in report.figures.windows(2) {
            let [first, second] = pair else { continue };
            if let Some(shape) = between(first, second, source)
                && let Some(at) = Self::BETWEEN.iter().position(|other| *other == shape)
                && let Some(vote) = votes.get_mut(at)
            {
                *vote += 1;
            }
        }
        let most = votes.iter().zip(Self::BETWEEN).max_by_key(|(votes, _)| **votes);
        match most {
            Some((1.., _)) if is_page => Self::Html,
            Some((1.., shape)) => shape,
            _ => Self::None,
        }
    }
}

/// What stands between two cells of one row; none where they are of several rows, or are not there.
fn between(first: &Figure, second: &Figure, source: &[u8]) -> Option<Shape> {
    let row = |figure: &Figure| figure.key.rsplit_once('.').map(|(row, _)| row.to_owned());
    if row(first) != row(second) || first.state == State::Missing || second.state == State::Missing {
        return None;
    }
    let (first, second) = (first.span.as_ref()?.as_bytes()?, second.span.as_ref()?.as_bytes()?);
    // Cells that could not be told apart share their place.
    if second.start < first.end {
        return Some(Shape::Joined);
    }
    let gap = source.get(usize::try_from(first.end).ok()?..usize::try_from(second.start).ok()?)?;
    let has = |byte: u8| gap.contains(&byte);
    Some(match () {
        () if has(b'|') => Shape::Pipes,
        () if has(b'\n') || has(b'\r') => Shape::Lines,
        () if has(b'\t') => Shape::Tabs,
        () if gap.is_empty() => Shape::Joined,
        () => Shape::Spaces,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use gongkai_model::Span;

    fn shape(source: &str, is_page: bool) -> &'static str {
        let mut report = samples::report();
        let keys: Vec<String> = report.figures.iter().map(|figure| figure.key.to_string()).take(7).collect();
        report.figures.truncate(7);
        let mut at = 0;
        for key in keys {
            let start = at + source[at..].find(|c: char| c.is_ascii_digit()).unwrap();
            let span = Span::bytes(start, start + 1);
            samples::set(&mut report, Figure { span: Some(span), ..samples::number(&key, 1) });
            at = start + 1;
        }
        Shape::of(&report, source.as_bytes(), is_page).name()
    }

    #[test]
    fn what_stands_between_most_figures_is_the_shape() {
        assert_eq!(shape("1 | 2 | 3 | 4 | 5 | 6 | 7", false), "pipes");
        assert_eq!(shape("1\t2\t3\t4\t5\t6\t7", false), "tabs");
        assert_eq!(shape("\t1\n\t2\n\t3\n\t4\n\t5\n\t6\n\t7", false), "lines");
        assert_eq!(shape("1  2  3 4 5 6   7", false), "spaces");
        assert_eq!(shape("1234567", false), "joined");
        assert_eq!(shape("1</td><td>2<td>3<td>4<td>5<td>6<td>7", true), "html");
        let bare = Report { figures: Vec::new(), ..samples::report() };
        assert_eq!(Shape::of(&bare, b"", true).name(), "none");
    }
}
