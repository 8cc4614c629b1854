//! What sentences claim of their own numbers: parts, shares, rates and growth.
//!
//! A claim is checked only where the sentence leaves no doubt which numbers it speaks of.

use crate::checked::{Audited, Checked, Failure};
use crate::numbers::{Count, Percentage, counts, percentage};
use crate::prose::{Mark, Prose, Spot};
use gongkai_model::Value;
use rust_decimal::Decimal;

/// Words that make a number one of another time.
const OF_OTHER_TIMES: [&str; 9] = ["累计", "历年", "去年", "上年", "上一年", "同期", "截至", "截止", "以来"];

/// No part that is named exceeds its whole; one failure for each sentence.
pub(crate) fn part_exceeds_whole(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for among in &audited.among {
        let greater = among.parts.iter().find(|part| among.whole.value < part.value);
        checked.add(Some(greater.is_none()), || {
            let part = greater.map(|part| part.value).unwrap_or_default();
            Failure {
                subject: among.spot.place(),
                left: count(part),
                right: count(among.whole.value),
                zh: format!("“{}”：其中一项为 {part}，多于总数 {}", among.spot.words(), among.whole.value),
                en: format!(
                    "“{}”: a part is {part}, more than the whole of {}",
                    among.spot.words(),
                    among.whole.value
                ),
                ..Failure::default()
            }
        });
    }
    checked
}

/// The parts of requests that are named do not exceed them together. Information published through several channels
/// counts in each of them, requests count once.
pub(crate) fn parts_sum(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for among in &audited.among {
        let is_of_requests = among.whole.before.contains("申请") && among.whole.unit == '件';
        if !is_of_requests || among.parts.len() < 2 {
            continue;
        }
        let sum = among.parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.value));
        let Some(sum) = sum else { continue };
        // Parted twice, by applicant and by channel, they add up to twice as many.
        let twice = among.whole.value.checked_mul(Decimal::TWO) == Some(sum);
        checked.add(Some(sum <= among.whole.value || twice), || Failure {
            subject: among.spot.place(),
            left: count(sum),
            right: count(among.whole.value),
            zh: format!("“{}”：所列各项共 {sum} 件，多于总数 {} 件", among.spot.words(), among.whole.value),
            en: format!(
                "“{}”: its parts are {sum} together, more than the whole of {}",
                among.spot.words(),
                among.whole.value
            ),
            ..Failure::default()
        });
    }
    checked
}

/// A whole and the parts behind 其中.
pub(crate) struct Among<'a> {
    spot: Spot<'a>,
    whole: Count<'a>,
    parts: Vec<Count<'a>>,
}

/// Every 其中 between a count and counts of the same unit, all of them exact and of the year.
pub(crate) fn among<'a>(prose: &Prose<'a>) -> Vec<Among<'a>> {
    let spots = prose.of_mark(Mark::Among);
    spots
        .filter_map(|spot| {
            let before = spot.before();
            let whole = counts(before).into_iter().next_back()?;
            // Between a whole and its parts stands nothing but punctuation.
            let between = before
                .get(whole.at..)?
                .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '.'));
            let is_next = between.chars().count() <= 3
                && between.ends_with(['，', ',', '（', '(', '。', '；', '：', ' ']);
            let words = spot.after().split(['；', ';', '）', ')']).next()?;
            // Another 其中 begins other parts.
            let words = words.get("其中".len()..)?.split("其中").next()?;
            let parts: Vec<Count<'a>> = counts(words)
                .into_iter()
                .take_while(|part| !is_of_another_time(part.before))
                .filter(|part| part.unit == whole.unit && !part.approximate)
                .collect();
            let is_fit =
                is_next && !parts.is_empty() && !whole.approximate && !is_of_another_time(whole.before);
            is_fit.then_some(Among { spot, whole, parts })
        })
        .collect()
}

