"""Records of registries and databases: what they say is taken, what they do not say is not."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DataError
from analysis.found_record import Author, FoundRecord, Reference, tidy
from analysis.registry_records import read_record

POTENTIAL = (Path(__file__).parent / "records/potential.json").read_bytes()

# After the fields of NLM's description of the MEDLINE format; the article is made up.
MEDLINE = """\
PMID- 99999999
OWN - NLM
VI  - 8
IP  - 1
DP  - 2022 Jan 1
TI  - Effect of things on survival in women with node-positive cancer & more: a
      randomized trial.
PG  - 96-105
LID - 10.1001/made.up_6036 [doi]
LID - S0000-1 [pii]
AB  - IMPORTANCE: None. TRIAL REGISTRATION: ClinicalTrials.gov Identifier:
      NCT04803266
FAU - Kim, Yong Bae
AU  - Kim YB
FAU - van der Berg, Piet
AU  - van der Berg P
CN  - A Study Group
LA  - eng
SI  - ClinicalTrials.gov/NCT04803266
PT  - Journal Article
PT  - Randomized Controlled Trial
JT  - Journal of made-up oncology
TA  - J Made Up Oncol
"""

RIS = """\
TY  - JOUR
AU  - Kim, Yong Bae
AU  - Berg, Piet van der
TI  - Effect of things & more
T2  - Journal of made-up oncology
PY  - 2022
VL  - 8
IS  - 1
SP  - 96
EP  - 105
DO  - 10.1001/made.up_6036
ER  -
"""

BIBTEX = r"""
@string{j = "Journal of made-up oncology"}
@article{whatever,
  author = {Kim, Yong Bae and {A Study Group} and M{\"u}ller, J.},
  title = {Effect of {DNA} \& 50\% of things},
  journal = j, year = 2022, month = jan, volume = 8, number = 1, pages = {96--105},
  doi = {10.1001/made.up_6036},
}
"""


def changed(path: str, value: Any) -> bytes:
    """Return the study of the registry with one value of its protocol changed; None: without."""
    whole = json.loads(POTENTIAL)
    at = whole["protocolSection"]
    *way, last = path.split(".")
    for part in way:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return json.dumps(whole).encode()


def test_a_study_of_a_registry() -> None:
    assert read_record("x.json", POTENTIAL) == FoundRecord(
        reference=Reference(
            title="Internal Mammary Node Irradiation in Women With Node-positive Breast Cancer: "
            "a Phase III Trial",
            authors=(Author("A sponsor, & others"),),
            published="2026-01-12",
            url="https://clinicaltrials.gov/study/NCT04320979",
            publisher="ClinicalTrials.gov",
        ),
        read="registry",
        place="registry record NCT04320979",
        label="POTENTIAL",
        registrations=("NCT04320979",),
        status="ongoing",
        state="recruiting",
        design="randomised trial",
        country="China",
        population="Breast Cancer, Lymph Node Metastases",
        start="2020-05",
        planned_n=2400,
        completion="2030-05-31",
        primary_outcomes=("Disease free survival (DFS)",),
    )


@pytest.mark.parametrize(
    ("info", "kind", "design"),
    [
        ({"allocation": "RANDOMIZED"}, "INTERVENTIONAL", "randomised trial"),
        ({"allocation": "NON_RANDOMIZED"}, "INTERVENTIONAL", "non-randomised trial"),
        ({"allocation": "NA"}, "INTERVENTIONAL", None),
        ({}, "INTERVENTIONAL", None),
        (
            {"observationalModel": "COHORT", "timePerspective": "PROSPECTIVE"},
            "OBSERVATIONAL",
            "prospective cohort",
        ),
        (
            {"observationalModel": "COHORT", "timePerspective": "RETROSPECTIVE"},
            "OBSERVATIONAL",
            "retrospective cohort",
        ),
        ({"observationalModel": "COHORT", "timePerspective": "OTHER"}, "OBSERVATIONAL", None),
        ({"observationalModel": "CASE_CONTROL"}, "OBSERVATIONAL", None),
    ],
)
def test_the_design_is_that_of_the_allocation_or_unknown(
    info: dict[str, str], kind: str, design: str | None
) -> None:
    data = changed("designModule", {"studyType": kind, "designInfo": info})
    assert read_record("x.json", data).design == design


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("RECRUITING", "ongoing"),
        ("SUSPENDED", "ongoing"),
        ("COMPLETED", "awaiting"),
        ("TERMINATED", "awaiting"),
        (None, "awaiting"),
    ],
)
def test_only_what_goes_on_is_ongoing(state: str | None, status: str) -> None:
    assert read_record("x.json", changed("statusModule.overallStatus", state)).status == status


def test_what_the_registry_does_not_say_is_none() -> None:
    bare = {"protocolSection": {"identificationModule": {"nctId": "NCT00000001"}}}
    found = read_record("x.json", json.dumps(bare).encode())
    assert (found.label, found.design, found.country, found.population) == (None,) * 4
    assert (found.planned_n, found.completion, found.start) == (None,) * 3
    assert found.reference.title is None


@pytest.mark.parametrize("value", ["May 2020", "2020-13", "2020-02-31x", "", 2020, None])
def test_a_date_that_is_none_is_left_out(value: Any) -> None:
    data = changed("statusModule.startDateStruct", {"date": value})
    assert read_record("x.json", data).start is None


def test_countries_with_commas_and_numbers_of_other_registries() -> None:
    whole = json.loads(
        changed(
            "contactsLocationsModule",
            {
                "locations": [
                    {"country": "Korea, Republic of"},
                    {"country": "China"},
                    {"city": "nowhere"},
                ]
            },
        )
    )
    whole["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [
        {"id": "ISRCTN12345678"},
        {"id": "internal 7"},
        {"id": "2019-001234-56"},
    ]
    found = read_record("x.json", json.dumps(whole).encode())
    assert found.country == "Korea, Republic of; China"
    assert found.registrations == ("NCT04320979", "ISRCTN12345678", "2019-001234-56")


def test_a_list_of_one_study_is_that_study() -> None:
    wrapped = b'{"studies": [' + POTENTIAL + b"]}"
    assert read_record("x.json", wrapped) == read_record("x.json", POTENTIAL)


def test_a_record_of_pubmed() -> None:
    assert read_record("x.nbib", MEDLINE.encode()) == FoundRecord(
        reference=Reference(
            title="Effect of things on survival in women with node-positive cancer & more: "
            "a randomized trial",
            authors=(
                Author("Kim", "Yong Bae"),
                Author("van der Berg", "Piet"),
                Author("A Study Group"),
            ),
            journal="Journal of made-up oncology",
            published="2022-01-01",
            volume="8",
            number="1",
            pages="96-105",
            doi="10.1001/made.up_6036",
        ),
        read="abstract",
        place="abstract",
        label=None,
        registrations=("NCT04803266",),
        design="randomised trial",
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2022 Jan 15", "2022-01-15"),
        ("2022 Jan", "2022-01"),
        ("2022 Jan-Feb", "2022-01"),
        ("2022 Spring", "2022"),
        ("2022", "2022"),
        ("1998 Dec-1999 Jan", "1998-12"),
        ("Winter 2022", None),
        ("0000 Spring", None),
    ],
)
def test_dates_of_pubmed(written: str, read: str | None) -> None:
    text = MEDLINE.replace("2022 Jan 1\n", f"{written}\n")
    assert read_record("x.nbib", text.encode()).reference.published == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("1123-9", "1123-1129"), ("96-105", "96-105"), ("e123", "e123"), ("350-5", "350-355")],
)
def test_pages_of_pubmed_in_full(written: str, read: str) -> None:
    text = MEDLINE.replace("96-105", written)
    assert read_record("x.nbib", text.encode()).reference.pages == read


def test_short_names_and_lines_of_windows() -> None:
    text = "\n".join(line for line in MEDLINE.split("\n") if not line.startswith("FAU"))
    found = read_record("x.nbib", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert found.reference.authors[:2] == (Author("Kim", "YB"), Author("van der Berg", "P"))


@pytest.mark.parametrize(
    "indent", [lambda text: f"  {text}", lambda text: textwrap.indent(text, "  ")]
)
def test_a_record_that_is_indented(indent: Callable[[str], str]) -> None:
    """As it comes out of a browser or a mail: its first line, or every line."""
    assert read_record("x.nbib", indent(MEDLINE).encode()) == read_record(
        "x.nbib", MEDLINE.encode()
    )


def test_a_record_without_abstract_does_not_say_what_was_read() -> None:
    text = MEDLINE[: MEDLINE.index("AB  -")] + MEDLINE[MEDLINE.index("FAU") :]
    found = read_record("x.nbib", text.encode())
    assert (found.read, found.place) == (None, None)


def test_ris() -> None:
    found = read_record("x.ris", RIS.encode())
    assert found.reference == Reference(
        title="Effect of things & more",
        authors=(Author("Kim", "Yong Bae"), Author("van der Berg", "Piet")),
        journal="Journal of made-up oncology",
        published="2022",
        volume="8",
        number="1",
        pages="96-105",
        doi="10.1001/made.up_6036",
    )
    assert found.read is None


def test_bibtex() -> None:
    found = read_record("x.bib", BIBTEX.encode())
    assert found.reference == Reference(
        title="Effect of DNA & 50% of things",
        authors=(Author("Kim", "Yong Bae"), Author("A Study Group"), Author("Müller", "J.")),
        journal="Journal of made-up oncology",
        published="2022-01",
        volume="8",
        number="1",
        pages="96-105",
        doi="10.1001/made.up_6036",
    )


@pytest.mark.parametrize(
    ("lines", "published"),
    [
        ("PY  - 2014/05/12/", "2014-05-12"),
        ("PY  - 2014/05//", "2014-05"),
        ("PY  - 2014///", "2014"),
        ("PY  - 2014///Spring", "2014"),
        ("Y1  - 2014/05//", "2014-05"),
        ("PY  - 2014 May", "2014-05"),
        ("PY  - 2014 May 3", "2014-05-03"),
        ("PY  - 2014/13/01", "2014"),
        ("DA  - 2014/05/12", "2014-05-12"),
        ("PY  - 2014\nDA  - 2014/05/12", "2014-05-12"),
        ("PY  - 2014\nDA  - 2015/05/12", "2014"),
        ("PY  - in press", None),
        ("VL  - 8", None),
    ],
)
def test_dates_of_ris(lines: str, published: str | None) -> None:
    record = f"TY  - JOUR\nAU  - Kim, Yong Bae\nTI  - Effects\n{lines}\nER  - \n"
    assert read_record("x.ris", record.encode()).reference.published == published


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("month = {March}", "2014-03"),
        ("month = mar", "2014-03"),
        ("month = {3}", "2014-03"),
        ("month = {Spring}", "2014"),
    ],
)
def test_months_of_bibtex(written: str, published: str) -> None:
    record = f"@article{{a, author = {{Kim, Y. B.}}, year = {{2014}}, {written}}}"
    assert read_record("x.bib", record.encode()).reference.published == published


def test_accents_and_formulas_of_latex_are_letters() -> None:
    record = (
        r"@article{a, author = {Garc{\'\i}a, Jos\'e}, year = 2014, "
        r"title = {The $\beta$ of $x^2$ in {G}arc{\'\i}a: \$5 or \$6}}"
    )
    found = read_record("x.bib", record.encode()).reference
    assert found.authors == (Author("García", "José"),)
    assert found.title == "The β of x² in García: $5 or $6"


@pytest.mark.parametrize(
    "written", ["10.9999/x_y", "doi:10.9999/x_y", "https://doi.org/10.9999/x_y"]
)
def test_a_doi_of_a_record_is_kept_bare(written: str) -> None:
    for name, record in (
        ("x.nbib", f"PMID- 1\nTI  - Effects\nLID - {written} [doi]\n"),
        ("x.ris", f"TY  - JOUR\nTI  - Effects\nDO  - {written}\nER  - \n"),
    ):
        assert read_record(name, record.encode()).reference.doi == "10.9999/x_y"


def test_a_doi_that_is_none_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        read_record("x.ris", b"TY  - JOUR\nTI  - Effects\nDO  - PMC123\nER  - \n")
    assert (
        str(caught.value) == "x.ris: found 'PMC123', wanted a DOI, as 10.1001/jamaoncol.2021.6036"
    )


KINDS = (
    "x: found none of the known kinds, wanted a study of ClinicalTrials.gov as JSON, or a "
    "record as MEDLINE (.nbib), RIS or BibTeX"
)
NO_STUDY = (
    "x: found JSON without protocolSection.identificationModule.nctId, "
    "wanted a study of ClinicalTrials.gov (interface 2)"
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", KINDS),
        (b"a letter", KINDS),
        (b"\x89PNG\r\n", "x:1: found bytes that are not UTF-8, wanted UTF-8"),
        (b"{", "x:1: found broken JSON, wanted a whole file"),
        (b"[" * 100_000, "x:1: found broken JSON, wanted a whole file"),
        (b"{}", NO_STUDY),
        (b"[3]", NO_STUDY),
        (b'{"protocolSection": []}', NO_STUDY),
        (b"[]", "x: found 0 records, wanted one: a file of its own for each study"),
        (
            (MEDLINE + "\n" + MEDLINE).encode(),
            "x: found 2 records, wanted one: a file of its own for each study",
        ),
        (
            (RIS + RIS).encode(),
            "x: found 2 records, wanted one: a file of its own for each study",
        ),
        (
            b"@comment{nothing}",
            "x: found 0 records, wanted one: a file of its own for each study",
        ),
    ],
)
def test_what_is_no_single_record(data: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_record("x", data)
    assert str(caught.value) == message


def test_broken_bibtex_is_shown_with_pandocs_words() -> None:
    with pytest.raises(DataError) as caught:
        read_record("x.bib", b"@article{a, title = {never closed")
    start = "x.bib: found what pandoc cannot read as biblatex: pandoc, reading x.bib: "
    assert str(caught.value).startswith(start)


def test_tidy_takes_out_what_prints_nothing() -> None:
    assert tidy(" a\u202e b\n\tc\x00\ud800 ") == "a b c"
