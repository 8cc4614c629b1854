//! How statistics are written: names without prefixes, and values between commas.

use gongkai_wire::v1;
use rust_decimal::Decimal;
use std::io::{self, Write};

/// The name of an enum's value without its prefix; nothing where it is not given, its number where it is not known here.
macro_rules! bare {
    ($name:ident, $type:ty, $prefix:literal) => {
        pub(super) fn $name(number: i32) -> String {
            match <$type>::try_from(number) {
                Ok(value) if i32::from(value) == 0 => String::new(),
                Ok(value) => value.as_str_name().trim_start_matches($prefix).to_owned(),
                Err(_) => number.to_string(),
            }
        }
    };
}

bare!(scope, v1::ScopeKind, "SCOPE_KIND_");
bare!(rank, v1::Rank, "RANK_");
bare!(kind, v1::BodyKind, "BODY_KIND_");
bare!(form, v1::Form, "FORM_");
bare!(state, v1::State, "STATE_");
bare!(source, v1::FigureSource, "FIGURE_SOURCE_");
bare!(derivation, v1::Derivation, "DERIVATION_");
bare!(period, v1::Period, "PERIOD_");
bare!(portion, v1::Portion, "PORTION_");
bare!(whose, v1::Whose, "WHOSE_");
bare!(outcome, v1::Outcome, "OUTCOME_");
bare!(used, v1::StatisticUse, "STATISTIC_USE_");
bare!(side, v1::StatisticSide, "STATISTIC_SIDE_");
bare!(null_policy, v1::NullPolicy, "NULL_POLICY_");
bare!(left_out, v1::LeftOutReason, "LEFT_OUT_REASON_");

/// Writes a line of comma-separated values, as exports have them; a number is no formula, whatever it begins with.
pub(super) fn csv<T: AsRef<str>>(out: &mut impl Write, values: &[T]) -> io::Result<()> {
    let mut line = String::new();
    for (index, value) in values.iter().enumerate() {
        if 0 < index {
            line.push(',');
        }
        match value.as_ref() {
            number if number.parse::<Decimal>().is_ok() => line.push_str(number),
            text => gongkai_export::push_text(&mut line, text),
        }
    }
    line.push_str("\r\n");
    out.write_all(line.as_bytes())
}

/// The text, or none.
pub(super) fn optional(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefix_and_absent_ones_are_empty() {
        assert_eq!(scope(v1::ScopeKind::WholeArea.into()), "WHOLE_AREA");
        assert_eq!(form(v1::Form::Form2021.into()), "2021");
        assert_eq!((state(0), state(99)), (String::new(), "99".to_owned()));
    }

    #[test]
    fn values_with_commas_quotes_and_line_ends_are_quoted() {
        let mut out = Vec::new();
        csv(&mut out, &["甲", "a,b", "say \"x\"", "", "1\n2"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "甲,\"a,b\",\"say \"\"x\"\"\",,\"1\n2\"\r\n");
    }

    #[test]
    fn formulas_are_text_and_numbers_stay_numbers() {
        let mut out = Vec::new();
        csv(&mut out, &["=1+1", "-57", "-1.5", "+A1", "@x", "-", "5"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"'=1+1\",-57,-1.5,\"'+A1\",\"'@x\",\"'-\",5\r\n");
    }
}
