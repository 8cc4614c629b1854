"""Web pages into texts, by as many converters as are there: python3 convert.py FOLDER

For each page FOLDER/NUMBER.html writes FOLDER/CONVERTER/NUMBER.txt. Converters of Python are those that are installed where
this runs; w3m, lynx, links2 and pandoc are used if the system has them. What a converter cannot read has no text.
"""

import contextlib
import pathlib
import shutil
import subprocess
import sys

SECONDS_MAX = 120


def html2text_of():
    import html2text

    def converter(**settings):
        def convert(page):
            made = html2text.HTML2Text()
            for name, value in settings.items():
                setattr(made, name, value)
            return made.handle(page)

        return convert

    yield "html2text", converter()
    yield "html2text-unwrapped", converter(body_width=0)
    yield "html2text-padded", converter(body_width=0, pad_tables=True)


def markdownify_of():
    from markdownify import markdownify

    yield "markdownify", markdownify


def soup_of():
    from bs4 import BeautifulSoup

    def soup(page):
        made = BeautifulSoup(page, "lxml")
        for element in made(["script", "style"]):
            element.decompose()
        return made

    def text(separator, strip):
        return lambda page: soup(page).get_text(separator, strip=strip)

    def rows(separator):
        def convert(page):
            made = soup(page)
            for table in made.find_all("table"):
                if table.find("table"):
                    continue
                lines = (
                    separator.join(cell.get_text("", strip=True) for cell in row.find_all(["td", "th"]))
                    for row in table.find_all("tr")
                )
                table.replace_with("\n" + "\n".join(lines) + "\n")
            return made.get_text("\n")

        return convert

    for name, separator in ("lines", "\n"), ("spaces", " "), ("joined", ""), ("pipes", "|"), ("tabs", "\t"):
        yield f"soup-{name}", text(separator, False)
        yield f"soup-{name}-stripped", text(separator, True)
    for name, separator in ("pipes", " | "), ("tabs", "\t"), ("spaces", " "), ("commas", ","):
        yield f"soup-rows-{name}", rows(separator)


def trafilatura_of():
    import trafilatura

    name = "trafilatura-" + trafilatura.__version__.split(".")[0]

    def converter(**settings):
        return lambda page: trafilatura.extract(page, include_tables=True, **settings) or ""

    yield name, converter()
    yield f"{name}-recall", converter(favor_recall=True)
    yield f"{name}-whole", lambda page: trafilatura.html2txt(page) or ""


def resiliparse_of():
    from resiliparse.extract.html2text import extract_plain_text

    yield "resiliparse", extract_plain_text
    yield "resiliparse-plain", lambda page: extract_plain_text(page, preserve_formatting=False)
    yield "resiliparse-main", lambda page: extract_plain_text(page, main_content=True)


def inscriptis_of():
    from inscriptis import get_text
    from inscriptis.model.config import ParserConfig

    yield "inscriptis", get_text
    yield "inscriptis-pipes", lambda page: get_text(page, ParserConfig(table_cell_separator=" | "))


def html_text_of():
    import html_text

    yield "html-text", html_text.extract_text
    yield "html-text-flat", lambda page: html_text.extract_text(page, guess_layout=False)


PYTHON = html2text_of, markdownify_of, soup_of, trafilatura_of, resiliparse_of, inscriptis_of, html_text_of

PANDOC = "plain", "gfm", "markdown", "commonmark", "rst", "org", "asciidoc", "mediawiki", "dokuwiki", "textile", "jira"
UTF8 = "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8"
PROGRAMS = {
    "w3m": {"w3m": ["-dump", *UTF8], "w3m-wide": ["-dump", "-cols", "200", *UTF8]},
    "lynx": {"lynx": ["-dump", "-nolist", "-force_html", "-assume_charset=utf-8", "-display_charset=utf-8"]},
    "links2": {"links2": ["-dump", "-codepage", "UTF-8", "-html-assume-codepage", "utf-8"]},
    "pandoc": {
        "pandoc-plain-wide": ["-f", "html", "-t", "plain", "--columns", "300"],
        **{f"pandoc-{kind}": ["-f", "html", "-t", kind] for kind in PANDOC},
    },
}


def run(command, path):
    done = subprocess.run([*command, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS_MAX, check=True)
    return done.stdout.decode("utf-8", "replace")


def converters():
    """Every converter that is there: its name, and what makes a text of a page's path."""
    for package in PYTHON:
        with contextlib.suppress(ImportError):
            for name, convert in package():
                yield name, lambda path, convert=convert: convert(path.read_text(encoding="utf-8"))
    for program, ways in PROGRAMS.items():
        if shutil.which(program):
            for name, arguments in ways.items():
                yield name, lambda path, command=(program, *arguments): run(command, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    pages = sorted(folder.glob("*.html"))
    for name, convert in converters():
        texts = folder / name
        if texts.exists():
            continue
        texts.mkdir()
        failed = 0
        for page in pages:
            # A converter may fail in any way: then there is no text to read.
            try:
                text = convert(page)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                continue
            (texts / page.with_suffix(".txt").name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(pages) - failed} of {len(pages)} pages")


if __name__ == "__main__":
    main()
