"""Many distinct reports, made from few: each is the report of a place that does not exist."""

import hashlib
import itertools
import json
import pathlib
import re

# Characters of which names of places are made. None of them ends the name of a division.
SYLLABLES = "安平清和河新阳东山西林南江北川永宁长泰丰云石金玉青白龙凤水木火光明德仁义礼信文武兴盛昌吉庆瑞祥福"


class Sample:
    """One document to send."""

    def __init__(self, name, content, digest=None):
        self.name = name
        self.content = content
        self.digest = digest or hashlib.sha256(content).hexdigest()

    def without_content(self):
        """What is worth remembering of it: tens of thousands of documents would not fit."""
        return Sample(self.name, None, self.digest)


def _stems():
    """Names without end: all of three syllables, then all of four, and so on."""
    for length in itertools.count(3):
        for syllables in itertools.product(SYLLABLES, repeat=length):
            yield "".join(syllables)


def distinct(corpus):
    """Endless samples, each of another place, so that each makes a report of its own."""
    templates = []
    for path in sorted(pathlib.Path(corpus).glob("*.txt")):
        region = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["region"]
        stem = re.search(r"([^省市州盟区县旗]{2,3})[市区县旗]$", region)
        if stem:
            templates.append((path.stem, path.read_text(encoding="utf-8"), stem.group(1)))
    if not templates:
        raise ValueError(f"{corpus} holds no labelled text that names a place")
    for (name, text, stem), other in zip(itertools.cycle(templates), _stems()):
        yield Sample(f"{name}-{other}.txt", text.replace(stem, other).encode())
