//! Traditional script.

/// Characters of reports that traditional script writes otherwise, and below each the other.
const SIMPLIFIED: &str = "万与业个临为举乡于云仅会体关内写决况减别办务动区华协单占厅县参发号后员响团国场坚处复够头审对属岭并应废开强当态总执护报损据数无时机权条来构标栏没济浏热现电监码确秘称稳简类纠级纳线组织经结统继续维编缴网罚职联范获补规览计认训议许讼访识诉试话询说请读负财账购费资转过这进采链长门闭问闻页项题额专亿从众传历围备实岚径暂汇沪点络舆设谈责辑邮错镇闽阅际隐预驳状";
const TRADITIONAL: &str = "萬與業個臨為舉鄉於雲僅會體關內寫決況減別辦務動區華協單佔廳縣參發號後員響團國場堅處復夠頭審對屬嶺並應廢開強當態總執護報損據數無時機權條來構標欄沒濟瀏熱現電監碼確秘稱穩簡類糾級納線組織經結統繼續維編繳網罰職聯範獲補規覽計認訓議許訟訪識訴試話詢說請讀負財賬購費資轉過這進採鏈長門閉問聞頁項題額專億從眾傳歷圍備實嵐徑暫匯滬點絡輿設談責輯郵錯鎮閩閱際隱預駁狀";

/// `text` in traditional script; some words are other words there.
pub(crate) fn traditional(text: &str) -> String {
    let text = text.replace("信息", "資訊").replace("文件", "檔案");
    let pairs: std::collections::HashMap<char, char> = SIMPLIFIED.chars().zip(TRADITIONAL.chars()).collect();
    text.chars().map(|c| pairs.get(&c).copied().unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_some_words_are_others() {
        assert_eq!(SIMPLIFIED.chars().count(), TRADITIONAL.chars().count());
        assert_eq!(traditional("主动公开政府信息，规范性文件3件"), "主動公開政府資訊，規範性檔案3件");
    }
}