fn is_of_another_time(words: &str) -> bool {
    OF_OTHER_TIMES.iter().any(|word| words.contains(word))
}

/// A share agrees with the two counts before it; one failure for each.
pub(crate) fn share(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for (spot, percentage) in &audited.percentages {
        let Some((part, whole)) = share_of(percentage) else { continue };
        let is_about = percentage.is_about(part.value, whole.value);
        let Some(is_about) = is_about else { continue };
        checked.add(Some(is_about), || Failure {
            subject: spot.place(),
            left: count(part.value),
            right: count(whole.value),
            zh: format!(
                "“{}”：{} 占 {} 的比例不是 {}%",
                spot.words(),
                part.value,
                whole.value,
                percentage.value
            ),
            en: format!(
                "“{}”: {} of {} is not {} %",
                spot.words(),
                part.value,
                whole.value,
                percentage.value
            ),
            ..Failure::default()
        });
    }
    checked
}

/// The part and the whole of a share: `…10件，其中网络申请8件，占80%`. The sentence has no other counts of that unit but
/// further parts with their shares.
fn share_of<'a>(percentage: &Percentage<'a>) -> Option<(Count<'a>, Count<'a>)> {
    let words = percentage.before;
    let clause = words.rsplit(['，', ',', '；', '、', '（', '(']).next()?;
    if !is_share(clause) {
        return None;
    }
    // A share of something else than the whole before 其中.
    if !matches!(
        clause.trim_end_matches(['为', '达', '约', '到', ' ']),
        "占" | "占比" | "占总数" | "占总数的" | "占总量" | "占总量的" | "占全部申请的" | "占比例"
    ) {
        return None;
    }
    let (before, after) = words.split_once("其中")?;
    if after.contains("其中") || clause.contains('约') {
        return None;
    }
    let whole = counts(before).into_iter().next_back()?;
    let part = counts(after).into_iter().next_back()?;
    let is_next =
        after.get(part.at..)?.chars().filter(|c| matches!(c, '，' | ',' | '、' | '（' | '(')).count() == 1;
    let is_fit = is_next
        && part.unit == whole.unit
        && !part.approximate
        && !whole.approximate
        && !is_of_another_time(whole.before)
        && !is_of_another_time(part.before);
    is_fit.then_some((part, whole))
}

fn is_share(words: &str) -> bool {
    words.contains('占') && !words.contains("占用") && !words.contains("占地")
}

/// The shares of a list do not exceed the whole; one failure for each sentence.
pub(crate) fn shares_sum(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let shares: Vec<_> = audited
        .percentages
        .iter()
        .filter(|(_, percentage)| {
            percentage.before.rsplit(['，', ',', '；', '、']).next().is_some_and(is_share)
        })
        .collect();
    let mut rest = shares.as_slice();
    while let Some(((first, _), _)) = rest.split_first() {
        let in_sentence = rest.iter().take_while(|(spot, _)| spot.is_with(first)).count();
        let (list, others) = rest.split_at(in_sentence.max(1));
        rest = others;
        // Shares within a share are no list.
        let nested = list.last().is_some_and(|(last, _)| {
            last.before().get(first.before().len()..).is_some_and(|between| between.contains("其中"))
        });
        if list.len() < 2 || nested {
            continue;
        }
        let sum = list.iter().try_fold(Decimal::ZERO, |sum, (_, share)| sum.checked_add(share.value));
        let Some(sum) = sum else { continue };
        let rounding = Decimal::from(list.len());
        let limit = Decimal::ONE_HUNDRED.checked_add(rounding).unwrap_or(Decimal::ONE_HUNDRED);
        checked.add(Some(sum <= limit), || Failure {
            subject: first.place(),
            zh: format!("“{}”：所列占比之和为 {sum}%，超过100%", first.words()),
            en: format!("“{}”: its shares are {sum} % together", first.words()),
            ..Failure::default()
        });
    }
    checked
}

