"""The structure of Green Button data, from the public schema (espi.xsd, NAESB REQ.21).

Of each element that an export may hold: its children in their order, each with how often it may
stand there. Elements of the schema that an export never holds are left out.
"""

import re
from xml.etree import ElementTree as ET

ATOM = "{http://www.w3.org/2005/Atom}"
ESPI = "{http://naesb.org/espi}"

#: Children in order: name, least, most (None: any number).
CHILDREN: dict[str, list[tuple[str, int, int | None]]] = {
    "LocalTimeParameters": [
        ("dstEndRule", 1, 1),
        ("dstOffset", 1, 1),
        ("dstStartRule", 1, 1),
        ("tzOffset", 1, 1),
    ],
    "UsagePoint": [("roleFlags", 0, 1), ("ServiceCategory", 0, 1), ("status", 0, 1)],
    "ServiceCategory": [("kind", 1, 1)],
    "MeterReading": [],
    "ReadingType": [
        (name, 0, 1)
        for name in (
            "accumulationBehaviour",
            "commodity",
            "consumptionTier",
            "currency",
            "dataQualifier",
            "defaultQuality",
            "flowDirection",
            "intervalLength",
            "kind",
            "phase",
            "powerOfTenMultiplier",
            "timeAttribute",
            "tou",
            "uom",
        )
    ],
    "IntervalBlock": [("interval", 0, 1), ("IntervalReading", 0, None)],
    "interval": [("duration", 1, 1), ("start", 1, 1)],
    "timePeriod": [("duration", 1, 1), ("start", 1, 1)],
    "IntervalReading": [
        ("cost", 0, 1),
        ("ReadingQuality", 0, None),
        ("timePeriod", 0, 1),
        ("value", 0, 1),
    ],
    "ReadingQuality": [("quality", 1, 1)],
}
#: Text of elements without children: the schema's simple types, by what matches them.
INT = r"-?\d{1,15}"
TEXTS = {"dstEndRule": r"([0-9A-F]{2}){1,4}", "dstStartRule": r"([0-9A-F]{2}){1,4}"}
ENTRY = ["id", "link", "title", "content", "published", "updated"]


def check_feed(text: bytes) -> ET.Element:
    """The feed, after each element of it has been checked against the schema's structure."""
    feed = ET.fromstring(text)
    assert feed.tag == f"{ATOM}feed"
    names = [child.tag.removeprefix(ATOM) for child in feed]
    assert names[:4] == ["id", "title", "updated", "link"]
    assert set(names[4:]) == {"entry"}
    for entry in feed.findall(f"{ATOM}entry"):
        _check_entry(entry)
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return feed


def _check_entry(entry: ET.Element) -> None:
    names = [child.tag.removeprefix(ATOM) for child in entry]
    assert sorted(set(names), key=names.index) == ENTRY
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", entry.findtext(f"{ATOM}id", "")
    )
    relations = [link.get("rel") for link in entry.findall(f"{ATOM}link")]
    assert relations[:2] == ["self", "up"]
    (content,) = entry.findall(f"{ATOM}content")
    (resource,) = content
    _check(resource)


def _check(element: ET.Element) -> None:
    assert element.tag.startswith(ESPI), element.tag
    name = element.tag.removeprefix(ESPI)
    if name not in CHILDREN:
        assert len(element) == 0, f"{name} is not known"
        assert re.fullmatch(TEXTS.get(name, INT), element.text or ""), (name, element.text)
        return
    children = [child.tag.removeprefix(ESPI) for child in element]
    known = [child for child, _, _ in CHILDREN[name]]
    assert set(children) <= set(known), (name, children)
    assert children == sorted(children, key=known.index), (name, children)
    for child, least, most in CHILDREN[name]:
        assert least <= children.count(child), (name, child)
        assert most is None or children.count(child) <= most, (name, child)
    for inner in element:
        _check(inner)
