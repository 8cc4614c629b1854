use crate::html::{content, escape, parts, title, warning};
use crate::{Composition, Drawing, drawings};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
    <Override PartName=\"/word/document.xml\" \
    ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
    Target=\"word/document.xml\"/></Relationships>";
/// The width of a page's text in twentieths of a point: A4 with margins of 2.54 cm.
const WIDTH: usize = 9026;

/// The composed report as a Word document: the parts and tables of the official form, ready to be completed. What could not
/// be summed is blank.
///
/// # Errors
///
/// When the archive cannot be written, which memory alone decides.
pub fn docx(composition: &Composition) -> std::io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Without a time of its own: the same composition gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let files = [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("word/document.xml", document(composition)),
    ];
    for (name, text) in files {
        archive.start_file(name, options).map_err(std::io::Error::other)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish().map_err(std::io::Error::other)?.into_inner())
}

fn document(composition: &Composition) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>",
    );
    text.push_str(&paragraph(&title(composition), "center", 44, true));
    if let Some(warning) = warning(composition) {
        text.push_str(&paragraph(&warning, "center", 24, true));
    }
    let drawings = drawings(composition.task.form);
    for part in parts(composition) {
        text.push_str(&paragraph(&part.heading, "left", 32, true));
        if let Some(drawing) = part.table.and_then(|table| drawings.get(table)) {
            text.push_str(&table(composition, drawing));
        }
        text.push_str(&paragraph("", "left", 32, false));
    }
    text.push_str(&paragraph(&composition.task.subject, "right", 32, false));
    text.push_str(
        "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
         <w:pgMar w:top=\"1440\" w:right=\"1440\" w:bottom=\"1440\" w:left=\"1440\" w:header=\"720\" w:footer=\"720\" w:gutter=\"0\"/>\
         </w:sectPr></w:body></w:document>",
    );
    text
}

/// A paragraph; `size` in half points.
fn paragraph(text: &str, align: &str, size: usize, is_bold: bool) -> String {
    let bold = if is_bold { "<w:b/>" } else { "" };
    format!(
        "<w:p><w:pPr><w:jc w:val=\"{align}\"/></w:pPr><w:r><w:rPr><w:rFonts w:eastAsia=\"FangSong\"/>{bold}<w:sz w:val=\"{size}\"/>\
         </w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
        escape(text)
    )
}

/// A place of the grid: where a cell begins, or below one that began further up.
#[derive(Clone, Copy)]
enum Slot {
    Begun { row: usize, cell: usize },
    Below { span: usize },
}

fn table(composition: &Composition, drawing: &Drawing) -> String {
    let width = WIDTH / drawing.columns.max(1);
    let mut text = String::from("<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/><w:tblBorders>");
    for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
        let _ = write!(text, "<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>");
    }
    text.push_str("</w:tblBorders></w:tblPr><w:tblGrid>");
    for _ in 0..drawing.columns {
        let _ = write!(text, "<w:gridCol w:w=\"{width}\"/>");
    }
    text.push_str("</w:tblGrid>");
    for slots in slots(drawing) {
        text.push_str("<w:tr>");
        for slot in slots.into_iter().flatten() {
            let (span, merge, shown) = match slot {
                Slot::Below { span } => (span, "<w:vMerge/>", String::new()),
                Slot::Begun { row, cell } => {
                    let Some(cell) = drawing.rows.get(row).and_then(|row| row.cells.get(cell)) else {
                        continue;
                    };
                    let merge = if 1 < cell.row_span { "<w:vMerge w:val=\"restart\"/>" } else { "" };
                    (cell.column_span, merge, content(composition, cell.value, &cell.label))
                }
            };
            let grid = if 1 < span { format!("<w:gridSpan w:val=\"{span}\"/>") } else { String::new() };
            let _ = write!(
                text,
                "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>{grid}{merge}<w:vAlign w:val=\"center\"/></w:tcPr>{}</w:tc>",
                width * span,
                paragraph(&shown, "center", 21, false)
            );
        }
        text.push_str("</w:tr>");
    }
    text.push_str("</w:tbl>");
    text
}

/// For each row its slots, left to right: Word wants a cell of its own for each row that a cell covers.
fn slots(drawing: &Drawing) -> Vec<Vec<Option<Slot>>> {
    let mut slots = vec![vec![None; drawing.columns]; drawing.rows.len()];
    for (row, drawn) in drawing.rows.iter().enumerate() {
        for (cell, it) in drawn.cells.iter().enumerate() {
            for line in row..row + it.row_span {
                let slot = match line == row {
                    true => Slot::Begun { row, cell },
                    false => Slot::Below { span: it.column_span },
                };
                if let Some(place) = slots.get_mut(line).and_then(|line| line.get_mut(it.column)) {
                    *place = Some(slot);
                }
            }
        }
    }
    slots
}
