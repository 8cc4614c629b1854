//! The paper around the tables: headings, what a site prints around a report, and what befalls the finished text.

use super::{Noise, script};
use crate::record::{About, Record};
use crate::render::Rendering;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow};
use crate::{Certainty, Rng};

/// Stands where a page number is to be printed; in no report.
const PAGE_MARK: char = '\u{e000}';

/// Everything but the tables.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    /// The text, as it is written. A part whose heading was lost has an empty one.
    pub(crate) about: About,
    /// Lines before the title.
    pub(crate) before: Vec<String>,
    /// Lines after the end.
    pub(crate) after: Vec<String>,
    /// Whether the headings can be read as they are written.
    pub(crate) has_whole_headings: bool,
}

impl Paper {
    /// The text of `record`, changed by `noises`.
    pub(crate) fn of(record: &Record, noises: &[Noise], seed: u64) -> Self {
        let about = record.about.clone();
        let mut paper = Self { about, before: Vec::new(), after: Vec::new(), has_whole_headings: true };
        for &noise in noises {
            let mut rng = noise.rng(seed);
            match noise {
                Noise::RewordedHeadings => paper.reword(record, &mut rng),
                Noise::RenumberedHeadings => paper.renumber(&mut rng),
                Noise::LostHeading => paper.lose_heading(&mut rng),
                Noise::SplitHeading => paper.has_whole_headings = false,
                Noise::SiteAround => paper.put_site_around(&mut rng),
                Noise::ContraryText => paper.contradict(&mut rng),
                _ => {}
            }
        }
        if noises.contains(&Noise::Traditional) {
            paper.about = paper.about.map(script::traditional);
        }
        paper
    }

    fn reword(&mut self, record: &Record, rng: &mut Rng) {
        for (part, section) in self.about.parts.iter_mut().zip(&record.form.sections) {
            if rng.chance(50)
                && let Some((number, _)) = part.heading.split_once('、')
            {
                part.heading = format!("{number}、{}", rng.pick(&section.headings));
            }
        }
    }

    fn renumber(&mut self, rng: &mut Rng) {
        let style = rng.below(4);
        for (index, part) in self.about.parts.iter_mut().enumerate() {
            let Some((number, words)) = part.heading.split_once('、') else { continue };
            part.heading = match style {
                0 => words.to_owned(),
                1 if index == 1 => format!("一、{words}"),
                2 if index == 5 => format!("（{number}）{words}"),
                3 => format!("{number}.{words}"),
                _ => continue,
            };
        }
    }

    fn lose_heading(&mut self, rng: &mut Rng) {
        let with_table: Vec<usize> =
            (0..self.about.parts.len()).filter(|&part| self.about.parts[part].table.is_some()).collect();
        if !with_table.is_empty() {
            self.about.parts[*rng.pick(&with_table)].heading.clear();
        }
    }

    fn put_site_around(&mut self, rng: &mut Rng) {
        (self.before, self.after) = site(self.about.year, &self.about.region, rng);
    }

    fn contradict(&mut self, rng: &mut Rng) {
        let Some(part) = self.about.parts.first_mut() else { return };
        part.paragraphs.push(format!(
            "全年收到政府信息公开申请{}件，予以公开{}件，不予公开{}件；上年结转{}件。",
            rng.between(300, 900),
            rng.between(200, 299),
            rng.between(100, 199),
            rng.between(50, 99),
        ));
        self.about.facts.clear();
    }
}

