//! Web pages as blocks.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod outline;

use gongkai_document::{BlockKind, Document, Hint, Limits, Media, read};
use outline::{document, outline, refusal, source_of};

#[test]
fn blocks_end_where_elements_of_blocks_begin_and_end() {
    insta::assert_snapshot!(
        outline("<h1>年度报告</h1><div>甲<p>乙<p>丙<div>丁</div>戊</div><ul><li>己<li>庚</ul><dl><dt>辛<dd>壬</dl>癸"),
        @r#"
    h1 "年度报告"
    p "甲"
    p "乙"
    p "丙"
    p "丁"
    p "戊"
    p "己"
    p "庚"
    p "辛"
    p "壬"
    p "癸"
    "#
    );
}

#[test]
fn formatting_does_not_interrupt_a_line_however_it_is_nested() {
    insta::assert_snapshot!(outline("<p>公<b>开<i>申</b>请</i><o:p></o:p>2<font>3<span>件</font></span></p>"), @r#"p "公开申请23件""#);
}

#[test]
fn white_space_collapses_and_wide_spaces_are_kept() {
    insta::assert_snapshot!(
        outline("<p>\n  a \n <b> b</b>\tc&#10;&nbsp;d &nbsp; </p><p>\u{3000}\u{3000}一、</p><p>&nbsp;</p><p> \n</p>"),
        @r#"
    p "a b c \u{a0}d"
    p "\u{3000}\u{3000}一、"
    "#
    );
}

#[test]
fn line_breaks_are_line_feeds_in_their_paragraph() {
    insta::assert_snapshot!(outline("<p><br>a <br/> b<br><br>c<BR></p><p><br></p>d<br>e"), @r#"
    p "a\nb\n\nc"
    p "d\ne"
    "#);
}

#[test]
fn preserved_text_keeps_its_lines_and_spaces() {
    insta::assert_snapshot!(
        outline("<pre>\n甲\t1\n\n  乙  2&#10;丙\n</pre><p style='white-space: pre-wrap'>\n  <b>丁\n戊</b></p><p>己\n庚"),
        @r#"
    p "甲\t1"
    p ""
    p "  乙  2"
    p "丙"
    p "  丁"
    p "戊"
    p "己 庚"
    "#
    );
}

#[test]
fn headings_keep_their_level_and_end_each_other() {
    insta::assert_snapshot!(outline("<h2>甲<h3>乙</h3>丙<h6><div>丁</div></h6>"), @r#"
    h2 "甲"
    h3 "乙"
    p "丙"
    h6 "丁"
    "#);
}

#[test]
fn what_is_not_displayed_is_not_read() {
    insta::assert_snapshot!(
        outline(
            "<head><style>p{}</style><script>document.write('<p>a</p>')</script></head>\
             <div style='display:none'><div>a</div>b<table><tr><td>c</table></div>甲\
             <p hidden>d<p>乙<span style=\"DISPLAY: none\">e<span>f</span>g</span>丙\
             <noscript><p>h</p></noscript><template><p>i</p></template><svg><title>j</title><text>k</text></svg>\
             <!-- l --><textarea>丁 <b></textarea><p style='visibility:hidden'>m</p>戊"
        ),
        @r#"
    p "甲"
    p "乙丙"
    p "丁 <b>"
    p "戊"
    "#
    );
}

#[test]
fn the_body_of_a_page_is_read_even_if_scripts_show_it() {
    insta::assert_snapshot!(outline("<body style='display:none'><p>甲"), @r#"p "甲""#);
}

#[test]
fn word_markup_shows_what_browsers_show() {
    insta::assert_snapshot!(
        outline(
            "<!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]-->\
             <p class=MsoNormal><![if !supportLists]><span>1.</span><![endif]><span lang=EN-US>2019<o:p></o:p></span>年</p>\
             <?xml:namespace prefix = o ns = \"urn:schemas-microsoft-com:office:office\" />"
        ),
        @r#"p "1.2019年""#
    );
}

#[test]
fn a_page_with_nothing_to_see_is_empty() {
    let empty = "EMPTY: the document is empty";
    assert_eq!(
        refusal("<html><head><title>年度报告</title></head><body><p>&nbsp;</p><br></body></html>"),
        empty
    );
    assert_eq!(refusal("<table><tr><td>&nbsp;<td></table>"), empty);
    assert_eq!(refusal("<!-- 年度报告 -->"), "EMPTY: the document is empty");
    assert_eq!(refusal("<div style=display:none>a</div>"), empty);
}

#[test]
fn rows_and_columns_are_placed_around_spans() {
    insta::assert_snapshot!(
        outline(
            "<table><tr><th rowspan=2>信息内容</th><th colspan=2>数量</th></tr><tr><td>制作<td>公开</tr>\
             <tr><td>规章</td><td>0</td><td></td></tr></table>"
        ),
        @r#"
    table 3x3
       0:"信息内容" 2x1 1:"数量" 1x2
       1:"制作" 2:"公开"
       0:"规章" 1:"0" 2:""
    "#
    );
}

#[test]
fn paragraphs_and_breaks_in_a_cell_are_lines_and_blanks_around_them_go() {
    insta::assert_snapshot!(
        outline(
            "<table><tr><td> <p>商业</p><p>&nbsp;</p><p>&nbsp;企业&nbsp;</p></td><td>科研<br><br>机构</td>\
             <td>\u{3000}公&nbsp;益 <div>组织</div></td><td>&nbsp;&nbsp;</td></tr></table>"
        ),
        @r#"
    table 1x4
       0:"商业\n企业" 1:"科研\n机构" 2:"公\u{a0}益\n组织" 3:""
    "#
    );
}

#[test]
fn row_groups_end_spans_and_stay_where_they_stand() {
    insta::assert_snapshot!(
        outline(
            "<table><thead><tr><th rowspan=9>项目<th>数</thead><tfoot><tr><td>合计<td>1</tfoot>\
             <tbody><tr><td rowspan=0>甲<td>1<tr><td>2</tbody></table>"
        ),
        @r#"
    table 4x2
       0:"项目" 1:"数"
       0:"合计" 1:"1"
       0:"甲" 2x1 1:"1"
       1:"2"
    issue: SpanClipped at 18
    "#
    );
}

#[test]
fn a_caption_stands_before_its_table_and_stray_text_beside_it() {
    insta::assert_snapshot!(
        outline("前<table><caption>表一</caption><tr><td>甲<td>1</td>迷<tr><td>乙<td>2</table>后"),
        @r#"
    p "前"
    p "表一"
    table 2x2
       0:"甲" 1:"1"
       0:"乙" 1:"2"
    p "迷"
    p "后"
    "#
    );
}

#[test]
fn a_table_around_larger_tables_serves_the_layout() {
    insta::assert_snapshot!(
        outline(
            "<table><tr><td>首页<td>导航</tr><tr><td colspan=2><h2>报告</h2>\
             <table><tr><td>甲<td>1<tr><td>乙<td>2</table>尾</td></tr></table>"
        ),
        @r#"
    p "首页"
    p "导航"
    h2 "报告"
    table 2x2
       0:"甲" 1:"1"
       0:"乙" 1:"2"
    p "尾"
    "#
    );
}

#[test]
fn a_small_table_in_a_cell_is_the_text_of_the_cell() {
    insta::assert_snapshot!(
        outline("<table><tr><td>甲<td>1<td><table><tr><td>x<td>y</table></td><tr><td>乙<td>2<td>3</table>"),
        @r#"
    table 2x3
       0:"甲" 1:"1" 2:"x\ny"
       0:"乙" 1:"2" 2:"3"
    "#
    );
}

#[test]
fn a_table_of_one_cell_is_its_content() {
    insta::assert_snapshot!(
        outline("<table><tr><td><p>一、总体情况</p><p>甲</p></table><table><tr><td><table><tr><td>乙</table></table>"),
        @r#"
    p "一、总体情况"
    p "甲"
    p "乙"
    "#
    );
}

#[test]
fn rows_and_cells_that_are_not_displayed_take_no_place() {
    insta::assert_snapshot!(
        outline(
            "<table><tr><td>甲<td style='display:none'>x<td>1</tr><tr style='visibility:hidden'><td>y<td>2</tr>\
             <tr height=0 style='display:none'><td width=9></td><td></td><td></td></tr></table>"
        ),
        @r#"
    table 2x2
       0:"甲" 1:"1"
       0:"" 1:""
    "#
    );
}

#[test]
fn figures_of_a_torn_table_never_run_together() {
    insta::assert_snapshot!(outline("<tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>"), @r#"
    p "1"
    p "2"
    p "3"
    "#);
}

#[test]
fn end_tags_in_a_cell_do_not_end_what_is_around_the_table() {
    insta::assert_snapshot!(
        outline("<div style='display:none'><table><tr><td></div></table></div><div><table><tr><td>甲</div></p><td>乙</table>丙</div>"),
        @r#"
    table 1x2
       0:"甲" 1:"乙"
    p "丙"
    "#
    );
}

#[test]
fn an_empty_cell_has_its_place_between_its_tags() {
    let source = "<table><tr><td>甲</td><td class=a>&nbsp;</td><td></td><td>乙<td><tr><td>丙</table>";
    let document = document(source);
    let BlockKind::Table(grid) = &document.blocks[0].kind else { panic!("no table") };
    let places: Vec<_> = grid.cells.iter().map(|cell| document.text.span(&cell.text).to_string()).collect();
    let at = |words: &str| source.find(words).expect("in the source");
    let empty = |place: usize| format!("bytes {place}..{place}");
    assert_eq!(places[1], empty(at("&nbsp;") + 6));
    assert_eq!(places[2], empty(at("<td></td>") + 4));
    assert_eq!(places[4], empty(at("<tr><td>丙")));
    // No two cells touch, so that a place in the text is in one cell only.
    assert!(grid.cells.windows(2).all(|pair| pair[0].text.end < pair[1].text.start));
}

#[test]
fn every_character_leads_to_the_bytes_it_was_written_as() {
    let source = "<p>a&nbsp;中&#x6587; \n b<br>c&lt;</p>";
    let document = document(source);
    let text = document.text.as_str();
    let written: Vec<_> = text
        .char_indices()
        .map(|(at, character)| source_of(&document, source.as_bytes(), &(at..at + character.len_utf8())))
        .map(|bytes| std::str::from_utf8(bytes).expect("utf-8"))
        .collect();
    assert_eq!(written, ["a", "&nbsp;", "中", "&#x6587;", " \n ", "b", "<br>", "c", "&lt;", ""]);
}

/// title, published, publisher, index number, source.
fn page(document: &Document) -> [Option<&str>; 5] {
    let page = &document.page;
    let all = [&page.title, &page.published, &page.publisher, &page.index_number, &page.source];
    all.map(|quoted| quoted.as_ref().map(|quoted| &*quoted.text))
}

#[test]
fn metadata_comes_from_the_head() {
    let source = "<head><title> 年度报告&nbsp;-\n某县政府网 </title><meta name=ArticleTitle content=\"某县2019年&quot;年度&quot;报告\">\
                  <meta name='PubDate' content='2020-01-20 15:22'><meta name=ContentSource content=' 某县政府办 '>\
                  <meta name=SiteName content=某县></head>正文";
    let document = document(source);
    assert_eq!(
        page(&document),
        [Some("某县2019年\"年度\"报告"), Some("2020-01-20 15:22"), None, None, Some("某县政府办")]
    );
    let span =
        document.page.source.and_then(|quoted| quoted.span).and_then(|span| span.as_bytes()).expect("a span");
    assert_eq!(&source[span.start as usize..span.end as usize], "某县政府办");
    assert_eq!(page(&outline::document("<title>年度\n报告</title>正文"))[0], Some("年度 报告"));
}

#[test]
fn metadata_comes_from_labels_in_a_line() {
    let source = "<div>首页 > 年报</div><div><span>来源：某县政府办</span> <span>时间：2020-01-20 15:22</span> 字体：大</div>\
                  <ul><li>索 引 号：11350128-3000-2020-00001<li>发布机构： 某县人民政府办公室|发布日期：2020年1月21日</ul>";
    assert_eq!(
        page(&document(source)),
        [
            None,
            Some("2020年1月21日"),
            Some("某县人民政府办公室"),
            Some("11350128-3000-2020-00001"),
            Some("某县政府办")
        ]
    );
}

#[test]
fn metadata_comes_from_labels_in_cells_and_lines_of_their_own() {
    let source = "<table><tr><td>索引号</td><td>000014349/2020-00012</td><td>发布机构：</td><td>某市政府办</td></tr>\
                  <tr><td>发文日期</td><td>2020-01-31</td><td>发布日期</td><td></td></tr></table>\
                  <dl><dt>信息来源：</dt><dd>某市政府网</dd></dl>";
    assert_eq!(
        page(&document(source)),
        [None, Some("2020-01-31"), Some("某市政府办"), Some("000014349/2020-00012"), Some("某市政府网")]
    );
}

#[test]
fn words_of_the_report_are_no_metadata() {
    let source = "<p>办公时间：2019-01-01</p><p>数据来源：平台</p><p>时间：2019年1月1日至12月31日</p><p>来源：</p><p>时间：上午</p>\
                  <table><tr><th>索引号<th>发布日期</tr><tr><td>1<td>2</tr></table>";
    assert_eq!(page(&document(source)), [None; 5]);
}

#[test]
fn a_page_is_told_by_its_markup_its_media_type_or_its_name() {
    let media = |source: &str, media_type, name| {
        read(source.as_bytes(), &Hint { media_type, name, ..Default::default() }, &Limits::STANDARD)
            .expect("can be read")
            .media
    };
    assert_eq!(media("<p>甲", Some("text/plain"), Some("a.txt")), Media::Html);
    assert_eq!(media("甲", Some("text/html; charset=utf-8"), None), Media::Html);
    assert_eq!(media("甲", None, Some("a.shtml")), Media::Html);
    assert_eq!(media("甲", None, None), Media::Text);
}

#[test]
fn a_real_page_comes_out_as_three_clean_grids() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/found/pingtan-2019-page.html");
    let source = std::fs::read(path).expect("the sample is shipped");
    let document = document(&source);
    let grids: Vec<_> = document
        .blocks
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::Table(grid) => Some(grid),
            BlockKind::Heading { .. } | BlockKind::Paragraph => None,
        })
        .collect();
    assert_eq!(
        grids.iter().map(|grid| (grid.rows, grid.columns)).collect::<Vec<_>>(),
        [(18, 4), (26, 10), (4, 15)]
    );
    assert_eq!(document.issues, []);
    // Every place of each grid is covered by exactly one cell.
    for grid in &grids {
        let covered: u32 = grid.cells.iter().map(|cell| cell.row_span * cell.column_span).sum();
        assert_eq!(covered, grid.rows * grid.columns);
    }
    let received = grids[1].cells.iter().find(|cell| (cell.row, cell.column) == (3, 3)).expect("a cell");
    assert_eq!(document.text.slice(&received.text), "23");
    assert_eq!(source_of(&document, &source, &received.text), b"23");
    assert_eq!(page(&document)[1..], [Some("2020-01-20 15:22"), None, None, Some("平潭县人民政府")]);
}

#[test]
fn what_is_struck_out_raised_or_drawn_makes_no_number() {
    let cells = |source: &str| -> Vec<String> {
        let document = document(source);
        let gongkai_document::BlockKind::Table(grid) = &document.blocks[0].kind else { panic!("no table") };
        grid.cells.iter().map(|cell| document.text.slice(&cell.text).to_owned()).collect()
    };
    let by_tags = "<table><tr><td>11<sup>1</sup></td><td><s>15</s>11</td><td><img src=a.png></td><td></td></tr></table>";
    let by_styles = "<table><tr><td>11<span style='vertical-align:super;font-size:9pt'>1</span></td>\
                     <td><span style='text-decoration: line-through red'>15</span>11</td><td><img src=a.png></td>\
                     <td style='text-decoration-line:line-through'>7</td></tr></table>";
    let by_classes = "<style>.n{vertical-align:sub} span.old{text-decoration:line-through}</style><table><tr>\
                      <td>11<b class='x n'><i class=n>1</i></b></td><td><span class=old>15</span>11</td>\
                      <td><img src=a.png></td><td class=n></td></tr></table>";
    let by_word = "<table><tr><td>11<span class=endnote>1</span></td><td><del>15</del>11</td><td><img src=a.png></td><td></td></tr></table>";
    let by_office = "<table><tr><td>11<span style='position:relative;top:-4.0pt;mso-text-raise:4.0pt'>1</span></td>\
                     <td><del>15</del>11</td><td><img src=a.png></td><td></td></tr></table>";
    let by_size =
        "<table><tr><td>11<small>1</small></td><td>11</td><td><img src=a.png></td><td></td></tr></table>";
    for source in [by_tags, by_styles, by_classes, by_word, by_office, by_size] {
        assert_eq!(cells(source), ["11\n1", "11", "\u{fffc}", ""], "{source}");
    }
    let whole = "<table><tr><td><small>12</small></td><td><span style='mso-text-raise:0pt'>1</span>2</td></tr></table>";
    assert_eq!(cells(whole), ["12", "12"]);
    // What may be hidden, stands in lines of its own or leads to a note is no digit of the number, either.
    let apart = "<style>td .o{display:none} .r{float:right} .b{display:block} @media print{.m{display:none}}</style><table><tr>\
                 <td><i class=o>36</i>31</td><td>3<i class=r>1</i>2</td><td><i class=b>3</i><i class=b>1</i></td>\
                 <td><i class=m>3</i><i>1</i></td><td>11<a href=#n1>1</a></td><td><i style='display:block'>3</i>1</td>\
                 <td>1<a name=n1>1</a><a href=x>1</a></td><td><i class=o>31</i></td><td>1<sup>1</sup>2</td></tr></table>";
    assert_eq!(cells(apart), ["36\n31", "3\n1\n2", "3\n1", "3\n1", "11\n1", "3\n1", "111", "31", "1\n1\n2"]);
}

#[test]
fn what_may_not_be_seen_is_no_digit_of_what_is() {
    let grid = |content: &str| outline(format!("<table><tr><td>1<td>{content}</table>"));
    for style in [
        "color:#FFF",
        "COLOR: white",
        "color:rgb(255, 255, 255)",
        "font-size:1px",
        "font-size:.5pt",
        "mso-hide:all",
        "overflow:hidden;width:0",
        "text-indent:-9999px",
        "unicode-bidi:bidi-override;direction:rtl",
    ] {
        let cell = grid(&format!("11<span style='{style}'>1</span>"));
        assert!(cell.contains(r#""11\n1""#), "{style}: {cell}");
    }
    // What has no colour is not read, and what has one within is.
    let colourless = grid("11<i style='color:transparent'>1<b style='color:#333'>2</b></i>");
    assert!(colourless.contains(r#""112""#), "{colourless}");
    // Any other colour, size or place says nothing.
    for style in ["color:#ffffe0", "font-size:12px", "background-color:white", "text-indent:2em"] {
        let cell = grid(&format!("11<span style='{style}'>1</span>"));
        assert!(cell.contains(r#""111""#), "{style}: {cell}");
    }
    // A numerator and its denominator are two numbers.
    let fraction = grid("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>");
    assert!(fraction.contains(r#""1\n2""#), "{fraction}");
}

#[test]
fn a_cell_with_something_that_is_no_text_is_not_empty() {
    let cell = |content: &str| {
        let document = document(format!("<table><tr><td>1<td>{content}</table>"));
        let gongkai_document::BlockKind::Table(grid) = &document.blocks[0].kind else { panic!("no table") };
        document.text.slice(&grid.cells[1].text).to_owned()
    };
    for drawn in [
        "<input value=12>",
        "<input type=text value=' 0'/>",
        "<svg><text>12</text></svg>",
        "<object data=a.svg></object>",
        "<iframe src=a.html></iframe>",
        "<canvas></canvas>",
        "<meter value=3></meter>",
        "<script>document.write(12)</script>",
        "<span v-text=row.total></span>",
        "<p data-bind='text: total'></p>",
    ] {
        assert!(cell(drawn).contains('\u{fffc}'), "{drawn}: {}", cell(drawn));
    }
    // Text that runs backwards does not say what stands there.
    assert!(cell("<bdo dir=rtl>21</bdo>").contains('\u{fffc}'));
    // What a script does beside a number is its own affair.
    assert_eq!(cell("<script>count()</script>12"), "12");
    for empty in ["<input>", "<input type=hidden value=12>", "<input value=' '>", "<svg hidden></svg>"] {
        assert_eq!(cell(empty), "", "{empty}");
    }
}

#[test]
fn what_rules_of_the_page_hide_is_not_read_unless_nothing_would_be_left() {
    let rules = "<style media=screen>.a{display:none}</style><style media=print>.b{display:none}</style>";
    assert_eq!(
        outline(format!("{rules}<p class=a>甲<p class=b>乙<table class=a><tr><td>1</table>")),
        "p \"乙\""
    );
    assert_eq!(outline(format!("{rules}<p class=a>甲")), "p \"甲\"");
    // Rows and cells that are not displayed take no place.
    let hidden = outline(format!("{rules}<table><tr><td>1<td class=a>2<td>3<tr class=a><td>4</table>"));
    assert_eq!(hidden, outline("<table><tr><td>1<td>3</table>"));
}

#[test]
fn what_is_shown_in_no_size_is_not_read_and_takes_its_place() {
    insta::assert_snapshot!(
        outline("<p>甲<span style='font-size:0'>隐</span>乙<p style='font-size:0px'>隐<b style='font-size:12px'>丙</b>\
                 <table><tr><td>1<td style='font-size:0.0pt'>2<tr><td>3<td style='opacity:0'>4<td>5</table>"),
        @r#"
    p "甲乙"
    p "丙"
    table 2x3
       0:"1" 1:""
       0:"3" 1:"" 2:"5"
    "#
    );
}

#[test]
fn how_a_character_is_pronounced_is_not_read() {
    for source in [
        "<p>自<ruby>然<rp>(</rp><rt>rán</rt><rp>)</rp></ruby>人",
        "<p>自<ruby>然<rt>rán</ruby>人",
        "<p><ruby>自<rt>zì<rb>然<rt>rán</ruby>人",
    ] {
        assert_eq!(outline(source), "p \"自然人\"");
    }
}

#[test]
fn references_that_were_escaped_twice_are_read() {
    assert_eq!(outline("<p>甲&amp;nbsp;乙&amp;mdash;&amp;#8220;丙&amp;lt;"), "p \"甲\\u{a0}乙—“丙&lt;\"");
}

#[test]
fn a_page_in_traditional_script_says_the_same_of_itself() {
    let source = "<ul><li>索 引 號：A-1<li>發布機構：某縣政府<li>發佈日期：2020年1月21日</ul><p>來源：某縣政府辦 字體：大";
    let page = document(source).page;
    let said = [page.index_number, page.publisher, page.published, page.source]
        .map(|said| said.expect("it says so").text);
    assert_eq!(said, ["A-1", "某縣政府", "2020年1月21日", "某縣政府辦"]);
}

#[test]
fn the_address_is_what_the_sender_knows_or_what_the_page_says() {
    let address = |source: &str| document(source).address;
    let link = "<link rel=canonical href='https://a.gov.example/1.html'><p>甲";
    assert_eq!(address(link).as_deref(), Some("https://a.gov.example/1.html"));
    for meta in [
        "<meta name=Url content='http://a.example/1'>",
        "<meta property=og:url content='http://a.example/1'>",
    ] {
        assert_eq!(address(&format!("{meta}{link}")).as_deref(), Some("http://a.example/1"));
    }
    for none in [
        "<link rel=stylesheet href='http://a.example/1'><p>甲",
        "<link rel=canonical href='/1'><p>甲",
        "<p>甲",
    ] {
        assert_eq!(address(none), None);
    }
    let hint = Hint { address: Some("http://b.example/"), ..Hint::default() };
    let known = read(link.as_bytes(), &hint, &Limits::STANDARD).expect("it says so");
    assert_eq!(known.address.as_deref(), Some("http://b.example/"));
}

#[test]
fn the_head_says_when_an_article_was_published_in_several_ways() {
    for head in [
        "<meta name=PubDate content='2020-01-21'>",
        "<meta property='article:published_time' content='2020-01-21'>",
    ] {
        let page = document(format!("{head}<p>甲")).page;
        assert_eq!(page.published.expect("it says so").text, "2020-01-21");
    }
}

#[test]
fn rows_of_equally_many_elements_with_numbers_are_a_table() {
    let row =
        |cells: [&str; 4]| format!("<div>{}</div>", cells.map(|cell| format!("<div>{cell}</div>")).concat());
    let rows = row(["", "自然人", "其他", "总计"])
        + &row(["新收", "1", "", "1"])
        + &row(["<p>结</p><p>转</p>", "0", "<b>2</b>", "2"]);
    let table = outline(format!("<p>甲<div>{rows}</div><p>乙"));
    insta::assert_snapshot!(table, @r#"
    p "甲"
    table 3x4
       0:"" 1:"自然人" 2:"其他" 3:"总计"
       0:"新收" 1:"1" 2:"" 3:"1"
       0:"结\n转" 1:"0" 2:"2" 3:"2"
    p "乙"
    "#);
    // Lists, sections, wrappers around each row or cell.
    let list = rows.replace("<div><div>", "<li><div>").replace("</div></div>", "</div></li>");
    let wrapped =
        rows.replace("<div><div>", "<section><div><div>").replace("</div></div>", "</div></div></section>");
    for other in
        [format!("<p>甲<ul>{list}</ul><p>乙"), format!("<p>甲{wrapped}<p>乙"), format!("<p>甲{rows}<p>乙")]
    {
        assert_eq!(outline(other), table);
    }
}

#[test]
fn one_long_row_of_numbers_is_a_table_and_a_short_one_is_none() {
    let row = |cells: usize| format!("<div><div>{}</div></div>", "<p>0</p>".repeat(cells));
    assert!(outline(format!("<div>{}<p>甲</div>", row(8))).starts_with("table 1x8"));
    assert!(outline(format!("<div>{}<p>甲</div>", row(7))).starts_with("p \"0\""));
}

#[test]
fn paragraphs_lists_and_links_are_no_tables() {
    let items = |item: &str| format!("<div>{}</div>", item.repeat(6));
    for item in [
        // Parts of a report, each with a heading and paragraphs.
        "<div><p>一、总体情况</p><p>做了工作。</p><p>公开信息。</p></div>",
        // Links with their dates.
        "<div><p></p><p>某县年报</p><p>2021-01-20</p></div>",
        "<li><a>某县年报</a><span>3</span><span>2</span></li>",
        // Words with their numbers.
        "<div><p>点击</p><p>12</p></div>",
    ] {
        assert!(!outline(items(item)).contains("table"), "{item}");
    }
    // Rows of different lengths, and rows that other content parts.
    let row = |cells: usize| format!("<div><p>甲</p>{}</div>", "<p>1</p>".repeat(cells));
    assert!(!outline(format!("<div>{}{}{}</div>", row(3), row(4), row(5))).contains("table"));
    assert!(!outline(format!("<div>{}<h2>乙</h2>{}</div>", row(3), row(3))).contains("table"));
}
