//! Rules about amounts of money.

use crate::checked::{Audited, Checked, Failure};
use crate::wording::raw;
use gongkai_forms::CellDefinition;
use gongkai_model::{Figure, Rank, Value};
use rust_decimal::Decimal;

/// Amounts in yuan that are hard to believe (100亿元), from which a number under a 万元 header looks like yuan.
const UNLIKELY_AMOUNT_MIN: i64 = 10_000_000_000;
/// The same for provinces and national bodies.
const UNLIKELY_AMOUNT_OF_PROVINCE_MIN: i64 = 10 * UNLIKELY_AMOUNT_MIN;
/// The same for townships (10亿元).
const UNLIKELY_AMOUNT_OF_TOWNSHIP_MIN: i64 = UNLIKELY_AMOUNT_MIN / 10;
/// Numbers of 万元 that are worth a question if they have the two decimals of an amount in yuan (1亿元).
const LARGE_AMOUNT_MIN: i64 = 100_000_000;
const YUAN_PER_YI: i64 = 100_000_000;
/// A yuan has a hundred fen.
const YUAN_DECIMALS_MAX: u32 = 2;

/// An amount says its unit, in its cell or its header.
pub(crate) fn unit(audited: &Audited<'_>) -> Checked {
    each(
        audited,
        |amount| !amount.figure.source_unit.is_empty() || amount.has_own_unit(),
        |amount| {
            let (cell, figure) = (amount.cell, amount.figure);
            (
                format!(
                    "「{}」填的是 {}，表头和单元格都没有写明单位，现按元读取，请核对",
                    cell.label_zh,
                    raw(figure)
                ),
                format!(
                    "“{}” says {}; neither header nor cell names a unit, so it was read as yuan, please check",
                    cell.label_en,
                    raw(figure)
                ),
            )
        },
    )
}

/// A bare number under a 万元 header is of a likely size.
pub(crate) fn magnitude(audited: &Audited<'_>) -> Checked {
    let limit = unlikely(audited.report.subject.rank);
    each(
        audited,
        |amount| !amount.is_in_ten_thousands() || amount.yuan < limit,
        |amount| {
            let (cell, figure) = (amount.cell, amount.figure);
            let yi = amount
                .yuan
                .checked_div(Decimal::from(YUAN_PER_YI))
                .unwrap_or_default()
                .round_dp(2)
                .normalize();
            (
                format!(
                    "「{}」填的是 {}，按表头单位{}合 {yi} 亿元，可能是按元填写的，请核对",
                    cell.label_zh,
                    raw(figure),
                    figure.source_unit
                ),
                format!(
                    "“{}” says {}, which under its header's unit {} is {yi} hundred million yuan; it may have been given in \
                 yuan, please check",
                    cell.label_en,
                    raw(figure),
                    figure.source_unit
                ),
            )
        },
    )
}

/// An amount is a whole number of fen.
pub(crate) fn fraction(audited: &Audited<'_>) -> Checked {
    each(
        audited,
        |amount| amount.yuan.normalize().scale() <= YUAN_DECIMALS_MAX,
        |amount| {
            let (cell, figure, yuan) = (amount.cell, amount.figure, amount.yuan.normalize());
            (
                format!(
                    "「{}」填的是 {}，合 {yuan} 元，尾数不足一分，单位或数字可能有误",
                    cell.label_zh,
                    raw(figure)
                ),
                format!(
                    "“{}” says {}, which is {yuan} yuan: a fraction of a fen, so unit or number may be wrong",
                    cell.label_en,
                    raw(figure)
                ),
            )
        },
    )
}

/// A large number of 万元 does not have the two decimals of an amount in yuan.
pub(crate) fn like_yuan(audited: &Audited<'_>) -> Checked {
    let limit = unlikely(audited.report.subject.rank);
    let is_fine = |amount: &Amount<'_>| {
        let doubtful = amount.is_in_ten_thousands()
            && Decimal::from(LARGE_AMOUNT_MIN) <= amount.yuan
            // From there on it is a finding of its own.
            && amount.yuan < limit
            && amount.figure.raw.rsplit_once('.').is_some_and(|(_, decimals)| decimals.len() == 2);
        !doubtful
    };
    each(audited, is_fine, |amount| {
        let (cell, figure) = (amount.cell, amount.figure);
        (
            format!(
                "「{}」填的是 {}（表头单位{}），带两位小数，请核对是否按元填写",
                cell.label_zh,
                raw(figure),
                figure.source_unit
            ),
            format!(
                "“{}” says {} under a header in {}; its two decimals look like an amount in yuan, please check",
                cell.label_en,
                raw(figure),
                figure.source_unit
            ),
        )
    })
}

fn unlikely(rank: Rank) -> Decimal {
    Decimal::from(match rank {
        Rank::National | Rank::Province => UNLIKELY_AMOUNT_OF_PROVINCE_MIN,
        Rank::Prefecture | Rank::County | Rank::Unknown => UNLIKELY_AMOUNT_MIN,
        Rank::Township => UNLIKELY_AMOUNT_OF_TOWNSHIP_MIN,
    })
}

/// An amount that is not nothing: nothing is nothing in every unit.
struct Amount<'a> {
    cell: &'static CellDefinition,
    figure: &'a Figure,
    yuan: Decimal,
}

impl Amount<'_> {
    fn has_own_unit(&self) -> bool {
        self.figure.raw.contains(['元', '万', '亿'])
    }

    /// Whether it is a bare number that its header makes 万元.
    fn is_in_ten_thousands(&self) -> bool {
        !self.has_own_unit() && self.figure.source_unit.contains('万')
    }
}

/// One failure for each amount that is not fine, in the words of `words`.
fn each(
    audited: &Audited<'_>,
    is_fine: impl Fn(&Amount<'_>) -> bool,
    words: impl Fn(&Amount<'_>) -> (String, String),
) -> Checked {
    let mut checked = Checked::silent();
    let (Some(form), Some(landmarks)) = (audited.form, audited.landmarks) else { return checked };
    for &index in &landmarks.amounts {
        let Some(figure) = audited.figure(index) else { continue };
        let Some(Value::Amount(yuan)) = figure.value.filter(|value| !value.decimal().is_zero()) else {
            continue;
        };
        let amount = Amount { cell: &form.cells[index], figure, yuan };
        checked.add(Some(is_fine(&amount)), || {
            let (zh, en) = words(&amount);
            let key = &amount.cell.key;
            Failure {
                subject: key.to_string(),
                left: Some(Value::Amount(yuan)),
                figures: vec![key.clone()],
                zh,
                en,
                ..Failure::default()
            }
        });
    }
    checked
}
