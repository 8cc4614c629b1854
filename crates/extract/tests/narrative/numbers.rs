//! Which number belongs to what, and what it is.

use super::{GOVERNMENT, check};

#[test]
fn things_that_are_told_apart_have_their_own_numbers() {
    check(
        GOVERNMENT,
        "
        2021年，网站、微博、微信分别公开政府信息12条、15条和20条。 => published.website=12 published.weibo=15 published.wechat=20
        2021年，政府网站、政务微博、政务微信分别公开12条、15条和20条。 => published.website=12 published.weibo=15 published.wechat=20
        2021年，通过网站、微博、微信分别公开政府信息12条、15条。 =>
        2021年，通过网站、微博分别公开政府信息12条、15条和20条。 =>
        2021年，网站和微信分别公开政府信息12条、15条。 => published.website=12 published.wechat=15
        2021年，办理人大代表建议、政协提案分别为12件、15件。 => npc_proposals=12 cppcc_proposals=15
        2021年，分别办理人大代表建议、政协提案12件、15件。 => npc_proposals=12 cppcc_proposals=15
        2021年，分别办理人大代表建议和政协提案12件和15件。 => npc_proposals=12 cppcc_proposals=15
        2021年，人大代表建议和政协提案分别为12件和15件。 => npc_proposals=12 cppcc_proposals=15
        2021年，行政复议、行政诉讼分别为0件、0件。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，政府信息公开行政复议、行政诉讼分别为2件、3件。 => reviews.reconsideration=2 reviews.litigation=3
        2021年，予以公开、部分公开、不予公开政府信息公开申请分别为12件、11件、3件。 => requests.granted=12 requests.partly_granted=11 requests.denied=3
        2021年，分别在网站、微博公开政府信息12条、15条。 => published.website=12 published.weibo=15
        2021年，在网站、微博各公开政府信息12条。 =>
        2021年，在网站、微博均公开政府信息12条。 =>
        2021年，网站、微博、微信各发布12条。 =>
        2021年，收到网络申请、信函申请分别为12件和3件。 =>
        ",
    );
}

#[test]
fn fees_are_those_that_were_charged() {
    check(
        GOVERNMENT,
        "
        2021年，减免费用120元。 =>
        2021年，减免政府信息公开费用120元。 =>
        2021年，免收费用120元。 =>
        2021年，免收政府信息公开费用120元。 =>
        2021年，收取其他费用120元。 =>
        2021年，收取停车费用120元。 =>
        2021年，不收取任何费用。 => requests.fees=0
        2021年，政府信息公开申请不收取任何费用。 => requests.fees=0
        2021年，依申请公开政府信息未收取任何费用。 => requests.fees=0
        2021年，没有收取任何费用。 => requests.fees=0
        2021年未收取费用。 => requests.fees=0
        2021年，未收取政府信息公开相关费用。 => requests.fees=0
        2021年，未对申请人收取任何费用。 => requests.fees=0
        2021年，共收取政府信息公开费用120元。 => requests.fees=120
        2021年，收取信息处理费120元。 => requests.fees=120
        2021年，政府信息公开收费0元。 => requests.fees=0
        2021年，未收取信息处理费。 => requests.fees=0
        2021年，依申请公开收取费用0元。 => requests.fees=0
        行政机关依申请提供政府信息，不收取费用。 =>
        行政机关依申请提供政府信息，不收取费用，但申请量过大的可以收取信息处理费。 =>
        按照条例规定，申请公开政府信息不收取任何费用。 =>
        2021年，未收取诉讼费用。 =>
        2021年，没有政府信息公开工作经费。 =>
        2021年，没有收费。 => requests.fees=0
        2021年，政府信息公开工作未发生任何费用。 =>
        2021年，减免企业费用3万元。 =>
        2021年，收取行政事业性收费3万元。 => fees.amount=30000
        2021年，未收取行政事业性收费。 =>
        2021年，减收信息处理费120元。 =>
        2021年，应收取信息处理费120元。 =>
        2021年，退还信息处理费120元。 =>
        2021年，发出收费通知3件，总金额120元，实际收取费用100元。 => requests.fees=100
        2021年，未收取依申请公开的邮寄费。 =>
        2021年，未收取复制费。 =>
        ",
    );
}

