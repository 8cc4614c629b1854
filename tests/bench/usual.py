"""A pipeline of the usual kind, to measure ours against: Celery on RabbitMQ, lxml, psycopg on PostgreSQL.

It does what one would write in a day, with the durability that ours has: a document and its state are committed before its
task is sent, tasks are persistent, confirmed by the broker and acknowledged after their work, and a repeated task changes
nothing. It reads the tables by the labels of one form, as far as a label begins a row; it knows no states, places, proofs,
findings or narrative, which makes its work less than ours.

Started as a worker:  python -m celery -A usual worker
The environment names the servers: BENCH_STORE, BENCH_QUEUE, and BENCH_NAME for the name of its queue.
"""

import os
import re

import celery
import lxml.html
import psycopg

STORE = os.environ.get("BENCH_STORE", "")
NAME = os.environ.get("BENCH_NAME", "usual")

app = celery.Celery("usual", broker=os.environ.get("BENCH_QUEUE", ""))
app.conf.update(
    task_default_queue=NAME,
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=16,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    # Nobody watches, so that nobody need be told.
    worker_send_task_events=False,
    worker_enable_remote_control=False,
)

TABLES = """
CREATE TABLE documents (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    content BYTEA NOT NULL,
    state TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    done_at TIMESTAMPTZ
);
CREATE INDEX documents_state ON documents (state) WHERE state <> 'done';
CREATE TABLE figures (
    document BIGINT NOT NULL REFERENCES documents,
    key TEXT NOT NULL,
    value NUMERIC,
    raw TEXT NOT NULL,
    PRIMARY KEY (document, key)
);
"""

# What is left of a label when its list number and notes are taken off.
LABELS = {
    "本年新收政府信息公开申请数量": "received",
    "上年结转政府信息公开申请数量": "carried_over",
    "予以公开": "granted",
    "部分公开": "partly_granted",
    "属于国家秘密": "denied.state_secret",
    "其他法律行政法规禁止公开": "denied.forbidden",
    "危及三安全一稳定": "denied.safety",
    "保护第三方合法权益": "denied.third_party",
    "属于三类内部事务信息": "denied.internal_affairs",
    "属于四类过程性信息": "denied.process",
    "属于行政执法案卷": "denied.enforcement_file",
    "属于行政查询事项": "denied.administrative_query",
    "本机关不掌握相关政府信息": "unable.not_held",
    "没有现成信息需要另行制作": "unable.not_compiled",
    "补正后申请内容仍不明确": "unable.unclear",
    "信访举报投诉类申请": "unprocessed.petition",
    "重复申请": "unprocessed.repeated",
    "要求提供公开出版物": "unprocessed.publication",
    "无正当理由大量反复申请": "unprocessed.excessive",
    "要求行政机关确认或重新出具已获取信息": "unprocessed.confirmation",
    "申请人无正当理由逾期不补正": "other.not_corrected",
    "申请人逾期未按收费通知要求缴纳费用": "other.fee_unpaid",
    "总计": "concluded",
    "结转下年度继续办理": "carried_forward",
    "规章": "rules",
    "行政规范性文件": "normative_documents",
    "行政许可": "licences",
    "行政处罚": "penalties",
    "行政强制": "coercive_measures",
    "行政事业性收费": "fees",
}
NUMBER = re.compile(r"^\d+(\.\d+)?$")
LIST_NUMBER = re.compile(r"^[一二三四五六七八九十\d（）().、．]+")
NOTE = re.compile(r"[（(].*?[）)]|[、“”\"，；;]")
CELLS = re.compile(r"[|\t]")


def rows(content):
    """The rows of cells of a page's tables, or of lines with separators."""
    text = content.decode("utf-8", "replace")
    if "<table" in text:
        for row in lxml.html.fromstring(text).iter("tr"):
            yield [cell.text_content().strip() for cell in row.iter("td", "th")]
    else:
        for line in text.splitlines():
            yield [cell.strip() for cell in CELLS.split(line)]


def figures(content):
    """Keys, values and raw texts of what stands behind known labels."""
    found = {}
    for cells in rows(content):
        key = None
        values = []
        for cell in cells:
            if NUMBER.match(cell):
                values.append(cell)
            elif cell:
                label = NOTE.sub("", LIST_NUMBER.sub("", cell))
                key = next((key for name, key in LABELS.items() if label.startswith(name)), key)
        if key:
            for number, raw in enumerate(values):
                found.setdefault(f"{key}.{number}", raw)
    return [(key, raw, raw) for key, raw in found.items()]


_connection = None


def connection():
    """One for each process, as long as it is good."""
    global _connection
    if _connection is None or _connection.closed:
        _connection = psycopg.connect(STORE, autocommit=False)
    return _connection


def accept(store, content):
    """Takes a document in: what it returns for is safe. Returns its number."""
    with store.transaction():
        row = store.execute(
            "INSERT INTO documents (content, state) VALUES (%s, 'received') RETURNING id", (content,)
        ).fetchone()
    read.delay(row[0])
    return row[0]


@app.task(name="usual.read")
def read(document):
    """Reads a document and stores its figures, once."""
    store = connection()
    with store.transaction():
        row = store.execute(
            "SELECT content FROM documents WHERE id = %s AND state <> 'done' FOR UPDATE", (document,)
        ).fetchone()
        if row is None:
            return
        found = [(document, *figure) for figure in figures(row[0])]
        with store.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO figures (document, key, value, raw) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                found,
            )
        store.execute(
            "UPDATE documents SET state = 'done', done_at = clock_timestamp() WHERE id = %s", (document,)
        )
