"""Compares a report, as the server gives it, with the labels of its document. See docs/labels.md."""

from decimal import Decimal

import stubs

stubs.make()
from gongkai.v1 import figure_pb2, report_pb2  # noqa: E402  (made a line above)

MARKS = {"/", "-", "—", "无"}
CERTAIN = {"NUMBER", "BLANK", "NOT_APPLICABLE", "TEXT"}


def state_of(figure):
    """The state's bare name; a state that these stubs do not know is not a number."""
    if figure.state not in figure_pb2.State.values():
        return "UNDETERMINED"
    return figure_pb2.State.Name(figure.state).removeprefix("STATE_")


def cell_of(figure):
    """State and content of a figure, in the terms of `cell_of_label`."""
    state = state_of(figure)
    if state == "NUMBER":
        return state, Decimal(figure.value)
    return (state, figure.raw) if state in ("NOT_APPLICABLE", "TEXT") else (state, None)


def cell_of_label(label):
    """State and content that a label of a cell asks for."""
    if not isinstance(label, str):
        return "NUMBER", Decimal(label)
    if label == "":
        return "BLANK", None
    return ("NOT_APPLICABLE" if label in MARKS else "TEXT"), label


def level_of(report):
    """The level of the work that is counted. An office that reports on more than itself speaks for its government."""
    kind = report_pb2.BodyKind.Name(report.subject.kind).removeprefix("BODY_KIND_")
    rank = report_pb2.Rank.Name(report.subject.rank).removeprefix("RANK_").lower()
    if kind in ("DEPARTMENT", "VERTICALLY_LED"):
        return "department"
    of_area = (report_pb2.SCOPE_KIND_OWN_LEVEL, report_pb2.SCOPE_KIND_WHOLE_AREA)
    if kind == "GENERAL_OFFICE" and report.scope.kind not in of_area:
        return "department"
    if kind == "TOWNSHIP":
        return "township"
    if rank == "national" and kind != "DEVELOPMENT_ZONE":
        return "department"
    return "other" if kind == "DEVELOPMENT_ZONE" or rank in ("unknown", "unspecified") else rank


def differences(report, labels):
    """What the report says otherwise than the labels, one sentence each."""
    return [*_metadata(report, labels), *cells(report, labels), *_identities(report, labels)]


def _metadata(report, labels):
    date = report.dates.stated if report.dates.HasField("stated") else report.dates.page
    said = {
        "year": report.year,
        "issuer": report.issuer.name,
        "region": report.region.name,
        "adcode": report.region.code,
        "level": level_of(report),
        "published": f"{date.year:04}-{date.month:02}-{date.day:02}" if date.year else "",
        "template": report_pb2.Form.Name(report.form).removeprefix("FORM_").lower(),
        "sections": [section.title for section in report.sections if section.level == 1],
    }
    # An empty code says that none is certain; then, and where the record gives none, there is nothing to compare.
    if not report.region.code or not labels.get("adcode"):
        del said["adcode"]
    for field, value in said.items():
        if field in labels and field not in labels.get("unscored", ()) and labels[field] != value:
            yield f"{field} is {value!r}, not {labels[field]!r}"


def _letters(text):
    """A label without list numbers, brackets and marks."""
    return "".join(letter for letter in text if "\u4e00" <= letter <= "\u9fff").lstrip("一二三四五六七八九十")


def _key(key, figures):
    """The key of a labelled cell. A statistics table may be labelled by its own words, which end the figure's label."""
    if key in figures or not key.startswith("legacy."):
        return key
    words = _letters(key.removeprefix("legacy."))
    shown = [figure for figure in figures.values() if state_of(figure) != "MISSING"]
    exact = [figure.key for figure in shown if _letters(figure.label_zh) == words]
    alike = exact or [figure.key for figure in shown if _letters(figure.label_zh).endswith(words)]
    return alike[0] if len(alike) == 1 else key


def cells(report, labels):
    """What the figures of a report say otherwise than the labels."""
    # Columns of other periods and portions come after those for this year and all.
    base = [
        figure
        for figure in report.figures
        if figure.period in (figure_pb2.FIGURE_PERIOD_UNSPECIFIED, figure_pb2.FIGURE_PERIOD_THIS_YEAR)
        and figure.portion in (figure_pb2.PORTION_UNSPECIFIED, figure_pb2.PORTION_ALL)
    ]
    figures = {figure.key: figure for figure in base}
    so_far = {
        figure.key: figure for figure in report.figures if figure.period == figure_pb2.FIGURE_PERIOD_CUMULATIVE
    }
    unscored = set(labels.get("unscored", ()))
    expected = {_key(key, figures): label for key, label in labels.get("cells", {}).items() if key not in unscored}
    open_keys = unscored | {_key(key, figures) for key in labels.get("recoverable", ())}
    if len(figures) != len(base):
        yield "a cell of the form has two figures"
    for key, label in expected.items():
        if key not in figures:
            yield f"{key} has no figure"
        elif cell_of(figures[key]) != cell_of_label(label):
            yield f"{key} is {cell_of(figures[key])}, not {cell_of_label(label)}"
    for key, label in labels.get("cumulative", {}).items():
        known = _key(key, so_far)
        if known not in so_far or cell_of(so_far[known]) != cell_of_label(label):
            yield f"{key} of all years so far is not {cell_of_label(label)}"
    for key, figure in figures.items():
        if key not in expected and key not in open_keys and state_of(figure) in CERTAIN:
            yield f"{key} is {cell_of(figure)}, and the document does not show it"
        if figure.HasField("value") != (state_of(figure) == "NUMBER"):
            yield f"{key} has a value exactly when it is no number"


def _identities(report, labels):
    said = {}
    for finding in report.findings:
        name = f"{finding.rule}.{finding.subject}" if finding.subject else finding.rule
        outcome = report_pb2.Outcome.Name(finding.outcome).removeprefix("OUTCOME_")
        said[name] = outcome.replace("_", " ").lower()
    for name, outcome in labels.get("identities", {}).items():
        # What served to infer a figure confirms nothing, so that it is neither right nor wrong unless it should fail.
        if said.get(name) == "used" and outcome != "fails":
            continue
        if said.get(name) != outcome:
            yield f"{name} {said.get(name, 'was not checked')}, not {outcome}"
