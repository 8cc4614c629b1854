//! Sentences of the sorts that reports use, and all that they say.

use super::{GOVERNMENT, check};

#[test]
fn what_was_published_is_read() {
    check(
        GOVERNMENT,
        "
        2021年，我局对政府信息进行了梳理，截至12月31日，新增主动公开政府信息311条。 => published.total=311
        2021年，新增主动公开政府信息311条，累计主动公开政府信息达3174条。 => published.total=311
        2021年，新增主动公开311条。 => published.total=311
        2021年，主动公开政府信息：120条。 => published.total=120
        主动公开政府信息数：120条。 => published.total=120
        主动公开政府信息总数：120条。 => published.total=120
        2021年，全年共主动公开各类信息1234条。 => published.total=1234
        全年共主动公开各类信息1234条。 => published.total=1234
        全年累计主动公开各类政务信息1234条。 => published.total=1234
        2021年度，全县共主动公开各类政府信息1234条。 => published.total=1234
        2021年，甲县人民政府共主动公开各类政府信息308条。 => published.total=308
        2021年，我县主动公开信息共计444条。 => published.total=444
        2021年，我县累计主动公开政务信息数145条。 => published.total=145
        2021年，政务信息公开主动公开总数146条。 => published.total=146
        2021年度主动公开政府信息总数2942条。 => published.total=2942
        2021年主动公开的各类政府信息数量66件。 => published.total=66
        2021年，我县共主动公开政府信息数700条，其中主动公开行政规范性文件数共0条。 => published.total=700
        2021年，通过县政府信息公开网站共公开信息314条。 => published.website=314
        2021年，政府网站发布信息118条，政务微信发布信息294条。 => published.website=118 published.wechat=294
        2021年，我县通过政府网站主动公开信息28条，通过微信公众号发布信息100条，通过微博发布信息50条。 => published.website=28 published.wechat=100 published.weibo=50
        2021年，“甲县发布”公众号共发布信息294条。 => published.wechat=294
        2021年度，我县累计主动公开政府信息1564条。 => published.total=1564
        2021年，县政府共主动公开政府信息1564条。 => published.total=1564
        2021年，甲县共主动公开政府信息1564条。 => published.total=1564
        2021年，甲县主动公开政府信息1564条，同比增长12%。 => published.total=1564
        2021年，全县主动公开政府信息总量达1564条。 => published.total=1564
        2021年，全县主动公开政府信息1564条，较2020年增加120条。 => published.total=1564
        2021年，全县主动公开政府信息1564条，公开率100%。 => published.total=1564
        2021年，我县主动公开信息1564条（不同渠道发布的同一信息计为1条）。 => published.total=1564
        2021年，主动公开政府信息1564条，其中政策文件120条、工作动态1200条、其他244条。 => published.total=1564
        一年来，我县主动公开政府信息1564条。 => published.total=1564
        本年度，我县主动公开政府信息1564条。 => published.total=1564
        报告期内，我县主动公开政府信息1564条。 => published.total=1564
        2021年1月1日至2021年12月31日，我县主动公开政府信息1564条。 => published.total=1564
        2021年1月1日至12月31日期间，我县主动公开政府信息1564条。 => published.total=1564
        截至2021年12月31日，我县2021年主动公开政府信息1564条。 => published.total=1564
        2021年我县政府信息主动公开数量为1564条。 => published.total=1564
        2021年，我县主动公开政府信息数量为1564条。 => published.total=1564
        2021年，政府信息主动公开1564条。 => published.total=1564
        2021年，共计主动公开政府信息1564条。 => published.total=1564
        2021年主动公开政府信息共计1564条。 => published.total=1564
        2021年主动公开政府信息合计1564条。 => published.total=1564
        2021年，我县坚持以公开为常态、不公开为例外，主动公开政府信息1564条。 => published.total=1564
        2021年，我县严格按照《条例》要求，主动公开政府信息1564条。 => published.total=1564
        2021年，我县认真贯彻落实条例，全年共主动公开政府信息1564条，内容涵盖财政、民生等领域。 => published.total=1564
        2021年，全年累计公开政府信息1564条。 => published.total=1564
        2021年，共发布各类政府信息1564条。 => published.total=1564
        2021年，共公开发布政府信息1564条。 => published.total=1564
        2021年，我县在政府网站主动公开政府信息1564条，在微信公众号公开320条。 => published.website=1564 published.wechat=320
        2021年，县政府门户网站全年发布信息1564条。 => published.website=1564
        2021年，县政府门户网站更新信息1564条。 => published.website=1564
        2021年，“甲县发布”微信公众号全年推送信息320条，微博发布信息100条。 => published.wechat=320 published.weibo=100
        2021年，微信公众号发布信息320篇。 => published.wechat=320
        ",
    );
}