/// A growth rate agrees with the counts of the two years; one failure for each.
pub(crate) fn growth(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    for (spot, percentage) in &audited.percentages {
        let Some(growth) = Growth::of(audited, percentage) else { continue };
        let Some(is_right) = growth.is_right(percentage) else { continue };
        checked.add(Some(is_right), || Failure {
            subject: spot.place(),
            left: count(growth.now),
            right: count(growth.then),
            zh: format!(
                "“{}”：由 {} 到 {}，不是{} {}%",
                spot.words(),
                growth.then,
                growth.now,
                if growth.rises { "增长" } else { "下降" },
                percentage.value
            ),
            en: format!(
                "“{}”: from {} to {} is no {} of {} %",
                spot.words(),
                growth.then,
                growth.now,
                if growth.rises { "growth" } else { "fall" },
                percentage.value
            ),
            ..Failure::default()
        });
    }
    checked
}

struct Growth {
    now: Decimal,
    then: Decimal,
    rises: bool,
}

impl Growth {
    /// The counts of this year and of the last, where the words before the percentage have exactly one of each and no
    /// other percentage.
    fn of(audited: &Audited<'_>, percentage: &Percentage<'_>) -> Option<Self> {
        const RISING: [&str; 5] = ["增长", "上升", "增加", "提高", "提升"];
        const FALLING: [&str; 4] = ["下降", "减少", "降低", "下滑"];
        let words = percentage.before;
        let verb = words.trim_end_matches(['了', '约', '率', '为', '达', '到', '幅', '近', '比', '例', ' ']);
        if words.ends_with(['约', '近']) || words.contains(['%', '％']) || words.contains("百分") {
            return None;
        }
        let rises = RISING.iter().any(|word| verb.ends_with(word));
        if !rises && !FALLING.iter().any(|word| verb.ends_with(word)) {
            return None;
        }
        let year = audited.report.year?;
        let last_year = format!("{}年", year.checked_sub(1)?);
        let this_year = format!("{year}年");
        let is_then = |count: &Count<'_>| {
            ["上年", "去年", "上一年", "同期", last_year.as_str()]
                .iter()
                .any(|word| count.before.contains(word))
        };
        let is_other = |count: &Count<'_>| count.before.contains("累计") || count.before.contains("历年");
        // By how many it grew is not how many there were.
        let is_change = |count: &Count<'_>| {
            ["增加", "减少", "增长", "下降", "多", "少"]
                .iter()
                .any(|word| count.before.trim_end_matches('了').ends_with(word))
        };
        let counts = counts(words);
        let then = counts.iter().position(is_then)?;
        let (then, others): (&Count<'_>, Vec<&Count<'_>>) = (
            counts.get(then)?,
            counts
                .iter()
                .enumerate()
                .filter(|(at, count)| *at != then && !is_change(count))
                .map(|(_, count)| count)
                .collect(),
        );
        let [now] = others.as_slice() else { return None };
        // What names another year than this one is not this year's.
        let named =
            now.before.contains("年") && !now.before.contains(&this_year) && !now.before.contains("全年");
        let named = named && !now.before.contains("本年") && !now.before.contains("今年");
        let is_fit = now.unit == then.unit
            && !now.approximate
            && !then.approximate
            && !is_then(now)
            && !is_other(now)
            && !named;
        (is_fit && !then.value.is_zero()).then_some(Self { now: now.value, then: then.value, rises })
    }

    fn is_right(&self, percentage: &Percentage<'_>) -> Option<bool> {
        let change = match self.rises {
            true => self.now.checked_sub(self.then)?,
            false => self.then.checked_sub(self.now)?,
        };
        percentage.is_about(change, self.then)
    }
}

