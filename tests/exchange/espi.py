"""The structure of Green Button data, from the public schema (espi.xsd, NAESB REQ.21).

Of each element that an export may hold: its children in their order, each with how often it may
stand there, and what texts the others may have. Elements of the schema that an export never holds
are left out. What the schema leaves free is demanded here where a reader could do nothing without
it: what a reading type measures, and how long, when and how much a reading is.
"""

import re
from collections.abc import Callable
from enum import Enum
from xml.etree import ElementTree as ET

from greenbutton_objects import enums

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
    "UsagePoint": [("roleFlags", 0, 1), ("ServiceCategory", 1, 1), ("status", 0, 1)],
    "ServiceCategory": [("kind", 1, 1)],
    "MeterReading": [],
    "ReadingType": [
        ("accumulationBehaviour", 1, 1),
        ("commodity", 1, 1),
        ("consumptionTier", 0, 1),
        ("currency", 0, 1),
        ("dataQualifier", 0, 1),
        ("defaultQuality", 0, 1),
        ("flowDirection", 1, 1),
        ("intervalLength", 1, 1),
        ("kind", 1, 1),
        ("phase", 0, 1),
        ("powerOfTenMultiplier", 1, 1),
        ("timeAttribute", 0, 1),
        ("tou", 0, 1),
        ("uom", 1, 1),
    ],
    "IntervalBlock": [("interval", 1, 1), ("IntervalReading", 1, None)],
    "interval": [("duration", 1, 1), ("start", 1, 1)],
    "timePeriod": [("duration", 1, 1), ("start", 1, 1)],
    "IntervalReading": [
        ("cost", 0, 1),
        ("ReadingQuality", 0, None),
        ("timePeriod", 1, 1),
        ("value", 1, 1),
    ],
    "ReadingQuality": [("quality", 1, 1)],
}
Allowed = Callable[[str], bool]


def _matches(pattern: str) -> Allowed:
    return lambda text: re.fullmatch(pattern, text) is not None


def _whole(least: int, most: int) -> Allowed:
    return lambda text: _matches(r"0|-?[1-9]\d*")(text) and least <= int(text) <= most


def _one_of(codes: type[Enum]) -> Allowed:
    return lambda text: text in {str(code.value) for code in codes}


RULE = _matches(r"([0-9A-F]{2}){1,4}")
OFFSET_S = _whole(-14 * 3600, 14 * 3600)
LENGTH_S = _whole(1, 2**32 - 1)  # UInt32; nothing lasts no time
#: Text of elements without children: the schema's simple types, and the codes that are known.
TEXTS: dict[str, Allowed] = {
    "dstEndRule": RULE,
    "dstStartRule": RULE,
    "dstOffset": OFFSET_S,
    "tzOffset": OFFSET_S,
    "status": _whole(0, 1),
    "accumulationBehaviour": _one_of(enums.AccumulationBehaviourType),
    "commodity": _one_of(enums.CommodityType),
    "dataQualifier": _one_of(enums.DataQualifierType),
    "defaultQuality": _one_of(enums.QualityOfReading),
    "quality": _one_of(enums.QualityOfReading),
    "flowDirection": _one_of(enums.FlowDirectionType),
    "ServiceCategory/kind": _one_of(enums.ServiceKind),
    "ReadingType/kind": _one_of(enums.KindType),
    "phase": _one_of(enums.PhaseCode),
    "powerOfTenMultiplier": _matches(r"0|-?[1236]|-?9|-?12"),
    "timeAttribute": _one_of(enums.TimeAttributeType),
    "uom": _one_of(enums.UomType),
    "intervalLength": LENGTH_S,
    "duration": LENGTH_S,
    "start": _whole(0, 2**63 - 1),
    "value": _whole(0, 2**47 - 1),  # Int48; what is exported flows in one direction
}
ENTRY = ["id", "link", "title", "content", "published", "updated"]


def check_feed(text: bytes) -> ET.Element:
    """The feed, after each element of it has been checked against the schema's structure."""
    feed = ET.fromstring(text)
    assert feed.tag == f"{ATOM}feed"
    names = [child.tag.removeprefix(ATOM) for child in feed]
    assert names[:5] == ["id", "title", "author", "updated", "link"]
    assert set(names[5:]) == {"entry"}
    assert feed.findtext(f"{ATOM}author/{ATOM}name")  # RFC 4287, 4.1.1
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
    assert content.get("type") == "application/xml"  # RFC 4287, 4.1.3.3: else it would be text
    (resource,) = content
    _check(resource)


def _check(element: ET.Element, parent: str = "") -> None:
    assert element.tag.startswith(ESPI), element.tag
    name = element.tag.removeprefix(ESPI)
    if name not in CHILDREN:
        assert len(element) == 0, f"{name} is not known"
        is_allowed = TEXTS.get(f"{parent}/{name}") or TEXTS[name]
        assert is_allowed(element.text or ""), (name, element.text)
        return
    children = [child.tag.removeprefix(ESPI) for child in element]
    known = [child for child, _, _ in CHILDREN[name]]
    assert set(children) <= set(known), (name, children)
    assert children == sorted(children, key=known.index), (name, children)
    for child, least, most in CHILDREN[name]:
        assert least <= children.count(child), (name, child)
        assert most is None or children.count(child) <= most, (name, child)
    for inner in element:
        _check(inner, name)