#[test]
fn requests_and_reviews_are_read() {
    check(
        GOVERNMENT,
        "
        2021年，我县依申请公开受理和办结6件。 => requests.received=6 requests.concluded=6
        2021年，受理和办结政府信息公开申请6件。 => requests.received=6 requests.concluded=6
        2021年，受理并办结政府信息公开申请6件。 => requests.received=6 requests.concluded=6
        2021年，收到并办结依申请公开6件。 => requests.received=6 requests.concluded=6
        2021年，共受理、办结政府信息公开申请6件。 => requests.received=6 requests.concluded=6
        2021年，收到并答复政府信息公开申请6件。 => requests.received=6 requests.concluded=6
        2021年，受理答复政府信息公开申请6件。 => requests.received=6 requests.concluded=6
        2021年，受理和答复依申请公开6件。 => requests.received=6 requests.concluded=6
        收到政府信息公开申请：12件。 => requests.received=12
        2021年收到依申请公开申请：0件。 => requests.received=0
        2021年，共受理政府信息公开申请总数1件。 => requests.received=1
        2021年，收到信息公开申请7件，上年度结转1件；予以公开3件，无法提供4件，结转下年继续办理1件。 => requests.received=7 requests.carried_over=1 requests.granted=3 requests.unavailable=4 requests.carried_forward=1
        2021年，新收政府信息公开申请数量0件，上年结转政府信息公开申请数量0件。 => requests.received=0 requests.carried_over=0
        2021年，我县收到申请公开政府信息的要求31件，均完成答复。 => requests.received=31
        2021年，全年受理政府信息公开申请0件，予以公开0件。 => requests.received=0 requests.granted=0
        2021年，我县未接收到依申请公开，尚未发现应主动公开政府信息而未予公开的情况。 => requests.received=0
        2021年，我县未收到任何公民、法人和其他组织提出的公开政府信息的申请。 => requests.received=0
        2021年，共收到政府信息公开申请0件，已办结0件、办结率100%。 => requests.received=0 requests.concluded=0
        因政府信息公开申请行政复议0件，行政诉讼0件。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，政府信息公开被申请的行政复议或行政诉讼0件。 => reviews.reconsideration=0 reviews.litigation=0
        2021年受理依申请公开0件，因政府信息公开引起的行政复议0件、行政诉讼0件。 => requests.received=0 reviews.reconsideration=0 reviews.litigation=0
        2021年，受理公民、法人和其他组织向县政府及县政府办公室提出的政府信息公开申请5件，均在法定时限内予以答复。 => requests.received=5
        2021年，我县全年未收到行政许可申请；全年未接到信息公开申请。 => requests.received=0
        2021年，收到政府信息公开申请共12件，答复12件。 => requests.received=12 requests.concluded=12
        2021年，收到政府信息公开申请12件，已全部办结。 => requests.received=12
        2021年，收到政府信息公开申请12件，办结12件，办结率100%。 => requests.received=12 requests.concluded=12
        2021年，共收到各类政府信息公开申请12件。 => requests.received=12
        2021年，我县共收到政府信息公开申请12件（其中网上申请10件，信函申请2件）。 => requests.received=12
        2021年，我县共接到政府信息公开申请12件，已按时答复12件。 => requests.received=12 requests.concluded=12
        2021年，我县共办理答复政府信息公开申请12件。 => requests.concluded=12
        2021年，全年共办结政府信息公开申请12件。 => requests.concluded=12
        2021年，共答复政府信息公开申请12件，其中予以公开8件，部分公开1件，不予公开2件，无法提供1件。 => requests.concluded=12 requests.granted=8 requests.partly_granted=1 requests.denied=2 requests.unavailable=1
        2021年，政府信息公开申请受理12件。 => requests.received=12
        2021年，依申请公开受理数12件，办结数12件。 => requests.received=12 requests.concluded=12
        2021年，行政复议0件，行政诉讼0件。 => reviews.reconsideration=0 reviews.litigation=0
        2021年，我县因政府信息公开引起行政复议1件，行政诉讼0件。 => reviews.reconsideration=1 reviews.litigation=0
        2021年，发生政府信息公开行政复议1起，行政诉讼0起。 => reviews.reconsideration=1 reviews.litigation=0
        2021年，未收取任何费用。 => requests.fees=0
        2021年，依申请公开未收取任何费用。 => requests.fees=0
        2021年，我县政府信息公开申请数为0。 => requests.received=0
        2021年，政府信息公开申请为零。 => requests.received=0
        2021年，共收到依申请公开12件，其中上年结转1件，均已办结。 => requests.received=12 requests.carried_over=1
        2021年，我县本年新收政府信息公开申请12件，结转下年度1件。 => requests.received=12 requests.carried_forward=1
        2021年，受理政府信息公开申请12件，其中予以公开5件，部分公开1件，不予公开2件，无法提供3件，不予处理1件。 => requests.received=12 requests.granted=5 requests.partly_granted=1 requests.denied=2 requests.unavailable=3 requests.unprocessed=1
        2021年，全年未收到政府信息公开申请，也未发生行政复议和行政诉讼。 => requests.received=0 reviews.reconsideration=0 reviews.litigation=0
        2021年，我县未收到政府信息公开申请，无行政复议、行政诉讼案件。 => requests.received=0 reviews.reconsideration=0 reviews.litigation=0
        2021年，我县没有收到依申请公开的申请件。 => requests.received=0
        2021年，无依申请公开件。 => requests.received=0
        2021年，共收到政府信息公开申请零件。 => requests.received=0
        2021年，收到群众政府信息公开申请12件。 => requests.received=12
        2021年，共接到公民信息公开申请12件。 => requests.received=12
        2021年，全县各级行政机关共收到政府信息公开申请12件。 => requests.received=12
        2021年，我县行政机关收到政府信息公开申请12件，办结11件，结转1件。 => requests.received=12 requests.concluded=11
        2021年，政府信息公开工作被申请行政复议2件、被提起行政诉讼1件。 => reviews.reconsideration=2 reviews.litigation=1
        2021年，因政府信息公开引发的行政复议案件2件，行政诉讼案件1件。 => reviews.reconsideration=2 reviews.litigation=1
        2021年，涉及政府信息公开的行政复议2件，行政诉讼1件，均已审结。 => reviews.reconsideration=2 reviews.litigation=1
        2021年，没有因政府信息公开引起的行政复议、行政诉讼。 => reviews.reconsideration=0 reviews.litigation=0
        ",
    );
}