/// No rate of answers or conclusions and no share is over 100 %; one failure for each.
pub(crate) fn rate_over_hundred(audited: &Audited<'_>) -> Checked {
    const RATES: [&str; 9] =
        ["答复率", "办结率", "回复率", "公开率", "满意率", "满意度", "受理率", "占比", "及时率"];
    let mut checked = Checked::silent();
    for (spot, percentage) in &audited.percentages {
        let clause = percentage.before.rsplit(['，', ',', '；', '、']).next().unwrap_or_default();
        let is_rate = RATES.iter().any(|rate| clause.contains(rate)) || clause.ends_with('占');
        // By how much a rate grew is no rate.
        let is_change =
            ["增", "升", "提高", "降", "较", "同比", "比上"].iter().any(|word| clause.contains(word));
        if !is_rate || is_change {
            continue;
        }
        checked.add(Some(percentage.value <= Decimal::ONE_HUNDRED), || Failure {
            subject: spot.place(),
            zh: format!("“{}”：{}%，超过100%", spot.words(), percentage.value),
            en: format!("“{}”: {} % is over 100 %", spot.words(), percentage.value),
            ..Failure::default()
        });
    }
    checked
}

/// Where all requests are said to be answered or concluded, none is carried forward.
pub(crate) fn full_rate(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(requests) = audited.landmarks.and_then(|landmarks| landmarks.requests.as_ref()) else {
        return checked;
    };
    let claims = audited.percentages.iter().find(|(_, percentage)| {
        let clause = percentage.before.rsplit(['；', '：']).next().unwrap_or_default();
        let last = clause.rsplit(['，', ',', '、']).next().unwrap_or_default();
        // Those that were due may all be answered while others are pending.
        percentage.value == Decimal::ONE_HUNDRED
            && ["答复率", "办结率", "办理率"].iter().any(|rate| last.contains(rate))
            && clause.contains("申请")
            && !["按时", "按期", "及时", "限时", "规范", "时限", "建议", "提案", "到期"]
                .iter()
                .any(|word| clause.contains(word))
    });
    let Some((spot, _)) = claims else { return checked };
    let carried_forward = audited.count(requests.carried_forward);
    checked.add(carried_forward.map(|count| count <= 0), || {
        let carried_forward = carried_forward.unwrap_or_default();
        Failure {
            right: Some(Value::Count(carried_forward)),
            figures: audited.keys([requests.carried_forward]),
            zh: format!("正文称“{}”，而表三结转下年度 {carried_forward} 件，请核对", spot.words()),
            en: format!(
                "the text says “{}”, but {carried_forward} are carried forward in table 3, please check",
                spot.words()
            ),
            ..Failure::default()
        }
    });
    checked
}

/// Every percentage with its place.
pub(crate) fn percentages<'a>(prose: &Prose<'a>) -> Vec<(Spot<'a>, Percentage<'a>)> {
    let spots = prose.of_mark(Mark::Percent);
    spots.filter_map(|spot| Some((spot, percentage(spot.before(), spot.after())?))).collect()
}