/// Lines that a site prints before and behind a report on `year`.
pub(crate) fn site(year: u16, region: &str, rng: &mut Rng) -> (Vec<String>, Vec<String>) {
    let before = [
        format!("您当前的位置：首页 > 政务公开 > 政府信息公开年报 > {region}"),
        format!("索引号：000014349/{}-000{}", year + 1, rng.between(10, 99)),
        format!("发布日期：{}-01-{} 10:2{}", year + 1, rng.between(10, 28), rng.below(10)),
        format!("浏览次数：{} 字体：【大 中 小】 打印本页 关闭窗口", rng.between(1, 9_000)),
    ];
    let after = [
        format!("附件：1.{region}政府信息公开统计表.xls"),
        "上一篇：关于做好防汛工作的通知".to_owned(),
        "下一篇：2个部门预算公开".to_owned(),
        "相关链接 中国政府网 网站标识码：3301000012 版权所有".to_owned(),
    ];
    let before = before.into_iter().filter(|_| rng.chance(60)).collect();
    (before, after.into_iter().filter(|_| rng.chance(60)).collect())
}

/// Marks one place between two rows of a table for a page number; which kind of number, the text decides.
pub(super) fn mark_page_end(
    sheets: &mut [Sheet],
    rendering: Rendering,
    effects: &mut super::Effects,
    rng: &mut Rng,
) {
    let Some(sheet) = sheets.iter_mut().max_by_key(|sheet| sheet.rows.len()) else { return };
    let Some(at) = super::sheets::inner_row(sheet, rng) else { return };
    // Among lines of one cell each, a lone number is a cell for all that one can see.
    if rendering.is_a_cell_a_line() {
        for row in [at - 1, at] {
            sheet.rows[row].values().for_each(|cell| effects.doubt(cell, Certainty::Open));
        }
    }
    let cell = SheetCell {
        column: 0,
        column_span: sheet.columns,
        row_span: 1,
        content: Content::Label(PAGE_MARK.to_string()),
    };
    super::sheets::insert(sheet, at, SheetRow { cells: vec![cell] });
}

/// Prints the page number where it was marked, on a line of its own.
pub(super) fn print_page_number(text: &str, rng: &mut Rng) -> String {
    let number = rng.between(2, 19);
    let line = match rng.below(5) {
        0 => number.to_string(),
        1 => format!("- {number} -"),
        2 => format!("—{number}—"),
        3 => format!("第 {number} 页"),
        _ => format!("{number}\n\u{c}"),
    };
    let lines = text.split('\n').map(|old| if old.contains(PAGE_MARK) { line.as_str() } else { old });
    lines.collect::<Vec<_>>().join("\n")
}

/// What befalls a text when it is finished.
pub(crate) fn finish(
    mut text: String,
    rendering: Rendering,
    noises: &[Noise],
    about: &About,
    seed: u64,
) -> String {
    for &noise in noises {
        let mut rng = noise.rng(seed);
        match noise {
            Noise::PageNumber => text = print_page_number(&text, &mut rng),
            Noise::SplitHeading => {
                let heading = rng.pick(&about.parts).heading.clone();
                let cut = heading.char_indices().nth(heading.chars().count() / 2).map_or(0, |(at, _)| at);
                if 0 < cut {
                    let (first, second) = heading.split_at(cut);
                    text = text.replacen(&format!("\n{heading}\n"), &format!("\n{first}\n{second}\n"), 1);
                }
            }
            Noise::LooseSpace => text = loosen(&text, rendering, &mut rng),
            _ => {}
        }
    }
    if noises.contains(&Noise::Traditional) {
        text = script::traditional(&text);
    }
    if noises.contains(&Noise::CarriageReturns) {
        text = text.replace('\n', "\r\n");
    }
    text
}

/// Spaces at the ends of lines, where a line's end means nothing but itself.
fn loosen(text: &str, rendering: Rendering, rng: &mut Rng) -> String {
    const SPACES: [&str; 4] = [" ", "  ", "\u{3000}", "\u{a0}"];
    let is_loose = !rendering.is_joined();
    let mut loose = String::with_capacity(text.len() + 200);
    for line in text.split_inclusive('\n') {
        let (words, end) = line.strip_suffix('\n').map_or((line, ""), |words| (words, "\n"));
        loose.push_str(words);
        if is_loose && !words.is_empty() && rng.chance(10) {
            loose.push_str(rng.pick::<&str>(&SPACES));
        }
        loose.push_str(end);
    }
    loose
}