#[test]
fn documents_meetings_and_answers_are_read() {
    check(
        GOVERNMENT,
        "
        2021年，发布规章0个，规范性文件0个。 => regulations.issued=0 normative_documents.issued=0
        2021年，发布规章0件，规范性文件2件。 => regulations.issued=0
        2021年，制定规范性文件0件，废止规范性文件0件，现行有效规范性文件3件。 => normative_documents.issued=0 normative_documents.repealed=0 normative_documents.in_force=3
        2021年，我县本年度行政规范性文件发布0条，废止数量0条，现行有效数量0条。 => normative_documents.issued=0
        2021年，我县主动向社会公开政策文件、财政预决算、工作动态、各类简报、公共服务、行政处罚等信息1851条。 =>
        2021年依托政府门户网站及时公开机构设置、工作动态等政府信息106条。 =>
        2021年，全年举办新闻发布会12场次，发布政策解读35篇。 => press_conferences=12 interpretations=35
        2021年，共发布政策解读信息35条，其中图文解读20条。 => interpretations=35
        2021年，制作发布图解、视频等各类政策解读35篇。 => interpretations=35
        2021年，开展政务公开培训12次。 => training.sessions=12
        2021年，组织开展政府信息公开业务培训2次，参训人员150人次。 => training.sessions=2 training.people=150
        2021年，召开政务公开工作会议2次。 => meetings=2
        2021年，“甲县发布”视频号发布视频32条。 =>
        2021年，全年办理县长信箱来信14件，回复14件。 => mailbox.answered=14
        2021年，收到网民留言92条，全部回复。 => messages.received=92
        2021年，共回复网民留言92条。 => messages.answered=92
        2021年，办理“12345”市民热线工单1438件，办结率100%。 => hotline.received=1438
        2021年，我县办理人大代表建议13件、政协委员提案18件。 => npc_proposals=13 cppcc_proposals=18
        2021年，全县共办理人大代表建议和政协提案31件。 => proposals=31
        2021年，印发政府公报6期。 => gazette_issues=6
        2021年，编印《甲县人民政府公报》6期。 => gazette_issues=6
        2021年，作出行政处罚1宗。 => penalties.decisions=1
        2021年，作出行政许可决定694件，行政处罚决定30件，行政强制决定2件。 => licensing.decisions=694 penalties.decisions=30 coercion.decisions=2
        2021年，行政事业性收费12万元。 => fees.amount=120000
        2021年，共开设政务新媒体账号12个。 => new_media_accounts=12
        2021年，网站访问量达120万次。 => website_visits=1200000
        2021年，举办在线访谈12期。 => online_interviews=12
        2021年，开展民意征集12次。 => consultations=12
        2021年，举办政府开放日活动3场。 => open_days=3
        2021年，回应社会关切12次。 => responses=12
        2021年，我县收到公民、法人或者其他组织申请0件。 =>
        2021年，收到书面政府信息公开申请12件。 =>
        2021年，召开新闻发布会5场，发布解读35篇，开展在线访谈6期。 => press_conferences=5 interpretations=35 online_interviews=6
        2021年，县政府召开新闻发布会5场。 => press_conferences=5
        2021年，共举行新闻发布会5次。 => press_conferences=5
        2021年，发布各类政策解读35条。 => interpretations=35
        2021年，政策解读35条。 => interpretations=35
        2021年，以图文、视频等形式发布政策解读35条。 => interpretations=35
        2021年，开展全县政务公开业务培训2次，培训150余人次。 => training.sessions=2 training.people=~150
        2021年，举办政务公开工作培训会1场，参训80人。 => training.sessions=1 training.people=80
        2021年，组织政务公开专题培训1期。 => training.sessions=1
        2021年，出版政府公报4期，发行2000份。 => gazette_issues=4
        2021年，受理12345热线1438件，办结1430件。 => hotline.received=1438
        2021年，承办12345政务服务便民热线工单1438件。 => hotline.received=1438
        2021年，收到网民留言92条，答复92条。 => messages.received=92 messages.answered=92
        2021年，网站收到留言92条，已回复90条。 => messages.received=92 messages.answered=90
        2021年，受理县长信箱来信120件，办结118件。 => mailbox.received=120 mailbox.answered=118
        2021年，承办市人大代表建议3件、政协委员提案5件，全部办结。 => cppcc_proposals=5
        2021年，共办理建议提案31件。 => proposals=31
        2021年，制发行政规范性文件3件，废止1件，现行有效12件。 => normative_documents.issued=3
        2021年，我县制定规章0件、行政规范性文件3件。 => regulations.issued=0 normative_documents.issued=3
        2021年，作出行政许可决定1200件，行政处罚决定30件。 => licensing.decisions=1200 penalties.decisions=30
        2021年，办理行政许可1200件，实施行政处罚30件，行政强制2件。 => licensing.decisions=1200 penalties.decisions=30 coercion.decisions=2
        2021年，行政事业性收费总金额为12.5万元。 => fees.amount=125000
        2021年，全县共开通政务新媒体12个。 => new_media_accounts=12
        2021年，全县在运行政务新媒体12个。 => new_media_accounts=12
        2021年，政府网站总访问量120万次。 => website_visits=1200000
        2021年，网站浏览量1200000次。 => website_visits=1200000
        ",
    );
}