#[test]
fn numbers_are_read_whole_or_not_at_all() {
    check(
        GOVERNMENT,
        "
        2021年，主动公开政府信息3万4千条。 => published.total=34000
        2021年，主动公开政府信息3万4000条。 => published.total=34000
        2021年，主动公开政府信息1.2万余条。 => published.total=~12000
        2021年，主动公开政府信息两千三百条。 => published.total=2300
        2021年，主动公开政府信息十余条。 => published.total=~10
        2021年，主动公开政府信息近百条。 => published.total=~100
        2021年，主动公开政府信息上百条。 => published.total=~100
        2021年，主动公开政府信息近千条。 => published.total=~1000
        2021年，主动公开政府信息上千条。 => published.total=~1000
        2021年，主动公开政府信息数百条。 =>
        2021年，主动公开政府信息百余条。 => published.total=~100
        2021年，主动公开政府信息1千2百条。 => published.total=1200
        2021年，主动公开政府信息1万余条。 => published.total=~10000
        2021年，主动公开政府信息一万二条。 =>
        2021年，主动公开政府信息1万2条。 =>
        2021年，主动公开政府信息二百五条。 =>
        2021年，主动公开政府信息二千五条。 =>
        2021年，主动公开政府信息120条以上。 => published.total=~120
        2021年，主动公开政府信息超过120条。 => published.total=~120
        2021年，主动公开政府信息超120条。 => published.total=~120
        2021年，主动公开政府信息突破120条。 => published.total=~120
        2021年，主动公开政府信息不到120条。 => published.total=~120
        2021年，主动公开政府信息不足120条。 => published.total=~120
        2021年，主动公开政府信息大概120条。 => published.total=~120
        2021年，主动公开政府信息120来条。 => published.total=~120
        2021年，主动公开政府信息1200余条次。 => published.total=~1200
        2021年，主动公开政府信息二万三千条。 => published.total=23000
        2021年，主动公开政府信息2万3条。 =>
        2021年，主动公开政府信息3亿2千万条。 => published.total=320000000
        2021年，主动公开政府信息超万条。 => published.total=~10000
        2021年，主动公开政府信息近万条。 => published.total=~10000
        2021年，主动公开政府信息达千余条。 => published.total=~1000
        2021年，收到政府信息公开申请二件。 => requests.received=2
        ",
    );
}

