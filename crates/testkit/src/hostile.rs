//! Files that try to cost more than they should, or to be read as what they are not. All are bounded.

use crate::Rng;

/// `depth` elements inside each other, with one word at the bottom and nothing closed.
pub fn deep_nesting(element: &str, depth: usize) -> String {
    format!("<html><body>{}word", format!("<{element}>").repeat(depth))
}

/// Tables inside each other, `depth` of them.
pub fn nested_tables(depth: usize) -> String {
    format!("<html><body>{}word", "<table><tr><td>".repeat(depth))
}

/// A table of which every cell claims `rows` rows and `columns` columns.
pub fn huge_spans(cells: usize, rows: u64, columns: u64) -> String {
    let cell = format!("<td rowspan=\"{rows}\" colspan=\"{columns}\">第二十条第（一）项</td>");
    let row = format!("<tr>{cell}{cell}</tr>\n");
    format!("<html><body><table>\n{}</table>", row.repeat(cells.div_ceil(2)))
}

/// A table of a form in whose first row stands one run of `digits` digits without a separator.
pub fn digit_flood(digits: usize) -> String {
    format!(
        "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年新制作数量本年新公开数量对外公开总数量\n规章{}\n",
        "0123456789".repeat(digits.div_ceil(10))
    )
}

/// `lines` lines of digits between tabs behind the headers of a form.
pub fn digit_lines(lines: usize) -> String {
    format!(
        "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n{}",
        "规章\t0\t1\t2\t3\t4\t5\t6\t7\n".repeat(lines)
    )
}

/// The parts' headings again and again, and nothing under them.
pub fn headings_only(times: usize) -> String {
    const HEADINGS: &str = "一、总体情况\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n\
                            四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n六、其他需要报告的事项\n";
    HEADINGS.repeat(times)
}

/// A label of a form again and again on one line.
pub fn label_flood(label: &str, times: usize) -> String {
    label.repeat(times)
}

/// Only separators: pipes, tabs and line feeds.
pub fn separator_flood(length: usize, seed: u64) -> String {
    let mut rng = Rng::new(seed);
    (0..length).map(|_| *rng.pick(&['|', '\t', '\n', ' '])).collect()
}

/// Bytes without meaning.
pub fn random_bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    (0..length).map(|_| rng.bits() as u8).collect()
}

/// `source` with up to `changes` bytes changed, left out or doubled.
pub fn mutated(source: &[u8], changes: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut bytes = source.to_vec();
    for _ in 0..changes {
        if bytes.is_empty() {
            break;
        }
        let at = rng.below(bytes.len() as u64) as usize;
        match rng.below(3) {
            0 => bytes[at] = rng.bits() as u8,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}

/// UTF-16 that ends in the middle of a character.
pub fn truncated_utf16(text: &str) -> Vec<u8> {
    let mut bytes = crate::Encoding::Utf16Le.encode(text);
    bytes.pop();
    bytes
}