#[test]
fn answers_by_their_kind_are_not_all_that_were_answered() {
    check(
        GOVERNMENT,
        "
        答复政府信息公开申请30件，同意全部公开答复数20件，同意部分公开答复数2件，不同意公开答复数8件。 => requests.concluded=30 requests.granted=20 requests.partly_granted=2 requests.denied=8
        收到政府信息公开申请30件，部分公开答复2件，无法提供答复3件，其他答复数8件。 => requests.received=30 requests.partly_granted=2 requests.unavailable=3
        收到政府信息公开申请12件，信息不存在答复3件。 => requests.received=12
        收到政府信息公开申请12件，均已答复12件。 => requests.received=12 requests.concluded=12
        收到政府信息公开申请12件，不属于本行政机关公开答复数3件。 => requests.received=12
        行政处罚处理决定数量39件。 => penalties.decisions=39
        公开行政处罚处理决定39件。 =>
        ",
    );
}

#[test]
fn denials_in_the_words_of_earlier_reports() {
    check(
        GOVERNMENT,
        "
        2021年度我县未发生针对本部门有关政府信息公开事务的行政复议、行政诉讼、行政申诉案。 => reviews.reconsideration=0 reviews.litigation=0
        未发生针对政府信息公开事务的复议、诉讼和申诉。 => reviews.reconsideration=0 reviews.litigation=0
        未发生因违反政府信息公开工作规定而申请行政复议、提起行政诉讼的情况。 => reviews.reconsideration=0 reviews.litigation=0
        不存在因政府信息公开引起的行政复议、行政诉讼。 => reviews.reconsideration=0 reviews.litigation=0
        不存在行政复议、行政诉讼风险。 =>
        不存在收到申请未答复的情况。 =>
        发生1起有关政府信息公开的行政复议案件。 => reviews.reconsideration=1
        发生针对县政府信息公开事务的行政复议0起。 => reviews.reconsideration=0
        依申请公开收费为0。 => requests.fees=0
        除档案室按规定收取复印成本费外，没有收取依申请公开有关费用。 =>
        接受个人公开申请12件。 =>
        ",
    );
}

#[test]
fn other_ways_are_no_total() {
    check(
        GOVERNMENT,
        "
        通过网站公开政府信息300条，其他方式公开政府信息285条。 => published.website=300
        以其他形式公开政府信息20条。 =>
        通过网站、微信和其他方式公开政府信息300条。 => published.total=300
        通过政府网站向外发布信息共895条。 => published.website=895
        官方微信公众平台发布416条。 => published.wechat=416
        ",
    );
}