fn count(value: Decimal) -> Option<Value> {
    Some(Value::Amount(value.normalize()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{applies, county_report, failures, holds, number, set};

    fn said(text: &str) -> gongkai_model::Report {
        let mut report = county_report();
        report.sections[0].text = text.to_owned();
        report
    }

    /// Sentences in which the rule holds, fails, and has nothing to say.
    fn check(rule: &str, holding: &[&str], failing: &[&str], silent: &[&str]) {
        for text in holding {
            assert!(holds(&said(text), rule), "{text}: {:?}", failures(&said(text), rule));
        }
        for text in failing {
            assert_eq!(failures(&said(text), rule).len(), 1, "{text}");
        }
        for text in silent {
            assert!(!applies(&said(text), rule), "{text}: {:?}", failures(&said(text), rule));
        }
    }

    #[test]
    fn a_part_is_compared_with_the_whole_just_before_it() {
        check(
            "prose.part_exceeds_whole",
            &["公开信息20条，其中：网站20条，微信15条。", "办理建议9件（其中重点建议2件）。"],
            &["公开信息20条（其中网站公开21条）。", "公开信息1,200条,其中网站公开1.3万条。"],
            &[
                "公开信息20条，其中累计公开300条。",
                "收到申请10件，其中上年结转12件。",
                "公开信息20条。其中，网站公开300条。",
                "举办培训2次，其中参加300人次。",
                "公开信息约20条，其中网站公开21条。",
                "公开信息20条，工作扎实推进，其中网站公开21条。",
            ],
        );
    }

    #[test]
    fn requests_are_parted_once_or_twice() {
        check(
            "prose.parts_sum",
            &[
                "收到申请10件，其中自然人8件、企业2件。",
                "收到申请10件，其中自然人8件、企业2件，网络申请7件、信函申请3件。",
            ],
            &["收到申请10件，其中自然人8件、企业3件。"],
            &["公开信息10条，其中网站8条、微信5条。", "收到申请10件，其中网络申请11件。"],
        );
    }

    #[test]
    fn a_share_is_that_of_the_last_part_in_the_whole() {
        check(
            "prose.share",
            &[
                "收到申请12件，其中网络申请8件，占66.6%；信函申请4件，占33.3%。",
                "收到申请12件，其中网络申请8件，占67%。",
            ],
            &["收到申请12件，其中网络申请8件，占总数的60%。"],
            &[
                "网络申请占60%。",
                "收到申请12件，其中网络申请8件，占全市的1%。",
                "收到申请12件，其中约8件，占50%。",
            ],
        );
    }

    #[test]
    fn shares_of_one_list_are_added_up() {
        check(
            "prose.shares_sum",
            &["网站占33.4%，微信占33.4%，微博占33.4%。"],
            &["公开信息90条，其中网站占60%，微信占45%。"],
            &["网站占80%，其中首页占50%。", "网站占80%。微信占50%。", "办结率100%，网站占80%。"],
        );
    }

    #[test]
    fn growth_is_that_from_last_year_to_this() {
        check(
            "prose.growth",
            &[
                "2021年收到8件，2022年收到12件，增长50%。",
                "收到申请12件，较上年8件增加4件，增长50%。",
                "收到申请6件，比去年的8件减少了25%。",
                "收到申请7件（去年同期为9件），同比下降22.2%。",
            ],
            &["2021年收到8件，2022年收到12件，增长40%。", "收到申请6件，比去年的8件增长25%。"],
            &[
                "收到申请12件，同比增长40%。",
                "2020年收到6件，2021年收到8件，2022年收到12件，增长40%。",
                "2021年收到0件，2022年收到12件，增长100%。",
                "累计收到12件，较上年的8件增长40%。",
                "公开信息12条，较上年收到的8件增长40%。",
                "收到申请12件，较上年的8件增长约40%。",
            ],
        );
    }

    #[test]
    fn rates_are_not_over_a_hundred_and_changes_may_be() {
        check(
            "prose.rate_over_hundred",
            &["办结率为百分之百。", "满意率达99.8%。"],
            &["申请答复率为120%。", "其中网络申请占110%。"],
            &["申请量同比增长103%。", "办结率较上年提高120%。", "完成率120%。"],
        );
    }

    #[test]
    fn all_may_be_answered_in_time_while_some_are_pending() {
        let pending = |text: &str| {
            let mut report = said(text);
            set(&mut report, number("requests.carried_forward.total", 1));
            failures(&report, "prose.full_rate")
        };
        assert_eq!(
            pending("全年收到公开申请12件，答复率100%。"),
            ["正文称“全年收到公开申请12件，答复率100%”，而表三结转下年度 1 件，请核对"]
        );
        for text in ["公开申请按时办结率100%。", "办理建议提案12件，答复率100%。", "公开申请答复率99%。"]
        {
            assert!(pending(text).is_empty(), "{text}");
        }
    }
}