#[test]
fn plain_sentences_are_read() {
    check(
        GOVERNMENT,
        "
        2021年，我县通过各种渠道主动公开政府信息120条。 => published.total=120
        2021年，我县共主动公开各类信息120条。 => published.total=120
        2021年我县累计主动公开政府信息120条。 => published.total=120
        截至2021年12月31日，我县本年度主动公开政府信息120条。 => published.total=120
        2021年，我县主动公开政府信息120条，其中网站公开80条，微信公开40条。 => published.total=120 published.website=80 published.wechat=40
        2021年，我县共受理政府信息公开申请12件，全部按时办结。 => requests.received=12
        2021年，我县共受理公民、法人或其他组织提出的政府信息公开申请12件。 => requests.received=12
        2021年，我县收到公民提交的政府信息公开申请12件，均已按期答复。 => requests.received=12
        2021年，我县收到依申请公开政府信息申请12件，答复12件。 => requests.received=12 requests.concluded=12
        2021年，共收到自然人政府信息公开申请12件。 =>
        2021年，共受理依申请公开事项12件，按期答复率100%。 => requests.received=12
        2021年，共接收政府信息公开申请12件，已全部答复。 => requests.received=12
        2021年，办理政府信息公开申请12件。 =>
        2021年，共处理政府信息公开申请12件。 =>
        2021年，全县新收政府信息公开申请12件，上年结转2件，共14件；答复13件，结转下年1件。 => requests.received=12 requests.carried_over=2 requests.concluded=13 requests.carried_forward=1
        2021年政府信息公开申请数量12件。 => requests.received=12
        2021年，本机关收到的政府信息公开申请为12件。 => requests.received=12
        2021年，收到的政府信息公开申请共计12件。 => requests.received=12
        2021年，共有12件政府信息公开申请。 => requests.received=12
        2021年，政府信息公开申请12件，其中：当面申请3件，网络申请9件。 => requests.received=12
        2021年，我县政府网站共发布政府信息120条。 => published.website=120
        2021年，通过政府门户网站公开政府信息共120条。 => published.website=120
        2021年，在政务微博发布信息120条。 => published.weibo=120
        2021年，“甲县发布”微信公众号推送信息120条。 => published.wechat=120
        2021年，召开新闻发布会3场。 => press_conferences=3
        2021年，发布政策解读材料12件。 => interpretations=12
        2021年，举办政务公开培训班2期，培训120人次。 => training.sessions=2 training.people=120
        2021年，办理人大代表建议12件、政协提案15件。 => npc_proposals=12 cppcc_proposals=15
        2021年，共承办人大建议12件，政协提案15件，办结率100%。 => npc_proposals=12 cppcc_proposals=15
        2021年，因政府信息公开被申请行政复议2件。 => reviews.reconsideration=2
        2021年，因政府信息公开被提起行政诉讼2件。 => reviews.litigation=2
        2021年，无政府信息公开行政复议和行政诉讼案件。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，未因政府信息公开工作被申请行政复议或提起行政诉讼。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，没有因政府信息公开被行政复议和行政诉讼的情况发生。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，未有因政府信息公开申请行政复议、提起行政诉讼的情况。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，政府信息公开工作无行政复议和行政诉讼。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，本机关没有发生因政府信息公开引起的举报、行政复议和行政诉讼。 => reviews.reconsideration=0 reviews.litigation=0
        2021年度，没有收到政府信息公开申请。 => requests.received=0
        2021年，我县没有收到依申请公开政府信息的申请。 => requests.received=0
        2021年，我县收到依申请公开0件。 => requests.received=0
        2021年，我局受理依申请公开申请0件，未发生行政复议、行政诉讼。 => requests.received=0 reviews.reconsideration=0 reviews.litigation=0
        本年度，我县未收到政府信息公开申请。 => requests.received=0
        今年以来，我县未收到公开申请。 => requests.received=0
        报告期内，我县未收到政府信息公开申请。 => requests.received=0
        ",
    );
}

#[test]
fn numbers_of_several_mailboxes_are_parts_and_none_is_the_whole() {
    check(
        GOVERNMENT,
        "
        2021年，共答复局长信箱176件、市长信箱46件。 =>
        2021年，局长信箱答复176件，市长信箱答复46件。 =>
        2021年，收到局长信箱来信176件、市长信箱来信46件。 =>
        2021年，共答复县长信箱来信176件。 => mailbox.answered=176
        2021年，收到县长信箱来信176件，答复176件。 => mailbox.received=176 mailbox.answered=176
        2021年，共答复厅（局）长信箱176件、市长信箱46件、市长热线1923件，均依法答复。 =>
        2021年，办结县长信箱176件，书记信箱46件。 =>
        ",
    );
}

#[test]
fn a_sign_or_an_open_number_is_no_count() {
    check(
        GOVERNMENT,
        "
        主动公开政府信息-5条。 =>
        主动公开政府信息3、40条。 =>
        未收取检索、复制、邮寄等费用。 => requests.fees=0
        收取检索、复制、邮寄等费用0元。 => requests.fees=0
        ",
    );
}
