//! The same report in other ways of writing: the figures must be the same, and the words as they stand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::Report;
use std::collections::HashMap;
use std::path::Path;

fn read(source: &[u8], name: &str) -> Vec<Report> {
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).unwrap()
}

/// The texts of the labelled reports.
fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    assert!(4 <= paths.len(), "the corpus is not where it should be");
    let text = |path: &Path| String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    paths.iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), text(path))).collect()
}

/// A character of traditional script for each simplified one that has any.
fn traditional_characters() -> HashMap<char, char> {
    let mut map = HashMap::new();
    for &(written, plain) in gongkai_script::pairs() {
        if ('\u{4e00}'..='\u{9fff}').contains(&written) {
            map.entry(plain).or_insert(written);
        }
    }
    map
}

/// Figures without what other bytes make other: their places.
fn figures(report: &Report) -> Vec<String> {
    let figure = |figure: &gongkai_model::Figure| {
        format!("{} {:?} {:?} {:?}", figure.key, figure.period, figure.state, figure.value)
    };
    report.figures.iter().map(figure).collect()
}

#[test]
fn traditional_script_gives_the_same_figures_and_keeps_its_words() {
    let map = traditional_characters();
    let convert = |text: &str| -> String {
        let words = text.replace("信息", "資訊").replace("规范性文件", "規範性檔案").replace("项目", "專案");
        words.chars().map(|character| map.get(&character).copied().unwrap_or(character)).collect()
    };
    for (name, text) in corpus() {
        let other = convert(&text);
        let (plain, traditional) = (read(text.as_bytes(), "a.txt"), read(other.as_bytes(), "a.txt"));
        assert_eq!((plain.len(), traditional.len()), (1, 1));
        let (plain, traditional) = (&plain[0], &traditional[0]);
        assert_eq!(figures(traditional), figures(plain), "{name}");
        assert_eq!(traditional.year, plain.year);
        assert_eq!(traditional.issuer.name, convert(&plain.issuer.name));
        assert_eq!(traditional.title.text, convert(&plain.title.text));
        assert_eq!(traditional.region.name, convert(&plain.region.name));
        let sections = |report: &Report, convert: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
            report.sections.iter().map(|section| (convert(&section.title), convert(&section.text))).collect()
        };
        assert_eq!(sections(traditional, &str::to_owned), sections(plain, &convert), "{name}");
        assert_eq!(traditional.statements.len(), plain.statements.len());
        for statement in &traditional.statements {
            assert!(other.contains(&statement.quote), "{name}: {}", statement.quote);
        }
        for figure in &traditional.figures {
            let Some(span) = figure.span.as_ref().and_then(|span| span.as_bytes()) else { continue };
            assert_eq!(&other[span.start as usize..span.end as usize], figure.raw, "{name}: {}", figure.key);
        }
    }
}

#[test]
fn invisible_characters_pinyin_and_wide_digits_change_nothing() {
    let wide = |text: &str| -> String {
        text.chars()
            .map(|c| char::from_u32(c as u32 + 0xfee0).filter(|_| c.is_ascii_digit()).unwrap_or(c))
            .collect()
    };
    let spelled = |text: &str| {
        text.replace("自然人", "自(zì)然(rán)人(rén)")
            .replace("本年", "本（běn）年（nián）")
            .replace('政', "政\u{200b}")
    };
    let radicals =
        |text: &str| text.replace('一', "⼀").replace('月', "⽉").replace('行', "⾏").replace('日', "⽇");
    for (name, text) in corpus() {
        let plain = read(text.as_bytes(), "a.txt");
        for other in [wide(&text), spelled(&text), radicals(&text)] {
            let read = read(other.as_bytes(), "a.txt");
            assert_eq!(figures(&read[0]), figures(&plain[0]), "{name}");
            assert_eq!((read[0].year, &read[0].dates), (plain[0].year, &plain[0].dates), "{name}");
            assert_eq!(read[0].sections.len(), plain[0].sections.len(), "{name}");
        }
    }
}
